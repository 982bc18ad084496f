import CKernels
import Foundation
import KodamaCore
import KodamaSignal
import KodamaTensors
import KodamaWaveNets

/// The bits that an engine needs for a recording, with the recording itself as input: by the arithmetic that generates.
///
/// Bits are −log2 p of each code, from the output channels on in double precision.
public final class EngineScorer {
  /// Sum of −log2 p of the codes of all samples so far.
  public private(set) var bits = 0.0
  /// Sum of −log2 p of the levels of 16 bits nearest to the samples that came as samples: what distributions over other
  /// codes can be compared by. The probability of μ-law classes is spread as `SixteenBitCells` documents; of a mixture
  /// the codes are levels of 16 bits, and this equals `bits`.
  public private(set) var sixteenBitBits = 0.0
  /// Samples so far.
  public private(set) var samples = 0
  private let engine: WaveNetEngine
  private let pass: SequencePass
  private let memory: StreamMemory
  /// Of an output of classes.
  private let cells: SixteenBitCells?

  private var conditions: Conditions

  /// A scorer at the start of a recording.
  ///
  /// - Parameters:
  ///   - conditions: the recording's labels and features, where the network is conditioned.
  ///   - workers: the threads to share; the result does not depend on their number.
  /// - Precondition: the conditions are of the network.
  public init(_ engine: WaveNetEngine, conditions: Conditions = .none, workers: Workers = .serial) {
    self.engine = engine
    pass = SequencePass(engine, workers: workers)
    self.conditions = conditions
    memory = StreamMemory(engine, conditions: conditions)
    if case .muLaw(let law) = engine.companding { cells = SixteenBitCells(law) } else { cells = nil }
  }

  /// Goes to the start of the next recording; bits and samples stay.
  ///
  /// - Parameter conditions: its labels and features; nil for those of the recording before.
  public func restart(conditions: Conditions? = nil) {
    self.conditions = conditions ?? self.conditions
    memory.restart(engine, conditions: self.conditions)
  }

  /// Takes the next samples of the recording, pre-emphasised where the model is.
  public func add(_ block: [Float]) {
    let codes = engine.companding.encode(block)
    guard let cells else {
      let before = bits
      add(codes: codes)
      sixteenBitBits += bits - before
      return
    }
    let levels = Companding.linear.encode(block)
    var (index, sum) = (0, 0.0)
    add(codes: codes) { logits in
      sum += Self.bits(ofLevel: Int(levels[index]), cells, logits)
      index += 1
    }
    sixteenBitBits += sum
  }

  /// Takes the next codes of the recording.
  ///
  /// - Precondition: every code is one of the network's.
  /// - Parameter logits: called with the output channels of each, in turn.
  /// - Returns: the bits of these codes alone, which unlike a difference of `bits` do not depend on what was before.
  @discardableResult public func add(codes: [Int32], logits body: (Span<Float>) -> Void = { _ in }) -> Double {
    guard let last = codes.last else { return 0 }
    precondition(
      codes.allSatisfy { (0..<engine.levels).contains(Int($0)) }, "codes of other than \(engine.levels) levels")
    let inputs = [memory.input] + codes.dropLast().map { Int($0) }
    let channels = engine.outputChannels
    var (index, sum) = (0, 0.0)
    pass.advance(memory, through: inputs[...]) { logits in
      let row = UnsafeBufferPointer(start: logits, count: channels).span
      body(row)
      sum += bits(of: codes[index], row)
      index += 1
    }
    bits += sum
    samples += codes.count
    memory.accept(Int(last))
    return sum
  }

  private func bits(of code: Int32, _ row: Span<Float>) -> Double {
    guard let mixture = engine.mixture else {
      let (largest, sum) = Self.normalizer(row)
      return Information.bits(fromNats: log(sum) - Double(row[Int(code)] - largest))
    }
    return row.withUnsafeBufferPointer { row in
      var (kernel, target, weight) = (mixture.kernel, code, Float(1))
      return Information.bits(fromNats: kodama_mixture_loss_f32(&kernel, 1, row.baseAddress, &target, &weight, nil))
    }
  }

  /// −log2 of the probability of a level under classes.
  private static func bits(ofLevel level: Int, _ cells: SixteenBitCells, _ row: Span<Float>) -> Double {
    let (largest, sum) = normalizer(row)
    // The likeliest class of the level is taken out, so that nothing that is far out comes to 0.
    var (nearest, inside) = (-Float.infinity, 0.0)
    cells.forEachShare(ofLevel: level) { code, _ in nearest = max(nearest, row[code]) }
    cells.forEachShare(ofLevel: level) { code, share in inside += share * exp(Double(row[code] - nearest)) }
    return Information.bits(fromNats: log(sum) - Double(nearest - largest) - log(inside))
  }

  /// The largest logit, and the sum of exponentials of all less that.
  private static func normalizer(_ row: Span<Float>) -> (largest: Float, sum: Double) {
    var largest = -Float.infinity
    for index in row.indices where row[index] > largest { largest = row[index] }
    var sum = 0.0
    for index in row.indices { sum += exp(Double(row[index] - largest)) }
    return (largest, sum)
  }
}
