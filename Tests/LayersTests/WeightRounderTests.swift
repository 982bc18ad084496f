import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaLayers

/// What the weights of a network are rounded to while it is trained.
@Suite struct WeightRounderTests {
  private static let declarations = [
    ParameterDeclaration("table", [256, 32], .normal(standardDeviation: 1)),
    ParameterDeclaration("first.weight", [24, 40, 3], .normal(standardDeviation: 1), isMatrix: true),
    ParameterDeclaration("first.bias", [24], .normal(standardDeviation: 1)),
    ParameterDeclaration("last.weight", [300, 33, 1], .normal(standardDeviation: 1), isLayerWeight: true),
  ]

  /// The weights of each scale, written plainly.
  private func groups(_ shape: Shape, _ precision: Precision) -> [[Int]] {
    var groups: [[Int]: [Int]] = [:]
    for output in 0..<shape[0] {
      for channel in 0..<shape[1] {
        for tap in 0..<shape[2] {
          let key = precision == .int4 ? [output, tap, channel / 32] : [output]
          groups[key, default: []].append((output * shape[1] + channel) * shape[2] + tap)
        }
      }
    }
    return Array(groups.values)
  }

  @Test(arguments: Precision.integers) func theWeightsOfLayersAreIntegersTimesAScale(precision: Precision) throws {
    let before = Parameters<Float>(Self.declarations, seed: 5)
    let rounder = WeightRounder(RoundingPlan(precision), Self.declarations)
    #expect(rounder.names == ["first.weight", "last.weight"])
    let after = rounder.rounded(before, afterStep: 0)
    for name in ["table", "first.bias"] { #expect(after[name].elements == before[name].elements) }
    for name in rounder.names {
      let (old, new) = (before[name].elements, after[name].elements)
      let count = try #require(precision.weightRange).count
      for group in groups(before[name].shape, precision) {
        let distinct = Set(group.map { new[$0] })
        #expect(distinct.count <= (precision == .binary ? 2 : count))
        if precision == .ternary || precision == .binary {
          #expect(Set(distinct.map(abs).filter { $0 != 0 }).count == 1)
          #expect(precision == .ternary || !distinct.contains(0))
        }
        // The error is less than that of making all of them 0, and for 8 bits much less.
        let error = group.reduce(0.0) { $0 + Double((new[$1] - old[$1]) * (new[$1] - old[$1])) }
        let size = group.reduce(0.0) { $0 + Double(old[$1] * old[$1]) }
        #expect(error < size * (precision == .int8 ? 1e-3 : precision == .int4 ? 0.02 : 0.6), "\(error) of \(size)")
      }
      // Rounded again they are the same.
      let again = rounder.rounded(after, afterStep: 0)[name].elements
      #expect(again == new)
    }
  }

  @Test(arguments: Precision.integers) func theNumberOfThreadsChangesNothing(precision: Precision) {
    let parameters = Parameters<Float>(Self.declarations, seed: 6)
    let rounder = WeightRounder(RoundingPlan(precision), Self.declarations)
    let all = [1, 2, 5].map { rounder.rounded(parameters, afterStep: 3, workers: Workers(threads: $0)) }
    #expect(all[1] == all[0] && all[2] == all[0] && all[0] != parameters)
  }

  @Test func theFirstEntryThatMatchesDecides() {
    var plan = RoundingPlan(.int8)
    plan.layers = [RoundedLayers("last.*", .binary), RoundedLayers("*.weight")]
    #expect(Self.declarations.map { plan.precision(of: $0) } == [.float32, .float32, .float32, .binary])
    #expect(WeightRounder(plan, Self.declarations).names == ["last.weight"])
  }

  @Test func beforeTheFirstStepWeightsStayAsTheyAre() {
    var plan = RoundingPlan(.ternary)
    plan.firstStep = 4
    let parameters = Parameters<Float>(Self.declarations, seed: 7)
    let rounder = WeightRounder(plan, Self.declarations)
    #expect(rounder.rounded(parameters, afterStep: 3) == parameters)
    #expect(rounder.rounded(parameters, afterStep: 4) != parameters)
  }
}
