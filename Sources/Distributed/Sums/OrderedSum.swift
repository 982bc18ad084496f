import KodamaLayers
import KodamaTensors

/// Sums in the order of the parts of a step, which are those of one process: a chain.
///
/// Each process adds its parts, one by one, to what the process before it sends, and sends that on; the last one has the sum,
/// which goes round from there. Every number travels twice over each link, as in a ring that adds up shares, and buckets
/// follow each other along the chain.
///
/// In bfloat16 what is sent is rounded, and what a process lost by rounding it adds to what it sends in the next step.
///
/// - Source: of error feedback, Karimireddy et al. 2019, algorithm 1.
final class OrderedSum<Format: SumFormat>: GradientSum {
  private let communicator: any Communicator
  private let ranges: [Range<Int>]
  private var parts: [ParameterArena] = []
  private var earlier: ParameterArena?
  private var buckets: [Bucket] = []
  private let incoming, outgoing: UnsafeMutableBufferPointer<Format.Element>
  /// What rounding took from the sums that this process sent.
  private let losses: UnsafeMutableBufferPointer<Float>?

  private enum Stage {
    /// Its own gradients are not final.
    case waiting
    /// The sum of the processes before this one is on its way.
    case receiving
    /// The sum of all is on its way.
    case returning
    case complete
  }

  private struct Bucket {
    var stage = Stage.waiting
    var incoming: (any Transfer)?
    var outgoing: [any Transfer] = []
  }

  init(_ communicator: any Communicator, _ ranges: [Range<Int>], _ format: Format.Type) {
    (self.communicator, self.ranges) = (communicator, ranges)
    let count = ranges.first?.upperBound ?? 0
    (incoming, outgoing) = (.allocate(capacity: count), .allocate(capacity: count))
    incoming.initialize(repeating: Format.zero)
    outgoing.initialize(repeating: Format.zero)
    losses = Format.rounds ? .allocate(capacity: count) : nil
    losses?.initialize(repeating: 0)
  }

  deinit {
    incoming.deallocate()
    outgoing.deallocate()
    losses?.deallocate()
  }

  private var isFirst: Bool { communicator.rank == 0 }
  private var isLast: Bool { communicator.rank == communicator.size - 1 }
  private var next: Int { (communicator.rank + 1) % communicator.size }
  private var previous: Int { (communicator.rank + communicator.size - 1) % communicator.size }

  func begin(_ parts: [ParameterArena], after earlier: ParameterArena?) {
    (self.parts, self.earlier) = (parts, earlier)
    buckets = ranges.map { _ in Bucket() }
    if !isFirst { for bucket in buckets.indices { receive(bucket) } }
  }

  /// Messages of a bucket carry its number.
  private func receive(_ bucket: Int) {
    buckets[bucket].incoming = communicator.receive(
      .init(incoming.extracting(ranges[bucket])), from: previous, tag: bucket)
  }

  private func send(_ numbers: UnsafeMutableBufferPointer<Format.Element>, _ bucket: Int) {
    buckets[bucket].outgoing.append(
      communicator.send(.init(numbers.extracting(ranges[bucket])), to: next, tag: bucket))
  }

  func start(_ bucket: Int) {
    buckets[bucket].stage = .receiving
    advance(bucket)
  }

  func advance() -> Bool {
    var isDone = true
    for bucket in buckets.indices {
      advance(bucket)
      if buckets[bucket].stage != .complete || !buckets[bucket].outgoing.allSatisfy(\.isComplete) { isDone = false }
    }
    return isDone
  }

  private func advance(_ bucket: Int) {
    switch buckets[bucket].stage {
    case .waiting, .complete:
      // Asking moves it along.
      _ = buckets[bucket].incoming?.isComplete
    case .receiving:
      if !isFirst && buckets[bucket].incoming?.isComplete != true { return }
      add(bucket)
      if communicator.size == 1 {
        buckets[bucket].stage = .complete
        return
      }
      send(outgoing, bucket)
      if isLast {
        buckets[bucket].stage = .complete
      } else {
        receive(bucket)
        buckets[bucket].stage = .returning
      }
    case .returning:
      if buckets[bucket].incoming?.isComplete != true { return }
      let range = ranges[bucket]
      Format.decode(.init(incoming.extracting(range)), to: parts[0].elements.extracting(range))
      // The process before the last is the end of the round.
      if communicator.rank < communicator.size - 2 { send(incoming, bucket) }
      buckets[bucket].stage = .complete
    }
  }

  /// Adds this process's parts to what came, and encodes what is to be sent.
  private func add(_ bucket: Int) {
    let range = ranges[bucket]
    let own = parts[0].elements.extracting(range)
    if isFirst && earlier == nil {
      for part in parts.dropFirst() { NumberRuns.add(.init(part.elements.extracting(range)), to: own) }
    } else {
      // The sum so far comes first: a sum of floats depends on the order.
      withUnsafeTemporaryAllocation(of: Float.self, capacity: range.count) { sum in
        if isFirst, let earlier {
          _ = sum.update(fromContentsOf: earlier.elements.extracting(range))
        } else {
          Format.decode(.init(incoming.extracting(range)), to: sum)
        }
        for part in parts { NumberRuns.add(.init(part.elements.extracting(range)), to: sum) }
        _ = own.update(from: sum)
      }
    }
    let message = outgoing.extracting(range)
    guard let losses = losses?.extracting(range) else { return Format.encode(.init(own), to: message) }
    NumberRuns.add(.init(losses), to: own)
    Format.encode(.init(own), to: message)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: range.count) { sent in
      Format.decode(.init(message), to: sent)
      for index in own.indices {
        let lost = own[index] - sent[index]
        // A step that is not finite is not taken, and must not spoil later ones.
        losses[index] = lost.isFinite ? lost : 0
      }
      if isLast { _ = own.update(from: sent) }
    }
  }
}
