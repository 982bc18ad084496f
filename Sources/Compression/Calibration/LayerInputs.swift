/// Observed inputs of a layer: all its taps at some time steps.
struct LayerInputs: Sendable {
  /// Numbers of one step: taps times channels, the oldest tap first.
  let width: Int
  /// Time steps.
  private(set) var steps = 0
  /// [steps, width].
  private(set) var values: [Float] = []

  init(width: Int) { self.width = width }

  /// Adds steps of an input [time, channels]; what lies before its beginning is 0.
  ///
  /// - Parameters:
  ///   - times: the steps to keep.
  ///   - dilation: time steps between two taps.
  mutating func add(_ input: UnsafeBufferPointer<Float>, channels: Int, dilation: Int, at times: [Int]) {
    let taps = width / channels
    for time in times {
      for tap in 0..<taps {
        let source = time - (taps - 1 - tap) * dilation
        if source < 0 {
          values.append(contentsOf: repeatElement(0, count: channels))
        } else {
          values.append(contentsOf: input[source * channels..<(source + 1) * channels])
        }
      }
    }
    steps += times.count
  }
}
