import CKernels
import KodamaCore

/// Draws classes from their logits. Takes no memory.
struct Sampler {
  let kernels: UnsafePointer<kodama_generation>
  let classes: Int
  let options: SamplingOptions

  /// A class, and whether the logits are such that it means something.
  ///
  /// - Parameter weights: room for a number for each class.
  func draw(
    _ logits: UnsafePointer<Float>, weights: UnsafeMutablePointer<Float>, random: inout Philox
  ) -> (code: Int, isValid: Bool) {
    let table = kernels.pointee
    var likeliest = 0
    let largest = table.largest(classes, logits, &likeliest)
    let scale = options.temperature == 0 ? 1 : min(Float(1 / options.temperature), .greatestFiniteMagnitude)
    table.exponentials(classes, scale, largest, logits, weights)
    if options.temperature == 0 {
      return (likeliest, largest.isFinite && table.total(classes, weights).isFinite)
    }
    let values = UnsafeMutableBufferPointer(start: weights, count: classes)
    var isValid = largest.isFinite
    if options.topK.map({ $0 < classes }) ?? false || options.topP < 1 {
      // A weight that is no number may be among those that are left out.
      isValid = isValid && table.total(classes, weights).isFinite
      if let topK = options.topK, topK < classes { LikeliestClasses.keep(topK, of: values) }
      if options.topP < 1 { LikeliestClasses.keep(share: options.topP, of: values) }
    }

    let total = table.total(classes, weights)
    let drawn = table.locate(classes, weights, random.uniform() * total)
    return (drawn < classes ? drawn : likeliest, isValid && total.isFinite)
  }
}
