import GoGame
import GoNetworks
import KodamaCheckpoints
import KodamaCore
import KodamaLayers

/// The folder of a run of learning by the policy gradient:
///
///     run/plan.json     the settings
///     run/log.jsonl     a line whenever the state was written
///     run/pool/0, 500…  the networks that are played against, model folders by their iterations
///     run/last/         the network that learns, a model folder, with optimizer.safetensors and learner.json
///
/// The folder of the state is replaced as a whole.
public struct PolicyGradientRun: Sendable {
  /// The folder.
  public let path: String
  /// The settings.
  public let plan: PolicyGradientPlan

  private static let version = 1
  private static let (optimizerName, stateName) = ("optimizer.safetensors", "learner.json")
  private static let stateKeys = ["iteration", "updates"]

  /// Makes the folder of a new run, whose first weights are those of a network.
  ///
  /// - Throws: `FileFault`, `GoFault.setting`.
  public init(new path: String, _ plan: PolicyGradientPlan, from model: LeeModel) throws {
    let start = try PolicyGradient(plan, from: model)
    (self.path, self.plan) = (Folder.trimmed(path), plan)
    if AtomicFile.exists(self.path) { throw FileFault.exists(path: self.path) }
    try Folder.create(self.path + "/pool")
    try write(start)
    try PolicyGradientPlan.fields.write(plan, version: Self.version, to: self.path + "/plan.json")
  }

  /// Opens the folder of a run.
  ///
  /// - Throws: `FileFault`, `JSONFault`, `CheckpointFault`.
  public init(path: String) throws {
    self.path = Folder.trimmed(path)
    var plan = PolicyGradientPlan(board: 9)
    try PolicyGradientPlan.fields.read(file: self.path + "/plan.json", version: Self.version, into: &plan)
    self.plan = plan
  }

  /// The folder of the network that learns.
  public var lastPath: String { path + "/last" }
  /// The log.
  public var log: LearningLog { LearningLog(path + "/log.jsonl") }

  private static func write(_ learner: PolicyGradient, into folder: String) throws {
    try learner.model.write(into: folder)
    try learner.optimizer.writeState(to: folder + "/" + optimizerName)
    let state: JSON = [
      "format_version": JSON(version), "iteration": JSON(learner.iteration), "updates": JSON(learner.optimizer.step),
    ]
    try AtomicFile.write(to: folder + "/" + stateName, existing: .refuse) { try $0.write(state.indentedText) }
  }

  /// Writes the state, with the networks of the pool that are not there yet.
  ///
  /// - Throws: `FileFault`.
  public func write(_ learner: PolicyGradient) throws {
    for (number, model) in learner.pool.enumerated() {
      let folder = path + "/pool/\(number * plan.poolInterval)"
      if !Folder.exists(folder) { try model.save(to: folder) }
    }
    try AtomicFolder.write(
      to: lastPath, existing: .replace, replaceable: ModelFiles.names.union([Self.optimizerName, Self.stateName])
    ) { try Self.write(learner, into: $0) }
  }

  /// The learner as it was last written.
  ///
  /// - Throws: `FileFault`, `JSONFault`, `CheckpointFault`; `GoFault.run` for networks that do not belong together.
  public func learner(workers: Workers) throws -> PolicyGradient {
    let model = try LeeModel(path: lastPath)
    let file = try Configuration(lastPath + "/" + Self.stateName, version: Self.version, keys: Self.stateKeys)
    let (iteration, updates) = (try file.integer("iteration"), try file.integer("updates"))
    guard iteration >= 0 && updates >= 0 else {
      throw GoFault.run(path: file.path, problem: "its numbers are negative; begin a new run")
    }
    let pool = try (0...iteration / plan.poolInterval).map { number in
      let folder = path + "/pool/\(number * plan.poolInterval)"
      let member = try LeeModel(path: folder)
      if member.architecture != model.architecture {
        throw GoFault.run(
          path: folder, problem: "its network is not that of \(lastPath); restore it, or begin a new run")
      }
      return member
    }
    let optimizer = try Optimizer(
      PolicyGradient.algorithm, step: updates, stateFile: lastPath + "/" + Self.optimizerName,
      model.architecture.declarations)
    return PolicyGradient(plan, model, pool: pool, iteration: iteration, optimizer, workers: workers)
  }
}
