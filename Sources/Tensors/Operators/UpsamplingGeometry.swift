/// Where the outputs of a transposed convolution over time that are asked for have their inputs.
package struct UpsamplingGeometry: Sendable, Equatable {
  /// Outputs from one input to the next.
  package let factor: Int
  /// The place of the kernel that the first input has at output 0.
  package let padding: Int
  /// Places of the kernel.
  package let places: Int
  /// Inputs of each signal.
  package let inputs: Int
  /// The outputs that are asked for.
  package let outputs: Range<Int>

  /// The inputs that reach an output.
  func inputs(ofOutput output: Int) -> Range<Int> {
    let last = output + padding
    // The oldest has the kernel's last place.
    let first = max(0, last - places + factor) / factor
    let end = min(inputs, last / factor + 1)
    return min(first, end)..<end
  }

  /// The places of the kernel at which an input reaches outputs.
  func places(ofInput input: Int) -> Range<Int> {
    let shift = input * factor - padding
    let first = max(0, outputs.lowerBound - shift)
    return first..<max(first, min(places, outputs.upperBound - shift))
  }
}
