import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaCheckpoints

@Suite struct ParametersTests {
  private let declarations = [
    ParameterDeclaration("b.weight", [2, 3, 1], .fanIn(3)), ParameterDeclaration("a.bias", [2], .fanIn(3)),
  ]

  @Test func parametersComeBackInTheOrderOfTheirDeclarations() throws {
    let parameters = Parameters<Float>(declarations, seed: 1)
    try withTemporaryFolder { folder in
      try SafetensorsWriter.write(parameters.stored(), to: folder + "/x")
      #expect(try SafetensorsReader(folder + "/x").parameters(declarations) == parameters)
    }
  }

  @Test func severalSetsComeBackUnderTheirPrefixes() throws {
    let sets = [Parameters<Float>(declarations, seed: 1), Parameters<Float>(declarations, seed: 2)]
    try withTemporaryFolder { folder in
      try SafetensorsWriter.write(
        sets[0].stored(prefix: "mean.") + sets[1].stored(prefix: "squares."), to: folder + "/x")
      let reader = try SafetensorsReader(folder + "/x")
      #expect(try reader.parameters(declarations, prefixes: ["mean.", "squares."]) == sets)
      #expect(throws: CheckpointFault.self) { try reader.parameters(declarations, prefixes: ["mean."]) }
    }
  }

  @Test func everyMismatchIsNamed() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x"
      try SafetensorsWriter.write(
        [
          StoredTensor("b.weight", Tensor<Float>([3, 2, 1])), StoredTensor("c", Tensor<Float>([4])),
          StoredTensor("d", [1], [Int8(1)]),
        ], to: path)
      let declarations = declarations + [ParameterDeclaration("d", [1], .constant(0))]
      let fault = CheckpointFault.mismatch(
        path: path,
        problems: [
          .shape(name: "b.weight", expected: [2, 3, 1], actual: [3, 2, 1]), .missing(name: "a.bias", expected: [2]),
          .elements(name: "d", actual: .int8), .unexpected(name: "c", actual: [4]),
        ])
      #expect(throws: fault) { try SafetensorsReader(path).parameters(declarations) }
      #expect(fault.description.contains("b.weight must have shape [2, 3, 1], not [3, 2, 1]; a.bias [2] is missing"))
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity]) func aNumberThatIsNotFiniteIsRefused(value: Float) throws {
    var parameters = Parameters<Float>(declarations, seed: 1)
    parameters["b.weight"][1, 2, 0] = value
    try withTemporaryFolder { folder in
      try SafetensorsWriter.write(parameters.stored(), to: folder + "/x")
      #expect(throws: CheckpointFault.notFinite(path: folder + "/x", tensor: "b.weight", index: 5)) {
        try SafetensorsReader(folder + "/x").parameters(declarations)
      }
    }
  }
}
