import GoGame
import GoNetworks
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// AlphaGo Zero's network: what it sees, what it computes, and its files.
@Suite struct ZeroNetworkTests {
  /// A model whose normalization is not trivial.
  static func model(board: Int = 5, seed: UInt64 = 1) -> ZeroModel {
    var model = ZeroModel(ZeroArchitecture(board: board, blocks: 2, channels: 8, valueUnits: 8), seed: seed)
    var random = Philox(seed: seed, stream: 7)
    for name in model.parameters.names where name.contains(".bn") {
      let isScale = name.hasSuffix("weight") || name.hasSuffix("var")
      let count = model.parameters[name].count
      model.parameters[name] = Tensor(
        [count], (0..<count).map { _ in Float((isScale ? 1 : 0) + 0.4 * (random.uniform() - 0.5)) })
    }
    return model
  }

  @Test func symmetriesAreEightAndKeepNeighbors() {
    for size in [1, 2, 5, 9] {
      let all = Symmetry.all(size: size)
      #expect(Set(all.map(\.targets)).count == [1: 1, 2: 8][size] ?? 8)
      for symmetry in all {
        #expect(Set(symmetry.targets) == Set(0...size * size) && symmetry.targets[size * size] == size * size)
        let numbers = (0...size * size).map { $0 * 3 }
        #expect(symmetry.undone(symmetry.applied(to: numbers)) == numbers)
        for point in Point.all(size: size) {
          func moved(_ point: Point) -> Point {
            let target = symmetry.targets[point.row * size + point.column]
            return Point(column: target % size, row: target / size)
          }
          #expect(Set(point.neighbors(size: size).map(moved)) == Set(moved(point).neighbors(size: size)))
        }
      }
    }
  }

  @Test func planesAreTheStonesOfTheLastPositions() throws {
    var game = Game(size: 5)
    var positions = [game.board.stoneValues]
    for (number, vertex) in ["C3", "B2", "D4", "pass", "A1", "A2", "E5", "B1", "C1"].enumerated() {
      try game.play(Move(number % 2 == 0 ? .black : .white, try #require(Point(vertex, size: 5))))
      positions.append(game.board.stoneValues)
    }
    for count in 1...positions.count {
      let color: Color = count % 2 == 1 ? .black : .white
      for symmetry in Symmetry.all(size: 5) {
        let map = ZeroPlanes.map(of: positions[..<count], color, symmetry)
        #expect(map.count == 25 * 17)
        for point in 0..<25 {
          let place = symmetry.targets[point] * 17
          for age in 0..<8 {
            let stone = count - 1 - age >= 0 ? positions[count - 1 - age][point] : 0
            #expect(map[place + 2 * age] == (stone == color.rawValue ? 1 : 0))
            #expect(map[place + 2 * age + 1] == (stone == color.opponent.rawValue ? 1 : 0))
          }
          #expect(map[place + 16] == (color == .black ? 1 : 0))
        }
      }
    }
    // White captured A1.
    #expect(positions[8][0] == 0 && positions[5][0] == Color.black.rawValue)
  }

  @Test func theEngineComputesTheNetwork() throws {
    for board in [5, 7, 9] {
      let model = Self.model(board: board)
      let (network, evaluator) = (ZeroNetwork(model.architecture), ZeroEvaluator(model))
      var random = Philox(seed: 3)
      for _ in 0..<5 {
        let positions = (0..<9).map { _ in (0..<board * board).map { _ in UInt8(random.integer(below: 3)) } }
        for number in 0..<8 {
          let symmetry = Symmetry(number, size: board)
          let pass = Pass(model.parameters)
          let map = ZeroPlanes.map(of: positions[...], .white, symmetry)
          let outputs = network.forward(pass.tape.constant(Tensor([1, board, board, 17], map)), pass)
          #expect(outputs.moves.shape == [1, board * board + 1] && outputs.value.shape == [1, 1])
          let found = evaluator.evaluate(positions[...], .white, symmetry: number)
          expectClose(
            found.logits, symmetry.undone(outputs.moves.value.elements), tolerance: 1e-4, floor: 1e-2)
          expectClose([found.value], [outputs.value.tanh().value.item], tolerance: 1e-4, floor: 1e-2)
        }
      }
    }
  }

  @Test func aTurnedBoardIsSeenAsTheBoardTurned() {
    let evaluator = ZeroEvaluator(Self.model())
    var random = Philox(seed: 4)
    let positions = (0..<3).map { _ in (0..<25).map { _ in UInt8(random.integer(below: 3)) } }
    for number in 0..<8 {
      let symmetry = Symmetry(number, size: 5)
      let turned = positions.map { symmetry.applied(to: $0 + [0]).dropLast() }.map(Array.init)
      let (one, two) = (
        evaluator.evaluate(positions[...], .black, symmetry: number), evaluator.evaluate(turned[...], .black)
      )
      #expect(one.logits == symmetry.undone(two.logits) && one.value == two.value)
    }
  }

  @Test func aHeadIsALinearLayerOfAllItsNumbers() throws {
    let model = Self.model()
    let weight = model.parameters["policy.fc.weight"]
    #expect(weight.shape == [26, 2, 5, 5])
    // The kernel is as large as the board: a product of each output with all numbers of the planes.
    let layer = Convolution(
      "policy.fc",
      ConvolutionGeometry(inputChannels: 2, outputChannels: 26, windows: [SlidingWindow(5), SlidingWindow(5)]))
    var random = Philox(seed: 5)
    let x = (0..<50).map { _ in Float(random.normal()) }
    let pass = Pass(model.parameters)
    let found = layer.forward(pass.tape.constant(Tensor([1, 5, 5, 2], x)), pass).globalAverage()
    let (weights, bias) = (weight.elements, model.parameters["policy.fc.bias"].elements)
    let expected = (0..<26).map { output -> Double in
      var sum = Double(bias[output])
      for plane in 0..<2 {
        for point in 0..<25 {
          sum += Double(weights[(output * 2 + plane) * 25 + point]) * Double(x[point * 2 + plane])
        }
      }
      return sum
    }
    expectClose(found.value.elements, expected, tolerance: 1e-5, floor: 1e-2)
  }

  @Test func probabilitiesAreOfPossibleMovesAlone() {
    let evaluation = ZeroEvaluator(Self.model()).evaluate([[UInt8](repeating: 0, count: 25)], .black)
    let shares = evaluation.probabilities(of: [3, 7, 25])
    expectClose([shares.reduce(0, +)], [1], tolerance: 1e-12)
    let ratio = Double(evaluation.logits[7]) - Double(evaluation.logits[3])
    expectClose([log(shares[1] / shares[0])], [ratio], tolerance: 1e-5, floor: 1e-3)
  }

  @Test func modelsAreSavedAndRead() throws {
    try withTemporaryFolder { folder in
      let model = Self.model(board: 7, seed: 2)
      try model.save(to: folder + "/a")
      #expect(try ZeroModel(path: folder + "/a") == model)
      #expect(throws: FileFault.self) { try model.save(to: folder + "/a") }
      try Self.model(board: 5).save(to: folder + "/a", existing: .replace)
      #expect(try ZeroModel(path: folder + "/a").architecture.board == 5)
    }
  }

  @Test(arguments: [
    ("\"board\": 5", "\"board\": 7", "policy.fc.weight"), ("\"board\": 5", "\"board\": 4", "board"),
    ("\"board\": 5", "\"board\": 20", "board"), ("\"blocks\": 2", "\"blocks\": 3", "blocks.2"),
    ("\"blocks\": 2", "\"blocks\": 4000000000", "blocks"), ("\"channels\"", "\"chanels\"", "channels"),
    ("alphago_zero", "wavenet", "wavenet"), ("\"format_version\": 1", "\"format_version\": 2", "2"),
  ]) func damagedModelsAreRefused(old: String, new: String, mention: String) throws {
    try withTemporaryFolder { folder in
      try Self.model().save(to: folder + "/a")
      let path = folder + "/a/config.json"
      let text = String(decoding: try bytes(path), as: UTF8.self)
      #expect(text.contains(old))
      try write(Array(text.replacing(old, with: new).utf8), to: path)
      do {
        _ = try ZeroModel(path: folder + "/a")
        Issue.record("read with \(new)")
      } catch let fault as any Fault {
        #expect(fault.exitStatus == .badData && "\(fault)".contains(mention), "\(fault)")
      }
    }
  }

  @Test func cutAndMissingFilesAreRefused() throws {
    try withTemporaryFolder { folder in
      #expect(throws: FileFault.self) { try ZeroModel(path: folder + "/none") }
      try Self.model().save(to: folder + "/a")
      let path = folder + "/a/model.safetensors"
      let data = try bytes(path)
      for count in [0, 7, 100, data.count / 2, data.count - 1] {
        try write(Array(data.prefix(count)), to: path)
        #expect(throws: (any Error).self, "\(count) bytes") { try ZeroModel(path: folder + "/a") }
      }
    }
  }
}
