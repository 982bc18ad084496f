import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaLayers

/// What becomes 0, when, and that it stays so.
@Suite struct PruningTests {
  private static let declarations = [
    ParameterDeclaration("table", [256, 32], .normal(standardDeviation: 1)),
    ParameterDeclaration("first.weight", [32, 8, 3], .normal(standardDeviation: 1), isMatrix: true),
    // Of fewer inputs than a block has.
    ParameterDeclaration("stem.weight", [32, 1, 3], .normal(standardDeviation: 1), isMatrix: true),
    ParameterDeclaration("first.bias", [32], .normal(standardDeviation: 1)),
    ParameterDeclaration("second.weight", [33, 7], .normal(standardDeviation: 1), isMatrix: true),
    ParameterDeclaration("last.weight", [40, 32, 1], .normal(standardDeviation: 1), isLayerWeight: true),
  ]

  private func plan(_ sparsity: Double, _ structure: PruningStructure = .block) -> PruningPlan {
    var plan = PruningPlan()
    (plan.sparsity, plan.structure, plan.firstStep, plan.lastStep, plan.interval) = (sparsity, structure, 10, 110, 20)
    return plan
  }

  /// The units of a parameter, each with its places, written plainly.
  private func units(_ shape: Shape, _ structure: PruningStructure) -> [[Int]] {
    let taps = shape.count / (shape[0] * shape[1])
    var units: [[Int]: [Int]] = [:]
    for output in 0..<shape[0] {
      for input in 0..<shape[1] {
        for tap in 0..<taps {
          let unit = structure == .element ? [output, input, tap] : [output / 16, input / 4, tap]
          units[unit, default: []].append((output * shape[1] + input) * taps + tap)
        }
      }
    }
    return Array(units.values)
  }

  @Test func theShareRisesByTheCube() {
    let plan = plan(0.8)
    #expect(
      plan.progress(afterStep: 9) == nil && plan.progress(afterStep: 10) == 0 && plan.progress(afterStep: 11) == nil)
    #expect(abs(plan.progress(afterStep: 30)! - (1 - 0.512)) < 1e-12)
    #expect(abs(plan.progress(afterStep: 70)! - (1 - 0.064)) < 1e-12)
    #expect(plan.progress(afterStep: 110) == 1 && plan.progress(afterStep: 111) == nil)
    // The last step chooses, whatever the interval.
    var other = plan
    other.interval = 70
    #expect(other.progress(afterStep: 80) != nil && other.progress(afterStep: 110) == 1)
    other.lastStep = 10
    #expect(other.progress(afterStep: 10) == 1)
  }

  @Test(arguments: PruningStructure.allCases, [0, 0.3, 0.75]) func aWeightLosesItsSmallestUnits(
    _ structure: PruningStructure, share: Double
  ) throws {
    let weight = Parameters<Float>(Self.declarations, seed: 5)["first.weight"]
    let pruned = Pruner.withoutSmallest(structure, of: weight, share: share)
    #expect(pruned.shape == weight.shape)
    let (before, after) = (weight.elements, pruned.elements)
    let all = units(weight.shape, structure)
    func size(_ unit: [Int]) -> Double {
      unit.reduce(0) { $0 + Double(before[$1]) * Double(before[$1]) } / Double(unit.count)
    }
    let zeros = all.filter { $0.allSatisfy { after[$0] == 0 } }
    let others = all.filter { $0.contains { after[$0] != 0 } }
    #expect(zeros.count == Int(share * Double(all.count)))
    #expect(others.nonemptyAllSatisfy { $0.allSatisfy { after[$0] == before[$0] } })
    let (largest, smallest) = (zeros.map(size).max() ?? 0, try #require(others.map(size).min()))
    #expect(largest <= smallest)
    // Less than what is 0 changes nothing.
    #expect(Pruner.withoutSmallest(structure, of: pruned, share: share / 2).elements == after)
  }

  @Test(arguments: PruningStructure.allCases) func theSmallestUnitsBecomeZeroAndStay(_ structure: PruningStructure)
    throws
  {
    let (plan, declarations) = (plan(0.7, structure), Self.declarations)
    let pruner = Pruner(plan, declarations)
    let names = ["first.weight", "second.weight", "last.weight"]
    #expect(pruner.names == (structure == .block ? names : [names[0], "stem.weight"] + names[1...]))
    var parameters = Parameters<Float>(declarations, seed: 3)
    let before = parameters
    _ = pruner.update(&parameters, afterStep: 110) { _ in }
    for name in declarations.map(\.name) {
      let (old, new) = (before[name].elements, parameters[name].elements)
      if !pruner.names.contains(name) {
        #expect(old == new)
        continue
      }
      let units = units(before[name].shape, structure)
      func size(_ unit: [Int]) -> Double {
        unit.reduce(0.0) { $0 + Double(old[$1]) * Double(old[$1]) } / Double(unit.count)
      }
      let zeros = units.filter { unit in unit.allSatisfy { new[$0] == 0 } }
      let others = units.filter { unit in unit.contains { new[$0] != 0 } }
      #expect(zeros.count == Int(0.7 * Double(units.count)), "\(name)")
      #expect(others.allSatisfy { $0.allSatisfy { new[$0] == old[$0] } }, "\(name): what stays is as it was")
      let (largest, smallest) = (try #require(zeros.map(size).max()), try #require(others.map(size).min()))
      try #require((zeros + others).allSatisfy { size($0).isFinite }, "\(name)")
      #expect(largest <= smallest, "\(name)")
    }
    let counts = pruner.names.map { units(before[$0].shape, structure).count }
    let zeros = counts.reduce(0) { $0 + Int(0.7 * Double($1)) }
    #expect(pruner.sparsity(of: parameters) == Double(zeros) / Double(counts.reduce(0, +)))

    // A step of an optimizer moves everything; what is 0 is so again, for averages too.
    let pruned = parameters
    var average = before
    let mask = pruner.update(&parameters, afterStep: 111) { $0.add(before) }
    mask.apply(to: &average)
    for name in pruner.names {
      for (index, value) in pruned[name].elements.enumerated() {
        let moved = value + before[name].elements[index]
        let (got, kept) = (parameters[name].elements[index], average[name].elements[index])
        #expect(value == 0 ? got == 0 && kept == 0 : got == moved && kept == before[name].elements[index])
      }
    }
  }

  @Test func allLayersTogetherAreCountedByTheGlobalAllocation() {
    var plan = plan(0.6)
    plan.allocation = .global
    let pruner = Pruner(plan, Self.declarations)
    var parameters = Parameters<Float>(Self.declarations, seed: 3)
    // A layer of small weights goes first.
    parameters["last.weight"] = Tensor([40, 32, 1], parameters["last.weight"].elements.map { $0 / 100 })
    _ = pruner.update(&parameters, afterStep: 110) { _ in }
    #expect(parameters["last.weight"].elements.allSatisfy { $0 == 0 })
    #expect(parameters["first.weight"].elements.contains { $0 != 0 })
    // 25 of 42 units, of which the last layer has 24.
    #expect(pruner.sparsity(of: parameters) == 25.0 / 42)
  }

  @Test func layersMayHaveASparsityOfTheirOwn() {
    var plan = plan(0.5)
    plan.layers = [PrunedLayers("first.*", sparsity: 0.25), PrunedLayers("*t.*", sparsity: 0.75)]
    let pruner = Pruner(plan, Self.declarations)
    var parameters = Parameters<Float>(Self.declarations, seed: 3)
    for (step, progress) in [(30, 1 - 0.512), (110, 1)] {
      _ = pruner.update(&parameters, afterStep: step) { _ in }
      for (name, share) in [("first.weight", 0.25), ("second.weight", 0.5), ("last.weight", 0.75)] {
        let after = parameters[name].elements
        let units = units(parameters[name].shape, .block)
        let zeros = units.count { unit in unit.allSatisfy { after[$0] == 0 } }
        #expect(zeros == Int(progress * share * Double(units.count)), "\(name) after step \(step)")
      }
    }
    // Of 12, 6 and 24 units.
    #expect(pruner.unitCounts == [12, 6, 24] && abs(pruner.finalSparsity - 24.0 / 42) < 1e-12)
  }

  /// What gradients do not move becomes 0 first, whatever its size.
  @Test func unitsOfLeastImportanceGoFirst() throws {
    var plan = plan(0.5)
    plan.criterion = .gradient
    let pruner = Pruner(plan, Self.declarations)
    var parameters = Parameters<Float>(Self.declarations, seed: 3)
    let gradients = [Parameters<Float>(Self.declarations, seed: 8), Parameters<Float>(Self.declarations, seed: 9)]
    var importance = UnitImportance([:])
    for gradients in gradients { pruner.add(gradients, at: parameters, to: &importance) }
    let before = parameters
    _ = pruner.update(&parameters, afterStep: 110, importance: importance) { _ in }
    for name in pruner.names {
      let units = units(before[name].shape, .block)
      func size(_ unit: [Int]) -> Double {
        gradients.reduce(0) { sum, gradients in
          let change = unit.reduce(0) {
            $0 + Double(before[name].elements[$1]) * Double(gradients[name].elements[$1])
          }
          return sum + change * change
        }
      }
      let zeros = units.filter { unit in unit.allSatisfy { parameters[name].elements[$0] == 0 } }
      let others = units.filter { unit in unit.contains { parameters[name].elements[$0] != 0 } }
      #expect(zeros.count == units.count / 2)
      let (largest, smallest) = (try #require(zeros.map(size).max()), try #require(others.map(size).min()))
      try #require(largest.isFinite && smallest.isFinite)
      #expect(largest <= smallest * (1 + 1e-6), "\(name)")
      // Not the order of sizes.
      func square(_ unit: [Int]) -> Double {
        unit.reduce(0) { $0 + Double(before[name].elements[$1]) * Double(before[name].elements[$1]) }
          / Double(unit.count)
      }
      if name != "second.weight" {
        #expect(try #require(zeros.map(square).max()) > #require(others.map(square).min()), "\(name)")
      }
    }
    // Sums stay finite, so that a checkpoint can be read.
    var huge = Parameters<Float>(zeros: Self.declarations)
    huge["last.weight"] = Tensor([40, 32, 1], [Float](repeating: 1e30, count: 1280))
    for _ in 0..<3 { pruner.add(huge, at: huge, to: &importance) }
    #expect(importance.sums.values.nonemptyAllSatisfy { $0.nonemptyAllSatisfy(\.isFinite) })
  }

  @Test func zerosGoWhereTheyCostLeast() throws {
    let allocation = SparsityAllocation(sparsity: 0.8)
    let shares = allocation.shares
    let expected = [0.5, 0.7, 0.8, 13.0 / 15, 14.0 / 15]
    for (share, expected) in try paired(shares, expected) { #expect(abs(share - expected) < 1e-12) }
    // Equal layers get equal shares but for the order of the last zeros; a layer that costs nothing gets the most.
    let units = [10, 40, 20]
    func cost(_ factor: Double) -> [Double] { shares.map { factor * $0 * $0 * $0 } }
    func zeros(_ found: [Double]) -> Double { zip(found, units).reduce(0) { $0 + $1.0 * Double($1.1) } }
    let found = allocation(units: units, losses: [cost(1), cost(4), shares.map { _ in 0 }])
    #expect(abs(zeros(found) - 0.8 * 70) < 1e-9)
    #expect(abs(found[2] - shares[4]) < 1e-12 && found[1] < found[2])
    // By exhaustive search along the same points: no other division costs less.
    let points = [0] + shares
    let losses = [[0] + cost(1), [0] + cost(4), [0] + cost(2)]
    let wanted = allocation(units: units, losses: losses.map { Array($0.dropFirst()) })
    #expect(abs(zeros(wanted) - 0.8 * 70) < 1e-9)
    func loss(_ shares: [Double]) -> Double {
      shares.enumerated().reduce(0) { sum, layer in
        let (index, share) = layer
        let upper = points.firstIndex { $0 >= share - 1e-12 } ?? 0
        if upper == 0 { return sum }
        let part = (share - points[upper - 1]) / (points[upper] - points[upper - 1])
        return sum + losses[index][upper - 1] + part * (losses[index][upper] - losses[index][upper - 1])
      }
    }
    var least = Double.infinity
    for first in stride(from: 0, through: shares[4], by: 1.0 / 300) {
      for second in stride(from: 0, through: shares[4], by: 1.0 / 300) {
        let third = (0.8 * 70 - 10 * first - 40 * second) / 20
        if (0...shares[4]).contains(third) { least = min(least, loss([first, second, third])) }
      }
    }
    try #require(least.isFinite)
    #expect(loss(wanted) <= least + 1e-9)
    // A layer whose loss is not finite keeps what it can.
    let ruined = allocation(units: units, losses: [[.nan, .nan, .nan, .nan, .nan], cost(1), cost(1)])
    #expect(ruined[0] < 0.5 && abs(zeros(ruined) - 0.8 * 70) < 1e-9)
    #expect(SparsityAllocation(sparsity: 0)(units: [5], losses: [[0.5, 1]]) == [0])
  }

  @Test func keptParametersAreLeftWhole() {
    var plan = plan(0.9)
    plan.kept = ["last.*"]
    #expect(Pruner(plan, Self.declarations).names == ["first.weight", "second.weight"])
  }

  @Test func nothingBecomesZeroBeforeTheFirstStep() {
    var parameters = Parameters<Float>(Self.declarations, seed: 3)
    let before = parameters
    _ = Pruner(plan(0.9), Self.declarations).update(&parameters, afterStep: 5) { _ in }
    #expect(parameters == before)
  }
}
