import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors

// The files of the state of a run, besides config.json:
//
// - model.safetensors: the weights
// - average.safetensors: their moving average, where one is kept
// - unrounded_model.safetensors, unrounded_average.safetensors: both before they were rounded, where they are
// - earlier_model.safetensors: the weights that pruning will return to, where it will
// - importance.safetensors: the importance of units since pruning chose last, where it compares by it
// - trainer.safetensors: the optimizer's state, each slot with a prefix
// - auxiliary.safetensors: of parameters that serve training alone all of the above, each with a prefix
// - trainer.json: the scalars of the state

extension TrainingState {
  static let fileName = "trainer.json"
  private static let unroundedPrefix = "unrounded_"
  private static let earlierName = "earlier_model.safetensors"
  private static let importanceName = "importance.safetensors"
  private static let auxiliaryName = "auxiliary.safetensors"
  // Version 1 counted crops and recorded no measures.
  private static let version = 2
  private static let (drawnKey, earlierDrawnKey) = ("examples_drawn", "crops_drawn")
  private static let keys = [
    "step", "rate_factor", "rollbacks", drawnKey, earlierDrawnKey, "seconds", "average_updates", "optimizer",
    "optimizer_updates", TaskMeasures.key,
  ]

  /// Reads the scalars of a state.
  static func numbers(_ path: String) throws -> Configuration { try Configuration(path, version: version, keys: keys) }

  /// Writes the state and the run's measures into a folder.
  ///
  /// - Parameter unrounded: the same state before its weights were rounded; nil where they are not.
  /// - Throws: `FileFault`.
  public func write(toFolder folder: String, measures: TaskMeasures, unrounded: TrainingState? = nil) throws {
    func write(_ state: TrainingState, prefix: String) throws {
      for (name, parameters) in [("model", state.parameters), ("average", state.average?.parameters)] {
        guard let parameters else { continue }
        try SafetensorsWriter.write(
          parameters.ofModel.stored(), to: folder + "/" + prefix + name + ".safetensors", existing: .replace)
      }
    }
    try write(self, prefix: "")
    if let unrounded { try write(unrounded, prefix: Self.unroundedPrefix) }
    if let earlier {
      try SafetensorsWriter.write(earlier.ofModel.stored(), to: folder + "/" + Self.earlierName, existing: .replace)
    }
    if let importance {
      let tensors = importance.sums.sorted { $0.key < $1.key }.map { StoredTensor($0, Tensor([$1.count], $1)) }
      try SafetensorsWriter.write(tensors, to: folder + "/" + Self.importanceName, existing: .replace)
    }
    let slots = Array(zip(optimizer.algorithm.slots, optimizer.state))
    let optimizerState = slots.flatMap { $1.ofModel.stored(prefix: $0 + ".") }
    try SafetensorsWriter.write(optimizerState, to: folder + "/trainer.safetensors", existing: .replace)
    let sets = [("model", parameters), ("average", average?.parameters), ("earlier", earlier)] + slots
    let auxiliary = sets.flatMap { name, set in set?.auxiliary.stored(prefix: name + ".") ?? [] }
    if !auxiliary.isEmpty {
      try SafetensorsWriter.write(auxiliary, to: folder + "/" + Self.auxiliaryName, existing: .replace)
    }
    try writeNumbers(toFolder: folder, measures)
  }

  /// Writes the state of a network that several processes have together, with the run's measures, into a folder.
  ///
  /// - Parameters:
  ///   - share: what this process has of it.
  ///   - value: collects a parameter of one of `sets` from all processes.
  /// - Throws: `FileFault`.
  func write(
    toFolder folder: String, measures: TaskMeasures, of share: ParameterShare,
    _ value: @escaping (_ set: Int, _ name: String) -> Tensor<Float>
  ) throws {
    func tensors(_ set: Int, prefix: String = "") -> [StoredTensor] {
      share.network.map { declaration in
        StoredTensor(prefix + declaration.name, declaration.shape) { value(set, declaration.name) }
      }
    }
    let slots = optimizer.algorithm.slots
    let firstSlot = sets.count - slots.count
    try SafetensorsWriter.write(tensors(0), to: folder + "/model.safetensors", existing: .replace)
    if average != nil {
      try SafetensorsWriter.write(tensors(1), to: folder + "/average.safetensors", existing: .replace)
    }
    try SafetensorsWriter.write(
      slots.enumerated().flatMap { tensors(firstSlot + $0, prefix: $1 + ".") }, to: folder + "/trainer.safetensors",
      existing: .replace)
    try writeNumbers(toFolder: folder, measures)
  }

  private func writeNumbers(toFolder folder: String, _ measures: TaskMeasures) throws {
    let json: JSON = [
      "format_version": JSON(Self.version), "step": JSON(step), "rate_factor": JSON(rateFactor),
      "rollbacks": JSON(rollbacks), .init(stringLiteral: Self.drawnKey): JSON(examplesDrawn), "seconds": JSON(seconds),
      "average_updates": JSON(average?.updates ?? 0),
      "optimizer": JSON(optimizer.algorithm.name), "optimizer_updates": JSON(optimizer.step),
      .init(stringLiteral: TaskMeasures.key): measures.json,
    ]
    try AtomicFile.write(to: folder + "/" + Self.fileName, existing: .replace) { try $0.write(json.indentedText) }
  }

  /// Reads the state of a checkpoint.
  ///
  /// - Parameters:
  ///   - declarations: the parameters of the network. Those that serve training alone are new where the checkpoint has
  ///     none of their names and shapes.
  ///   - plan: the plan of further training; an optimizer that changed starts with a new state.
  ///   - share: what this process has of the network, whose parameters are `declarations`; nil for all.
  /// - Throws: `CheckpointFault`, `FileFault`, `TrainingFault.badCheckpoint`.
  public init(
    checkpoint folder: String, declarations: [ParameterDeclaration], plan: TrainingPlan, share: ParameterShare? = nil
  ) throws {
    let file = folder + "/" + Self.fileName
    let numbers = try Self.numbers(file)
    func count(_ key: String) throws -> Int {
      let value = try numbers.integer(key)
      if !TrainingState.countRange.contains(value) {
        throw TrainingFault.badCheckpoint(path: file, problem: "\(key) is \(value), which no run has")
      }
      return value
    }
    let network = declarations.filter { !$0.isAuxiliary }
    let others = try AuxiliaryParameters(folder + "/" + Self.auxiliaryName, declarations.filter(\.isAuxiliary))
    /// What is trained: the weights of a file before they were rounded.
    func parameters(_ name: String, set: String) throws -> Parameters<Float> {
      let unrounded = folder + "/" + Self.unroundedPrefix + name
      let path = plan.rounding != nil && AtomicFile.exists(unrounded) ? unrounded : folder + "/" + name
      return try SafetensorsReader(path).parameters(share, network, prefixes: [""])[0]
        .joined(with: others.initial(set, seed: plan.seed)).freezing(plan.isFrozen)
    }
    let weights = try parameters("model.safetensors", set: "model")
    var average: WeightAverage?
    if plan.averageDecay > 0 {
      let name = "average.safetensors"
      let kept = AtomicFile.exists(folder + "/" + name) ? try parameters(name, set: "average") : weights
      average = WeightAverage(
        decay: plan.averageDecay, parameters: kept, updates: try count("average_updates"))
    }
    let slots = plan.algorithm.slots
    let reader = try SafetensorsReader(folder + "/trainer.safetensors")
    let optimizer =
      try numbers.string("optimizer") == plan.algorithm.name
      ? try Optimizer(
        plan.algorithm, groups: plan.parameterGroups, step: count("optimizer_updates"),
        state: zip(slots, reader.parameters(share, network, prefixes: slots.map { $0 + "." })).map { slot, state in
          state.joined(with: try others.zero(slot))
        })
      : Optimizer(plan.algorithm, groups: plan.parameterGroups, for: weights)
    let factor = try numbers.double("rate_factor")
    guard factor > 0 && factor <= 1 else {
      throw TrainingFault.badCheckpoint(path: file, problem: "rate_factor is \(factor), not in (0, 1]")
    }
    let seconds = try numbers.double("seconds")
    guard seconds >= 0 else {
      throw TrainingFault.badCheckpoint(path: file, problem: "seconds is \(seconds), less than 0")
    }
    try self.init(
      step: count("step"), parameters: weights, average: average, optimizer: optimizer, rateFactor: factor,
      rollbacks: count("rollbacks"),
      examplesDrawn: count(numbers.has(Self.drawnKey) ? Self.drawnKey : Self.earlierDrawnKey), seconds: seconds)
    let path = folder + "/" + Self.earlierName
    if plan.pruning?.rewinds == true && AtomicFile.exists(path) {
      earlier = try SafetensorsReader(path).parameters(network).joined(with: others.initial("earlier", seed: plan.seed))
        .freezing(plan.isFrozen)
    }
    if let pruning = plan.pruning, pruning.criterion == .gradient {
      importance = try Self.importance(
        folder + "/" + Self.importanceName, Pruner(pruning, declarations.filter { !plan.isFrozen($0.name) }))
    }
  }

  /// The importance of units in a checkpoint; nil where it has none, or was pruned in other units.
  private static func importance(_ path: String, _ pruner: Pruner) throws -> UnitImportance? {
    if !AtomicFile.exists(path) { return nil }
    let reader = try SafetensorsReader(path)
    let layers = zip(pruner.names, pruner.unitCounts)
    if !layers.allSatisfy({ reader.shape(of: $0) == [$1] }) { return nil }
    return UnitImportance(
      Dictionary(uniqueKeysWithValues: try layers.map { name, _ in (name, try reader.finiteTensor(name).elements) }))
  }
}

extension SafetensorsReader {
  /// Sets of parameters, or of a share of them; see `parameters(_:prefixes:)`.
  fileprivate func parameters(
    _ share: ParameterShare?, _ declarations: [ParameterDeclaration], prefixes: [String]
  ) throws -> [Parameters<Float>] {
    guard let share else { return try parameters(declarations, prefixes: prefixes) }
    try verify(prefixes.flatMap { prefix in share.network.map { TensorForm(prefix + $0.name, nil, $0.shape) } })
    return try prefixes.map { prefix in try share.parameters { try finiteTensor(prefix + $0) } }
  }
}

/// The parameters of a checkpoint that serve training alone.
private struct AuxiliaryParameters {
  private let declarations: [ParameterDeclaration]
  /// Nil where the checkpoint has none.
  private let reader: SafetensorsReader?

  init(_ path: String, _ declarations: [ParameterDeclaration]) throws {
    self.declarations = declarations
    reader = !declarations.isEmpty && AtomicFile.exists(path) ? try SafetensorsReader(path) : nil
  }

  /// A set of them, or their initial values.
  func initial(_ set: String, seed: UInt64) throws -> Parameters<Float> {
    try stored(set) ?? Parameters(declarations, seed: seed)
  }

  /// A set of them, or zeros.
  func zero(_ set: String) throws -> Parameters<Float> { try stored(set) ?? Parameters(zeros: declarations) }

  /// Nil where the checkpoint has not all of them in these shapes.
  private func stored(_ set: String) throws -> Parameters<Float>? {
    guard let reader, declarations.allSatisfy({ reader.shape(of: "\(set).\($0.name)") == $0.shape }) else { return nil }
    return try Parameters(declarations) { try reader.finiteTensor("\(set).\($0)") }
  }
}
