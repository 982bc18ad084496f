import KodamaAudio
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaTraining
import KodamaWaveNets

/// Trains a WaveNet to predict the code of each sample from those before it.
package struct WaveNetTask: TrainingTask {
  package let network: WaveNet
  package let trainedRows: TrainedRows?
  /// The labels of each training recording, where the network is conditioned on labels, and after them those of the sounds
  /// of the teacher.
  package let conditions: [Conditions]
  /// The number of training recordings: those from it on are sounds of the teacher.
  private let recordings: Int
  private let record: RunRecord
  private let teacher: Teacher?

  package init(
    network: WaveNet, record: RunRecord, conditions: [Conditions], trainedRows: TrainedRows?, teacher: Teacher? = nil,
    sounds: [Conditions] = []
  ) {
    self.teacher = teacher
    recordings = conditions.count
    self.network = network
    self.record = record
    self.conditions = conditions + sounds
    self.trainedRows = trainedRows
  }

  package var declarations: [ParameterDeclaration] { network.declarations + (teacher?.hint?.declarations ?? []) }
  package var measures: TaskMeasures { .ofSamples }
  package var amountPerExample: Double { Double(record.settings.plan.cropSamples) }
  package var examplesPerPass: Int { WaveNetPlan.cropsPerPass(ofSamples: record.settings.plan.cropSamples) }

  /// The mean of −ln p over the valid samples of the batch, with the share of the teacher and its hints where there are such.
  /// In sounds of the teacher the loss is the teacher's alone. What is reported is −ln p of the recordings, or of the sounds
  /// where a batch has no recordings.
  ///
  /// The first input of a crop from the middle of a recording is the sample before the crop; the earlier history of every
  /// layer is zero, as at the start of a recording.
  package func loss(_ batch: [CropSamples], _ pass: Pass<Float>) -> BatchLoss {
    let length = batch[0].samples.count
    let law = network.companding
    var targets: [Int32] = []
    var previous: [Int32] = []
    var weights: [Float] = []
    var own: [Float] = []
    for crop in batch {
      let codes = law.encode(crop.samples)
      targets += codes
      previous.append(crop.previous.map { Int32(law.encode($0)) } ?? WaveNet.start)
      previous += codes.dropLast()
      let valid: [Float] = (0..<length).map { $0 < crop.crop.validCount ? 1 : 0 }
      weights += valid
      own += crop.crop.recording < recordings ? valid : [Float](repeating: 0, count: length)
    }
    let total = Double(batch.reduce(0) { $0 + $1.crop.validCount })
    let recordedShare = own.reduce(0.0) { $0 + Double($1) } / total
    let features = features(of: batch)
    func input(_ network: WaveNet) -> WaveNetInput {
      network.input(
        previous: previous, shape: [batch.count, length], conditions: batch.map { conditions[$0.crop.recording] },
        features: features)
    }
    let skipSums = network.skipSums(input(network), pass)
    let outputs = network.logits(ofSkipSums: skipSums, pass)
    let recorded = network.loss(outputs, targets: targets, weights: recordedShare > 0 ? own : weights)
    let bits = Information.bits(fromNats: Double(recorded.value.item))
    var loss = recorded
    if let teacher {
      let lesson: Teacher.Lesson =
        teacher.distillation.targets == nil
        ? teacher.lesson(input, workspace: pass.tape.workspace)
        : (Tensor(targets: batch.map(\.targets), steps: length, classes: network.configuration.classes), nil)
      let distillation = teacher.distillation.distillation
      if recordedShare == 1 {
        let taught = teacher.loss(outputs, expected: lesson.outputs, weights: weights, student: network, pass)
        loss = distillation.mix(recorded: recorded, taught: taught)
      } else {
        // Each step has its own share of the teacher: 1 in its sounds.
        let share = distillation.share
        let shares = zip(weights, own).map { $0 - $1 * Float(1 - share) }
        let taught = teacher.loss(outputs, expected: lesson.outputs, weights: shares, student: network, pass)
        loss = recorded * Float((1 - share) * recordedShare) + taught * Float(1 - (1 - share) * recordedShare)
      }
      if let hint = teacher.hint, let expected = lesson.skipSums {
        loss = loss + hint.loss(skipSums, expected: expected, weights: weights, pass)
      }
    }
    return BatchLoss(loss, weight: total, values: [bits])
  }

  /// The features of a batch of crops.
  private func features(of batch: [CropSamples]) -> FeatureWindow? {
    network.configuration.conditioning.features.map { features in
      let frames = features.windowFrames(steps: batch[0].samples.count)
      return FeatureWindow(batch.flatMap(\.features), shape: [batch.count, frames, features.channels])
    }
  }

  package func writeConfiguration(toFolder folder: String) throws { try record.write(toFolder: folder) }
}

/// Batches of crops of recordings, which are prefetched in order.
public final class CropBatches: ExampleSource {
  private let recordings: Recordings
  private let sounds: Recordings?
  private let targets: (any CropTargets)?
  private let sampler: CropSampler
  private let features: (any CropFeatures)?
  private let runs: CropRuns
  private let ahead: Int
  /// Those of `prefetch`.
  private var current = CropRuns()
  private var prefetch: CropPrefetch?
  /// The number of the first crop of `prefetch`, and of the next.
  private var (first, next) = (0, 0)

  /// Crops in the sampler's order.
  ///
  /// - Parameter features: reads the features of the crops.
  public convenience init(_ recordings: Recordings, sampler: CropSampler, features: (any CropFeatures)? = nil) {
    self.init(recordings, sounds: nil, sampler: sampler, features: features, targets: nil, runs: CropRuns())
  }

  /// Crops in the sampler's order.
  ///
  /// - Parameters:
  ///   - sounds: further recordings of the sampler, whose numbers follow those of the first ones.
  ///   - features: reads the features of the crops.
  ///   - targets: reads the targets of the crops.
  ///   - runs: which crops this process uses, from the first one that it asks for on.
  ///   - ahead: the most crops that are read ahead.
  package init(
    _ recordings: Recordings, sounds: Recordings?, sampler: CropSampler, features: (any CropFeatures)?,
    targets: (any CropTargets)?, runs: CropRuns, ahead: Int = 32
  ) {
    (self.runs, self.ahead) = (runs, ahead)
    self.targets = targets
    self.recordings = recordings
    self.sounds = sounds
    self.sampler = sampler
    self.features = features
  }

  public var examplesPerEpoch: Int { sampler.cropsPerEpoch }

  /// - Throws: `AudioFault`, `FileFault`, and what reading features throws.
  public func batch(_ numbers: Range<Int>) throws -> [CropSamples] {
    let crops: CropPrefetch
    func areRead(_ runs: CropRuns, from first: Int) -> Bool {
      zip(numbers, numbers.dropFirst()).allSatisfy { runs.next(after: $0, from: first) == $1 }
    }
    if let prefetch, next == numbers.lowerBound, areRead(current, from: first) {
      crops = prefetch
    } else {
      first = numbers.lowerBound
      current = areRead(runs, from: first) ? runs : CropRuns()
      crops = CropPrefetch(
        recordings, sounds: sounds, sampler: sampler, features: features, targets: targets, first: first, runs: current,
        ahead: ahead)
    }
    // After an error the crops are read again.
    prefetch = nil
    let batch = try numbers.map { _ in try crops.next() }
    (prefetch, next) = (crops, current.next(after: numbers.upperBound - 1, from: first))
    return batch
  }
}
