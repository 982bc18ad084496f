import Foundation
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

/// Learning from games against oneself.
@Suite struct LearningTests {
  /// A plan whose iterations take a moment.
  static func plan(games: Int = 6, seed: UInt64 = 1) -> LearningPlan {
    var plan = LearningPlan(board: 5)
    plan.architecture = ZeroArchitecture(board: 5, blocks: 1, channels: 8, valueUnits: 8, scoreWeight: 0.5)
    plan.komi = 23.7
    (plan.games, plan.visits, plan.matchGames, plan.matchInterval) = (games, 12, 4, 2)
    (plan.batch, plan.repetitions, plan.seed) = (32, 2, seed)
    return plan
  }

  private static func play(_ number: Int, seed: UInt64 = 1, resignation: Double? = nil) throws -> PlayedGame {
    let plan = plan()
    return try SelfPlay(plan.selfPlay, size: 5, seed: seed).play(
      number, ZeroEvaluator(ZeroNetworkTests.model()), resignation: resignation)
  }

  @Test func gamesAreLegalAndSayWhatTheSearchFound() throws {
    for number in 0..<12 {
      let game = try Self.play(number)
      #expect(game.moves.count == game.policies.count && game.moves.count == game.positions.count)
      var (position, random) = (SearchPosition(size: 5, Self.plan().game), Philox(seed: 1))
      var reward = 0.0
      for (index, move) in game.moves.enumerated() {
        #expect(position.recent.last == game.positions[index] && position.color == game.color(index))
        let policy = game.policies[index]
        expectClose([policy.reduce(0, +)], [1], tolerance: 1e-5)
        let possible = Set(position.outputs)
        #expect(policy.indices.allSatisfy { policy[$0] == 0 || possible.contains($0) })
        #expect(policy[SearchPosition.output(ofMove: Int(move), size: 5)] > 0)
        reward = position.play(Int(move), using: &random)
      }
      #expect(position.isOver && game.worth(Self.plan().game) == reward && game.score == position.score)
      #expect(game.result == (game.score > 0 ? 1 : game.score < 0 ? -1 : 0))
      #expect(game.record(rules: Rules(komi: 24)).game.moves.count == game.moves.count)
    }
  }

  private static func sign(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : 0 }

  @Test func oneProcessLearnsInARun() throws {
    try withTemporaryFolder { folder in
      let run = try LearningRun(new: folder + "/zero", Self.plan(games: 2))
      let second = try PolicyGradientRun(
        new: folder + "/second", PolicyGradientPlan(board: 5), from: ImitationTests.model(.policy))
      func lock() throws {
        let locks = try [RunLock(run.path), RunLock(second.path)]
        #expect(throws: TrainingFault.locked(run: run.path)) { try LearningLoop(run, .iterations(1)).run() }
        #expect(throws: TrainingFault.locked(run: second.path)) {
          try PolicyGradientLoop(second, iterations: 1).run({ _ in })
        }
        withExtendedLifetime(locks) {}
      }
      try lock()
      #expect(try LearningLoop(run, .iterations(1)).run() == .complete)
      #expect(try LearningLoop(run, .iterations(2)).run() == .complete)
    }
  }

  @Test func theScoreCountsAsAskedFor() {
    let (score, points) = ([-40.0, -9, -1, 0, 1, 9, 40], 49.0)
    for weight in [0, 0.5, 1] {
      let settings = SearchPosition.Settings(rules: Rules(komi: 9), scoreWeight: weight)
      let worths = score.map { settings.worth(score: $0, size: 7) }
      #expect(zip(worths, worths.reversed()).allSatisfy { $0 == -$1 } && worths[3] == 0)
      let expected = score.map { (1 - weight) * Self.sign($0) + weight * tanh($0 / (points / 4)) }
      expectClose(worths, expected, tolerance: 1e-12)
      #expect(zip(worths, worths.dropFirst()).allSatisfy { weight == 0 ? $0 <= $1 : $0 < $1 })
      #expect(worths.allSatisfy { $0.magnitude <= 1 })
      var game = PlayedGame(number: 0, size: 7, isPlayedOut: false)
      (game.hasResigned, game.result) = (true, -1)
      #expect(game.worth(settings) == -1)
    }
  }

  @Test func aGameDependsOnItsNumberAndTheSeed() throws {
    #expect(try Self.play(3) == Self.play(3))
    #expect(try Self.play(3).moves != Self.play(4).moves && Self.play(3).moves != Self.play(3, seed: 2).moves)
  }

  @Test func hopelessGamesAreResigned() throws {
    var (resigned, playedOut) = (0, 0)
    for number in 0..<40 {
      let game = try Self.play(number, resignation: -0.05)
      if game.isPlayedOut { playedOut += 1 }
      if game.hasResigned {
        resigned += 1
        #expect(!game.isPlayedOut && game.result != 0)
        // The loser's value fell below the limit.
        #expect(game.lowest[game.result == 1 ? 1 : 0] < -0.05)
        #expect(game.record(rules: Rules(komi: 24)).result == (game.result == 1 ? "B+Resign" : "W+Resign"))
      }
    }
    #expect(resigned > 20 && playedOut > 0)
  }

  @Test func theWindowKeepsTheLastGames() throws {
    let games = try (0..<8).map { try Self.play($0) }
    let lengths = games.map(\.moves.count)
    var window = ReplayWindow(capacity: lengths.suffix(3).reduce(0, +), Self.plan().game)
    for game in games { window.add([game]) }
    #expect(window.games == Array(games.suffix(3)) && window.count == window.capacity)
    var small = ReplayWindow(capacity: 1, Self.plan().game)
    small.add(games)
    #expect(small.games == [games[7]])

    // Every row is a position of a game, as one of the symmetries shows it.
    var random = Philox(seed: 2)
    let batch = window.batch(60, using: &random)
    #expect(
      batch.planes.shape == [60, 5, 5, 17] && batch.policies.shape == [60, 26] && batch.results.shape == [60, 1])
    let symmetries = Symmetry.all(size: 5)
    var found: Set<Int> = []
    for row in 0..<60 {
      let planes = Array(batch.planes.elements[row * 425..<(row + 1) * 425])
      let policy = Array(batch.policies.elements[row * 26..<(row + 1) * 26])
      let result = batch.results.elements[row]
      let match = window.games.enumerated().first { number, game in
        game.moves.indices.contains { index in
          let color = game.color(index)
          return symmetries.contains {
            ZeroPlanes.map(of: game.positions[...index], color, $0) == planes
              && $0.applied(to: game.policies[index]) == policy
          } && result == Float((color == .black ? 1 : -1) * game.worth(Self.plan().game))
        }
      }
      found.insert(try #require(match, "row \(row)").offset)
    }
    #expect(found == [0, 1, 2])
  }

  @Test func descentLowersTheLossThatItReports() throws {
    let games = try (0..<6).map { try Self.play($0) }
    var window = ReplayWindow(capacity: 1000, Self.plan().game)
    window.add(games)
    var random = Philox(seed: 3)
    let batch = window.batch(48, using: &random)
    let model = ZeroNetworkTests.model()
    var descent = ZeroDescent(model)

    // The losses by their formulas, from what the engine finds.
    let evaluator = ZeroEvaluator(model)
    var expected = ZeroDescent.Report()
    for game in games {
      for index in game.moves.indices {
        let found = evaluator.evaluate(game.positions[...index], game.color(index))
        let shares = found.probabilities(of: Array(0...25))
        for (share, target) in zip(shares, game.policies[index]) where target > 0 {
          expected.policyLoss -= Double(target) * log(share)
          expected.entropy -= Double(target) * log(Double(target))
        }
        let error = found.value - (game.color(index) == .black ? 1 : -1) * game.worth(Self.plan().game)
        expected.valueLoss += error * error
      }
    }
    let count = Double(window.count)
    var whole = ZeroDescent.Report()
    // Each position once, as it stands.
    for game in games {
      var one = ReplayWindow(capacity: 1000, Self.plan().game)
      one.add([game])
      let rows = game.moves.indices.map { index -> ReplayWindow.Batch in
        let color = game.color(index)
        return ReplayWindow.Batch(
          planes: Tensor([1, 5, 5, 17], ZeroPlanes.map(of: game.positions[...index], color, Symmetry(0, size: 5))),
          policies: Tensor([1, 26], game.policies[index]),
          results: Tensor([1, 1], [Float((color == .black ? 1 : -1) * game.worth(Self.plan().game))]))
      }
      for row in rows {
        let losses = descent.losses(row)
        whole.policyLoss += losses.policyLoss
        whole.valueLoss += losses.valueLoss
        whole.entropy += losses.entropy
      }
    }
    expectClose(
      [whole.policyLoss / count, whole.valueLoss / count, whole.entropy / count],
      [expected.policyLoss / count, expected.valueLoss / count, expected.entropy / count], tolerance: 1e-4)

    let before = try descent.step(batch, rate: 0.02)
    var after = before
    for _ in 0..<60 { after = try descent.step(batch, rate: 0.02) }
    #expect(after.policyLoss < before.policyLoss - 0.2 && after.valueLoss < before.valueLoss)
    #expect(after.policyLoss >= after.entropy && after.entropy == before.entropy)
    #expect(descent.model.parameters["stem.bn.running_mean"] != model.parameters["stem.bn.running_mean"])

    let kept = descent.model
    var broken = descent
    broken.model.parameters["value.out.bias"][0] = .nan
    #expect(throws: (any Error).self) { try broken.step(batch, rate: 0.02) }
    descent = ZeroDescent(kept)
  }

  @Test func whatIsLearnedDoesNotDependOnThreads() throws {
    func learner(_ workers: Workers) throws -> ZeroLearner {
      var learner = try ZeroLearner(Self.plan(), workers: workers)
      for _ in 0..<2 { _ = try learner.iterate(share: 0) }
      return learner
    }
    let (one, three) = (try learner(.serial), try learner(Workers(threads: 3)))
    #expect(one.window.games == three.window.games && one.best == three.best)
    #expect(one.descent.model == three.descent.model && one.progress.elo == three.progress.elo)
    #expect(one.window.games.map(\.number) == Array(0..<12))
  }

  @Test func networksAreComparedWithColorsInTurn() throws {
    let match = NetworkMatch(Self.plan().selfPlay, size: 5, seed: 1)
    let (one, two) = (ZeroEvaluator(ZeroNetworkTests.model()), ZeroEvaluator(ZeroNetworkTests.model(seed: 9)))
    let score = try match.play(one, two, games: 10)
    #expect(score.won + score.lost + score.drawn == 10 && score.wonAsBlack + score.wonAsWhite == score.won)
    #expect(score == (try match.play(one, two, games: 10, workers: Workers(threads: 2))))
    var other = NetworkMatch.Score()
    (other.won, other.lost) = (3, 1)
    expectClose([other.share, other.elo], [0.75, 400 * log10(3)], tolerance: 1e-12)
    #expect(NetworkMatch.Score().share == 0.5 && NetworkMatch.Score().elo == 0)
  }

  @Test func theRateFalls() {
    let plan = LearningPlan(board: 7)
    #expect(plan.rate(at: 0) == plan.rate && plan.rate(at: 0.59) == plan.rate)
    expectClose([plan.rate(at: 0.6), plan.rate(at: 0.9)], [plan.rate / 10, plan.rate / 100], tolerance: 1e-12)
    #expect(plan.komi == 9 && plan.architecture.moves == 50)
  }
}

/// The folder of a run.
@Suite struct LearningRunTests {
  private static func loop(_ folder: String, _ iterations: Int, workers: Workers = .serial) throws -> LearningLoop {
    let run =
      try AtomicFile.exists(folder)
      ? LearningRun(path: folder) : LearningRun(new: folder, LearningTests.plan())
    return LearningLoop(run, .iterations(iterations), workers: workers)
  }

  @Test func aRunThatWasInterruptedGoesOnAsIfItWasNot() throws {
    try withTemporaryFolder { folder in
      #expect(try Self.loop(folder + "/whole", 4).run() == .complete)
      // Ended amid the second iteration, and amid the fourth.
      for limit in [2, 4] {
        let ending = try Self.loop(folder + "/parts", 4, workers: Workers(threads: 2)).run { event in
          if case .stage(let iteration, .steps(let step, _)) = event { return iteration < limit || step < 1 }
          return true
        }
        #expect(ending == .interrupted)
        #expect(try LearningRun(path: folder + "/parts").iterations() == Array(1..<limit))
      }
      #expect(try Self.loop(folder + "/parts", 4).run() == .complete)
      let runs = try ["whole", "parts"].map { try LearningRun(path: folder + "/" + $0) }
      let learners = try runs.map { try $0.learner(workers: .serial) }
      #expect(learners[0].descent.model == learners[1].descent.model && learners[0].best == learners[1].best)
      #expect(learners[0].descent.optimizer.state == learners[1].descent.optimizer.state)
      #expect(learners[0].window.games == learners[1].window.games && learners[0].window.count > 0)
      let logs = try runs.map { try $0.log.entries() }
      #expect(logs[0].map(\.iteration) == [1, 2, 3, 4] && logs[1].map(\.iteration) == [1, 2, 3, 4])
      for name in ["policyLoss", "valueLoss", "elo", "movesPerGame", "matchShare"] {
        #expect(logs[0].map { $0[name] } == logs[1].map { $0[name] }, "\(name)")
      }
      #expect(try ZeroModel(path: runs[0].path) == learners[0].best)
      // Whatever was learned from stays as records.
      let records = try GameTree(path: runs[0].folder(1) + "/games.sgf")
      #expect(records.games.count == 6)
      let page = String(decoding: try bytes(runs[0].path + "/report.html"), as: UTF8.self)
      #expect(page.components(separatedBy: "src=\"data:image/svg+xml;base64,").count == 7)
      #expect(page.contains("<svg id=\"board\"") && page.contains("positions: [[\"") && page.hasSuffix("</html>\n"))
      #expect(try !Folder.names(runs[0].path + "/events").isEmpty)
      #expect(!AtomicFile.exists(runs[0].folder(2) + "/model.safetensors"))
      #expect(AtomicFile.exists(runs[0].folder(3) + "/model.safetensors"))
    }
  }

  @Test func gamesAreReadAsTheyWereWritten() throws {
    try withTemporaryFolder { folder in
      #expect(try Self.loop(folder + "/run", 1).run() == .complete)
      let run = try LearningRun(path: folder + "/run")
      let path = run.folder(1) + "/games.safetensors"
      let games = try PlayedGames(path, size: 5, first: 0, count: 6).games
      var learner = try ZeroLearner(LearningTests.plan())
      let report = try learner.iterate(share: 0)
      #expect(games == report?.games)
      for (first, count, size) in [(0, 5, 5), (0, 6, 6)] {
        #expect(throws: (any Error).self) { try PlayedGames(path, size: size, first: first, count: count) }
      }
    }
  }

  @Test(arguments: ["plan.json", "learner.json", "optimizer.safetensors", "best.safetensors", "games.safetensors"])
  func damagedFilesAreNamed(name: String) throws {
    try withTemporaryFolder { folder in
      #expect(try Self.loop(folder + "/run", 1).run() == .complete)
      let path = (name == "plan.json" ? folder + "/run/" : folder + "/run/iterations/0001/") + name
      let data = try bytes(path)
      for count in [0, 9, data.count / 2, data.count - 3] {
        try write(Array(data.prefix(count)), to: path)
        do {
          _ = try LearningRun(path: folder + "/run").learner(workers: .serial)
          Issue.record("\(name): read with \(count) of \(data.count) bytes")
        } catch let fault as any Fault {
          #expect(fault.exitStatus == .badData && "\(fault)".contains(name), "\(fault)")
        }
      }
    }
  }

  @Test func gamesThatCannotBeAreRefused() throws {
    try withTemporaryFolder { folder in
      #expect(try Self.loop(folder + "/run", 1).run() == .complete)
      let run = try LearningRun(path: folder + "/run")
      let path = run.folder(1) + "/games.safetensors"
      let games = try PlayedGames(path, size: 5, first: 0, count: 6).games
      func expectRefused(_ change: (inout PlayedGame) -> Void) throws {
        var changed = games
        change(&changed[2])
        try SafetensorsWriter.write(PlayedGames(changed).tensors, to: path, existing: .replace)
        #expect(throws: GoFault.self) { try run.learner(workers: .serial) }
      }
      // A point that is taken, one off the board, and a wrong result.
      try expectRefused { $0.add($0.policies[0], stones: $0.positions[0], move: $0.moves.first { $0 > 0 } ?? 21) }
      try expectRefused { $0.add($0.policies[0], stones: $0.positions[0], move: 400) }
      try expectRefused { $0.add($0.policies[0], stones: $0.positions[0], move: -3) }
      try expectRefused { $0.result = 2 }
      try expectRefused { $0.lowest[1] = .infinity }
    }
  }

  @Test func settingsOutsideTheirRangesAreRefused() throws {
    try withTemporaryFolder { folder in
      var plan = LearningTests.plan()
      plan.visits = 1
      #expect(throws: GoFault.self) { try LearningRun(new: folder + "/run", plan) }
      plan = LearningTests.plan()
      plan.rate = .nan
      #expect(throws: GoFault.self) { try ZeroLearner(plan) }
      plan = LearningTests.plan()
      plan.architecture.board = 4
      #expect(throws: GoFault.self) { try ZeroLearner(plan) }
      _ = try LearningRun(new: folder + "/run", LearningTests.plan())
      #expect(throws: FileFault.self) { try LearningRun(new: folder + "/run", LearningTests.plan()) }
      #expect(try LearningRun(path: folder + "/run").plan == LearningTests.plan())
      #expect(try LearningRun(path: folder + "/run").learner(workers: .serial).progress == .init())
    }
  }

  @Test func aTornLineOfTheLogIsLeftOut() throws {
    try withTemporaryFolder { folder in
      #expect(try Self.loop(folder + "/run", 1).run() == .complete)
      let run = try LearningRun(path: folder + "/run")
      let text = String(decoding: try bytes(run.log.path), as: UTF8.self)
      try write(Array((text + "{\"iteration\":2,\"ga").utf8), to: run.log.path)
      #expect(try run.log.entries().map(\.iteration) == [1])
      #expect(try Self.loop(folder + "/run", 2).run() == .complete)
      #expect(try run.log.entries().map(\.iteration) == [1, 2])
    }
  }
}
