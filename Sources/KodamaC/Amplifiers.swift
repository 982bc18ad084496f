import CKodama
import KodamaAmplifiers

// The functions of kodama.h that are about amplifiers, as the header documents them.

@c @implementation public func kodama_amplifier_load(
  _ path: UnsafePointer<CChar>?, _ amplifier: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<kodama_error>?
) -> kodama_status {
  amplifier?.pointee = nil
  return call(error) {
    let (path, amplifier) = (try present(path, "path"), try present(amplifier, "amplifier"))
    let loaded = Handle.make(LoadedAmplifier(try AmplifierModel.load(String(cString: path))))
    warmUp(amplifier: loaded)
    amplifier.pointee = loaded
  }
}

@c @implementation public func kodama_amplifier_sample_rate(_ amplifier: OpaquePointer?) -> Double {
  amplifier.map { processor($0).sampleRate } ?? 0
}

@c @implementation public func kodama_amplifier_inputs(_ amplifier: OpaquePointer?) -> UInt32 {
  amplifier.map { UInt32(processor($0).inputChannels) } ?? 0
}

@c @implementation public func kodama_amplifier_outputs(_ amplifier: OpaquePointer?) -> UInt32 {
  amplifier.map { UInt32(processor($0).outputChannels) } ?? 0
}

@c @implementation public func kodama_amplifier_latency(_ amplifier: OpaquePointer?) -> UInt32 {
  amplifier.map { UInt32(processor($0).latency) } ?? 0
}

@c @implementation public func kodama_amplifier_loudness(_ amplifier: OpaquePointer?) -> Double {
  amplifier.map { Handle<LoadedAmplifier>.object($0).loudness } ?? .nan
}

@c @implementation public func kodama_amplifier_sizes(_ amplifier: OpaquePointer?) -> UInt32 {
  amplifier.map { UInt32(Handle<LoadedAmplifier>.object($0).sizes) } ?? 0
}

@c @implementation public func kodama_amplifier_set_size(_ amplifier: OpaquePointer?, _ size: Double) {
  if let amplifier, size >= 0 { processor(amplifier).size = size }
}

@c @implementation public func kodama_amplifier_process(
  _ amplifier: OpaquePointer?, _ inputs: UnsafePointer<UnsafePointer<Float>?>?,
  _ outputs: UnsafePointer<UnsafeMutablePointer<Float>?>?, _ frames: Int
) {
  guard let amplifier, let inputs, let outputs, frames > 0 else { return }
  let processor = processor(amplifier)
  for channel in 0..<processor.inputChannels where inputs[channel] == nil { return }
  for channel in 0..<processor.outputChannels where outputs[channel] == nil { return }
  // None of the pointers is NULL.
  processor.process(
    UnsafeRawPointer(inputs).assumingMemoryBound(to: UnsafePointer<Float>.self),
    into: UnsafeRawPointer(outputs).assumingMemoryBound(to: UnsafeMutablePointer<Float>.self), frames: frames)
}

@c @implementation public func kodama_amplifier_reset(_ amplifier: OpaquePointer?) {
  if let amplifier { processor(amplifier).reset() }
}

@c @implementation public func kodama_amplifier_free(_ amplifier: OpaquePointer?) {
  amplifier.map(Handle<LoadedAmplifier>.release)
}

private func processor(_ amplifier: OpaquePointer) -> AmplifierProcessor {
  Handle<LoadedAmplifier>.object(amplifier).processor
}

/// The object behind a `kodama_amplifier`.
private final class LoadedAmplifier {
  let processor: AmplifierProcessor
  /// In dB; NaN where the file does not give it.
  let loudness: Double
  /// The networks of different sizes.
  let sizes: Int

  init(_ model: AmplifierModel) {
    processor = AmplifierProcessor(model)
    loudness = model.metadata.loudness ?? .nan
    sizes = model.sizeSteps.count + 1
  }
}

/// Calls the real-time functions once, because the Swift runtime allocates memory when some are first used.
private func warmUp(amplifier: OpaquePointer) {
  let channels = Int(max(kodama_amplifier_inputs(amplifier), kodama_amplifier_outputs(amplifier)))
  var sample: Float = 0
  withUnsafeMutablePointer(to: &sample) { sample in
    let inputs = [UnsafePointer<Float>?](repeating: UnsafePointer(sample), count: channels)
    let outputs = [UnsafeMutablePointer<Float>?](repeating: sample, count: channels)
    kodama_amplifier_process(amplifier, inputs, outputs, 1)
  }
  kodama_amplifier_set_size(amplifier, 0)
  kodama_amplifier_set_size(amplifier, 1)
  kodama_amplifier_reset(amplifier)
}
