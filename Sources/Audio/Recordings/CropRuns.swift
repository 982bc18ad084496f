/// Which crops of a sequence a process reads, where several share them: runs of one length at one distance.
package struct CropRuns: Sendable, Equatable {
  /// Crops of a run.
  let count: Int
  /// Crops from the start of a run to that of the next.
  let distance: Int

  /// All crops.
  package init() { (count, distance) = (1, 1) }

  /// Runs of `count` crops.
  ///
  /// - Precondition: 0 < `count` <= `distance`.
  package init(of count: Int, every distance: Int) {
    precondition(0 < count && count <= distance, "runs of \(count) crops, one every \(distance)")
    (self.count, self.distance) = (count, distance)
  }

  /// The crop after one, of runs the first of which starts with the crop `first`.
  package func next(after number: Int, from first: Int) -> Int {
    (number - first) % distance == count - 1 ? number + distance - count + 1 : number + 1
  }
}
