import KodamaTensors

/// Makes the least of a network's weights 0, and keeps them so. The mask needs no memory of its own: it is what is 0.
///
/// - Source: magnitude pruning as in Han et al. 2015, "Learning both weights and connections for efficient neural
///   networks", over units of weights, by the mean of their squares; by gradients see `UnitImportance`.
public struct Pruner: Sendable {
  /// The plan.
  public let plan: PruningPlan
  private let layers: [Layer]

  /// The units of a parameter.
  private struct Layer {
    let name: String
    let units: UnitGrid
  }

  /// A pruner of the parameters that a network declares.
  public init(_ plan: PruningPlan, _ declarations: [ParameterDeclaration]) {
    self.plan = plan
    layers = declarations.filter(plan.prunes).map {
      Layer(name: $0.name, units: UnitGrid($0.shape, plan.structure))
    }
  }

  /// The names of the parameters that are pruned.
  public var names: [String] { layers.map(\.name) }

  /// Changes parameters, keeps what was 0 before, and makes more 0 where the plan chooses it after a step.
  ///
  /// - Parameters:
  ///   - importance: of the units, where the plan compares by it; what it lacks has none.
  ///   - change: any change, such as a step of an optimizer.
  /// - Returns: what is 0 now, for averages of the parameters too.
  public func update(
    _ parameters: inout Parameters<Float>, afterStep step: Int, importance: UnitImportance? = nil,
    change: (inout Parameters<Float>) -> Void
  ) -> PruningMask {
    var masks = layers.map { $0.units.zeros(of: parameters[$0.name]) }
    change(&parameters)
    if let progress = plan.progress(afterStep: step) {
      let sizes = layers.map { layer in
        switch plan.criterion {
        case .magnitude: layer.units.sizes(of: parameters[layer.name])
        case .gradient:
          importance?.sums[layer.name]?.map(Double.init) ?? [Double](repeating: 0, count: layer.units.count)
        }
      }
      switch plan.allocation {
      case .uniform:
        for (index, layer) in layers.enumerated() {
          Self.extend(&masks[index...index], sizes[index...index], to: progress * plan.sparsity(of: layer.name))
        }
      case .global: Self.extend(&masks[...], sizes[...], to: progress * plan.sparsity)
      }
    }
    let mask = PruningMask(parts: zip(layers, masks).map { ($0.name, $0.units, $1) })
    mask.apply(to: &parameters)
    return mask
  }

  /// Adds the units of the smallest sizes to masks, until a share of all is masked.
  private static func extend(_ masks: inout ArraySlice<[Bool]>, _ sizes: ArraySlice<[Double]>, to share: Double) {
    let (total, zeros) = (masks.reduce(0) { $0 + $1.count }, masks.reduce(0) { $0 + $1.count { $0 } })
    var wanted = Int((share * Double(total)).rounded(.down)) - zeros
    if wanted <= 0 { return }
    let open = zip(masks, sizes).flatMap { mask, sizes in zip(mask, sizes).filter { !$0.0 }.map(\.1) }.sorted()
    let largest = open[wanted - 1]
    // What is smaller, then of equal units the first.
    wanted -= open.prefix { $0 < largest }.count
    for part in masks.indices {
      for unit in masks[part].indices where !masks[part][unit] && sizes[part][unit] <= largest {
        if sizes[part][unit] == largest {
          if wanted == 0 { continue }
          wanted -= 1
        }
        masks[part][unit] = true
      }
    }
  }

  /// Σ w · ∂L/∂w of each unit of each parameter.
  func changes(
    _ gradients: Parameters<Float>, at parameters: Parameters<Float>
  ) -> [(name: String, units: [Double])] {
    layers.map { ($0.name, $0.units.products(parameters[$0.name], gradients[$0.name])) }
  }

  /// The units of each parameter of `names`.
  package var unitCounts: [Int] { layers.map(\.units.count) }

  /// The share of units that are 0 in the end.
  public var finalSparsity: Double {
    let shares = layers.map { plan.allocation == .global ? plan.sparsity : plan.sparsity(of: $0.name) }
    let zeros = zip(shares, unitCounts).reduce(0) { $0 + $1.0 * Double($1.1) }
    return zeros / Double(max(1, unitCounts.reduce(0, +)))
  }

  /// The share of units that are 0.
  public func sparsity(of parameters: Parameters<Float>) -> Double {
    let masks = layers.map { $0.units.zeros(of: parameters[$0.name]) }
    let (zeros, all) = (masks.reduce(0) { $0 + $1.count { $0 } }, masks.reduce(0) { $0 + $1.count })
    return Double(zeros) / Double(max(1, all))
  }
}

extension Pruner {
  /// A layer's weight [outputs, inputs, taps…] whose smallest units are 0 until a share of all is; what is 0 stays 0.
  package static func withoutSmallest(
    _ structure: PruningStructure, of weight: Tensor<Float>, share: Double
  ) -> Tensor<Float> {
    let units = UnitGrid(weight.shape, structure)
    var masks = [units.zeros(of: weight)]
    extend(&masks[...], [units.sizes(of: weight)][...], to: share)
    var elements = weight.elements
    elements.withUnsafeMutableBufferPointer { units.clear($0, masks[0]) }
    return Tensor(weight.shape, elements)
  }
}

/// Which weights are 0.
public struct PruningMask: Sendable {
  fileprivate let parts: [(name: String, units: UnitGrid, isZero: [Bool])]

  /// Makes them 0.
  public func apply(to parameters: inout Parameters<Float>) {
    for (name, units, isZero) in parts where isZero.contains(true) {
      parameters.withUnsafeMutableBuffer(of: name) { units.clear($0, isZero) }
    }
  }
}

/// The units of a weight [outputs, inputs, taps…].
private struct UnitGrid: Sendable {
  let outputs, inputs, taps: Int
  let extents: (outputs: Int, inputs: Int)
  /// Units along the outputs and the inputs.
  private let rows, columns: Int

  init(_ shape: Shape, _ structure: PruningStructure) {
    (outputs, inputs) = (shape[0], shape[1])
    taps = shape.count / (outputs * inputs)
    extents = structure.extents
    rows = (outputs + extents.outputs - 1) / extents.outputs
    columns = (inputs + extents.inputs - 1) / extents.inputs
  }

  var count: Int { rows * columns * taps }

  /// Calls `body` with each weight's unit and place.
  private func eachWeight(_ body: (_ unit: Int, _ index: Int) -> Void) {
    var index = 0
    for output in 0..<outputs {
      let row = output / extents.outputs * columns
      for input in 0..<inputs {
        let first = (row + input / extents.inputs) * taps
        for tap in 0..<taps {
          body(first + tap, index)
          index += 1
        }
      }
    }
  }

  /// The units that are 0.
  func zeros(of tensor: Tensor<Float>) -> [Bool] {
    var zeros = [Bool](repeating: true, count: count)
    tensor.withUnsafeBuffer { values in
      zeros.withUnsafeMutableBufferPointer { zeros in
        eachWeight { unit, index in if values[index] != 0 { zeros[unit] = false } }
      }
    }
    return zeros
  }

  /// The mean of the squares of each unit.
  func sizes(of tensor: Tensor<Float>) -> [Double] {
    var (sums, counts) = ([Double](repeating: 0, count: count), [Int](repeating: 0, count: count))
    tensor.withUnsafeBuffer { values in
      eachWeight { unit, index in
        sums[unit] += Double(values[index]) * Double(values[index])
        counts[unit] += 1
      }
    }
    return zip(sums, counts).map { $0 / Double($1) }
  }

  /// The sum of the products of both tensors' numbers over each unit.
  func products(_ a: Tensor<Float>, _ b: Tensor<Float>) -> [Double] {
    var sums = [Double](repeating: 0, count: count)
    a.withUnsafeBuffer { a in
      b.withUnsafeBuffer { b in eachWeight { unit, index in sums[unit] += Double(a[index]) * Double(b[index]) } }
    }
    return sums
  }

  /// Makes units 0.
  func clear(_ values: UnsafeMutableBufferPointer<Float>, _ isZero: [Bool]) {
    isZero.withUnsafeBufferPointer { isZero in
      eachWeight { unit, index in if isZero[unit] { values[index] = 0 } }
    }
  }
}
