import KodamaLayers

/// Adds up the gradients of all processes while the backward pass still computes them.
///
/// Gradients are cut into buckets of whole parameters. A bucket travels as soon as its gradients are final and the one
/// before it is under way, which is that behind it in the arena: backward passes go from the last layers to the first.
protocol GradientSum: AnyObject {
  /// Begins a sum of the gradients of this process's parts, one arena each, and those of all others.
  ///
  /// - Parameter earlier: the sum of earlier parts of the step, which comes first; nil for none.
  func begin(_ parts: [ParameterArena], after earlier: ParameterArena?)
  /// Starts the sum of a bucket, whose gradients are final. The result is in the first arena.
  func start(_ bucket: Int)
  /// Moves sums along.
  ///
  /// - Returns: whether all are complete.
  func advance() -> Bool
}

/// The buckets of an arena of gradients.
struct GradientBuckets {
  /// The elements of each bucket, in the order in which they travel.
  let ranges: [Range<Int>]
  /// The parameters of each bucket whose gradients are not final yet, by the start of their elements.
  private var missing: [Set<Int>]
  private let starts: [Set<Int>]
  private let bucket: [Int: Int]
  /// The next bucket to travel.
  private(set) var next = 0

  /// Buckets of at least `least` elements, but for the last.
  init(_ parameters: [Range<Int>], least: Int) {
    var (ranges, starts) = ([Range<Int>](), [Set<Int>]())
    var (end, members) = (parameters.last?.upperBound ?? 0, Set<Int>())
    for range in parameters.reversed() {
      members.insert(range.lowerBound)
      if end - range.lowerBound >= least || range.lowerBound == 0 {
        ranges.append(range.lowerBound..<end)
        starts.append(members)
        (end, members) = (range.lowerBound, [])
      }
    }
    (self.ranges, self.starts, missing) = (ranges, starts, starts)
    bucket = Dictionary(
      uniqueKeysWithValues: starts.enumerated().flatMap { number, starts in starts.map { ($0, number) } })
  }

  /// Begins a step.
  mutating func begin() { (missing, next) = (starts, 0) }

  /// The gradients of a parameter are final.
  mutating func isFinal(_ elements: Range<Int>) {
    if let number = bucket[elements.lowerBound] { missing[number].remove(elements.lowerBound) }
  }

  /// The next bucket, if its gradients are final, or all are.
  mutating func take(allAreFinal: Bool) -> Int? {
    guard next < ranges.count, allAreFinal || missing[next].isEmpty else { return nil }
    next += 1
    return next - 1
  }
}
