import KodamaCore

extension Metric {
  /// The metric with this name.
  ///
  /// - Throws: `SpectraFault.unknownMetric`.
  public static func named(_ name: String) throws -> Metric {
    guard let metric = all.first(where: { $0.name == name }) else {
      let known = all.map(\.name)
      throw SpectraFault.unknownMetric(
        name: name, nearest: EditDistance.nearest(to: name, of: known) ?? "", known: known)
    }
    return metric
  }

  /// Every metric, in the order of tables.
  public static var all: [Metric] {
    pairMeasurements.flatMap { $0.metrics } + soundMeasurements.flatMap { $0.metrics }
      + setMeasurements.flatMap { $0.metrics }
  }

  /// The measurements that compare pairs. A new metric is a new file and an entry here or below.
  static let pairMeasurements: [any PairMeasurement.Type] = [
    LogSpectralDistance.self, MultiResolutionSTFT.self, SpectralConvergence.self, HiFiGANMelDistance.self,
    ParallelWaveGANMelDistance.self, MelCepstralDistortion.self, AlignedMelCepstralDistortion.self,
    ParallelWaveGANMelCepstralDistortion.self, ScaleInvariantSDR.self, SignalError.self, Intelligibility.self,
    PitchDistance.self, ProbabilisticPitchDistance.self, LoudnessDifference.self,
  ]

  /// The measurements of single sounds.
  static let soundMeasurements: [any SoundMeasurement.Type] = [
    Loudness.self, LevelMetrics.self, VoicedShare.self, HarmonicsToNoise.self, SpectralFlatness.self,
  ]

  /// The measurements that compare sets.
  static let setMeasurements: [any SetMeasurement.Type] = [
    AverageSpectrumDistance.self, BandEnergyDistance.self, Tuning.self, PitchDistribution.self,
    HarmonicityDistance.self, FlatnessDistance.self,
  ]
}
