import CKodama
import KodamaGeneration

// The functions of kodama.h that are about streams, as the header documents them.

@c @implementation public func kodama_stream_create(
  _ model: OpaquePointer?, _ seed: UInt64, _ number: UInt32, _ sampling: UnsafePointer<kodama_sampling>?,
  _ stream: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<kodama_error>?
) -> kodama_status {
  stream?.pointee = nil
  return call(error) {
    let model = Handle<LoadedModel>.object(try present(model, "model"))
    let stream = try present(stream, "stream")
    let sampling = try options(sampling)
    stream.pointee = Handle.make(try OpenStream(model, seed: seed, number: Int(number), sampling: sampling))
  }
}

@c @implementation public func kodama_stream_prime(
  _ stream: OpaquePointer?, _ samples: UnsafePointer<Float>?, _ count: Int,
  _ error: UnsafeMutablePointer<kodama_error>?
) -> kodama_status {
  call(error) {
    let stream = Handle<OpenStream>.object(try present(stream, "stream"))
    let count = try checked(count)
    if count == 0 { return }
    try stream.prime(with: UnsafeBufferPointer(start: try present(samples, "samples"), count: count))
  }
}

@c @implementation public func kodama_stream_fill(
  _ stream: OpaquePointer?, _ buffer: UnsafeMutablePointer<Float>?, _ count: Int,
  _ error: UnsafeMutablePointer<kodama_error>?
) -> kodama_status {
  call(error) {
    let stream = Handle<OpenStream>.object(try present(stream, "stream"))
    let count = try checked(count)
    if count == 0 { return }
    try stream.fill(UnsafeMutableBufferPointer(start: try present(buffer, "buffer"), count: count))
  }
}

@c @implementation public func kodama_stream_available(_ stream: OpaquePointer?) -> Int {
  // SIZE_MAX, for unlimited, is -1 in Swift's import of `size_t`.
  stream.map { Handle<OpenStream>.object($0).available ?? -1 } ?? 0
}

@c @implementation public func kodama_stream_add_features(
  _ stream: OpaquePointer?, _ frames: UnsafePointer<Float>?, _ count: Int,
  _ error: UnsafeMutablePointer<kodama_error>?
) -> kodama_status {
  call(error) {
    let stream = Handle<OpenStream>.object(try present(stream, "stream"))
    let channels = try stream.features.channels
    let count = try checked(count, channels: channels)
    if count == 0 { return }
    try stream.add(features: UnsafeBufferPointer(start: try present(frames, "frames"), count: count * channels))
  }
}

@c @implementation public func kodama_stream_end_features(
  _ stream: OpaquePointer?, _ error: UnsafeMutablePointer<kodama_error>?
) -> kodama_status {
  call(error) { try Handle<OpenStream>.object(try present(stream, "stream")).endFeatures() }
}

@c @implementation public func kodama_stream_set_sampling(
  _ stream: OpaquePointer?, _ sampling: UnsafePointer<kodama_sampling>?, _ error: UnsafeMutablePointer<kodama_error>?
) -> kodama_status {
  call(error) {
    let stream = Handle<OpenStream>.object(try present(stream, "stream"))
    try stream.setSampling(options(sampling))
  }
}

@c @implementation public func kodama_stream_set_label(
  _ stream: OpaquePointer?, _ set: UnsafePointer<CChar>?, _ label: UnsafePointer<CChar>?,
  _ error: UnsafeMutablePointer<kodama_error>?
) -> kodama_status {
  call(error) {
    let stream = Handle<OpenStream>.object(try present(stream, "stream"))
    let (set, label) = (try present(set, "set"), try present(label, "label"))
    try stream.setLabel(String(cString: label), of: String(cString: set))
  }
}

@c @implementation public func kodama_stream_fork(
  _ stream: OpaquePointer?, _ seed: UInt64, _ number: UInt32, _ copy: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<kodama_error>?
) -> kodama_status {
  copy?.pointee = nil
  return call(error) {
    let stream = Handle<OpenStream>.object(try present(stream, "stream"))
    let copy = try present(copy, "copy")
    copy.pointee = Handle.make(try stream.forked(seed: seed, number: Int(number)))
  }
}

@c @implementation public func kodama_stream_free(_ stream: OpaquePointer?) {
  stream.map(Handle<OpenStream>.release)
}

/// Checks a `size_t`, imported as `Int`: a number of samples, or of frames of so many channels.
///
/// - Throws: `CallFault.count` where so many elements do not fit into memory.
private func checked(_ count: Int, channels: Int = 1) throws -> Int {
  let limit = Int.max / MemoryLayout<Float>.stride / channels
  if !(0...limit).contains(count) { throw CallFault.count(UInt(bitPattern: count)) }
  return count
}

/// The options in a `kodama_sampling`; the standard ones for NULL.
///
/// - Throws: `CallFault.samplingSize`, `GenerationFault`.
func options(_ sampling: UnsafePointer<kodama_sampling>?) throws -> SamplingOptions {
  guard let sampling else { return .standard }
  // Only as much of the struct may be read as its size specifies, so that is read first, alone.
  let (size, known) = (UnsafeRawPointer(sampling).load(as: UInt32.self), MemoryLayout<kodama_sampling>.size)
  if size != known { throw CallFault.samplingSize(size, known: known) }
  let topK = sampling.pointee.top_k
  return try SamplingOptions(
    temperature: sampling.pointee.temperature, topK: topK == 0 ? nil : Int(topK), topP: sampling.pointee.top_p)
}
