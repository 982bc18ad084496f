import KodamaCore
import KodamaLayers
import KodamaTraining

/// How gradients are added up.
public enum ReductionOrder: String, Sendable, CaseIterable {
  /// In the order of the parts of a step: the same bits as one process computes.
  case ordered
  /// In the order that the library of messages finds fastest: within rounding of those bits.
  case fast
}

/// What gradients travel as.
public enum SumPrecision: String, Sendable, CaseIterable {
  /// Single precision.
  case full = "f32"
  /// bfloat16, with what rounding takes added to the next step's.
  case bfloat16 = "bf16"
}

/// How a network is divided among processes.
public enum NetworkDivision: String, Sendable, CaseIterable {
  /// Each process has some of the blocks, and the first one the input, the last one the head.
  case layers
  /// Each process has some of the gate channels of every block, and of the channels of the head.
  case channels
}

/// The processes of a job that train one network synchronously: each computes its share of every step.
public final class ProcessGroup: StepReduction {
  /// Messages between the processes.
  public let communicator: any Communicator
  private let order: ReductionOrder
  private let precision: SumPrecision
  /// How the network is divided; nil where each process has all of it.
  public let division: NetworkDivision?
  /// Asked again and again in a step: true abandons it.
  private let shouldAbandon: () -> Bool
  /// Whether this process left a step, so that others wait for it.
  public private(set) var isAbandoned = false
  private var buckets: GradientBuckets?
  private var sum: (any GradientSum)?
  /// Adds up weights.
  private var average: OrderedSum<FullFormat>?
  /// A pause before each step, to have a slow process.
  private let delay: Duration
  /// Where checkpoints of the first process are put for the others.
  private var received: ReceivedCheckpoint?

  /// Elements of a bucket: enough that its time is that of its bytes, also where a message takes 100 µs.
  private static let bucketElements = 1 << 17

  /// Processes that add up gradients.
  ///
  /// - Parameters:
  ///   - order: `.fast` is for sums in full precision; those in bfloat16 are always ordered.
  ///   - division: divides the network among the processes, instead of the examples.
  ///   - delay: a pause before each step, to have a slow process.
  ///   - shouldAbandon: asked again and again in a step: true abandons it.
  public init(
    _ communicator: any Communicator, order: ReductionOrder = .ordered, precision: SumPrecision = .full,
    division: NetworkDivision? = nil, delay: Duration = .zero, shouldAbandon: @escaping () -> Bool = { false }
  ) {
    (self.communicator, self.order, self.precision) = (communicator, order, precision)
    self.division = division
    self.delay = delay
    self.shouldAbandon = shouldAbandon
  }

  public var processes: Int { communicator.size }
  public var isFirst: Bool { communicator.rank == 0 }

  public func share(ofParts count: Int) -> Range<Int> {
    Workers.range(of: communicator.rank, parts: communicator.size, count: count)
  }

  /// Records how a batch is divided among the processes, so that any number of them continues to the same bits.
  ///
  /// - Throws: `DistributedFault.tooFew` where there are fewer examples in a step than processes.
  package func divide(_ plan: inout TrainingPlan, examplesPerPass: Int) throws {
    plan.divide(examplesPerPass: examplesPerPass, among: processes)
    let parts = plan.waves(from: 0, examplesPerPass: examplesPerPass, processes: processes)[0].count
    if parts < processes {
      let field = plan.batchParts == nil ? "batch" : "batch_parts"
      throw DistributedFault.tooFew(what: field, count: parts, processes: processes)
    }
  }

  /// The examples of the first step that this process uses, in order; of later ones they are as many further on.
  package func share(of plan: TrainingPlan, examplesPerPass: Int) -> [Int] {
    let waves =
      plan.cooperation?.mode == .local
      ? [plan.parts(from: 0, examplesPerPass: examplesPerPass, processes: processes)]
      : plan.waves(from: 0, examplesPerPass: examplesPerPass, processes: processes)
    return waves.flatMap { wave in wave[share(ofParts: wave.count)].flatMap { Array($0) } }
  }

  public func begin(_ parts: [ParameterArena], after earlier: ParameterArena?) {
    if sum == nil {
      let made = GradientBuckets(parts[0].ranges, least: Self.bucketElements)
      buckets = made
      sum =
        switch (order, precision) {
        case (.fast, .full): LibrarySum(communicator, made.ranges)
        case (.ordered, .full): OrderedSum(communicator, made.ranges, FullFormat.self)
        case (_, .bfloat16): OrderedSum(communicator, made.ranges, RoundedFormat.self)
        }
    }
    buckets?.begin()
    sum?.begin(parts, after: earlier)
  }

  public func isFinal(_ elements: Range<Int>) throws {
    try check()
    if !elements.isEmpty { buckets?.isFinal(elements) }
    startBuckets(allAreFinal: false)
    _ = sum?.advance()
  }

  private func startBuckets(allAreFinal: Bool) {
    while let bucket = buckets?.take(allAreFinal: allAreFinal) { sum?.start(bucket) }
  }

  public func check() throws {
    if !shouldAbandon() { return }
    isAbandoned = true
    throw Abandoned()
  }

  public func finish(_ numbers: [[Double]], ofParts count: Int) throws -> [[Double]] {
    startBuckets(allAreFinal: true)
    if let sum { try wait(for: sum) }
    // Each process has zeros for the parts of others, so that the order of the sum does not matter.
    let (share, length) = (share(ofParts: count), numbers[0].count)
    var all = [Double](repeating: 0, count: count * length)
    for (part, values) in zip(share, numbers) { all.replaceSubrange(part * length..<(part + 1) * length, with: values) }
    let sums = try added(all)
    return (0..<count).map { Array(sums[$0 * length..<($0 + 1) * length]) }
  }

  /// Pauses where this process is to be slow.
  public func beginStep() { if delay > .zero { communicator.pause(delay) } }

  public func added(_ numbers: [Double]) throws -> [Double] { try communicator.sum(numbers, check: check) }

  public func add(_ numbers: ParameterArena) throws {
    let sum = average ?? OrderedSum(communicator, [0..<numbers.elements.count], FullFormat.self)
    average = sum
    sum.begin([numbers], after: nil)
    sum.start(0)
    try wait(for: sum)
  }

  private func wait(for sum: any GradientSum) throws {
    var pause = Pause()
    while !sum.advance() {
      try check()
      pause.next()
    }
  }

  public func checkpoint(_ path: String?) throws -> String {
    // The copy before it is removed first: they have one name.
    received = nil
    let copy = try ReceivedCheckpoint(from: path, communicator)
    received = copy
    return path ?? copy.path
  }
}
