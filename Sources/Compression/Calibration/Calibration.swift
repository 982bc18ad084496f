import KodamaAudio
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaWaveNets

/// What the layers of a model take in while it hears recordings, or its own sound: what the scales of quantized inputs
/// and the correction of rounded weights are made from.
///
/// About 2,048 time steps are kept, evenly spread; fewer of a network so large that they would take more than 512 MB.
public struct Calibration: Sendable {
  /// By site: layers that share their input share a site.
  private let inputs: [String: LayerInputs]

  private static let steps = 2048
  private static let byteLimit = 512 << 20

  /// Observes a model on recordings.
  ///
  /// - Parameter features: reads the features beside some steps of a recording, the first of which is at a multiple of the
  ///   hop, where the model is conditioned on some.
  /// - Throws: `FileFault.cannotRead`, `AudioFault`; `WaveNetFault` where a recording lacks a label that the model is
  ///   conditioned on; `CompressionFault.notFinite`; `ResourceFault.addressSpace`.
  public init(
    _ model: WaveNetModel, on recordings: Recordings,
    features: (_ recording: Int, _ steps: Range<Int>) throws -> FeatureWindow? = { _, _ in nil },
    workers: Workers = .all
  ) throws {
    try self.init(model, CalibrationSignal(recordings, for: model, features: features), workers: workers)
  }

  /// Observes a model on 32,768 samples that it generates itself: always the same ones.
  ///
  /// - Parameter conditions: what it generates; nil for signals of many labels, of a model that is not conditioned on
  ///   features.
  /// - Throws: `GenerationFault`; `CompressionFault.notFinite`, `.needsRecordings`; `ResourceFault.addressSpace`.
  public init(_ model: WaveNetModel, conditions: Conditions? = nil, workers: Workers = .all) throws {
    try self.init(
      model, CalibrationSignal(generatedBy: model, conditions: conditions, workers: workers), workers: workers)
  }

  init(_ model: WaveNetModel, _ signal: CalibrationSignal, workers: Workers) throws {
    let workspace = try Workspace(forProductsOn: workers)
    let network = model.network
    let widths = network.sites.map { $0.width }
    let bytes = max(1, widths.reduce(0, +)) * MemoryLayout<Float>.stride
    let total = max(1, min(Self.steps, Self.byteLimit / bytes))
    let each = (total + signal.stretches.count - 1) / max(1, signal.stretches.count)
    var inputs = Dictionary(uniqueKeysWithValues: network.sites.map { ($0.name, LayerInputs(width: $0.width)) })
    for stretch in signal.stretches {
      let pass = Pass(model.parameters, workspace: workspace)
      let times = stretch.times(each)
      network.visitInputs(
        network.input(
          previous: stretch.previous, shape: [1, stretch.previous.count], conditions: [stretch.conditions],
          features: stretch.features), pass
      ) {
        site, input in
        input.withUnsafeBuffer {
          inputs[site.name]?.add($0, channels: site.channels, dilation: site.dilation, at: times)
        }
      }
    }
    for site in network.sites where !(inputs[site.name]?.values.allSatisfy(\.isFinite) ?? true) {
      throw CompressionFault.notFinite(layer: site.name)
    }
    self.inputs = inputs
  }

  /// The inputs of a layer.
  func inputs(ofLayer path: String) -> LayerInputs {
    let site = CalibrationSite.name(ofLayer: path)
    guard let found = inputs[site] else { preconditionFailure("the layer \(path) was not observed") }
    return found
  }

  /// The quantization of a layer's inputs with the least squared error.
  func quantization(ofLayer path: String) -> InputQuantization {
    let zeroPoint = InputQuantization.zeroPoint(ofLayer: path)
    let scale = inputs(ofLayer: path).values.withUnsafeBufferPointer {
      IntegerGrid.inputs(zeroPoint: zeroPoint).scale(of: $0, ratios: IntegerGrid.inputRatios)
    }
    return InputQuantization(scale: scale, zeroPoint: zeroPoint)
  }
}
