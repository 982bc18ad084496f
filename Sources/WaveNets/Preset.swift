import KodamaSignal

/// Configurations by name. All have biases everywhere, and all but one 256 classes and embedded input. Those without
/// features, recurrent ones aside, scale the sum of a block's input and output by √½, which keeps its variance: on four minutes of mixed music
/// `tiny` reaches 3.338 bits per sample with it and 3.406 without, after 2,700 steps of 2 crops of 1,000.
///
/// Vocoders generate sound from its log-mel features, which they are conditioned on: two context frames on each side,
/// then learned upsampling.
public enum Preset: String, CaseIterable, Sendable {
  /// 2 cycles of 8 blocks, 16 residual, 16 gate, 64 skip channels: learns a simple sound in minutes.
  case tiny
  /// 2 cycles of 10 blocks, 32 residual, 32 gate, 128 skip channels: an evening on two processor cores.
  case small
  /// 3 cycles of 10 blocks, 64 residual, 64 gate, 256 skip channels: days on two processor cores.
  case reference
  /// 3 cycles of 10 blocks of kernel size 3, 128 residual, 128 gate, 128 skip channels; at 22,050 Hz 80 bands every 256
  /// samples: impractical to train on a CPU.
  case vocoder
  /// 2 cycles of 7 blocks, 64 residual, 64 gate, 64 skip, 128 head channels; at 8,000 Hz 40 bands every 64 samples: an
  /// hour on two processor cores. Its input is samples and its output a Gaussian: after an hour of training its copies
  /// were closer to the recordings than those with mixtures or classes.
  case vocoderSmall = "vocoder-small"
  /// A recurrent network: one gated recurrent layer of 256 units, input of 32 channels, 128 head channels; about as many
  /// multiply-adds a sample as `small`.
  case gru

  /// The rate of the preset, in Hz; nil for any.
  public var sampleRate: Int? {
    switch self {
    case .tiny, .small, .reference, .gru: nil
    case .vocoder: 22_050
    case .vocoderSmall: 8000
    }
  }

  /// The configuration, at the rate of the preset where it has one.
  public var configuration: WaveNetConfiguration {
    configuration(features: sampleRate.flatMap(features))
  }

  /// The configuration at another rate in Hz. Frame and hop lengths of features are scaled with it, to powers of two.
  public func configuration(sampleRate: Int) -> WaveNetConfiguration {
    configuration(features: features(sampleRate: sampleRate))
  }

  private func configuration(features: FeatureConditioning?) -> WaveNetConfiguration {
    var configuration: WaveNetConfiguration
    switch self {
    case .tiny: configuration = .preset(cycles: 2, blocksPerCycle: 8, channels: 16, skipChannels: 64)
    case .small: configuration = .preset(cycles: 2, blocksPerCycle: 10, channels: 32, skipChannels: 128)
    case .reference: configuration = .preset(cycles: 3, blocksPerCycle: 10, channels: 64, skipChannels: 256)
    case .vocoder:
      configuration = .preset(kernelSize: 3, cycles: 3, blocksPerCycle: 10, channels: 128, skipChannels: 128)
    case .vocoderSmall:
      configuration = .preset(cycles: 2, blocksPerCycle: 7, channels: 64, skipChannels: 64, headChannels: 128)
      (configuration.input, configuration.output, configuration.mixtureComponents) = (.scalar, .gaussians, 1)
    case .gru: configuration = WaveNetConfiguration(recurrentUnits: 256, inputChannels: 32, headChannels: 128)
    }
    configuration.conditioning.features = features
    if features == nil && !configuration.isRecurrent { configuration.residualScale = 0.5.squareRoot() }
    return configuration
  }

  private func features(sampleRate: Int) -> FeatureConditioning? {
    var convention = LogMelConvention.standard(sampleRate: sampleRate)
    switch self {
    case .tiny, .small, .reference, .gru: return nil
    case .vocoder: break
    // Half the usual hop: a small network needs more frames.
    case .vocoderSmall: convention.hopLength = max(1, convention.fftLength / 8)
    }
    return FeatureConditioning(.logMel(convention), contextFrames: 2)
  }
}

extension WaveNetConfiguration {
  fileprivate static func preset(
    kernelSize: Int = 2, cycles: Int, blocksPerCycle: Int, channels: Int, skipChannels: Int, headChannels: Int? = nil
  ) -> Self {
    WaveNetConfiguration(
      kernelSize: kernelSize, dilations: cyclicDilations(cycles: cycles, blocksPerCycle: blocksPerCycle),
      residualChannels: channels, gateChannels: channels, skipChannels: skipChannels, headChannels: headChannels)
  }
}
