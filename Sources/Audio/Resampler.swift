import CSoxr

/// A streaming converter of mono sound between sample rates, by libsoxr's high-quality recipe: linear phase,
/// pass band to 0.91 of the lower Nyquist frequency, 20-bit precision. The output is aligned with the input in time.
///
/// n input samples give round(n · to / from) output samples, ties up.
///
/// - Source: libsoxr 0.1.3, `SOXR_HQ`; the same bits as Python's `soxr.resample(x, from, to, quality="HQ")`.
public final class Resampler {
  /// The rate of the input, in Hz.
  public let inputRate: Int
  /// The rate of the output, in Hz.
  public let outputRate: Int
  private let handle: OpaquePointer?
  /// Input samples consumed and output samples produced so far.
  private var (fed, given) = (0, 0)

  /// - Precondition: both rates are positive, in Hz.
  public init(from inputRate: Int, to outputRate: Int) {
    precondition(inputRate > 0 && outputRate > 0, "sample rates must be positive, not \(inputRate) and \(outputRate)")
    self.inputRate = inputRate
    self.outputRate = outputRate
    if inputRate == outputRate {
      handle = nil
      return
    }
    var io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I)
    var quality = soxr_quality_spec(UInt(SOXR_HQ), 0)
    // One thread: parallelism is up to the caller.
    var runtime = soxr_runtime_spec(1)
    var error: soxr_error_t?
    handle = soxr_create(Double(inputRate), Double(outputRate), 1, &error, &io, &quality, &runtime)
    guard handle != nil else {
      preconditionFailure(
        "no resampler from \(inputRate) to \(outputRate) Hz: \(error.map { String(cString: $0) } ?? "")")
    }
  }

  deinit { if let handle { soxr_delete(handle) } }

  /// Processes the next samples and returns the output that is complete.
  public func process(_ samples: [Float]) -> [Float] {
    guard let handle else { return samples }
    if samples.isEmpty { return [] }
    let output = run(handle, samples)
    fed += samples.count
    given += output.count
    return output
  }

  /// Returns the rest of the output after the last input.
  public func finish() -> [Float] {
    guard let handle else { return [] }
    var output = run(handle, nil)
    // libsoxr counts in floating point, and produces one sample less where the exact length is a tie.
    let rest = Self.outputCount(fed, from: inputRate, to: outputRate) - given
    output = Array(output.prefix(rest))
    output += [Float](repeating: 0, count: rest - output.count)
    given += rest
    return output
  }

  /// The number of output samples for a number of input samples.
  public static func outputCount(_ inputCount: Int, from inputRate: Int, to outputRate: Int) -> Int {
    let (high, low) = inputCount.multipliedFullWidth(by: 2 * outputRate)
    let (sum, carry) = low.addingReportingOverflow(UInt(inputRate))
    return (2 * inputRate).dividingFullWidth((high + (carry ? 1 : 0), sum)).quotient
  }

  /// Converts a whole signal.
  public static func convert(_ samples: [Float], from inputRate: Int, to outputRate: Int) -> [Float] {
    let resampler = Resampler(from: inputRate, to: outputRate)
    let body = resampler.process(samples)
    return body + resampler.finish()
  }

  /// Feeds samples, or the end of the input where nil, and collects the output.
  private func run(_ handle: OpaquePointer, _ samples: [Float]?) -> [Float] {
    var output: [Float] = []
    var fed = 0
    let blockLength = 8_192
    while true {
      var (taken, given) = (0, 0)
      let block = [Float](unsafeUninitializedCapacity: blockLength) { buffer, count in
        let error =
          if let samples {
            samples.withUnsafeBufferPointer {
              soxr_process(
                handle, $0.baseAddress! + fed, $0.count - fed, &taken, buffer.baseAddress, blockLength, &given)
            }
          } else {
            soxr_process(handle, nil, 0, nil, buffer.baseAddress, blockLength, &given)
          }
        // The only errors are of memory and of a null pointer.
        precondition(error == nil, "libsoxr: \(String(cString: error!))")
        count = given
      }
      output += block
      fed += taken
      if given < blockLength && fed == samples?.count ?? 0 { return output }
    }
  }
}
