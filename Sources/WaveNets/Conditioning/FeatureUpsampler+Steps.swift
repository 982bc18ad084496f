import KodamaCore
import KodamaLayers
import KodamaTensors

extension FeatureUpsampler {
  /// Upsamples frames to steps, for generation. The result is bit-identical however a signal's frames are split.
  ///
  /// - Parameter frames: [n + 2 · margin, C], row by row.
  /// - Returns: [n · hop, C], row by row.
  func steps(of frames: [Float], _ parameters: Parameters<Float>) -> [Float] {
    let (channels, margin) = (features.channels, features.marginFrames)
    let count = frames.count / channels - 2 * margin
    precondition(
      frames.count % channels == 0 && count >= 0,
      "\(frames.count) numbers are no frames of \(channels) numbers with \(margin) frames before and after them")
    // Threads are used across streams instead.
    let pass = Pass(parameters, workspace: Workspace(workers: .serial))
    let contextual = context.map { Self.applyContext(to: frames, $0.weight.variable(in: pass).value) } ?? frames
    let rows = pass.tape.constant(Tensor([1, contextual.count / channels, channels], contextual))
    return upsampled(
      rows, beforeFirst: margin - features.contextFrames, steps: count * features.hopLength, pass
    ).value.elements
  }

  /// The convolution over frames, one frame at a time: matrix products may round differently for another number of
  /// frames.
  ///
  /// - Shapes: frames [n, C], weight [C, C, K] → [n − K + 1, C].
  private static func applyContext(to frames: [Float], _ weight: Tensor<Float>) -> [Float] {
    let (channels, taps) = (weight.shape[0], weight.shape[2])
    let count = max(0, frames.count / channels - taps + 1)
    var seen = [Float](repeating: 0, count: channels * taps)
    var result: [Float] = []
    result.reserveCapacity(count * channels)
    let matrix = weight.reshaped([channels, channels * taps])
    for frame in 0..<count {
      for tap in 0..<taps {
        for channel in 0..<channels { seen[channel * taps + tap] = frames[(frame + tap) * channels + channel] }
      }
      result += matrix.products(withRow: seen)
    }
    return result
  }
}
