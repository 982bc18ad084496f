import KodamaLayers
import KodamaTensors
import KodamaWaveNets

/// A WaveNet with each of its layers in the form that graphs hold it in.
struct ExportedWaveNet {
  let network: WaveNet
  /// In Hz.
  let sampleRate: Int
  /// [classes, R]; nil for scalar input.
  let embedding: Tensor<Float>?
  /// The form of a layer of the network.
  let form: (CausalConvolution) -> LayerForm

  /// The network of single-precision weights; weight normalization is folded into them.
  init(_ model: WaveNetModel) {
    network = model.network
    sampleRate = model.sampleRate
    let parameters = model.parameters
    embedding = model.network.embedding?.table(from: parameters)
    form = { .float(weight: $0.weight.tensor(from: parameters), bias: $0.bias(from: parameters)) }
  }

  var configuration: WaveNetConfiguration { network.configuration }

  /// What the samples that are fed in, and the classes that come out, mean.
  var metadata: KeyValuePairs<String, String> {
    [
      "sample_rate": "\(sampleRate)",
      "companding": "mu_law",
      "classes": "\(configuration.classes)",
      "input": configuration.input.rawValue,
      "silence_code": "\(network.companding.silence)",
      "receptive_field": "\(configuration.receptiveField)",
    ]
  }
}
