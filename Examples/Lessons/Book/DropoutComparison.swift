import Foundation
import Kodama

/// A large network on few and noisy examples learns them by heart: its training loss goes towards zero while the loss on
/// held-out examples rises. Dropout leaves a random half of the hidden units out of each step, so that no unit can rely
/// on the others; the network fits its examples less well and others better.
///
/// - Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting", §4.
public struct DropoutComparison: Lesson {
  public static let name = "dropout"
  public static let topic = "a large network on few noisy examples, with and without dropout"

  /// Losses in nats while one network was trained, measured without dropout.
  public struct Course {
    public let rate: Double
    public let training, heldOut: [Double]
    /// How much higher the last held-out loss is than the training loss.
    public var gap: Double { (heldOut.last ?? .nan) - (training.last ?? .nan) }
  }

  private let seed: UInt64
  private let steps = 600
  /// Steps from one measurement to the next.
  private let interval = 20

  public init(seed: UInt64) { self.seed = seed }

  public func results() throws -> [Course] {
    let (training, heldOut) = (halfCircles(200, stream: 0), halfCircles(1000, stream: 1))
    return [0, 0.5].map { course(dropout: $0, training, heldOut) }
  }

  private func course(dropout: Double, _ training: LabelledRows, _ heldOut: LabelledRows) -> Course {
    let network = DenseNetwork([4, 64, 64, 2], activation: { $0.relu() }, dropout: dropout)
    var learner = Learner(network.layers, .adam(), seed: seed)
    var losses: (training: [Double], heldOut: [Double]) = ([], [])
    let (x, others) = (training.tensor, heldOut.tensor)
    for step in 0...steps {
      if step % interval == 0 {
        func loss(_ data: LabelledRows, _ x: Tensor<Float>) -> Double {
          Double(learner.output { data.crossEntropy(network.forward($0.tape.constant(x), $0)) }.item)
        }
        losses.training.append(loss(training, x))
        losses.heldOut.append(loss(heldOut, others))
      }
      _ = learner.step(rate: 1e-3) { training.crossEntropy(network.forward($0.tape.constant(x), $0)) }
    }
    return Course(rate: dropout, training: losses.training, heldOut: losses.heldOut)
  }

  /// Two half circles that reach into each other, in the first two of four numbers; the others are noise, and every tenth class
  /// is wrong.
  private func halfCircles(_ count: Int, stream: UInt64) -> LabelledRows {
    var random = Philox(seed: seed, stream: stream)
    var result = LabelledRows(rows: [], classes: [])
    for index in 0..<count {
      let (angle, isUpper) = (Double.pi * random.uniform(), index % 2 == 0)
      let x = isUpper ? cos(angle) - 0.5 : 0.5 - cos(angle)
      let y = isUpper ? sin(angle) - 0.25 : 0.25 - sin(angle)
      let noise = (0..<4).map { _ in random.normal() }
      result.rows.append(
        [Float(2 * x + 0.3 * noise[0]), Float(2 * y + 0.3 * noise[1])] + noise[2...].map(Float.init))
      result.classes.append(isUpper == (random.uniform() < 0.9) ? 1 : 0)
    }
    return result
  }

  public func lines(_ results: [Course]) -> [String] {
    ["losses in nats after \(steps) steps on 200 examples, and the lowest on held-out ones"]
      + [columns(["dropout", "training", "held out", "gap", "lowest"])]
      + results.map { course in
        columns([
          fixed(course.rate, 1), fixed(course.training.last ?? .nan, 3), fixed(course.heldOut.last ?? .nan, 3),
          fixed(course.gap, 3), fixed(course.heldOut.min() ?? .nan, 3),
        ])
      }
  }

  public func picture(_ results: [Course]) throws -> [UInt8] {
    let charts = results.map { course in
      func curve(_ name: String, _ losses: [Double]) -> LineChart.Series {
        .init(name, losses.enumerated().map { .init(x: Double($0 * interval), y: $1) })
      }
      return LineChart(
        title: course.rate == 0 ? "Without dropout" : "With half of the units dropped", unit: "loss in nats",
        xName: "step", series: [curve("training", course.training), curve("held out", course.heldOut)])
    }
    return try ChartPicture(charts).encoded()
  }
}
