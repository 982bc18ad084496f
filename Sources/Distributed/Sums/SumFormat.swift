import KodamaTensors

/// How the numbers of a sum travel.
protocol SumFormat {
  associatedtype Element: BitwiseCopyable
  static var zero: Element { get }
  /// Whether numbers are rounded.
  static var rounds: Bool { get }
  static func encode(_ numbers: UnsafeBufferPointer<Float>, to message: UnsafeMutableBufferPointer<Element>)
  static func decode(_ message: UnsafeBufferPointer<Element>, to numbers: UnsafeMutableBufferPointer<Float>)
}

/// Single precision.
enum FullFormat: SumFormat {
  static var zero: Float { 0 }
  static var rounds: Bool { false }
  static func encode(_ numbers: UnsafeBufferPointer<Float>, to message: UnsafeMutableBufferPointer<Float>) {
    _ = message.update(from: numbers)
  }
  static func decode(_ message: UnsafeBufferPointer<Float>, to numbers: UnsafeMutableBufferPointer<Float>) {
    _ = numbers.update(from: message)
  }
}

/// bfloat16.
enum RoundedFormat: SumFormat {
  static var zero: UInt16 { 0 }
  static var rounds: Bool { true }
  static func encode(_ numbers: UnsafeBufferPointer<Float>, to message: UnsafeMutableBufferPointer<UInt16>) {
    NumberRuns.round(numbers, to: message)
  }
  static func decode(_ message: UnsafeBufferPointer<UInt16>, to numbers: UnsafeMutableBufferPointer<Float>) {
    NumberRuns.widen(message, to: numbers)
  }
}
