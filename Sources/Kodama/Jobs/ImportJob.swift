import KodamaCheckpoints
import KodamaCore
import KodamaWaveNetTraining
import KodamaWaveNets

/// Makes a model folder of another program's weights, as `kodama import` does.
///
/// ```swift
/// let configuration = try ImportJob.Architecture(file: "theirs/config.json")
/// let job = try ImportJob(weights: "theirs", mapping: "theirs/mapping.json", architecture: configuration)
/// try job.model().save(to: "ours")
/// ```
public struct ImportJob: Sendable {
  /// The architecture and rate of a model.
  public struct Architecture: Sendable, Equatable {
    /// The architecture.
    public let configuration: WaveNetConfiguration
    /// Samples per second, in Hz.
    public let sampleRate: Int

    /// An architecture.
    public init(configuration: WaveNetConfiguration, sampleRate: Int) {
      self.configuration = configuration
      self.sampleRate = sampleRate
    }

    /// Reads the `config.json` of a model, or a document of settings as `kodama train --config` takes, and applies
    /// changes.
    ///
    /// - Parameters:
    ///   - file: nil for the defaults of settings.
    ///   - assignments: changes of settings, each as `key=value`.
    ///   - sampleRate: the rate in Hz; nil for that of the file.
    /// - Throws: `FileFault.cannotRead`, `JSONFault`, `CheckpointFault`, `WaveNetFault`; `TrainingFault.badPlan` for
    ///   changes; `JobFault.noSampleRate`.
    public init(file: String?, assignments: [String] = [], sampleRate: Int? = nil) throws {
      var document = SettingsDocument(TrainingSettings())
      if let file {
        if try JSON(objectIn: file)["format_version"] != nil {
          let description = try ModelDescription(file)
          var settings = TrainingSettings(architecture: description.configuration, plan: TrainingPlan())
          settings.sampleRate = description.sampleRate
          document = SettingsDocument(settings)
        } else {
          try document.apply(file: file)
        }
      }
      for assignment in assignments { try document.apply(assignment: assignment) }
      guard let rate = sampleRate ?? document.settings.sampleRate else { throw JobFault.noSampleRate }
      try document.settings.architecture.validate(source: file ?? "settings")
      try WaveNetConfiguration.validate(sampleRate: rate, source: file ?? "settings")
      try document.settings.architecture.conditioning.features?.validate(sampleRate: rate, source: file ?? "settings")
      self.init(configuration: document.settings.architecture, sampleRate: rate)
    }
  }

  /// Which tensors become which parameters, and what does not fit.
  public let assignment: WeightAssignment
  private let architecture: Architecture

  /// Assigns tensors to the parameters of a WaveNet, by their names and shapes.
  ///
  /// - Parameters:
  ///   - weights: a safetensors file, or a folder of such files.
  ///   - mapping: a file (see `WeightMapping`).
  /// - Throws: `FileFault.cannotRead`, `JSONFault`, `CheckpointFault`.
  public init(weights: String, mapping: String, architecture: Architecture) throws {
    self.architecture = architecture
    assignment = WeightAssignment(
      try WeightMapping(mapping), try WeightFiles(weights),
      declarations: WaveNet(architecture.configuration).declarations,
      last: architecture.configuration.dilations.count - 1)
  }

  /// The model.
  ///
  /// - Throws: as `WeightAssignment.parameters()`.
  public func model() throws -> WaveNetModel {
    WaveNetModel(
      sampleRate: architecture.sampleRate, configuration: architecture.configuration,
      parameters: try assignment.parameters())
  }
}
