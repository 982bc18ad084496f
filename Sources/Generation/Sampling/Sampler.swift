import CKernels
import KodamaCore

/// Draws classes from logits. Takes no memory.
struct Sampler {
  let kernels: UnsafePointer<kodama_generation>
  let classes: Int
  let options: SamplingOptions

  /// A class.
  ///
  /// Where the logits are not finite the class means nothing, but it is one.
  ///
  /// - Parameter weights: room for a number for each class.
  func draw(
    _ logits: UnsafePointer<Float>, weights: UnsafeMutablePointer<Float>, random: inout Philox
  ) -> Int {
    let table = kernels.pointee
    var likeliest = 0
    let largest = table.largest(classes, logits, &likeliest)
    if options.temperature == 0 { return likeliest }

    let scale = min(Float(1 / options.temperature), .greatestFiniteMagnitude)
    table.exponentials(classes, scale, largest, logits, weights)
    let values = UnsafeMutableBufferPointer(start: weights, count: classes)
    if let topK = options.topK, topK < classes { LikeliestClasses.keep(topK, of: values) }
    if options.topP < 1 { LikeliestClasses.keep(share: options.topP, of: values) }

    let target = random.uniform() * table.total(classes, weights)
    let drawn = table.locate(classes, weights, target)
    return drawn < classes ? drawn : likeliest
  }
}
