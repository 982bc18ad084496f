import KodamaTensors
import TestSupport
import Testing

@testable import KodamaLayers

/// Roles of parameters, and settings of groups of them.
@Suite struct ParameterRoleTests {
  private let declarations = [
    ParameterDeclaration("body.weight", [3, 2], .constant(1)), ParameterDeclaration("body.bias", [3], .constant(2)),
    ParameterDeclaration("norm.mean", [3], .constant(0), role: .state),
    ParameterDeclaration("head.weight", [2, 3], .constant(3)), ParameterDeclaration("head.bias", [2], .constant(4)),
  ]

  /// Σ of all trained parameters, each times its place.
  private func loss(_ pass: Pass<Float>) -> Variable<Float> {
    ["body.weight", "body.bias", "head.weight", "head.bias"].map { pass.parameter($0).squared().sum() }
      .reduce(pass.parameter("norm.mean").sum()) { $0 + $1 }
  }

  @Test func namesShapesAndValuesAreThoseDeclared() {
    let parameters = Parameters<Float>(declarations, seed: 1)
    #expect(parameters.names == declarations.map(\.name))
    #expect(parameters.count == 6 + 3 + 3 + 6 + 2)
    for declaration in declarations { #expect(parameters[declaration.name].shape == declaration.shape) }
    #expect(parameters["head.bias"].elements == [4, 4])
    #expect(parameters.layout.role(of: "norm.mean") == .state)
  }

  @Test func writingAParameterLeavesItsNeighboursAndCopiesAlone() {
    var parameters = Parameters<Float>(declarations, seed: 1)
    let (copy, before) = (parameters, parameters["body.bias"])
    parameters["body.bias"] = Tensor([3], [7, 8, 9])
    parameters["head.weight"][1, 2] = -1
    #expect(parameters["body.bias"].elements == [7, 8, 9] && before.elements == [2, 2, 2])
    #expect(parameters["head.weight"].elements == [3, 3, 3, 3, 3, -1])
    #expect(parameters["body.weight"] == copy["body.weight"] && parameters["head.bias"] == copy["head.bias"])
    #expect(copy == Parameters<Float>(declarations, seed: 1))
    // What was read is written without the parameters seeing it.
    var read = parameters["body.weight"]
    read[0, 0] = 100
    #expect(parameters["body.weight"] == copy["body.weight"])
  }

  @Test func onlyTrainedParametersHaveGradients() {
    let parameters = Parameters<Float>(declarations, seed: 1).freezing { $0.hasPrefix("body") }
    let pass = Pass(parameters, phase: .training(seed: 1))
    #expect(!pass.parameter("body.weight").hasGradient && !pass.parameter("norm.mean").hasGradient)
    let gradients = pass.gradients(of: loss(pass))
    #expect(gradients["body.weight"].elements == [0, 0, 0, 0, 0, 0] && gradients["norm.mean"].elements == [0, 0, 0])
    #expect(gradients["head.weight"].elements == [6, 6, 6, 6, 6, 6] && gradients["head.bias"].elements == [8, 8])
  }

  @Test func theOptimizerMovesWhatIsTrained() {
    var parameters = Parameters<Float>(declarations, seed: 1).freezing { $0 == "body.weight" }
    var optimizer = Optimizer(.adamW(weightDecay: 0.5), for: parameters)
    let pass = Pass(parameters, phase: .training(seed: 1))
    optimizer.update(&parameters, gradients: pass.gradients(of: loss(pass)), learningRate: 0.1)
    let fresh = Parameters<Float>(declarations, seed: 1)
    #expect(parameters["body.weight"] == fresh["body.weight"] && parameters["norm.mean"] == fresh["norm.mean"])
    for name in ["body.bias", "head.weight", "head.bias"] { #expect(parameters[name] != fresh[name]) }
  }

  @Test func groupsHaveRatesAndDecaysOfTheirOwn() {
    func step(_ groups: [ParameterGroup]) -> Parameters<Float> {
      var parameters = Parameters<Float>(declarations, seed: 1)
      var optimizer = Optimizer(.sgd(weightDecay: 0.5), groups: groups, for: parameters)
      let pass = Pass(parameters, phase: .training(seed: 1))
      optimizer.update(&parameters, gradients: pass.gradients(of: loss(pass)), learningRate: 0.125)
      return parameters
    }
    // p − rate · (2p + decay · p).
    #expect(step([])["head.bias"].elements[0] == 4 - 0.125 * (8 + 2))
    let grouped = step([
      ParameterGroup("*.bias", rateFactor: 2, weightDecay: 0), ParameterGroup("head.*", rateFactor: 0),
    ])
    #expect(grouped["head.bias"].elements == [2, 2])
    #expect(grouped["body.bias"].elements == [1, 1, 1])
    #expect(grouped["head.weight"] == Parameters<Float>(declarations, seed: 1)["head.weight"])
    #expect(grouped["body.weight"].elements[0] == 1 - 0.125 * 2.5)
  }

  @Test func parametersMovedAlikeAreOneRun() {
    let layout = Parameters<Float>(declarations, seed: 1).layout
    #expect(layout.trainedRuns([], separatesMatrices: false).count == 2)
    let groups = [ParameterGroup("*.bias", weightDecay: 0)]
    #expect(layout.trainedRuns(groups, separatesMatrices: false).count == 4)
    #expect(layout.freezing { _ in true }.trainedRuns([], separatesMatrices: false).isEmpty)
  }

  @Test func everyMatrixIsARunOfItsOwn() {
    let declarations = [("a", true), ("b", true), ("c", false), ("d", false), ("e", true)].map { name, isMatrix in
      ParameterDeclaration(name, [3, 5], .constant(1), isMatrix: isMatrix)
    }
    let layout = Parameters<Float>(declarations, seed: 1).layout
    #expect(layout.trainedRuns([], separatesMatrices: true).map(\.rows) == [3, 3, nil, 3])
    #expect(layout.trainedRuns([], separatesMatrices: false).count == 1)
  }

  @Test func aPassReturnsTheNextState() {
    let parameters = Parameters<Float>(declarations, seed: 1)
    let pass = Pass(parameters, phase: .training(seed: 1))
    pass.setState("norm.mean", Tensor([3], [1, 2, 3]))
    #expect(pass.parameter("norm.mean").value.elements == [0, 0, 0])
    #expect(pass.stateUpdates == ["norm.mean": Tensor([3], [1, 2, 3])])
    #expect(parameters["norm.mean"].elements == [0, 0, 0])
  }
}
