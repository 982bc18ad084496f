import KodamaLayers
import KodamaTensors

/// The recurrent layers of an amplifier model, by truncated backpropagation through time. Their state begins before the
/// outputs, as far as `lookback`, so that it has settled at the first.
///
/// - Source: Wright, Damskägg and Välimäki 2019, §3.2, of the samples before those that are compared.
struct LSTMLayers: AmplifierNetwork {
  private let network: AmplifierLSTM
  let declarations: [ParameterDeclaration]
  /// As Neural Amp Modeler's trainer has it.
  let lookback = 4096
  /// Steps that gradients pass through: the state goes on as a constant.
  private static let truncation = 512

  init(_ network: AmplifierLSTM) {
    self.network = network
    let isHead = { (name: String) in name.hasPrefix("head.") }
    declarations = network.weightShapes.map { shape in
      let isState = shape.name.hasSuffix(".state") || shape.name.hasSuffix(".cell")
      return ParameterDeclaration(
        shape.name, Shape(shape.lengths), isState ? .constant(0) : .fanIn(network.units),
        isMatrix: shape.lengths.count == 2 && !isHead(shape.name))
    }
  }

  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    let (batch, units) = (x.shape[0], network.units)
    var (y, inputs) = (x, network.inputChannels)
    for layer in 0..<network.layers {
      func parameter(_ name: String) -> Variable<S> { pass.parameter("layers.\(layer).\(name)") }
      func initial(_ name: String) -> Variable<S> {
        parameter(name).reshaped([1, units]).broadcast(to: [batch, units])
      }
      let weight = parameter("weight")
      let geometry = ConvolutionGeometry(inputChannels: inputs, outputChannels: 4 * units)
      let gates = y.convolution(
        weight: weight.sliced(axis: 1, 0..<inputs).reshaped(geometry.weightShape), bias: parameter("bias"),
        geometry: geometry)
      let recurrent = weight.sliced(axis: 1, inputs..<inputs + units)
      var state = RecurrentState(hidden: initial("state"), cell: initial("cell"))
      var parts: [Variable<S>] = []
      for start in stride(from: 0, to: gates.shape[1], by: Self.truncation) {
        var part = gates.sliced(axis: 1, start..<min(gates.shape[1], start + Self.truncation))
        let (outputs, next) = part.recurrence(.lstm, weight: recurrent, initial: state)
        parts.append(outputs)
        state = next.values().constant(on: pass.tape)
      }
      y = parts.count == 1 ? parts[0] : .concatenated(parts, axis: 1)
      inputs = units
    }
    let length = y.shape[1]
    let geometry = ConvolutionGeometry(inputChannels: units, outputChannels: network.outputChannels)
    return y.sliced(axis: 1, lookback..<length).convolution(
      weight: pass.parameter("head.weight").reshaped(geometry.weightShape), bias: pass.parameter("head.bias"),
      geometry: geometry)
  }
}
