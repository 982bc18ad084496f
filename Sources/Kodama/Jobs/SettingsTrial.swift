import KodamaCheckpoints
import KodamaCore
import KodamaTraining
import KodamaWaveNetTraining

/// The trial of a candidate: some settings, and the bits of models trained with them.
public struct SettingsTrial: Sendable, Equatable {
  /// What was measured at the end of a round.
  public struct Measurement: Sendable, Equatable {
    /// The steps that the model was trained for.
    public let steps: Int
    /// Bits per sample of held-out recordings, of the weights or of their average, whichever is less; nil where the
    /// training diverged.
    public let bitsPerSample: Double?
  }

  /// The number of the trial, and the name of its folder, from 1.
  public let number: Int
  /// Its settings, each as a whole key and a value: `plan.learning_rate=0.003`.
  public let assignments: [String]
  /// What was measured, in the order of the steps.
  public internal(set) var measurements: [Measurement] = []
  /// Whether its settings were chosen.
  public internal(set) var isChosen = false

  init(number: Int, assignments: [String]) { (self.number, self.assignments) = (number, assignments) }

  /// The steps after which it was measured last; 0 where it was not.
  public var steps: Int { measurements.last?.steps ?? 0 }
  /// The bits per sample that were measured last.
  public var bitsPerSample: Double? { measurements.last.flatMap(\.bitsPerSample) }
  /// Whether its training diverged.
  public var isDiverged: Bool { measurements.last.map { $0.bitsPerSample == nil } ?? false }

  var json: JSON {
    func bits(_ value: Double?) -> JSON { value.map { JSON($0) } ?? .null }
    return [
      "number": JSON(number), "settings": .array(assignments.map { JSON($0) }), "steps": JSON(steps),
      "bitsPerSample": bits(bitsPerSample), "isDiverged": .boolean(isDiverged), "isChosen": .boolean(isChosen),
      "measurements": .array(
        measurements.map { ["steps": JSON($0.steps), "bitsPerSample": bits($0.bitsPerSample)] }),
    ]
  }
}

/// The record of the trials of a run: `trials/trials.json` in its folder.
struct SettingsTrialsRecord: Equatable {
  /// The settings of the run before the choice, and the recordings.
  let run: RunRecord
  /// The hash of the weights that every trial starts with; nil where they are random.
  let initialWeights: StableHash?
  /// What is tried.
  let tried: TriedSettings
  /// The steps of all trials together.
  let budget: Int
  /// A trial for each candidate.
  var trials: [SettingsTrial]

  init(_ run: RunRecord, initialWeights: StableHash?, tried: TriedSettings, budget: Int) {
    (self.run, self.initialWeights, self.tried, self.budget) = (run, initialWeights, tried, budget)
    trials = tried.candidates.enumerated().map { SettingsTrial(number: $0 + 1, assignments: $1) }
  }

  /// The folder of the trials of a run.
  static func folder(ofRun run: String) -> String { Folder.trimmed(run) + "/trials" }
  static func path(ofRun run: String) -> String { folder(ofRun: run) + "/trials.json" }

  func write(ofRun path: String) throws {
    let tried = JSON.array(
      self.tried.settings.map { ["key": JSON($0.key), "values": .array($0.values.map { JSON($0) })] })
    let json: JSON = [
      "run": run.json, "initialWeights": initialWeights.map { JSON("\($0)") } ?? .null, "tried": tried,
      "budget": JSON(budget), "trials": .array(trials.map(\.json)),
    ]
    try AtomicFile.write(to: Self.path(ofRun: path), existing: .replace) { try $0.write(json.sortedText + "\n") }
  }

  /// Reads the record of a run.
  ///
  /// - Throws: `TrainingFault.noRun` where there is none; `JobFault.badTrials`.
  init(ofRun path: String) throws {
    let file = Self.path(ofRun: path)
    if !Folder.hasFile(file) { throw TrainingFault.noRun(run: path) }
    func bad(_ problem: String) -> JobFault { .badTrials(path: file, problem: problem) }
    let json: JSON
    do { json = try JSON(objectIn: file) } catch let fault as JSONFault {
      throw bad("it is no valid JSON: byte \(fault.offset): \(fault.problem)")
    }
    guard let runRecord = json["run"] else { throw bad("the key run is missing") }
    do {
      run = try RunRecord(in: file) { runRecord }
    } catch TrainingFault.badCheckpoint(_, let problem) { throw bad("run: \(problem)") }
    initialWeights = json["initialWeights"]?.string.flatMap { StableHash(hexadecimal: $0) }
    tried = TriedSettings(
      (json["tried"]?.array ?? []).map { setting in
        TriedSettings.Values(
          key: setting["key"]?.string ?? "", values: (setting["values"]?.array ?? []).compactMap(\.string))
      })
    budget = json["budget"]?.integer ?? 0
    let candidates = tried.candidates
    let trials = json["trials"]?.array ?? []
    guard (2...TriedSettings.mostCandidates).contains(candidates.count), trials.count == candidates.count, budget > 0,
      let steps = run.settings.steps, steps > 0
    else { throw bad("it is not a record of trials") }
    self.trials = try zip(candidates, trials).enumerated().map { index, pair in
      var trial = SettingsTrial(number: index + 1, assignments: pair.0)
      trial.measurements = try (pair.1["measurements"]?.array ?? []).map { measurement in
        guard let steps = measurement["steps"]?.integer, let bits = measurement["bitsPerSample"],
          bits == .null || bits.double != nil
        else { throw bad("trial \(index + 1) has a measurement without steps or bits") }
        return SettingsTrial.Measurement(steps: steps, bitsPerSample: bits.double)
      }
      trial.isChosen = pair.1["isChosen"]?.boolean ?? false
      return trial
    }
  }

  /// The differences of a record that is about to be made from this one, for people.
  func changes(to other: SettingsTrialsRecord) -> [String] {
    var changes = other.run.changes(since: run)
    let (steps, before) = (other.run.settings.steps ?? 0, run.settings.steps ?? 0)
    if steps != before { changes.append("steps were \(before), are \(steps)") }
    if other.tried != tried { changes.append("other settings are tried") }
    if other.initialWeights != initialWeights {
      changes.append(
        other.initialWeights == nil ? "its trials start with the weights of a model" : "other initial weights")
    }
    return changes
  }
}
