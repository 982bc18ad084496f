import GoGame
import GoNetworks
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTraining

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

  /// Makes the folder of a new run that begins with a network.
  ///
  /// - Throws: `FileFault`, `GoFault.setting`.
  public init(new path: String, _ plan: PolicyGradientPlan, from model: LeeModel) throws {
    let start = try PolicyGradient(plan, from: model)
    (self.path, self.plan) = (Folder.trimmed(path), plan)
    let members = PolicyGradientPlan.fields.json(of: plan, isComplete: true).members ?? []
    let json = JSON.object([.init("format_version", JSON(Self.version))] + members)
    if AtomicFile.exists(self.path) { throw FileFault.exists(path: self.path) }
    try Folder.create(self.path + "/pool")
    try write(start)
    try AtomicFile.write(to: self.path + "/plan.json", existing: .refuse) { try $0.write(json.indentedText) }
  }

  /// Opens the folder of a run.
  ///
  /// - Throws: `FileFault`, `JSONFault`, `CheckpointFault`.
  public init(path: String) throws {
    self.path = Folder.trimmed(path)
    let file = try Configuration(self.path + "/plan.json", version: Self.version, keys: PolicyGradientPlan.fields.keys)
    var plan = PolicyGradientPlan(board: 9)
    try file.readChecked(PolicyGradientPlan.fields, into: &plan)
    self.plan = plan
  }

  /// The folder of the network that learns.
  public var lastPath: String { path + "/last" }
  /// The log.
  public var log: LearningLog { LearningLog(path + "/log.jsonl") }

  private static func write(_ learner: PolicyGradient, into folder: String) throws {
    try learner.model.write(into: folder)
    let slots = zip(learner.optimizer.algorithm.slots, learner.optimizer.state)
    try SafetensorsWriter.write(slots.flatMap { $1.stored(prefix: $0 + ".") }, to: folder + "/" + optimizerName)
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
    let algorithm = PolicyGradient.algorithm
    let state = try SafetensorsReader(lastPath + "/" + Self.optimizerName).parameters(
      model.architecture.declarations, prefixes: algorithm.slots.map { $0 + "." })
    return PolicyGradient(
      plan, model, pool: pool, iteration: iteration, Optimizer(algorithm, step: updates, state: state),
      workers: workers)
  }
}

/// Learns by the policy gradient, and writes what it does into the folder of its run.
public struct PolicyGradientLoop: Sendable {
  /// The folder.
  public let run: PolicyGradientRun
  /// The iterations, those of earlier runs among them.
  public let iterations: Int
  /// The iterations between two times that the state is written.
  public let interval: Int
  private let workers: Workers

  /// A loop.
  public init(_ run: PolicyGradientRun, iterations: Int, interval: Int = 25, workers: Workers = .serial) {
    (self.run, self.iterations, self.interval, self.workers) = (run, iterations, max(1, interval), workers)
  }

  /// Runs to the end, or until it is told to stop; the state is written then too.
  ///
  /// - Parameters:
  ///   - observe: receives the sums of the iterations since the state was last written.
  ///   - shouldStop: asked after each iteration.
  /// - Returns: whether all iterations are done.
  /// - Throws: `TrainingFault.locked` where another process learns in the folder; what reading and writing the run throws; where a gradient is not finite.
  public func run(
    _ observe: (PolicyGradient.Report) throws -> Void, shouldStop: () -> Bool = { false }
  ) throws -> Bool {
    let lock = try RunLock(run.path)
    defer { withExtendedLifetime(lock) {} }
    var learner = try run.learner(workers: workers)
    var sum = PolicyGradient.Report()
    while learner.iteration < iterations {
      let report = try learner.iterate()
      sum.add(report)
      let stops = shouldStop()
      guard stops || report.iteration % interval == 0 || report.iteration == iterations else { continue }
      // What is resumed from the state before replaces the entry.
      try run.log.append(LearningEntry(sum))
      try run.write(learner)
      try observe(sum)
      sum = PolicyGradient.Report()
      if stops { return learner.iteration >= iterations }
    }
    return true
  }
}

extension PolicyGradient.Report {
  /// Adds the games of a later iteration.
  mutating func add(_ other: PolicyGradient.Report) {
    let all = moves + other.moves
    if all > 0 { entropy = (entropy * Double(moves) + other.entropy * Double(other.moves)) / Double(all) }
    iteration = other.iteration
    (won, lost, drawn, moves) = (won + other.won, lost + other.lost, drawn + other.drawn, all)
  }

  /// The games.
  public var games: Int { won + lost + drawn }
  /// The share of points that the network won, an equal score half.
  public var share: Double { (Double(won) + Double(drawn) / 2) / Double(max(1, games)) }
}

extension LearningEntry {
  /// What some iterations of the policy gradient did.
  init(_ report: PolicyGradient.Report) {
    self.init(
      iteration: report.iteration,
      [
        Value(name: "games", value: Double(report.games)), Value(name: "share", value: report.share),
        Value(name: "movesPerGame", value: Double(report.moves) / Double(max(1, report.games))),
        Value(name: "entropy", value: report.entropy),
      ])
  }
}
