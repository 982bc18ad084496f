import KodamaTensors

/// What a model of a box is trained on: a weighted sum of losses of its output against the recorded one.
///
///     squaredError · MSE(x, y) + emphasizedSquaredError · MSE(x′, y′)
///       + errorToSignal · ESR(x, y) + spectral · D(x, y) + emphasizedSpectral · D(x′, y′)
///
/// with x′ and y′ pre-emphasized, and D `SpectralLoss.multiResolution`. Terms of weight 0 are not computed.
public struct CaptureLoss: Sendable, Hashable, Codable {
  /// The weight of the mean squared error.
  public var squaredError: Double
  /// The weight of the mean squared error of pre-emphasized signals.
  public var emphasizedSquaredError: Double
  /// The weight of the error-to-signal ratio.
  public var errorToSignal: Double
  /// The weight of the distance of spectra.
  public var spectral: Double
  /// The weight of the distance of spectra of pre-emphasized signals.
  public var emphasizedSpectral: Double
  /// The coefficient of the pre-emphasis.
  public var preEmphasis: Double

  /// A loss; by default that of Neural Amp Modeler's trainer for its WaveNets: the mean squared error, and 2e-4 of the
  /// distance of pre-emphasized spectra.
  public init(
    squaredError: Double = 1, emphasizedSquaredError: Double = 0, errorToSignal: Double = 0, spectral: Double = 0,
    emphasizedSpectral: Double = 2e-4, preEmphasis: Double = 0.85
  ) {
    (self.squaredError, self.emphasizedSquaredError) = (squaredError, emphasizedSquaredError)
    (self.errorToSignal, self.spectral) = (errorToSignal, spectral)
    (self.emphasizedSpectral, self.preEmphasis) = (emphasizedSpectral, preEmphasis)
  }

  /// That of Neural Amp Modeler's trainer for its recurrent networks: pre-emphasized errors count as much as others.
  public static let recurrent = CaptureLoss(emphasizedSquaredError: 1)

  /// The least samples of a signal for which all terms are defined.
  public var shortest: Int {
    let spectra = SpectralLoss.multiResolution.shortest
    return emphasizedSpectral != 0 ? spectra + 1 : spectral != 0 ? spectra : emphasizedSquaredError != 0 ? 2 : 1
  }

  /// The loss of a batch.
  ///
  /// - Shapes: x [B, T] or [B, T, 1], a target of the same shape → [].
  /// - Precondition: T is at least `shortest`, and some weight is not 0.
  public func loss<S: Scalar>(_ x: Variable<S>, _ target: Tensor<S>) -> Variable<S> {
    var terms: [Variable<S>] = []
    if squaredError != 0 { terms.append(x.meanSquaredError(x.tape.constant(target)) * S(squaredError)) }
    if errorToSignal != 0 { terms.append(x.errorToSignalRatio(target) * S(errorToSignal)) }
    if spectral != 0 { terms.append(SpectralLoss.multiResolution.loss(x, target) * S(spectral)) }
    if emphasizedSquaredError != 0 || emphasizedSpectral != 0 {
      let (filtered, filteredTarget) = (
        x.preEmphasized(S(preEmphasis)), target.preEmphasized(S(preEmphasis), workspace: x.tape.workspace)
      )
      if emphasizedSquaredError != 0 {
        let error = filtered.meanSquaredError(x.tape.constant(filteredTarget))
        terms.append(error * S(emphasizedSquaredError))
      }
      if emphasizedSpectral != 0 {
        terms.append(SpectralLoss.multiResolution.loss(filtered, filteredTarget) * S(emphasizedSpectral))
      }
    }
    precondition(!terms.isEmpty, "a loss whose weights are all 0 trains nothing")
    return terms.dropFirst().reduce(terms[0]) { $0 + $1 }
  }
}
