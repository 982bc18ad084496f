extension AmplifierArchitecture {
  /// The network that is trained: a WaveNet whose condition is its input, or recurrent layers; nil for other kinds.
  ///
  /// - Parameter headScale: the factor of a WaveNet's output, which is not trained.
  public func network(headScale: Double = 0.02) -> (any AmplifierNetwork)? {
    switch self {
    case .waveNet(let network) where network.condition == nil: WaveNetLayers(network, headScale: headScale)
    case .lstm(let network) where network.layers > 0: LSTMLayers(network)
    case .waveNet, .lstm, .convNet, .linear, .container: nil
    }
  }
}
