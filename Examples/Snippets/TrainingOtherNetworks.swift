import Kodama

/// Points in a square, and whether each lies in a ring around its centre.
public struct Points {
  let places: Tensor<Float>
  let isInside: Tensor<Float>
}

/// Batches of points: each is a function of its number, so that a resumed run sees the same ones.
final class PointSource: ExampleSource {
  let examplesPerEpoch = 1000

  func batch(_ numbers: Range<Int>) -> Points {
    var (places, isInside) = ([Float](), [Float]())
    for number in numbers {
      var random = Philox(seed: 1, stream: UInt64(number))
      let (x, y) = (2 * random.uniform() - 1, 2 * random.uniform() - 1)
      places += [Float(x), Float(y)]
      isInside.append((0.25...0.64).contains(x * x + y * y) ? 1 : 0)
    }
    return Points(places: Tensor([1, numbers.count, 2], places), isInside: Tensor([1, numbers.count, 1], isInside))
  }
}

/// A network of two layers that learns where the ring is.
struct RingTask: TrainingTask {
  private let hidden = Convolution.pointwise("hidden", inputChannels: 2, outputChannels: 32)
  private let output = Convolution.pointwise("output", inputChannels: 32, outputChannels: 1)

  var declarations: [ParameterDeclaration] { hidden.declarations + output.declarations }
  let measures = TaskMeasures(loss: Measure("crossEntropy", unit: "nats"), others: [Measure("accuracy")])

  func loss(_ batch: Points, _ pass: Pass<Float>) -> BatchLoss {
    let logits = output.forward(hidden.forward(pass.tape.constant(batch.places), pass).relu(), pass)
    let loss = logits.binaryCrossEntropy(pass.tape.constant(batch.isInside))
    let right = zip(logits.value.elements, batch.isInside.elements).count { ($0 > 0) == ($1 > 0) }
    let count = Double(batch.isInside.elements.count)
    return BatchLoss(loss, weight: count, values: [Double(loss.value.item), Double(right) / count])
  }

  func writeConfiguration(toFolder folder: String) throws {
    try AtomicFile.write(to: folder + "/config.json", existing: .replace) { try $0.write(#"{"hidden": 32}"#) }
  }
}

/// Trains it into a run folder, which `kodama report` draws; a second call goes on where the first ended.
public func trainRing(run path: String, steps: Int, resuming: Bool = false) throws -> TrainingState {
  let task = RingTask()
  var plan = TrainingPlan(optimizer: .adamw)
  (plan.batchSize, plan.learningRate) = (100, 0.03)
  plan.groups = [ParameterGroup("*.bias", weightDecay: 0)]
  let run = try TrainingRun(path, resuming: resuming)
  let state =
    resuming
    ? try TrainingState(checkpoint: run.folder.newestCheckpoint(), declarations: task.declarations, plan: plan)
    : TrainingState(declarations: task.declarations, plan: plan)
  let log = try MetricsLog(run: path, step: state.step, interval: 10, measures: task.measures)
  let trainer = Trainer(
    task: task, source: PointSource(), plan: plan, state: state, run: run, checkpointInterval: 500, observers: [log],
    workspace: Workspace())
  _ = try trainer.train(until: .steps(steps)) { false }
  return trainer.state
}
