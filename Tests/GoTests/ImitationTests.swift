import GoGame
import GoNetworks
import GoPlayers
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaTraining
import TestSupport
import Testing

@testable import GoLearning

/// The networks of AlphaGo's first stages, and what they learn from records.
@Suite struct ImitationTests {
  static func model(_ kind: LeeArchitecture.Kind, board: Int = 5) -> LeeModel {
    var model = LeeModel(LeeArchitecture(kind, board: board, layers: 2, channels: 8), seed: 3)
    if kind == .policy {
      let points = board * board
      model.parameters["points.bias"] = Tensor([points], (0..<points).map { Float($0 % 7) / 10 })
    }
    return model
  }

  /// Writes records of games whose players take the first sensible point of the board, after some random moves.
  static func writeGames(_ folder: String, games: Int, size: Int = 5, winner: String = "B") throws {
    try Folder.create(folder)
    var random = RandomPlayer(seed: 5)
    for number in 0..<games {
      var game = Game(size: size, rules: Rules(komi: 0.5))
      while !game.isOver && game.moves.count < 30 {
        let color = game.nextColor
        if game.moves.count < 3 {
          if case .play(let point) = random.chooseMove(in: game, color: color, within: nil) {
            try game.play(Move(color, point))
          }
          continue
        }
        let points = game.legalPoints(color).filter { !game.board.isEye($0, of: color) }
        try game.play(Move(color, points.first ?? .pass))
      }
      try GameRecord(game, result: winner + "+1.5").write(to: folder + "/\(number).sgf", existing: .refuse)
    }
  }

  @Test func recordsAreReadAndDivided() throws {
    try withTemporaryFolder { folder in
      try Self.writeGames(folder + "/a", games: 40)
      try Self.writeGames(folder + "/a/other", games: 2, size: 6)
      try write(Array("(;SZ[5".utf8), to: folder + "/a/broken.sgf")
      try write(Array("no game".utf8), to: folder + "/a/notes.txt")
      let records = try GameRecords(folder + "/a", size: 5)
      #expect(records.trainingGames.count + records.heldOutGames.count == 40)
      #expect(records.heldOutGames.count == 4)
      #expect(records.leftOut.count == 3 && records.leftOut.contains { $0.path.hasSuffix("broken.sgf") })
      #expect(records.training.count == records.trainingGames.reduce(0) { $0 + $1.moves.count })
      #expect(records.heldOut.count == records.heldOutGames.reduce(0) { $0 + $1.moves.count })
      // The winner is black, so that results alternate with the color to move.
      var place = 0
      for game in records.trainingGames {
        for move in game.moves {
          let example = records.training[place]
          #expect(example.result == (move.color == .black ? 1 : -1))
          #expect(example.move == (move.point.isPass ? 25 : move.point.row * 5 + move.point.column))
          // Ones, and the color for the value.
          #expect(example.planes.allSatisfy { $0 >> 3 & 1 == 1 && $0 >> 48 & 1 == (move.color == .black ? 1 : 0) })
          place += 1
        }
      }
      let again = try GameRecords(folder + "/a", size: 5, workers: Workers(threads: 3))
      #expect(again.training == records.training && again.fingerprint == records.fingerprint)
      #expect(throws: GoFault.self) { try GameRecords(folder + "/a", size: 9) }
      #expect(throws: FileFault.self) { try GameRecords(folder + "/none", size: 5) }
    }
  }

  @Test func everyEpochHasAllExamplesOnce() throws {
    try withTemporaryFolder { folder in
      try Self.writeGames(folder + "/a", games: 30)
      let examples = try GameRecords(folder + "/a", size: 5).training
      let source = PositionExamples(examples, size: 5, planes: 49, seed: 1)
      let count = examples.count
      let symmetries = Symmetry.all(size: 5)
      for epoch in 0..<2 {
        let batch = source.batch(epoch * count..<(epoch + 1) * count)
        #expect(batch.planes.shape == [count, 5, 5, 49] && batch.moves.count == count)
        // The number of a kind of plane is that of any symmetry.
        func sums(_ maps: [Float]) -> [Float] {
          (0..<49).map { plane in stride(from: plane, to: maps.count, by: 49).reduce(0) { $0 + maps[$1] } }
        }
        #expect(sums(batch.planes.elements) == sums(examples.flatMap { $0.map(symmetries[0], planes: 49) }))
      }
      let (one, two) = (source.batch(0..<count), source.batch(count..<2 * count))
      #expect(one.moves != two.moves)
      // Each row is one of the examples in one of the symmetries.
      for row in 0..<20 {
        let map = Array(one.planes.elements[row * 1225..<(row + 1) * 1225])
        #expect(
          examples.contains { example in
            symmetries.contains {
              example.map($0, planes: 49) == map && Int32($0.targets[example.move]) == one.moves[row]
                && Float(example.result) == one.results.elements[row]
            }
          }, "row \(row)")
      }
      // Batches do not depend on what was asked before.
      let parts = PositionExamples(examples, size: 5, planes: 49, seed: 1)
      #expect(parts.batch(count + 3..<count + 9).moves == Array(two.moves[3..<9]))
      #expect(source.inOrder(7).reduce(0) { $0 + $1.moves.count } == count)
      #expect(source.inOrder(7).flatMap(\.moves) == examples.map { Int32($0.move) })
    }
  }

  @Test(arguments: [5, 9]) func theEngineComputesTheNetworks(board: Int) throws {
    var game = Game(size: board)
    var random = RandomPlayer(seed: 2)
    for _ in 0..<12 {
      if case .play(let point) = random.chooseMove(in: game, color: game.nextColor, within: nil) {
        try game.play(Move(game.nextColor, point))
      }
    }
    let (policy, value) = (Self.model(.policy, board: board), Self.model(.value, board: board))
    let (policyEngine, valueEngine) = (LeeEvaluator(policy), LeeEvaluator(value))
    let (features, ages) = (MoveFeatures.all(on: game.board, .black), StoneAges(game))
    for number in 0..<8 {
      let symmetry = Symmetry(number, size: board)
      func rows(_ model: LeeModel) -> (Variable<Float>, Pass<Float>) {
        let map = LeePlanes.map(
          of: game.board, features, ages, .black, symmetry, forValue: model.architecture.kind == .value)
        let pass = Pass(model.parameters)
        return (pass.tape.constant(Tensor([1, board, board, model.architecture.planes], map)), pass)
      }
      let (x, pass) = rows(policy)
      let logits = PolicyNetwork(policy.architecture).forward(x, pass)
      #expect(logits.shape == [1, board * board + 1])
      expectClose(
        policyEngine.logits(game.board, features, ages, .black, symmetry: number),
        symmetry.undone(logits.value.elements), tolerance: 1e-4, floor: 1e-2)
      let (y, valuePass) = rows(value)
      let found = ValueNetwork(value.architecture).forward(y, valuePass).tanh()
      expectClose(
        [valueEngine.value(game.board, features, ages, .black, symmetry: number)], [found.value.item],
        tolerance: 1e-4, floor: 1e-2)
    }
  }

  @Test func networksLearnWhatWasPlayed() throws {
    try withTemporaryFolder { folder in
      try Self.writeGames(folder + "/games", games: 60)
      let records = try GameRecords(folder + "/games", size: 5)
      // The first point is not a thing of symmetry, but symmetric ones are all that a network sees: so it learns which of
      // the points of a kind, and no more.
      var settings = PositionSettings(LeeArchitecture(.policy, board: 5, layers: 2, channels: 12))
      (settings.steps, settings.batch, settings.rate) = (150, 32, 3e-3)
      let training = try PositionTraining(records, run: folder + "/run", settings)
      #expect(try training.train() == .completed)
      let history = try TrainingHistory(run: folder + "/run")
      let accuracies = history.validations.compactMap { report in
        report.weights.first { $0.measure.name == "accuracy" }?.value
      }
      #expect(accuracies.count >= 20)
      // A sixth would be chance among the points that are left.
      #expect(try #require(accuracies.last) > 30, "\(accuracies)")
      let model = try LeeModel(path: folder + "/run")
      #expect(model.architecture == settings.architecture)

      var value = PositionSettings(LeeArchitecture(.value, board: 5, layers: 1, channels: 8))
      (value.steps, value.batch, value.rate) = (200, 32, 3e-3)
      #expect(try PositionTraining(records, run: folder + "/value", value).train() == .completed)
      let last = try #require(try TrainingHistory(run: folder + "/value").validations.last)
      // Black won all games, and the color to move is a plane.
      #expect(try #require(last.weights.first { $0.measure.name == "accuracy" }).value > 95, "\(last)")
    }
  }

  @Test func aRunThatWasInterruptedGoesOn() throws {
    try withTemporaryFolder { folder in
      try Self.writeGames(folder + "/games", games: 30)
      let records = try GameRecords(folder + "/games", size: 5)
      var settings = PositionSettings(LeeArchitecture(.policy, board: 5, layers: 1, channels: 8))
      (settings.steps, settings.batch) = (12, 8)
      #expect(try PositionTraining(records, run: folder + "/whole", settings).train() == .completed)
      try interrupt(folder, records, settings)
      #expect(try PositionTraining.settings(ofRun: folder + "/parts") == settings)
      try resume(folder, records, settings)
      let models = try ["whole", "parts"].map {
        try SafetensorsReader(folder + "/\($0)/checkpoints/step-12/model.safetensors").parameters(
          settings.architecture.declarations)
      }
      #expect(models[0] == models[1])
      // Other settings or games are refused.
      var other = settings
      other.batch = 9
      #expect(throws: TrainingFault.self) {
        try PositionTraining(records, run: folder + "/parts", other, resuming: true)
      }
      try Self.writeGames(folder + "/more", games: 31)
      let more = try GameRecords(folder + "/more", size: 5)
      #expect(throws: TrainingFault.self) {
        try PositionTraining(more, run: folder + "/parts", settings, resuming: true)
      }
      #expect(throws: TrainingFault.self) { try PositionTraining(records, run: folder + "/whole", settings) }
    }
  }

  private func interrupt(_ folder: String, _ records: GameRecords, _ settings: PositionSettings) throws {
    var calls = 0
    let first = try PositionTraining(records, run: folder + "/parts", settings, workers: Workers(threads: 2))
    let outcome = try first.train {
      calls += 1
      return calls > 5
    }
    #expect(outcome == .interrupted)
  }

  private func resume(_ folder: String, _ records: GameRecords, _ settings: PositionSettings) throws {
    let second = try PositionTraining(records, run: folder + "/parts", settings, resuming: true)
    #expect(try second.train() == .completed)
  }

  @Test func modelsAreSavedAndRead() throws {
    try withTemporaryFolder { folder in
      for kind in LeeArchitecture.Kind.allCases {
        let model = Self.model(kind)
        try model.save(to: folder + "/\(kind)")
        #expect(try LeeModel(path: folder + "/\(kind)") == model)
        #expect(throws: FileFault.self) { try model.save(to: folder + "/\(kind)") }
      }
      let path = folder + "/policy/config.json"
      let text = String(decoding: try bytes(path), as: UTF8.self)
      for (old, new) in [
        ("\"policy\"", "\"value\""), ("\"board\": 5", "\"board\": 9"), ("\"layers\": 2", "\"layers\": 0"),
        ("\"channels\": 8", "\"channels\": 9000000000"), ("alphago_lee", "alphago_zero"),
      ] {
        #expect(text.contains(old))
        try write(Array(text.replacing(old, with: new).utf8), to: path)
        #expect(throws: CheckpointFault.self, "\(new)") { try LeeModel(path: folder + "/policy") }
      }
      var random = Philox(seed: 1)
      let policy = RolloutPolicy(
        weights: (0..<RolloutPolicy.weightCount).map { _ in Float(random.normal()) })
      try RolloutModel.save(policy, to: folder + "/rollout")
      #expect(try RolloutModel.load(folder + "/rollout").weights == policy.weights)
      #expect(throws: (any Error).self) { try RolloutModel.load(folder + "/value") }
      #expect(throws: FileFault.self) { try RolloutModel.load(folder + "/none") }
    }
  }

  @Test func thePolicyPlaysLegally() throws {
    for draws in [false, true] {
      var game = Game(size: 5, rules: Rules(komi: 24))
      var player = try PolicyPlayer(LeeEvaluator(Self.model(.policy)), draws: draws)
      while !game.isOver && game.moves.count < 80 {
        let color = game.nextColor
        guard case .play(let point) = try player.chooseMove(in: game, color: color, within: nil) else {
          Issue.record("resigned")
          return
        }
        #expect(point.isPass || !game.board.isEye(point, of: color))
        try game.play(Move(color, point))
      }
      #expect(throws: GoFault.board(size: 9, network: 5)) {
        try player.chooseMove(in: Game(size: 9), color: .black, within: nil)
      }
    }
    #expect(throws: GoFault.self) { try PolicyPlayer(LeeEvaluator(Self.model(.value))) }
  }
}
