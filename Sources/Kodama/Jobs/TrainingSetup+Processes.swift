import KodamaCore
import KodamaDistributed
import KodamaLayers
import KodamaTraining
import KodamaWaveNetTraining
import KodamaWaveNets

// The processes that train together.

extension TrainingSetup {
  /// The processes that share each step; nil where steps are not shared.
  static func sharing(_ group: ProcessGroup?, _ settings: TrainingSettings) -> ProcessGroup? {
    settings.plan.training.cooperation?.mode == .asynchronous || group?.division != nil ? nil : group
  }

  /// The processes that share each step; nil where steps are not shared.
  var sharing: ProcessGroup? { Self.sharing(group, settings) }

  /// The processes that have the network together; nil where each has all of it.
  var division: ProcessDivision? { divided?.processes }

  /// The processes that take the same steps; nil for one, or in asynchronous training.
  var team: (any ProcessTeam)? { sharing ?? division }

  /// What this process has of the network.
  var ownNetwork: WaveNet { divided?.network ?? network }

  /// Throws where several processes would do what only one does.
  ///
  /// - Throws: `DistributedFault.together`.
  static func checkTogether(_ settings: TrainingSettings) throws {
    if settings.plan.training.cooperation?.mode == .local && settings.plan.training.pruning != nil {
      throw DistributedFault.together(
        what: "pruning in local steps",
        advice: "the means of other zeros are not 0; train synchronously, or without pruning")
    }
    if settings.distillation?.soundSeconds != nil || settings.distillation?.targets != nil {
      throw DistributedFault.together(
        what: "the sound or the stored probabilities of a teacher",
        advice: "leave them out, and each process has the teacher predict its own crops")
    }
  }

  /// The facts that must be the same in all processes that train together.
  var commonFacts: [CommonFact] {
    let files = "give all processes the same files under the same path"
    let settings = SettingsDocument(settings).values.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    return [
      CommonFact(
        "the corpus", "\(fingerprints.corpus)", advice: "give all processes the same recordings under the same path"),
      CommonFact(
        "the validation corpus", fingerprints.validation.map { "\($0)" } ?? "none",
        advice: "give all processes the same recordings under the same path"),
      CommonFact("the settings", "\(StableHash(settings))", advice: "start all processes with the same command"),
      CommonFact("the initial model", initialParameters.map(Self.fingerprint) ?? "none", advice: files),
      CommonFact("the teacher", teacher.map { "\($0.fingerprint)" } ?? "none", advice: files),
      CommonFact("the features", features?.source.fingerprint.map { "\($0)" } ?? "none", advice: files),
    ]
  }

  /// The fingerprint of weights.
  private static func fingerprint(_ parameters: Parameters<Float>) -> String {
    var state = StableHash.State()
    for name in parameters.names { state.combine(parameters[name].elements) }
    return "\(state.hash)"
  }
}
