import ArgumentParser
import Kodama

/// What a compressed model must come to.
struct TargetOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "At least this speed of one stream on one core, such as 150000/s; the loss is the least. (default: none)",
      valueName: "speed"))
  var target: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "At most this size of all tensors, such as 300KB, in B, KB, MB or GB of 1000; the loss is the least. (default: none)",
      valueName: "size"))
  var size: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "At most this loss, such as 0.02; the model is the fastest. (default: none)", valueName: "bits"))
  var loss: String?

  func validate() throws { _ = try parsed }

  /// The target.
  ///
  /// - Throws: `ValidationError` where not exactly one is given, or it cannot be read.
  var parsed: CompressionTarget {
    get throws {
      switch (target, size, loss) {
      case (let target?, nil, nil): try .samplesPerSecond(Self.speed(target))
      case (nil, let size?, nil): try .bytes(Self.bytes(size))
      case (nil, nil, let loss?): try .bitsPerSampleLost(Self.bits(loss))
      default: throw ValidationError("give one of --target, --size and --loss")
      }
    }
  }

  /// Samples a second of a text such as `150000/s`.
  ///
  /// - Throws: `ValidationError`.
  static func speed(_ text: String) throws -> Double {
    guard text.hasSuffix("/s"), let number = number(text.dropLast(2)), number > 0 else {
      throw ValidationError("--target \(text) is no speed: write samples a second, such as 150000/s")
    }
    return number
  }

  private static let units: [(name: String, bytes: Double)] = [("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("B", 1)]

  /// Bytes of a text such as `300KB`, a part of a byte left out.
  ///
  /// - Throws: `ValidationError`.
  static func bytes(_ text: String) throws -> Int {
    guard let unit = units.first(where: { text.hasSuffix($0.name) }),
      let number = number(text.dropLast(unit.name.count)), number * unit.bytes >= 1, number * unit.bytes < 1e15
    else {
      throw ValidationError("--size \(text) is no size: write a number with a unit, 300KB, 1.5MB or 65536B")
    }
    return Int(number * unit.bytes)
  }

  /// Bits per sample of a text such as `0.02`.
  ///
  /// - Throws: `ValidationError`.
  static func bits(_ text: String) throws -> Double {
    guard let number = number(text[...]) else {
      throw ValidationError("--loss \(text) is no number of bits per sample, such as 0.02")
    }
    return number
  }

  /// A finite decimal number; nil for hexadecimal ones, `nan` and the like.
  private static func number(_ text: Substring) -> Double? {
    guard text.allSatisfy({ "0123456789.eE+-".contains($0) }), let number = Double(text), number.isFinite else {
      return nil
    }
    return number
  }
}
