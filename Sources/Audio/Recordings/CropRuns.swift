/// Which crops of a sequence a process reads, where several share them: the same of each period.
package struct CropRuns: Sendable, Equatable {
  /// The crops of a period, relative to the first of them, in order.
  private let offsets: [Int]
  /// Crops of a period, of all processes.
  private let distance: Int

  /// All crops.
  package init() { (offsets, distance) = ([0], 1) }

  /// Some crops of every `distance`.
  ///
  /// - Precondition: ascending, at least one, and within one period.
  package init(_ crops: [Int], every distance: Int) {
    precondition(
      !crops.isEmpty && crops == crops.sorted() && crops.last! - crops[0] < distance,
      "crops \(crops), every \(distance)")
    (offsets, self.distance) = (crops.map { $0 - crops[0] }, distance)
  }

  /// The crop after one, of those from the crop `first` on, which is the first of a period.
  package func next(after number: Int, from first: Int) -> Int {
    let (period, offset) = (number - first).quotientAndRemainder(dividingBy: distance)
    // The first one that is larger, by halves.
    var (low, high) = (0, offsets.count)
    while low < high {
      let middle = (low + high) / 2
      if offsets[middle] > offset { high = middle } else { low = middle + 1 }
    }
    return first + (low < offsets.count ? period * distance + offsets[low] : (period + 1) * distance)
  }
}
