/// How much of a network's weights becomes 0 while it is trained, and when.
///
/// The share rises from `firstStep` on by the cube, fast while there is much that is not needed:
///
///     share(t) = sparsity · (1 − (1 − (t − firstStep) / (lastStep − firstStep))³)
///
/// and what is 0 stays 0.
///
/// - Source: Zhu and Gupta 2017, "To prune, or not to prune", §3, from a share of 0.
public struct PruningPlan: Sendable, Equatable {
  /// Where the units of a layer that stay are counted.
  public enum Allocation: String, Sendable, CaseIterable {
    /// In each layer the same share.
    case uniform
    /// The least of all layers together.
    case global
  }

  /// What is compared to choose units that become 0.
  public enum Criterion: String, Sendable, CaseIterable {
    /// The mean of the squares of a unit's weights.
    case magnitude
    /// How much the loss would change without a unit, by the gradients of the steps since the last choice
    /// (`UnitImportance`).
    case gradient
  }

  /// The share of units that are 0 in the end.
  public var sparsity = 0.8
  /// Parameters with another share; the first entry that matches a name applies. Not with the global allocation.
  public var layers: [PrunedLayers] = []
  /// What becomes 0 together.
  public var structure = PruningStructure.block
  /// Where units are counted.
  public var allocation = Allocation.uniform
  /// What is compared.
  public var criterion = Criterion.magnitude
  /// The step at which pruning begins.
  public var firstStep = 0
  /// The step from which on nothing more becomes 0.
  public var lastStep = 0
  /// Steps between two choices of what becomes 0.
  public var interval = 50
  /// Whether at the last choice what stays returns to the weights of the first step, and is trained again.
  ///
  /// - Source: Frankle and Carbin 2019, "The lottery ticket hypothesis", §1; rewinding to a step after the first as in
  ///   Frankle et al. 2020, "Linear mode connectivity and the lottery ticket hypothesis", §3.
  public var rewinds = false
  /// Shell patterns of the names of parameters that are left whole.
  public var kept: [String] = []

  /// The default plan.
  public init() {}

  /// The part of the final share that is reached after a step, from 0 to 1; nil where the step chooses nothing.
  public func progress(afterStep step: Int) -> Double? {
    if step < firstStep || step > lastStep { return nil }
    if step != lastStep && (step - firstStep) % interval != 0 { return nil }
    let rest = lastStep > firstStep ? Double(lastStep - step) / Double(lastStep - firstStep) : 0
    return 1 - rest * rest * rest
  }

  /// The share of a parameter's units that are 0 in the end, with the uniform allocation.
  public func sparsity(of name: String) -> Double {
    layers.first { ParameterGroup($0.pattern).contains(name) }?.sparsity ?? sparsity
  }

  /// Whether a parameter is pruned: the weight of a layer that is not kept, and has as many inputs as a unit.
  public func prunes(_ declaration: ParameterDeclaration) -> Bool {
    declaration.isLayerWeight && declaration.shape[1] >= structure.extents.inputs
      && !kept.contains { ParameterGroup($0).contains(declaration.name) }
  }
}

/// The share of zeros in the parameters whose names match a pattern.
public struct PrunedLayers: Sendable, Equatable {
  /// A shell pattern on dotted names, such as `head.*`.
  public var pattern: String
  /// The share of units that are 0 in the end, from 0 to less than 1.
  public var sparsity: Double

  /// An entry.
  public init(_ pattern: String, sparsity: Double = 0) { (self.pattern, self.sparsity) = (pattern, sparsity) }
}

/// Weights that become 0 together.
public enum PruningStructure: String, Sendable, CaseIterable {
  /// A single weight.
  case element
  /// The weights from 4 input channels to 16 output channels at one tap: what kernels of sparse products read at once.
  case block

  /// Output and input channels of a unit.
  var extents: (outputs: Int, inputs: Int) { self == .element ? (1, 1) : (16, 4) }
}
