import ArgumentParser
import Kodama

/// The precisions that a command's `--scheme` accepts.
protocol SchemePrecisions {
  static var all: [Precision] { get }
}

extension SchemePrecisions {
  static var names: [String] { all.map(\.rawValue) }
}

/// The precisions of quantized layers.
enum QuantizedPrecisions: SchemePrecisions {
  static let all = Precision.schemes
}

/// The precisions of weights that are integers.
enum IntegerPrecisions: SchemePrecisions {
  static let all = Precision.integers
}

/// The value of `--scheme`.
struct SchemeArgument<Precisions: SchemePrecisions>: ExpressibleByArgument {
  let precision: Precision

  init(_ precision: Precision) { self.precision = precision }

  init?(argument: String) {
    guard let precision = Precisions.all.first(where: { $0.rawValue == argument }) else { return nil }
    self.precision = precision
  }

  var defaultValueDescription: String { precision.rawValue }
  static var allValueStrings: [String] { Precisions.names }
}
