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
  /// The labels of each training recording, where the network is conditioned on labels.
  package let conditions: [Conditions]
  private let record: RunRecord
  private let teacher: Teacher?

  package init(
    network: WaveNet, record: RunRecord, conditions: [Conditions], trainedRows: TrainedRows?, teacher: Teacher? = nil
  ) {
    self.teacher = teacher
    self.network = network
    self.record = record
    self.conditions = conditions
    self.trainedRows = trainedRows
  }

  package var declarations: [ParameterDeclaration] { network.declarations }
  package var measures: TaskMeasures { .ofSamples }
  package var amountPerExample: Double { Double(record.settings.plan.cropSamples) }
  package var examplesPerPass: Int { WaveNetPlan.cropsPerPass(ofSamples: record.settings.plan.cropSamples) }

  /// The mean of −ln p over the valid samples of the batch, with the share of the teacher where there is one. The first input of a crop from the middle of a recording is
  /// the sample before the crop; the earlier history of every layer is zero, as at the start of a recording.
  package func loss(_ batch: [CropSamples], _ pass: Pass<Float>) -> BatchLoss {
    let length = batch[0].samples.count
    let law = network.companding
    var targets: [Int32] = []
    var previous: [Int32] = []
    var weights: [Float] = []
    for crop in batch {
      let codes = law.encode(crop.samples)
      targets += codes
      previous.append(crop.previous.map { Int32(law.encode($0)) } ?? WaveNet.start)
      previous += codes.dropLast()
      weights += (0..<length).map { $0 < crop.crop.validCount ? 1 : 0 }
    }
    let features = features(of: batch)
    func input(_ network: WaveNet) -> WaveNetInput {
      network.input(
        previous: previous, shape: [batch.count, length], conditions: batch.map { conditions[$0.crop.recording] },
        features: features)
    }
    let outputs = network.logits(input(network), pass)
    let recorded = network.loss(outputs, targets: targets, weights: weights)
    let bits = Information.bits(fromNats: Double(recorded.value.item))
    var loss = recorded
    if let teacher {
      loss = teacher.loss(outputs, recorded: recorded, weights: weights, student: network, pass, input: input)
    }
    return BatchLoss(loss, weight: Double(batch.reduce(0) { $0 + $1.crop.validCount }), values: [bits])
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
  private let sampler: CropSampler
  private let features: (any CropFeatures)?
  private var prefetch: CropPrefetch?
  /// The number of the next crop of `prefetch`.
  private var next = 0

  /// Crops in the sampler's order.
  ///
  /// - Parameter features: reads the features of the crops.
  public init(_ recordings: Recordings, sampler: CropSampler, features: (any CropFeatures)? = nil) {
    self.recordings = recordings
    self.sampler = sampler
    self.features = features
  }

  public var examplesPerEpoch: Int { sampler.cropsPerEpoch }

  /// - Throws: `AudioFault`, `FileFault`, and what reading features throws.
  public func batch(_ numbers: Range<Int>) throws -> [CropSamples] {
    let crops: CropPrefetch
    if let prefetch, next == numbers.lowerBound {
      crops = prefetch
    } else {
      crops = CropPrefetch(recordings, sampler: sampler, features: features, first: numbers.lowerBound)
    }
    // After an error the crops are read again.
    prefetch = nil
    let batch = try numbers.map { _ in try crops.next() }
    (prefetch, next) = (crops, numbers.upperBound)
    return batch
  }
}
