/// A filter of finite length, such as a cabinet's response.
public struct AmplifierLinear: Sendable, Equatable {
  /// Channels, each filtered by itself.
  public var channels = 1
  /// The number of taps; weights are in the order of the delay, that of the present sample first.
  public var receptiveField: Int
  /// Whether there is a bias.
  public var hasBias: Bool

  /// A filter.
  public init(channels: Int = 1, receptiveField: Int, hasBias: Bool) {
    (self.channels, self.receptiveField, self.hasBias) = (channels, receptiveField, hasBias)
  }

  var weightShapes: [WeightShape] {
    [WeightShape("impulse_response", [receptiveField])] + (hasBias ? [WeightShape("bias", [1])] : [])
  }
}
