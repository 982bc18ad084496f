import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaCheckpoints

/// Reading of mappings, and what their rules do with tensors.
@Suite struct WeightMappingTests {
  private func mapping(_ text: String) throws -> WeightMapping {
    try WeightMapping(JSON(parsing: Array(text.utf8), path: "m.json"), path: "m.json")
  }

  /// The parameter `x` of a shape that a rule makes of some tensors, or what is wrong.
  private func result(
    _ rule: String, _ shape: Shape, _ tensors: [StoredTensor]
  ) throws -> (tensor: Tensor<Float>?, problems: [String]) {
    try withTemporaryFolder { folder in
      try SafetensorsWriter.write(tensors, to: folder + "/w.safetensors")
      let assignment = WeightAssignment(
        try mapping("{\"tensors\": {\"x\": \(rule)}}"), try WeightFiles(folder + "/w.safetensors"),
        declarations: [ParameterDeclaration("x", shape, .constant(0))], last: 3)
      let problems = assignment.problems.map(\.description)
      return (problems.isEmpty ? try assignment.parameters()["x"] : nil, problems)
    }
  }

  private func counting(_ name: String, _ shape: Shape, from first: Int = 0) -> StoredTensor {
    StoredTensor(name, shape, (0..<shape.count).map { Float(first + $0) })
  }

  @Test func namesAreMatchedAndDerived() throws {
    let pattern = try #require(NamePattern("blocks.{i}.skip.{j}"))
    #expect(pattern.numbers(in: "blocks.12.skip.3") == ["i": 12, "j": 3])
    for name in ["blocks.x.skip.3", "blocks.012.skip.3", "blocks.1.skip.", "blocks.1.skip.3.bias", "locks.1.skip.3"] {
      #expect(pattern.numbers(in: name) == nil, "\(name)")
    }
    let twice = try #require(NamePattern("a{i}b{i}"))
    #expect(twice.numbers(in: "a1b1") == ["i": 1] && twice.numbers(in: "a1b2") == nil)
    for (text, name) in [
      ("c{i}", "c23"), ("c{i+1}", "c24"), ("c{i-3}", "c20"), ("s{i/10}.l{i%10}", "s2.l3"), ("c{last}", "c29"),
    ] {
      #expect(try #require(NamePattern(text)).name(["i": 23, "last": 29]) == name)
    }
    #expect(NamePattern("{j}")?.name(["i": 1]) == nil)
    for text in ["a{", "a}", "{}", "{1}", "{i*2}", "{i/0}", "{i%0}", "{i+}", "{i+9999999}", "{i j}"] {
      #expect(NamePattern(text) == nil, "\(text)")
    }
    let ignored = try #require(NamePattern("layers.{last}.*.v", hasWildcards: true))
    #expect(ignored.matches("layers.4.out.weight.v", ["last": 4]) && ignored.matches("layers.4..v", ["last": 4]))
    #expect(!ignored.matches("layers.3.out.v", ["last": 4]) && !ignored.matches("layers.4.out.w", ["last": 4]))
  }

  @Test func axesArePermutedAndFlippedAsByNumpy() throws {
    // numpy.arange(6).reshape(2, 3).transpose(1, 0), and its order reversed along axis 0.
    let w = counting("w", [2, 3])
    #expect(try result("{\"from\": \"w\", \"permute\": [1, 0]}", [3, 2], [w]).tensor?.elements == [0, 3, 1, 4, 2, 5])
    #expect(
      try result("{\"from\": \"w\", \"permute\": [1, 0], \"flip\": [0]}", [3, 2], [w]).tensor?.elements
        == [2, 5, 1, 4, 0, 3])
    // numpy.arange(24).reshape(2, 3, 4).transpose(2, 0, 1)[1].ravel()
    let cube = try result("{\"from\": \"w\", \"permute\": [2, 0, 1]}", [4, 2, 3], [counting("w", [2, 3, 4])])
    #expect(cube.tensor.map { Array($0.elements[6..<12]) } == [1, 5, 9, 13, 17, 21])
    let flipped = try result("{\"from\": \"w\", \"flip\": [2, 1]}", [1, 2, 2], [counting("w", [1, 2, 2])])
    #expect(flipped.tensor?.elements == [3, 2, 1, 0])
  }

  @Test func tensorsAreJoinedReshapedScaledAndAdded() throws {
    let parts = [counting("a", [1, 2]), counting("b", [2, 2], from: 10)]
    #expect(
      try result("{\"from\": [\"b\", \"a\"]}", [3, 2], parts).tensor?.elements == [10, 11, 12, 13, 0, 1])
    let w = counting("w", [6])
    #expect(
      try result("{\"from\": \"w\", \"reshape\": [2, -1], \"scale\": -2}", [2, 3], [w]).tensor?.elements
        == [0, -2, -4, -6, -8, -10])
    let sum = try result(
      "{\"from\": \"w\", \"reshape\": [2, 3], \"scale\": 10, \"add\": \"o\"}", [2, 3], [w, counting("o", [3], from: 1)])
    #expect(sum.tensor?.elements == [1, 12, 23, 31, 42, 53])
    let column = try result(
      "{\"from\": \"w\", \"reshape\": [2, 3], \"add\": \"o\"}", [2, 3], [w, counting("o", [2, 1], from: 1)])
    #expect(column.tensor?.elements == [1, 2, 3, 5, 6, 7])
    #expect(try result("0.25", [2], []).tensor?.elements == [0.25, 0.25])
    // Extents of 1 need no rule.
    #expect(try result("\"w\"", [6, 1], [w]).tensor?.shape == [6, 1])
  }

  @Test func weightNormalizationIsMultipliedOut() throws {
    let v = StoredTensor("m.w_v", [2, 2], [3, 4, 0, -2] as [Float])
    let g = StoredTensor("m.w_g", [2, 1], [10, 3] as [Float])
    #expect(try result("\"m.w\"", [2, 2], [v, g]).tensor?.elements == [6, 8, 0, -3])
    let original = [
      StoredTensor("m.parametrizations.w.original0", [2, 1], [10, 3] as [Float]),
      StoredTensor("m.parametrizations.w.original1", [2, 2], [3, 4, 0, -2] as [Float]),
    ]
    #expect(try result("\"m.w\"", [2, 2], original).tensor?.elements == [6, 8, 0, -3])
    // Each by itself is a tensor too.
    #expect(
      try result("{\"from\": \"m.w_v\", \"add\": \"m.w_g\"}", [2, 2], [v, g]).tensor?.elements == [13, 14, 3, 1])
    #expect(throws: CheckpointFault.self) {
      try result("\"m.w\"", [2, 2], [v, StoredTensor("m.w_g", [3], [1, 2, 3] as [Float])])
    }
  }

  @Test func whatDoesNotFitHasItsReason() throws {
    let w = counting("w", [2, 3])
    for (rule, problem) in [
      ("\"v\"", "x: there is no tensor v"),
      ("\"w\"", "x: it must have shape [3, 2], not [2, 3]"),
      ("{\"from\": \"w\", \"permute\": [0, 2, 1]}", "x: [2, 3] has 2 axes, and permute 3"),
      ("{\"from\": \"w\", \"reshape\": [4, -1]}", "x: [2, 3] cannot be reshaped to [4, -1]"),
      (
        "{\"from\": \"w\", \"reshape\": [2147483647, 2147483647, 2147483647]}",
        "x: [2, 3] cannot be reshaped to [2147483647, 2147483647, 2147483647]"
      ),
      ("{\"from\": \"w\", \"flip\": [2]}", "x: [2, 3] has no axis 2 to flip"),
      ("{\"from\": \"w\", \"permute\": [1, 0], \"add\": \"w\"}", "x: [2, 3] cannot be added to [3, 2]"),
      ("{\"from\": [\"w\", \"n\"]}", "x: [2, 3] and [2] cannot be joined along their first axis"),
    ] {
      let problems = try result(rule, [3, 2], [w, counting("n", [2])]).problems
      #expect(problems.first == problem, "\(rule)")
    }
    let integers = try result("\"w\"", [2], [StoredTensor("w", [2], [1, 2] as [Int32])]).problems
    #expect(integers == ["x: w has elements of type I32"])
    let nan = [StoredTensor("w", [2], [1, .nan] as [Float])]
    #expect(throws: CheckpointFault.self) { try result("\"w\"", [2], nan) }
    // A product beyond single precision.
    #expect(throws: CheckpointFault.self) {
      try result("{\"from\": \"w\", \"scale\": 1e38}", [1], [StoredTensor("w", [1], [100] as [Float])])
    }
  }

  @Test func aMappingThatCannotBeReadSaysWhere() throws {
    func fault(_ text: String) -> CheckpointFault? {
      do { _ = try mapping(text) } catch let fault as CheckpointFault { return fault } catch {}
      return nil
    }
    #expect(fault("[]") != nil && fault("{\"tensors\": []}") != nil)
    #expect(fault("{}") == .missingKey(path: "m.json", key: "tensors"))
    #expect(
      fault("{\"tensors\": {}, \"ignored\": []}") == .unknownKey(path: "m.json", key: "ignored", nearest: "ignore"))
    #expect(
      fault("{\"tensors\": {\"x\": {\"from\": \"y\", \"permut\": [0]}}}")
        == .unknownKey(path: "m.json", key: "permut", nearest: "permute"))
    #expect(fault("{\"tensors\": {\"x\": {\"scale\": 2}}}") == .missingKey(path: "m.json", key: "x.from"))
    for value in [
      "true", "[]", "null", "1e99", "{\"from\": []}", "{\"from\": 3}", "{\"from\": \"{i}\"}",
      "{\"from\": \"y\", \"permute\": [0, 0]}",
      "{\"from\": \"y\", \"permute\": [1]}", "{\"from\": \"y\", \"reshape\": [-1, -1]}",
      "{\"from\": \"y\", \"reshape\": [0]}",
      "{\"from\": \"y\", \"reshape\": []}", "{\"from\": \"y\", \"flip\": [-1]}", "{\"from\": \"y\", \"flip\": [0, 0]}",
      "{\"from\": \"y\", \"scale\": \"2\"}", "{\"from\": \"y\", \"scale\": 1e60}", "{\"from\": \"y\", \"add\": 1}",
      "{\"from\": \"y\", \"optional\": 1}",
    ] {
      guard case .wrongValue(_, let key, _, _)? = fault("{\"tensors\": {\"x\": \(value)}}") else {
        Issue.record("\(value) is taken")
        continue
      }
      #expect(key.hasPrefix("x"), "\(key)")
    }
    #expect(fault("{\"tensors\": {\"b.{i+1}\": \"x\"}}") != nil)
    #expect(
      fault("{\"tensors\": {}, \"ignore\": [\"{i}\"]}") != nil && fault("{\"tensors\": {}, \"ignore\": [1]}") != nil)
  }

  @Test func filesOfAFolderAreOneAndNothingStandsTwice() throws {
    try withTemporaryFolder { folder in
      #expect(throws: CheckpointFault.self) { try WeightFiles(folder) }
      try SafetensorsWriter.write([counting("a", [2])], to: folder + "/1.safetensors")
      try SafetensorsWriter.write([counting("b", [3])], to: folder + "/2.safetensors")
      let files = try WeightFiles(folder)
      #expect(files.names == ["a", "b"] && files.shape(of: "b") == [3] && files.shape(of: "c") == nil)
      #expect(try files.tensor("b").elements == [0, 1, 2])
      try SafetensorsWriter.write([counting("a", [3])], to: folder + "/3.safetensors")
      #expect(throws: CheckpointFault.self) { try WeightFiles(folder) }
    }
    try withTemporaryFolder { folder in
      try write([0x80, 2], to: folder + "/model.pt")
      #expect(throws: CheckpointFault.pickle(path: folder + "/model.pt")) { try WeightFiles(folder) }
      #expect(throws: CheckpointFault.pickle(path: folder + "/model.pt")) { try WeightFiles(folder + "/model.pt") }
    }
  }

  @Test func aNameGoesBeforeAPatternAndOptionalRulesMayBeLeftOver() throws {
    try withTemporaryFolder { folder in
      try SafetensorsWriter.write(
        [counting("a", [1]), counting("b", [1], from: 5), counting("c.1", [1])], to: folder + "/w.safetensors")
      let text = """
        {"tensors": {"x.{i}": "a", "x.1": "b", "y.{i}": {"from": "q.{i}", "optional": true}}, "ignore": ["c.*"]}
        """
      let declarations = [
        ParameterDeclaration("x.0", [1], .constant(0)), ParameterDeclaration("x.1", [1], .constant(0)),
      ]
      let files = try WeightFiles(folder + "/w.safetensors")
      let assignment = WeightAssignment(try mapping(text), files, declarations: declarations, last: 1)
      #expect(assignment.problems.isEmpty)
      #expect(try assignment.parameters()["x.0"].elements == [0] && assignment.parameters()["x.1"].elements == [5])
      let strict = WeightAssignment(
        try mapping(text.replacing(", \"optional\": true", with: "")), files, declarations: declarations, last: 1)
      #expect(strict.problems.map(\.description) == ["y.{i}: the network has no such parameter"])
      #expect(
        throws: CheckpointFault.unmapped(
          path: folder + "/w.safetensors", fitting: 2, problems: ["y.{i}: the network has no such parameter"])
      ) { try strict.parameters() }
    }
  }
}
