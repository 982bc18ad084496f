/// Recurrent layers behind one another, and a product of the last one's state.
///
/// - Source: Hochreiter and Schmidhuber 1997; Wright, Damskägg and Välimäki 2019, §2, of amplifiers.
public struct AmplifierLSTM: Sendable, Equatable {
  /// Channels of the input.
  public var inputChannels = 1
  /// Channels of the output.
  public var outputChannels = 1
  /// Units of each layer.
  public var units: Int
  /// The number of layers; with none the output is the input.
  public var layers: Int

  /// Recurrent layers.
  public init(inputChannels: Int = 1, outputChannels: Int = 1, units: Int, layers: Int) {
    (self.inputChannels, self.outputChannels) = (inputChannels, outputChannels)
    (self.units, self.layers) = (units, layers)
  }

  // Rows of a matrix are those of the gates i, f, g and o; columns the layer's input, then its state.
  var weightShapes: [WeightShape] {
    (0..<layers).flatMap { layer in
      [
        WeightShape("layers.\(layer).weight", [4 * units, (layer == 0 ? inputChannels : units) + units]),
        WeightShape("layers.\(layer).bias", [4 * units]),
        WeightShape("layers.\(layer).state", [units]),
        WeightShape("layers.\(layer).cell", [units]),
      ]
    } + [WeightShape("head.weight", [outputChannels, units]), WeightShape("head.bias", [outputChannels])]
  }
}
