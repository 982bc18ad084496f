import KodamaCore
import KodamaSignal

/// The whole state of a stream at one step: its caches and states of recurrent units, label conditions, features so far, position of its random
/// numbers, and sampling options. A value that costs nothing until the stream continues.
///
/// `WaveNetStream(state)` resumes from it, any number of times; `bytes` carries it to another run of the program, on
/// a machine that generates with the same instruction set.
public struct StreamState: Sendable {
  let memory: StreamMemory
  let random: Philox
  let sampling: SamplingOptions
  let emphasis: DeEmphasis
  let engine: WaveNetEngine

  /// The first bytes of `bytes`, with the version of the format.
  private static let signature: [UInt8] = Array("Kodama\u{4}\n".utf8)

  init(
    memory: StreamMemory, random: Philox, sampling: SamplingOptions, emphasis: DeEmphasis, engine: WaveNetEngine
  ) {
    self.memory = memory
    self.random = random
    self.sampling = sampling
    self.emphasis = emphasis
    self.engine = engine
  }

  /// The state as bytes: a signature of 8 bytes and then, as little-endian words of 64 bits, the fingerprint of the
  /// engine, the two halves of the random numbers' key and their position, the input plus 1 (0 at the start), whether
  /// the logits are computed, the bits of the last sample before it is cut off at ±1, and the number of bytes of the
  /// caches, which follow. After them, where the network is conditioned on features, the step, the first frame that is
  /// kept, whether the last one is the signal's last, and how many numbers are kept, which follow as little-endian
  /// floats. Sampling options are not among them.
  public var bytes: [UInt8] {
    let buffer = UnsafeRawBufferPointer(start: memory.base, count: engine.layout.byteCount)
    let words: [UInt64] = [
      engine.fingerprint, random.key.0, random.key.1, random.position, UInt64(memory.input.map { $0 + 1 } ?? 0),
      memory.progress == .evaluated ? 1 : 0, UInt64(emphasis.last.bitPattern), UInt64(buffer.count),
    ]
    var bytes = Self.signature
    bytes.reserveCapacity(bytes.count + 8 * words.count + buffer.count)
    for word in words { withUnsafeBytes(of: word.littleEndian) { bytes += $0 } }
    bytes += buffer
    if let conditions = memory.conditions {
      let (words, numbers) = conditions.stored
      for word in [UInt64(conditions.position)] + words { withUnsafeBytes(of: word.littleEndian) { bytes += $0 } }
      for number in numbers { withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 } }
    }
    return withExtendedLifetime(memory) { bytes }
  }

  /// Reads a state that `bytes` gave.
  ///
  /// - Throws: what `SamplingOptions.check` does; `GenerationFault.state` where the bytes are damaged, or of another
  ///   model, precision or instruction set.
  public init(
    _ bytes: [UInt8], for engine: WaveNetEngine, sampling: SamplingOptions = .standard
  ) throws(GenerationFault) {
    try sampling.check(for: engine.configuration)
    guard bytes.starts(with: Self.signature) else { throw .state("it does not start with the signature of a state") }
    let header = Self.signature.count + 8 * 8
    guard bytes.count >= header else { throw .state("it ends after \(bytes.count) bytes") }
    let words = Self.words(8, in: bytes, at: Self.signature.count)
    guard words[0] == engine.fingerprint else {
      throw .state("it is of another model, another precision or another instruction set")
    }
    let size = engine.layout.byteCount
    guard words[7] == UInt64(size) && bytes.count >= header + size else {
      let found = words[7] == UInt64(size) ? UInt64(bytes.count - header) : words[7]
      throw .state("it has \(found) bytes of caches, not \(size)")
    }
    let feed = try Self.feed(in: bytes, at: header + size, engine)
    guard words[4] <= UInt64(engine.levels) else { throw .state("its input is no code") }
    guard words[5] <= 1 else { throw .state("its flag of computed logits is neither 0 nor 1") }
    let coefficient = engine.configuration.preemphasis
    // The sum of 1 + c + c² + …, and as much more as rounding makes of it.
    let farthest = 1.001 / Float(1 - coefficient)
    guard let bits = UInt32(exactly: words[6]), abs(Float(bitPattern: bits)) <= farthest else {
      throw .state("its last sample is none that it could have come to")
    }
    let emphasis = DeEmphasis(coefficient, last: Float(bitPattern: bits))
    let memory = StreamMemory(engine, feed: feed)
    bytes[header...].withUnsafeBytes { memory.base.copyMemory(from: $0.baseAddress!, byteCount: size) }
    for delay in engine.layout.delays where memory.slot(delay) >= UInt32(delay.history) {
      throw .state("a cache's index is beyond its ring")
    }
    memory.resumeLabels(engine)
    memory.input = words[4] == 0 ? nil : Int(words[4]) - 1
    memory.progress = words[5] == 1 ? .evaluated : .pending
    self.init(
      memory: memory, random: Philox(seed: words[1], stream: words[2], position: words[3]), sampling: sampling,
      emphasis: emphasis, engine: engine)
  }

  private static func words(_ count: Int, in bytes: [UInt8], at start: Int) -> [UInt64] {
    (0..<count).map { index in
      bytes[(start + 8 * index)...].prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
  }

  /// The features at the end of a state; nil where the engine takes none.
  private static func feed(
    in bytes: [UInt8], at start: Int, _ engine: WaveNetEngine
  ) throws(GenerationFault) -> FeatureFeed? {
    guard let features = engine.features else {
      if bytes.count > start { throw .state("\(bytes.count - start) bytes follow its end") }
      return nil
    }
    guard bytes.count >= start + 32 else { throw .state("it ends before its features") }
    let words = words(4, in: bytes, at: start)
    guard words[3] == UInt64((bytes.count - start - 32) / 4) && (bytes.count - start) % 4 == 0 else {
      throw .state("it has \(bytes.count - start - 32) bytes of features, not those of \(words[3]) numbers")
    }
    let numbers = stride(from: start + 32, to: bytes.count, by: 4).map { index in
      Float(bitPattern: bytes[index..<index + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }
    guard let feed = FeatureFeed(features, words: Array(words[1...]), numbers: numbers, position: words[0]) else {
      throw .state("its features are none that it could have come to")
    }
    return feed
  }
}
