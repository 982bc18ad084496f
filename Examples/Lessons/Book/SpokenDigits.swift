import Foundation
import Kodama

/// Spoken digits by three networks, from one layer to convolutions, on log-mel features: 40 frames of 32 bands. One layer
/// compares each cell of the map with a template of each digit, and hidden layers combine such comparisons; both learn
/// every place in time and pitch by itself. A convolution looks for the same small pattern everywhere, and has fewer
/// weights for it.
///
/// Without a corpus the sounds are ten melodies that are synthesized here, anywhere in time and pitch. The networks are
/// trained by the package's `Trainer`.
///
/// - Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", §II; Waibel et al. 1989,
///   "Phoneme recognition using time-delay neural networks", of convolutions over sound.
public struct SpokenDigits: Lesson {
  public static let name = "digits"
  public static let topic = "spoken digits by one layer, three layers and convolutions"

  /// What one network reached.
  public struct Outcome {
    public let network: DigitNetwork
    /// The trained numbers.
    public let parameters: Int
    /// The share of held-out sounds that it gets right after each epoch.
    public let accuracies: [Double]
  }

  public struct Results {
    public let outcomes: [Outcome]
    let sounds: (training: Int, heldOut: Int)
    let isSynthesized: Bool
  }

  private let seed: UInt64
  private let corpus: String?
  private let epochs = 12

  /// The lesson on the recordings of a folder, whose names begin with the digit; nil for synthesized sounds.
  public init(seed: UInt64, corpus: String? = nil) {
    self.seed = seed
    self.corpus = corpus
  }

  public func results() throws -> Results {
    let sounds = try corpus.map(DigitSounds.init(corpus:)) ?? DigitSounds(synthesizedFrom: seed)
    let runs = FileManager.default.temporaryDirectory.appendingPathComponent("digits-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: runs) }
    return Results(
      outcomes: try DigitNetwork.allCases.map { try train($0, on: sounds, run: "\(runs)/\($0)") },
      sounds: (sounds.training.rows.count, sounds.heldOut.rows.count), isSynthesized: corpus == nil)
  }

  private func train(_ network: DigitNetwork, on sounds: DigitSounds, run path: String) throws -> Outcome {
    let task = DigitTask(network)
    var plan = TrainingPlan(optimizer: .adam)
    (plan.batchSize, plan.learningRate, plan.averageDecay, plan.seed) = (30, 2e-3, 0, seed)
    let steps = sounds.training.rows.count / plan.batchSize
    // The last steps are small, so that it hardly matters where training ends.
    (plan.schedule, plan.cosineSteps) = (.cosine, epochs * steps)
    var accuracies: [Double] = []
    let workspace = Workspace()
    let validation = PeriodicWork(every: steps) { state, _ in
      let found = task.loss(sounds.heldOut, Pass(state.parameters, phase: .inference, workspace: workspace))
      accuracies.append(found.values[1])
    }
    let trainer = Trainer(
      task: task, source: ShuffledRows(sounds.training, seed: seed), plan: plan,
      state: TrainingState(declarations: task.declarations, plan: plan), run: try TrainingRun(path, resuming: false),
      checkpointInterval: epochs * steps, work: [validation], workspace: workspace)
    _ = try trainer.train(until: .steps(epochs * steps)) { false }
    return Outcome(network: network, parameters: trainer.state.parameters.count, accuracies: accuracies)
  }

  public func lines(_ results: Results) -> [String] {
    let (training, heldOut) = results.sounds
    return [
      "accuracy on \(heldOut) held-out \(results.isSynthesized ? "synthesized melodies" : "recordings")"
        + " after \(epochs) epochs of \(training)"
    ]
      + results.outcomes.map {
        $0.network.rawValue.padding(to: 14) + columns([percent($0.accuracies.last ?? .nan)])
          + "   (\($0.parameters) parameters)"
      }
  }

  public func picture(_ results: Results) throws -> [UInt8] {
    let curves = results.outcomes.map { outcome in
      LineChart.Series(
        outcome.network.rawValue, outcome.accuracies.enumerated().map { .init(x: Double($0 + 1), y: 100 * $1) },
        style: .dotted)
    }
    let chart = LineChart(
      title: results.isSynthesized ? "Melodies" : "Spoken digits", unit: "% of held-out sounds right", xName: "epoch",
      series: curves)
    return try ChartPicture([chart], width: 800).encoded()
  }
}

/// The networks, from one layer to convolutions.
public enum DigitNetwork: String, CaseIterable {
  case oneLayer = "one layer"
  case threeLayers = "three layers"
  case convolutions
}

/// One of the networks, and its loss.
private struct DigitTask: TrainingTask {
  private let convolutions: [Convolution]
  private let dense: DenseNetwork
  let measures = TaskMeasures(loss: Measure("crossEntropy", unit: "nats"), others: [Measure("accuracy")])

  init(_ network: DigitNetwork) {
    let inputs = DigitSounds.frames * DigitSounds.bands
    let window = SlidingWindow(3, stride: 2, padding: .same)
    func convolution(_ path: String, _ inputs: Int, _ outputs: Int) -> Convolution {
      Convolution(
        path, ConvolutionGeometry(inputChannels: inputs, outputChannels: outputs, windows: [window, window]))
    }
    switch network {
    case .oneLayer: (convolutions, dense) = ([], DenseNetwork([inputs, 10]))
    case .threeLayers:
      (convolutions, dense) = ([], DenseNetwork([inputs, 64, 64, 10], activation: { $0.relu() }))
    case .convolutions:
      // Each halves the map, which is 5 by 4 in the end.
      convolutions = [convolution("conv.1", 1, 16), convolution("conv.2", 16, 32), convolution("conv.3", 32, 32)]
      dense = DenseNetwork([5 * 4 * 32, 10])
    }
  }

  var declarations: [ParameterDeclaration] {
    convolutions.flatMap(\.declarations) + dense.layers.flatMap(\.declarations)
  }

  func loss(_ batch: LabelledRows, _ pass: Pass<Float>) -> BatchLoss {
    let count = batch.rows.count
    var x = pass.tape.constant(batch.tensor.reshaped([count, DigitSounds.frames, DigitSounds.bands, 1]))
    for convolution in convolutions { x = convolution.forward(x, pass).relu() }
    let logits = dense.forward(x.reshaped([1, count, x.value.count / count]), pass)
    let loss = batch.crossEntropy(logits)
    return BatchLoss(
      loss, weight: Double(count), values: [Double(loss.value.item), batch.accuracy(logits.value)])
  }

  func writeConfiguration(toFolder folder: String) throws {
    try AtomicFile.write(to: folder + "/config.json", existing: .replace) { try $0.write("{}") }
  }
}

/// Rows in an order that is shuffled anew for each pass over them.
private final class ShuffledRows: ExampleSource {
  let examplesPerEpoch: Int
  private let rows: LabelledRows
  private let seed: UInt64

  init(_ rows: LabelledRows, seed: UInt64) {
    (self.rows, self.seed) = (rows, seed)
    examplesPerEpoch = rows.rows.count
  }

  func batch(_ numbers: Range<Int>) -> LabelledRows {
    rows[
      numbers.map { number -> Int in
        let (epoch, place) = number.quotientAndRemainder(dividingBy: examplesPerEpoch)
        return order(epoch)[place]
      }]
  }

  /// The order of an epoch, kept while it lasts.
  private func order(_ epoch: Int) -> [Int] {
    if let last, last.epoch == epoch { return last.order }
    var (order, random) = (Array(0..<examplesPerEpoch), Philox(seed: seed, stream: UInt64(epoch)))
    random.shuffle(&order)
    last = (epoch, order)
    return order
  }

  private var last: (epoch: Int, order: [Int])?
}
