import CKodama
import KodamaGeneration

/// The options that a `kodama_sampling` asks for; the standard ones where there is none.
///
/// - Throws: `CallFault.samplingSize`, `GenerationFault`.
func options(_ sampling: UnsafePointer<kodama_sampling>?) throws -> SamplingOptions {
  guard let sampling else { return .standard }
  // Only so much of the struct is there as its size says, so that comes first and alone.
  let (size, known) = (UnsafeRawPointer(sampling).load(as: UInt32.self), MemoryLayout<kodama_sampling>.size)
  if size != known { throw CallFault.samplingSize(size, known: known) }
  let topK = sampling.pointee.top_k
  return try SamplingOptions(
    temperature: sampling.pointee.temperature, topK: topK == 0 ? nil : Int(topK), topP: sampling.pointee.top_p)
}
