import CKernels
import KodamaInference

/// The offsets of everything in the buffer of a step, in bytes; every part is aligned to a cache line.
///
/// In their order: the values that are the same at all steps of a signal, values known ahead of the step, the values of
/// the step, and behind the buffer of a step the memory of two threads and the rings of delays. Values that one stage
/// alone needs share memory with those of other stages, which so stays in the first-level cache.
struct StepBufferLayout: Sendable {
  /// A tapped delay line.
  struct Delay: Sendable {
    /// The stage that reads it.
    let stage: Int
    /// The value that is delayed, as products take it.
    let present: Int
    /// Its past taps, oldest first.
    let past: Int
    /// Bytes of one tap.
    let tapBytes: Int
    /// The index of the ring's slot that contains the oldest value and takes the next, a `UInt32`.
    let slot: Int
    /// Past taps.
    let taps: Int
    /// Time steps between taps.
    let dilation: Int
    /// The byte of zero in the ring.
    let zero: UInt8
    /// The past values, a ring of `history` slots.
    fileprivate(set) var ring = 0

    /// The number of past values: (K − 1) · d.
    var history: Int { taps * dilation }
    /// Bytes from one slot of the ring to the next.
    var slotBytes: Int { tapBytes.roundedUp(toMultipleOf: 64) }
  }

  /// The state of a recurrent unit in one form.
  struct State: Sendable {
    /// The stage of the unit.
    let stage: Int
    /// Where it is: behind a step what the unit has computed in it.
    let offset: Int
    /// Its bytes.
    let bytes: Int
    /// The byte of zero.
    let zero: UInt8
  }

  /// How many threads compute a step: two keep values that one stage needs apart from those of other stages.
  enum Threads: Sendable {
    case one
    case two
  }

  private struct Key: Hashable {
    let value: StepGraph.Value
    let form: OperandForm
  }

  private var offsets: [Key: Int] = [:]
  /// Of values that one stage needs, where two threads compute.
  private var separateOffsets: [Key: Int] = [:]
  /// The delay lines, in the order of their stages.
  private(set) var delays: [Delay] = []
  private var delayIndex: [StepGraph.Value: Int] = [:]
  /// The states of recurrent units, each in every form in which it is taken.
  private(set) var states: [State] = []
  /// The values that are the same at all steps of a signal.
  let signalValues: [StepGraph.Value]
  /// Where they are.
  let labels: Range<Int>
  private let halved: Set<StepGraph.Value>
  /// The features of the step; nil where the network takes none.
  let features: Int?
  /// Bytes of the values known ahead of a step: a buffer of conditions alone.
  let conditionBytes: Int
  /// The network's output.
  let output: Int
  /// Weights of the draw, as many as outputs.
  let weights: Int
  /// Bytes of a buffer without rings and without the memory of two threads.
  let stepBytes: Int
  /// Bytes of a buffer with its rings.
  let byteCount: Int

  init(_ plan: FusionPlan) {
    let graph = plan.graph
    var next = 0
    func reserve(_ bytes: Int) -> Int {
      defer { next += bytes.roundedUp(toMultipleOf: 64) }
      return next
    }
    func keys(_ value: StepGraph.Value) -> [Key] { plan.storedForms(of: value).map { Key(value: value, form: $0) } }
    func bytes(_ key: Key) -> Int { Self.bytes(key.value, key.form, plan) }
    let stored = graph.values.filter(plan.isStored)

    signalValues = stored.filter { graph[$0].rate == .signal }
    halved = Set(signalValues.filter(plan.isHalved))
    let labelStart = next
    for value in signalValues {
      offsets[Key(value: value, form: .float32)] = reserve(bytes(Key(value: value, form: .float32)))
    }
    labels = labelStart..<next
    let ahead = stored.filter { graph[$0].rate == .ahead }
    for key in ahead.flatMap(keys) { offsets[key] = reserve(bytes(key)) }
    conditionBytes = next
    let featureNode = graph.values.first { graph[$0].operation == .features }
    features = featureNode.flatMap { [offsets] in offsets[Key(value: $0, form: .float32)] }

    let delayNodes = graph.values.filter { if case .delay = graph[$0].operation { true } else { false } }
    let slots = reserve(4 * delayNodes.count)
    // Sums of past taps apart from other values: those of the next stage may be added up while a stage is computed.
    let stages = 1..<max(1, graph.stageCount - 1)
    var local: [[Key]] = []
    for stage in stages {
      let sums = plan.delayedProducts(ofStage: stage).map(plan.target)
      let values = stored.filter { graph[$0].stage == stage && plan.isLocal($0) }
      local.append(values.filter(sums.contains).flatMap(keys))
      local.append(values.filter { !sums.contains($0) }.flatMap(keys))
    }
    for part in 0..<2 {
      let (start, size) = (
        next,
        stride(from: part, to: local.count, by: 2).map {
          local[$0].reduce(0) { $0 + bytes($1).roundedUp(toMultipleOf: 64) }
        }.max() ?? 0
      )
      for index in stride(from: part, to: local.count, by: 2) {
        next = start
        for key in local[index] { offsets[key] = reserve(bytes(key)) }
      }
      next = start + size
    }
    for value in stored where graph[value].rate == .step && !plan.isLocal(value) {
      for key in keys(value) {
        if key.form == .float32, let other = plan.overwritten(by: value),
          let offset = offsets[Key(value: other, form: .float32)]
        {
          offsets[key] = offset
        } else {
          offsets[key] = reserve(bytes(key))
        }
      }
    }
    for recurrence in graph.recurrences {
      for key in keys(recurrence.state) {
        guard let offset = offsets[key] else { preconditionFailure("\(graph[recurrence.state].name) is not stored") }
        offsets[Key(value: recurrence.unit, form: key.form)] = offset
        states.append(
          State(stage: graph[recurrence.unit].stage, offset: offset, bytes: bytes(key), zero: key.form.zero))
      }
    }
    for (index, node) in delayNodes.enumerated() {
      guard case .delay(let x, let taps, let dilation) = graph[node].operation else { continue }
      let form = plan.ringForm(of: node)
      guard let present = offsets[Key(value: x, form: form)] else {
        preconditionFailure("\(graph[x].name) has no memory to be delayed from")
      }
      let tapBytes = plan.tapBytes(of: x, form)
      delayIndex[node] = delays.count
      // Taps are copied in whole lines, the last one beyond its end.
      delays.append(
        Delay(
          stage: graph[node].stage, present: present, past: reserve((taps - 1) * tapBytes + 64), tapBytes: tapBytes,
          slot: slots + 4 * index, taps: taps - 1, dilation: dilation, zero: form.zero))
    }
    output = offsets[Key(value: graph.output, form: .float32)] ?? 0
    weights = reserve(Self.bytes(graph.output, .float32, plan))
    stepBytes = next
    for key in local.joined() {
      separateOffsets[key] = reserve(bytes(key))
      // Processors prefetch lines in pairs: what one thread reads is no neighbor of what the other writes.
      next += 128
    }
    for index in delays.indices { delays[index].ring = reserve(delays[index].history * delays[index].slotBytes) }
    byteCount = next
  }

  /// The offset of a value in a form.
  func offset(of value: StepGraph.Value, _ form: OperandForm = .float32, _ threads: Threads = .one) -> Int {
    let key = Key(value: value, form: form)
    guard let offset = (threads == .two ? separateOffsets[key] : nil) ?? offsets[key] else {
      preconditionFailure("value \(value.index) is not stored as \(form)")
    }
    return offset
  }

  /// The parts of a value that is the same at all steps: two halves where it is added to a gate's input.
  func parts(of value: StepGraph.Value) -> Int { halved.contains(value) ? 2 : 1 }

  /// The line of a delay node; nil of other values.
  func delay(_ value: StepGraph.Value) -> Delay? { delayIndex[value].map { delays[$0] } }

  /// Bytes of a value in a form: of floats whole vectors, each half of a value that is gated for itself.
  private static func bytes(_ value: StepGraph.Value, _ form: OperandForm, _ plan: FusionPlan) -> Int {
    if form != .float32 { return plan.tapBytes(of: value, form) }
    let parts = plan.isHalved(value) ? 2 : 1
    return parts * halfBytes(channels: plan.graph[value].channels / parts)
  }

  /// Bytes of floats in whole vectors.
  static func halfBytes(channels: Int) -> Int {
    MemoryLayout<Float>.stride * channels.roundedUp(toMultipleOf: PackedLayer.lanes)
  }

  /// The rings as kernels take them.
  var rings: [kodama_ring] {
    delays.map { delay in
      kodama_ring(
        ring: delay.ring, slot: delay.slot, slot_bytes: delay.slotBytes, past: delay.past, present: delay.present,
        tap_bytes: delay.tapBytes, history: UInt32(delay.history), dilation: UInt32(delay.dilation),
        taps: UInt32(delay.taps))
    }
  }

  /// Initializes a buffer for the first step of a signal: everything 0, in the rings and states as their products represent
  /// it.
  func clear(_ buffer: UnsafeMutableRawPointer) {
    buffer.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    for delay in delays where delay.zero != 0 {
      (buffer + delay.ring).initializeMemory(
        as: UInt8.self, repeating: delay.zero, count: delay.history * delay.slotBytes)
    }
    for state in states where state.zero != 0 {
      (buffer + state.offset).initializeMemory(as: UInt8.self, repeating: state.zero, count: state.bytes)
    }
  }
}
