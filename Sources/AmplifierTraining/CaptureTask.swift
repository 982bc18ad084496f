import KodamaAmplifiers
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaTraining

/// Trains a model of a box: the loss of its outputs against the recorded ones.
package struct CaptureTask: TrainingTask {
  private let preset: AmplifierPreset
  private let network: any AmplifierNetwork
  private let record: CaptureRecord
  private let sampleRate: Int

  package init(_ preset: AmplifierPreset, record: CaptureRecord, sampleRate: Int) {
    guard let network = preset.architecture.network(headScale: preset.headScale) else {
      preconditionFailure("\(preset) is not trained")
    }
    (self.preset, self.network, self.record, self.sampleRate) = (preset, network, record, sampleRate)
  }

  private var settings: CaptureSettings { record.settings }

  /// The inputs before that of an output.
  package var lookback: Int { network.lookback }
  package var declarations: [ParameterDeclaration] { network.declarations }
  package var measures: TaskMeasures { .ofCaptures }
  package var amountPerExample: Double { Double(settings.cropSamples) }
  // The standard batch is one pass: the distance of spectra has norms over all of its crops, so that silent ones weigh
  // nothing. The standard size has about 400 MB of activations.
  package var examplesPerPass: Int { max(1, 240_000 / (settings.cropSamples + lookback)) }

  /// A model with some weights.
  package func model(_ parameters: Parameters<Float>) -> AmplifierModel {
    AmplifierModel(preset.architecture, parameters: parameters, sampleRate: Double(sampleRate))
  }

  package func loss(_ batch: PairBatch, _ pass: Pass<Float>) -> BatchLoss {
    let (count, length) = (batch.dry.shape[0], batch.dry.shape[1])
    let x = pass.tape.constant(batch.dry.reshaped([count, length, 1]))
    let wet = batch.wet.reshaped([count, batch.wet.shape[1], 1])
    let y = network.forward(x, pass)
    let loss = settings.loss.loss(y, wet)
    return BatchLoss(
      loss, weight: Double(wet.shape.count),
      values: [Double(loss.value.item), SquaredErrors(y.value.elements, wet.elements).ratio])
  }

  package func writeConfiguration(toFolder folder: String) throws {
    try AtomicFile.write(to: folder + "/" + ModelFiles.configuration, existing: .replace) {
      try $0.write(
        AmplifierModel.configurationText(
          preset.architecture, headScale: preset.headScale, sampleRate: Double(sampleRate)))
    }
    try record.write(toFolder: folder)
  }
}

extension TaskMeasures {
  /// The measures of captures: the loss, and the error-to-signal ratio, which decides; of held-out recordings the ratio with
  /// and without pre-emphasis.
  package static let ofCaptures: TaskMeasures = {
    let ratio = Measure("errorToSignal")
    return TaskMeasures(
      loss: Measure("loss"), others: [ratio], speed: Measure("samplesPerSecond", unit: "samples per second"),
      criterion: ratio, heldOut: [ratio, Measure("emphasizedErrorToSignal")])
  }()
}

/// Sums of squares of a signal and of its error.
package struct SquaredErrors: Sendable, Equatable {
  private(set) var error = 0.0
  private(set) var signal = 0.0

  /// The sums over outputs and what they should be.
  package init(_ outputs: some Collection<Float>, _ expected: some Collection<Float>) {
    for (output, target) in zip(outputs, expected) {
      let difference = Double(output) - Double(target)
      error += difference * difference
      signal += Double(target) * Double(target)
    }
  }

  /// The error-to-signal ratio: 0 for a copy, 1 for silence.
  package var ratio: Double { error / max(signal, 1e-30) }
}
