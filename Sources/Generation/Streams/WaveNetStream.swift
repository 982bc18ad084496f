import KodamaCore
import KodamaSignal
import KodamaWaveNets

/// One signal being generated: the caches of every block, random numbers of its own, and sampling options.
///
/// A value: a copy is a fork that continues independently, and keeping a copy is saving the state. The first sample
/// after copying copies the caches; nothing else takes memory, locks or asks the operating system. A sample costs the
/// same however many came before it.
///
/// The signal starts as in training: the input at step 0 is the code of silence (the sample 0 for scalar input), and
/// the history of every block is 0.
public struct WaveNetStream: Sendable {
  /// The network.
  public let engine: WaveNetEngine
  /// How codes are sampled; may change between samples.
  ///
  /// - Precondition: such as the engine's output takes (see `SamplingOptions.check`).
  public var sampling: SamplingOptions {
    didSet { Self.require(sampling, engine) }
  }
  /// Turns the samples that codes represent into audio.
  private var emphasis: DeEmphasis
  private var random: Philox
  private(set) var memory: StreamMemory
  /// Whether every code so far was sampled from finite numbers.
  private var drawsAreValid = true

  /// A stream at the start of its signal.
  ///
  /// - Parameters:
  ///   - seed: of the draws.
  ///   - number: distinguishes the streams of one seed, from 0.
  ///   - conditions: its labels and features, where the network is conditioned; where features are left out,
  ///     `add(features:)` adds them as they become known.
  ///   - sampling: such as the engine's output takes.
  /// - Precondition: the conditions are of the network.
  public init(
    _ engine: WaveNetEngine, seed: UInt64, number: Int = 0, conditions: Conditions = .none,
    sampling: SamplingOptions = .standard
  ) {
    precondition(number >= 0, "streams are numbered from 0, not \(number)")
    Self.require(sampling, engine)
    self.engine = engine
    self.sampling = sampling
    emphasis = DeEmphasis(engine.configuration.preemphasis)
    random = Self.random(seed: seed, number: number)
    memory = StreamMemory(engine, conditions: conditions)
  }

  /// A stream that resumes from a state.
  public init(_ state: StreamState) {
    engine = state.engine
    sampling = state.sampling
    emphasis = state.emphasis
    random = state.random
    memory = state.memory
  }

  /// The present state. Setting it moves the stream to another step.
  ///
  /// - Precondition: a state that is set is of this stream's engine.
  public var state: StreamState {
    get { StreamState(memory: memory, random: random, sampling: sampling, emphasis: emphasis, engine: engine) }
    set {
      precondition(newValue.engine === engine, "a state of another engine")
      self = WaveNetStream(newValue)
    }
  }

  /// A stream that continues from here with random numbers of its own; the two share memory until one of them
  /// continues.
  public func forked(seed: UInt64, number: Int = 0) -> WaveNetStream {
    precondition(number >= 0, "streams are numbered from 0, not \(number)")
    var fork = self
    fork.random = Self.random(seed: seed, number: number)
    fork.drawsAreValid = true
    return fork
  }

  private static func random(seed: UInt64, number: Int) -> Philox {
    Philox(seed: seed, stream: StableHash("generation").value &+ UInt64(number))
  }

  /// Changes the labels from the next code on whose logits are not computed yet; features stay as they are.
  ///
  /// - Precondition: the conditions are of the network.
  public mutating func condition(on conditions: Conditions) {
    makeUnique()
    memory.setLabels(conditions, engine)
  }

  /// Takes the next frames of a signal's features, [n, C], of a network that is conditioned on some.
  ///
  /// - Precondition: whole frames, and not after `endFeatures` or where the stream was given its features at first.
  public mutating func add(features frames: [Float]) {
    makeUnique()
    guard let conditions = memory.conditions else { preconditionFailure("the network takes no features") }
    conditions.add(frames)
  }

  /// Marks the end of the signal's features. From now on the last frame is repeated for all after it.
  public mutating func endFeatures() {
    makeUnique()
    memory.conditions?.finish()
  }

  /// The samples whose features are known; nil where there is no end of them. A sample needs the frame it belongs to
  /// and the `marginFrames` after it (see `FeatureConditioning`).
  public var availableSamples: Int? {
    memory.conditions.flatMap(\.available).map { $0 + (memory.progress == .evaluated ? 1 : 0) }
  }

  /// Draws the next code.
  ///
  /// - Precondition: its features are known.
  public mutating func next() -> Int {
    evaluate()
    return draw()
  }

  /// Calls `body` with the network's output for the next code: a logit for each class, or the parameters of its
  /// mixture.
  public mutating func withLogits<R>(_ body: (Span<Float>) throws -> R) rethrows -> R {
    evaluate()
    let logits = UnsafeBufferPointer(start: memory.floats(at: engine.layout.output), count: engine.outputChannels)
    defer { withExtendedLifetime(memory) {} }
    return try body(logits.span)
  }

  /// Whether all logits that codes were sampled from, and those that are computed, are finite.
  package var logitsAreFinite: Bool {
    if !drawsAreValid { return false }
    let logits = UnsafeBufferPointer(start: memory.floats(at: engine.layout.output), count: engine.outputChannels)
    return withExtendedLifetime(memory) { logits.allSatisfy(\.isFinite) }
  }

  /// Takes a code as the next of the signal instead of drawing it.
  ///
  /// - Precondition: 0 ≤ code < levels.
  public mutating func feed(_ code: Int) {
    precondition((0..<engine.levels).contains(code), "code \(code) is none of \(engine.levels)")
    makeUnique()
    if memory.progress == .pending { engine.step(memory, logits: false) }
    accept(code)
  }

  /// Takes a recording's codes as the next of the signal: the same state as feeding them one by one, by one pass over
  /// all of them.
  ///
  /// - Parameter workers: the threads to share; the result does not depend on their number.
  /// - Throws: `GenerationFault.code`; the stream is as it was.
  public mutating func prime(with codes: [Int32], workers: Workers = .serial) throws(GenerationFault) {
    for (index, code) in codes.enumerated() where !(0..<engine.levels).contains(Int(code)) {
      throw .code(Int(code), index: index, levels: engine.levels)
    }
    guard let last = codes.last else { return }
    makeUnique()
    // What the caches hold in the end depends on no more inputs than these.
    let seen = engine.configuration.lookback
    var inputs = codes.dropLast().suffix(seen).map { Int($0) as Int? }
    if memory.progress == .pending { inputs.insert(memory.input, at: 0) }
    let pending = codes.count - (memory.progress == .pending ? 0 : 1)
    memory.conditions?.skip(max(0, pending - seen))
    SequencePass(engine, workers: workers).advance(memory, through: inputs.suffix(seen))
    for code in codes { _ = emphasis.apply(engine.decodingTable[Int(code)]) }
    memory.accept(Int(last))
  }

  /// Takes a recording as the start of the signal, or as its continuation: pre-emphasised as the model is, then as
  /// codes. In several calls it is the same as in one.
  ///
  /// Where there is pre-emphasis, the next samples go on from the recording's last sample itself, not from what the
  /// codes make of it.
  ///
  /// - Parameters:
  ///   - samples: those outside [−1, 1] are taken as the nearest end, NaN as silence.
  ///   - workers: the threads to share; the result does not depend on their number.
  public mutating func prime(hearing samples: some Sequence<Float>, workers: Workers = .serial) {
    let recording = samples.map { $0.isNaN ? 0 : max(-1, min(1, $0)) }
    guard let last = recording.last else { return }
    let coefficient = engine.configuration.preemphasis
    var filter = PreEmphasis(coefficient, previous: emphasis.last)
    let codes = engine.companding.encode(filter.apply(recording))
    do { try prime(with: codes, workers: workers) } catch { preconditionFailure("\(error)") }
    emphasis = DeEmphasis(coefficient, last: last)
  }

  mutating func evaluate() {
    makeUnique()
    if memory.progress == .evaluated { return }
    engine.step(memory, logits: true)
    memory.progress = .evaluated
  }

  /// Samples the next code from computed logits.
  mutating func draw() -> Int {
    let logits = memory.floats(at: engine.layout.output)
    let (code, isValid): (Int, Bool)
    if let mixture = engine.mixture {
      (code, isValid) = MixtureSampler(mixture: mixture, options: sampling).draw(logits, random: &random)
    } else {
      let sampler = Sampler(kernels: engine.kernels, classes: engine.outputChannels, options: sampling)
      (code, isValid) = sampler.draw(logits, weights: memory.floats(at: engine.layout.weights), random: &random)
    }
    if !isValid { drawsAreValid = false }
    accept(code)
    return code
  }

  /// Takes the memory that the first sample after copying would take, so that no sample takes any.
  package mutating func takeMemory() { makeUnique() }

  /// Samples the next code from computed logits, and returns its audio sample.
  mutating func drawSample() -> Float {
    _ = draw()
    return max(-1, min(1, emphasis.last))
  }

  private mutating func accept(_ code: Int) {
    _ = emphasis.apply(engine.decodingTable[code])
    memory.accept(code)
  }

  private static func require(_ sampling: SamplingOptions, _ engine: WaveNetEngine) {
    do { try sampling.check(for: engine.configuration) } catch { preconditionFailure("\(error)") }
  }

  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&memory) { memory = StreamMemory(copying: memory) }
  }

  /// The memory, this stream's alone.
  mutating func uniqueMemory() -> StreamMemory {
    makeUnique()
    return memory
  }
}
