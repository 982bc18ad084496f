import Foundation
import KodamaCore
import KodamaWaveNets

/// The bits that an engine needs for a recording, fed with the recording itself: by the arithmetic that generates.
///
/// Bits are −log2 p of each code, softmax and logarithm in double precision.
public final class EngineScorer {
  /// Sum of −log2 p over all samples so far.
  public private(set) var bits = 0.0
  /// Samples so far.
  public private(set) var samples = 0
  private let engine: WaveNetEngine
  private let pass: SequencePass
  private let memory: StreamMemory

  private var conditions: Conditions

  /// A scorer at the beginning of a recording.
  ///
  /// - Parameters:
  ///   - conditions: the recording's labels, where the network is conditioned.
  ///   - workers: the threads to share; the result does not depend on their number.
  /// - Precondition: the conditions are of the network.
  public init(_ engine: WaveNetEngine, conditions: Conditions = .none, workers: Workers = .serial) {
    self.engine = engine
    pass = SequencePass(engine, workers: workers)
    self.conditions = conditions
    memory = StreamMemory(engine.layout)
    engine.condition(memory.base, on: conditions)
  }

  /// Goes to the beginning of the next recording; bits and samples stay.
  ///
  /// - Parameter conditions: its labels; nil for those of the recording before.
  public func restart(conditions: Conditions? = nil) {
    self.conditions = conditions ?? self.conditions
    memory.clear(engine.layout)
    engine.condition(memory.base, on: self.conditions)
  }

  /// Takes the next samples of the recording.
  public func add(_ block: [Float]) { add(codes: engine.companding.encode(block)) }

  /// Takes the next codes of the recording.
  ///
  /// - Precondition: every code is one of the network's classes.
  /// - Parameter logits: called with the logits of each, in turn.
  public func add(codes: [Int32], logits body: (Span<Float>) -> Void = { _ in }) {
    guard let last = codes.last else { return }
    precondition(
      codes.allSatisfy { (0..<engine.classes).contains(Int($0)) }, "codes of other than \(engine.classes) classes")
    let inputs = [memory.input] + codes.dropLast().map { Int($0) }
    let classes = engine.classes
    var (index, sum) = (0, 0.0)
    pass.advance(memory, through: inputs[...]) { logits in
      let row = UnsafeBufferPointer(start: logits, count: classes)
      body(row.span)
      sum += Self.bits(of: Int(codes[index]), row)
      index += 1
    }
    bits += sum
    samples += codes.count
    memory.accept(Int(last))
  }

  private static func bits(of code: Int, _ logits: UnsafeBufferPointer<Float>) -> Double {
    var largest = -Float.infinity
    for logit in logits where logit > largest { largest = logit }
    var sum = 0.0
    for logit in logits { sum += exp(Double(logit - largest)) }
    return (log(sum) - Double(logits[code] - largest)) / log(2)
  }
}
