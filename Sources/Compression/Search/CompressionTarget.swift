import KodamaCore

/// What a compressed model must come to.
public enum CompressionTarget: Sendable, Equatable {
  /// At least so many samples a second of one stream on one core.
  case samplesPerSecond(Double)
  /// At most so many bytes of tensors, as `InferenceModel.weightBytes` counts them.
  case bytes(Int)
  /// At most so many bits per sample more than the original.
  case bitsPerSampleLost(Double)

  /// Text such as "at most 300,000 bytes".
  package var text: String {
    switch self {
    case .samplesPerSecond, .bytes: limit + " " + amount
    case .bitsPerSampleLost(let bits): "a loss of \(limit) \(NumberText.decimal(bits, 4)) bits per sample"
    }
  }

  /// The amount alone, such as "300,000 bytes".
  var amount: String {
    switch self {
    case .samplesPerSecond(let speed): Self.grouped(speed) + " samples a second"
    case .bytes(let count): NumberText.grouped(count) + " bytes"
    case .bitsPerSampleLost(let bits): "a loss of \(NumberText.decimal(bits, 4)) bits per sample"
    }
  }

  private var limit: String {
    if case .samplesPerSecond = self { "at least" } else { "at most" }
  }

  private static func grouped(_ number: Double) -> String {
    // Rounded down: a speed that is named can be had.
    abs(number) < 1e15 ? NumberText.grouped(Int(number)) : "\(number)"
  }
}

/// One of the keys `samplesPerSecond`, `bytes` and `bitsPerSampleLost`.
extension CompressionTarget: Codable {
  private enum Key: String, CodingKey {
    case samplesPerSecond, bytes, bitsPerSampleLost
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    if let speed = try values.decodeIfPresent(Double.self, forKey: .samplesPerSecond) {
      self = .samplesPerSecond(speed)
    } else if let bytes = try values.decodeIfPresent(Int.self, forKey: .bytes) {
      self = .bytes(bytes)
    } else {
      self = .bitsPerSampleLost(try values.decode(Double.self, forKey: .bitsPerSampleLost))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    switch self {
    case .samplesPerSecond(let speed): try values.encode(speed, forKey: .samplesPerSecond)
    case .bytes(let bytes): try values.encode(bytes, forKey: .bytes)
    case .bitsPerSampleLost(let bits): try values.encode(bits, forKey: .bitsPerSampleLost)
    }
  }
}
