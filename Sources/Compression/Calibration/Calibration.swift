import KodamaAudio
import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaTensors
import KodamaWaveNets

/// The inputs of a model's layers, observed on recordings or on sound that the model generates: the scales of quantized
/// inputs and the correction of rounded weights are computed from them.
///
/// About 2,048 time steps are kept, evenly spread; fewer of a network so large that they would take more than 512 MB.
public struct Calibration: Sendable {
  private let graph: StepGraph
  /// By the value that a layer takes: layers that share their input share it.
  private let inputs: [StepGraph.Value: LayerInputs]

  private static let steps = 2048
  private static let byteLimit = 512 << 20

  /// Observes a model on recordings.
  ///
  /// - Parameter features: reads the features beside some steps of a recording, the first of which is at a multiple of
  ///   the hop, where the model is conditioned on some.
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
    let network = InferenceModel(model).network
    graph = network.graph
    var inputs: [StepGraph.Value: LayerInputs] = [:]
    var observed: [(layer: Int, value: StepGraph.Value)] = []
    for (layer, value) in graph.layerInputs.enumerated() where graph.layers[layer].isQuantizable {
      if inputs[value] != nil { continue }
      let form = graph.layers[layer]
      inputs[value] = LayerInputs(width: form.channels * form.taps)
      observed.append((layer, value))
    }
    let bytes = max(1, inputs.values.reduce(0) { $0 + $1.width }) * MemoryLayout<Float>.stride
    let total = max(1, min(Self.steps, Self.byteLimit / bytes))
    let each = (total + signal.stretches.count - 1) / max(1, signal.stretches.count)
    let values = Dictionary(uniqueKeysWithValues: observed.map { ($0.layer, $0.value) })
    for stretch in signal.stretches {
      let times = stretch.times(each)
      _ = network.evaluate(model.input(of: stretch, workspace), workspace: workspace) { layer, input in
        guard let value = values[layer] else { return }
        let geometry = network.graph.layers[layer].convolution.geometry
        input.withUnsafeBuffer {
          inputs[value]?.add($0, channels: geometry.inputChannels, dilation: geometry.dilation, at: times)
        }
      }
    }
    for (layer, value) in observed where !(inputs[value]?.values.allSatisfy(\.isFinite) ?? true) {
      throw CompressionFault.notFinite(layer: graph.layers[layer].path)
    }
    self.inputs = inputs
  }

  /// The inputs of a layer.
  func inputs(ofLayer path: String) -> LayerInputs {
    guard let layer = layer(path), let found = inputs[graph.layerInputs[layer]] else {
      preconditionFailure("the layer \(path) was not observed")
    }
    return found
  }

  /// The quantization of a layer's inputs with the least squared error.
  func quantization(ofLayer path: String) -> InputQuantization {
    let zeroPoint = layer(path).map(graph.zeroPoint) ?? 0
    let scale = inputs(ofLayer: path).values.withUnsafeBufferPointer {
      IntegerGrid.inputs(zeroPoint: zeroPoint).scale(of: $0, ratios: IntegerGrid.inputRatios)
    }
    return InputQuantization(scale: scale, zeroPoint: zeroPoint)
  }

  private func layer(_ path: String) -> Int? { graph.layers.firstIndex { $0.path == path } }
}

extension WaveNetModel {
  /// The inputs of the step graph on a stretch of a signal.
  fileprivate func input(of stretch: CalibrationSignal.Stretch, _ workspace: Workspace) -> SequenceInput {
    var input = SequenceInput(steps: stretch.previous.count)
    let inputs = network.input(
      previous: stretch.previous, shape: [1, input.steps], conditions: [stretch.conditions], features: stretch.features)
    switch inputs.values {
    case .codes(let codes): input.rows = codes
    case .samples(let samples): input.samples = samples
    }
    input.mixtures = stretch.conditions.mixtures
    input.features =
      network.conditioningInput(inputs, Pass(parameters, workspace: workspace)).features?.value.elements ?? []
    return input
  }
}

/// Observed inputs of a layer: all its taps at some time steps.
struct LayerInputs: Sendable {
  /// Numbers of one step: taps times channels, the oldest tap first.
  let width: Int
  /// Time steps.
  private(set) var steps = 0
  /// [steps, width].
  private(set) var values: [Float] = []

  init(width: Int) { self.width = width }

  /// Adds steps of an input [time, channels]; what precedes its start is 0.
  ///
  /// - Parameters:
  ///   - times: the steps to keep.
  ///   - dilation: time steps between two taps.
  mutating func add(_ input: UnsafeBufferPointer<Float>, channels: Int, dilation: Int, at times: [Int]) {
    let taps = width / channels
    for time in times {
      for tap in 0..<taps {
        let source = time - (taps - 1 - tap) * dilation
        if source < 0 {
          values.append(contentsOf: repeatElement(0, count: channels))
        } else {
          values.append(contentsOf: input[source * channels..<(source + 1) * channels])
        }
      }
    }
    steps += times.count
  }
}
