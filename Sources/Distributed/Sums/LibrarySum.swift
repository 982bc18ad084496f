import KodamaLayers
import KodamaTensors

/// Sums by the library of messages, in whatever order it finds fastest.
final class LibrarySum: GradientSum {
  private let communicator: any Communicator
  private let ranges: [Range<Int>]
  private var parts: [ParameterArena] = []
  private var earlier: ParameterArena?
  private var transfers: [any Transfer] = []

  init(_ communicator: any Communicator, _ ranges: [Range<Int>]) {
    (self.communicator, self.ranges) = (communicator, ranges)
  }

  func begin(_ parts: [ParameterArena], after earlier: ParameterArena?) {
    (self.parts, self.earlier, transfers) = (parts, earlier, [])
  }

  func start(_ bucket: Int) {
    let own = parts[0].elements.extracting(ranges[bucket])
    for part in parts.dropFirst() { NumberRuns.add(.init(part.elements.extracting(ranges[bucket])), to: own) }
    transfers.append(communicator.sum(own))
  }

  func advance() -> Bool {
    var isDone = transfers.count == ranges.count
    for transfer in transfers where !transfer.isComplete { isDone = false }
    if isDone, let added = earlier.take() { NumberRuns.add(.init(added.elements), to: parts[0].elements) }
    return isDone
  }
}
