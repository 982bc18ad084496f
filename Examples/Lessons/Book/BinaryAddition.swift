import Kodama

/// Two binary numbers are added from their lowest bits on, as on paper: what a step has to know of those before it is one
/// bit, the carry. A simple recurrent network learns to keep it in its hidden state, from numbers of eight bits alone, and
/// then adds numbers of any length. A network that sees each pair of bits by itself gets right what needs no carry.
///
/// - Source: Elman 1990, "Finding structure in time", whose first experiment is XOR over time.
public struct BinaryAddition: Lesson {
  public static let name = "addition"
  public static let topic = "binary addition by a simple recurrent network, which learns to carry"

  /// How a network learns.
  public struct Outcome: Sendable {
    /// Whether it has a hidden state.
    public let isRecurrent: Bool
    public let losses: [Double]
    /// The share of sums of numbers of eight bits that are right in every bit, as it learns.
    public let rightSums: [LineChart.Point]
    /// The share of right sums of longer numbers at the end, by bits.
    public let longSums: [(bits: Int, share: Double)]
  }

  private let steps = 600
  private let batch = 32
  private let bits = 8
  private let units = 8
  private let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  /// Pairs of numbers, bit by bit from the lowest, and their sums.
  private struct Sums {
    let x: Tensor<Float>
    let targets: [Int32]

    /// Numbers whose highest bit is 0, so that a sum has as many bits.
    init(_ count: Int, bits: Int, random: Philox) {
      var (random, x, targets) = (random, [Float](), [Int32]())
      for _ in 0..<count {
        var carry = 0
        for bit in 0..<bits {
          let pair = (0..<2).map { _ in bit == bits - 1 ? 0 : random.integer(below: 2) }
          x += pair.map(Float.init)
          let sum = pair[0] + pair[1] + carry
          targets.append(Int32(sum % 2))
          carry = sum / 2
        }
      }
      (self.x, self.targets) = (Tensor([count, bits, 2], x), targets)
    }

    /// The share of sums that are right in every bit.
    func right(_ logits: Tensor<Float>) -> Double {
      let (count, bits, values) = (x.shape[0], x.shape[1], logits.elements)
      let right = (0..<count).filter { number in
        (number * bits..<(number + 1) * bits).allSatisfy {
          (values[2 * $0 + 1] > values[2 * $0]) == (targets[$0] == 1)
        }
      }
      return Double(right.count) / Double(count)
    }
  }

  public func results() throws -> [Outcome] { [true, false].map(outcome) }

  private func outcome(isRecurrent: Bool) -> Outcome {
    let recurrent = RecurrentLayer("hidden", .tanh, inputs: 2, units: units)
    let dense = Linear("hidden", inputs: 2, outputs: units)
    let output = Linear("output", inputs: units, outputs: 2, isOutput: true)
    /// The logits of every bit of the sums, [1, sums · bits, 2].
    func logits(_ sums: Sums, _ pass: Pass<Float>) -> Variable<Float> {
      let x = pass.tape.constant(sums.x)
      let hidden = isRecurrent ? recurrent.forward(x, pass).outputs : dense.forward(x, pass).tanh()
      return output.forward(hidden, pass).reshaped([1, sums.targets.count, 2])
    }
    func share(_ learner: Learner, bits: Int) -> Double {
      let sums = Sums(500, bits: bits, random: Philox(seed: seed, stream: UInt64(1_000_000 + bits)))
      return sums.right(learner.output { logits(sums, $0) })
    }
    let layers: [any Layer] = isRecurrent ? [recurrent, output] : [dense, output]
    var learner = Learner(layers, .adam(), seed: seed)
    var (losses, right) = ([Double](), [LineChart.Point]())
    for step in 0..<steps {
      let sums = Sums(batch, bits: bits, random: Philox(seed: seed, stream: UInt64(step)))
      losses.append(
        learner.step(rate: 0.02) {
          logits(sums, $0).crossEntropy(targets: sums.targets, weights: Array(repeating: 1, count: sums.targets.count))
        })
      if step % 20 == 19 { right.append(.init(x: Double(step + 1), y: share(learner, bits: bits))) }
    }
    return Outcome(
      isRecurrent: isRecurrent, losses: losses, rightSums: right,
      longSums: [8, 16, 64].map { (bits: $0, share: share(learner, bits: $0)) })
  }

  public func lines(_ results: [Outcome]) -> [String] {
    ["\(units) hidden units, \(steps) steps of \(batch) sums of \(bits) bits; the share of sums that are right"]
      + [columns(["hidden state", "loss"] + results[0].longSums.map { "\($0.bits) bits" }, width: 14)]
      + results.map { outcome in
        columns(
          [outcome.isRecurrent ? "yes" : "no", fixed(outcome.losses.suffix(10).reduce(0, +) / 10, 4)]
            + outcome.longSums.map { percent($0.share) }, width: 14)
      }
  }

  public func picture(_ results: [Outcome]) throws -> [UInt8] {
    func chart(_ title: String, _ yName: String, _ points: (Outcome) -> [LineChart.Point]) -> ScatterChart {
      ScatterChart(
        title: title, xName: "step", yName: yName,
        series: results.map { .init($0.isRecurrent ? "recurrent" : "each step by itself", points($0), style: .line) })
    }
    return try ScatterPicture([
      chart("Loss while learning", "nats a bit") { $0.losses.enumerated().map { .init(x: Double($0), y: $1) } },
      chart("Right sums of eight bits", "%") { $0.rightSums.map { .init(x: $0.x, y: 100 * $0.y) } },
    ]).encoded()
  }
}
