import Foundation
import GoGame
import GoNetworks
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaReinforcement
import KodamaTensors
import KodamaTraining
import TestSupport
import Testing

@testable import GoLearning
@testable import GoPlayers

/// AlphaGo's second and third stage, and its search.
@Suite struct LeeStagesTests {
  private static func model(_ kind: LeeArchitecture.Kind = .policy, board: Int = 5) -> LeeModel {
    ImitationTests.model(kind, board: board)
  }

  private static func plan(games: Int, interval: Int = 500) -> PolicyGradientPlan {
    var plan = PolicyGradientPlan(board: 5)
    (plan.games, plan.poolInterval, plan.rate) = (games, interval, 1e-3)
    return plan
  }

  // MARK: The policy gradient

  @Test func gradientsAreThoseOfCentralDifferences() throws {
    let architecture = LeeArchitecture(.policy, board: 5, layers: 1, channels: 4)
    let learner = try PolicyGradient(Self.plan(games: 4), from: LeeModel(architecture, seed: 5))
    let evaluator = LeeEvaluator(learner.model)
    var rows: [(choice: PolicyGames.Choice, weight: Double)] = []
    for number in 0..<8 {
      let game = PolicyGradient.play(number, evaluator, [evaluator], learner.plan)
      rows += game.choices.prefix(4).map { (choice: $0, weight: number % 2 == 0 ? 0.7 : -1.3) }
    }
    // Rows in which few moves are possible, too.
    rows = Array(rows.prefix(16))
    #expect(rows.count == 16 && Set(rows.map(\.weight)).count == 2)
    rows[3].choice.possible = [rows[3].choice.example.move, 25]
    let parameters = learner.model.parameters.converted(to: Double.self)
    let pass = Pass(parameters, phase: .inference, recording: true)
    let found = pass.gradients(of: learner.gain(rows, pass).gain)
    // Of the many parameters every thirteenth.
    for name in parameters.names {
      for index in stride(from: 0, to: parameters[name].elements.count, by: 13) {
        let sides = [1e-5, -1e-5].map { step in
          var changed = parameters
          var tensor = changed[name]
          tensor.changeElements { $0[index] += step }
          changed[name] = tensor
          return learner.gain(rows, Pass(changed)).gain.value.item
        }
        expectClose(
          [found[name].elements[index]], [(sides[0] - sides[1]) / 2e-5], tolerance: 1e-5, floor: 1e-2,
          "\(name) \(index)")
      }
    }
  }

  @Test func onlyPossibleMovesHaveProbabilities() throws {
    let learner = try PolicyGradient(Self.plan(games: 2), from: Self.model())
    let evaluator = LeeEvaluator(learner.model)
    let game = PolicyGradient.play(0, evaluator, [evaluator], learner.plan)
    for choice in game.choices {
      #expect(choice.possible.contains(choice.example.move))
      let (gain, entropy) = learner.gain([(choice, 1)], Pass(learner.model.parameters))
      let other = learner.gain([(choice, -1)], Pass(learner.model.parameters)).gain
      #expect(gain.value.item == -other.value.item && gain.value.item < 0)
      #expect(entropy > 0 && entropy <= log(Double(choice.possible.count)) + 1e-6)
    }
    // Of all moves of a position the probabilities add up to 1.
    let choice = try #require(game.choices.first)
    var sum = 0.0
    for move in choice.possible {
      let example = PositionExample(
        map: choice.example.map(Symmetry(0, size: 5), planes: 49), move: move, result: 0)
      let one = PolicyGames.Choice(example: example, possible: choice.possible)
      sum += exp(Double(learner.gain([(one, 1)], Pass(learner.model.parameters)).gain.value.item))
    }
    expectClose([sum], [1], tolerance: 1e-5)
  }

  @Test func whatIsLearnedIsThePolicyThatDrewTheMove() throws {
    let (learner, games) = (try PolicyGradient(Self.plan(games: 2), from: Self.model()), PolicyGames(size: 5, komi: 24))
    let evaluator = LeeEvaluator(learner.model)
    var symmetries = Set<Int>()
    for number in 0..<12 {
      var (position, random) = (games.start, Philox(seed: UInt64(number)))
      for _ in 0..<6 where position.moveCount > 0 { games.play(&position, evaluator, using: &random) }
      if position.moveCount == 0 { continue }
      let (before, state) = (position, random)
      let choice = games.choose(&position, evaluator, using: &random)
      // The first number that is drawn is the symmetry.
      var again = state
      let symmetry = again.integer(below: Symmetry.count)
      symmetries.insert(symmetry)
      let (board, color) = (before.position.board, before.position.color)
      let logits = evaluator.logits(
        board, MoveFeatures.all(on: board, color), before.ages, color, symmetry: symmetry)
      let possible = before.position.outputs
      let probabilities = Softmax.probabilities(logits, of: possible)
      let move = Symmetry(symmetry, size: 5).applied(to: Array(0...25)).firstIndex {
        $0 == SearchPosition.output(ofMove: position.previous.index, size: 5)
      }
      #expect(choice.example.move == move)
      let played = SearchPosition.output(ofMove: position.previous.index, size: 5)
      let index = try #require(possible.firstIndex(of: played))
      let gain = learner.gain([(choice, 1)], Pass(learner.model.parameters)).gain
      expectClose([Double(gain.value.item)], [log(probabilities[index])], tolerance: 1e-4, floor: 1e-2)
    }
    #expect(symmetries.count > 3)
  }

  @Test func thePolicyImproves() throws {
    // From a random network, on a board where moves in the middle and captures win.
    let first = LeeModel(LeeArchitecture(.policy, board: 5, layers: 1, channels: 8), seed: 2)
    var plan = Self.plan(games: 48, interval: 20)
    plan.rate = 5e-3
    var learner = try PolicyGradient(plan, from: first, workers: .all)
    for iteration in 1...60 {
      let report = try learner.iterate()
      #expect(report.iteration == iteration && report.games == 48 && report.entropy > 0)
      #expect(learner.pool.count == 1 + iteration / 20)
    }
    #expect(learner.pool[0] == first && learner.pool[3] == learner.model)
    let (one, other) = (LeeEvaluator(learner.model), LeeEvaluator(first))
    var points = 0.0
    for number in 0..<200 { points += Double(1 + PolicyGradient.play(number, one, [other], plan).result) / 2 }
    #expect(points > 130, "\(points) of 200")
  }

  @Test func whatIsLearnedDoesNotDependOnThreadsOrInterruptions() throws {
    try withTemporaryFolder { folder in
      let plan = Self.plan(games: 6, interval: 2)
      var models: [LeeModel] = []
      for (name, stops) in [("whole", [Int]()), ("parts", [1, 4])] {
        let run = try PolicyGradientRun(new: folder + "/" + name, plan, from: Self.model())
        let workers = stops.isEmpty ? Workers.serial : Workers(threads: 3)
        for stop in stops {
          var count = try run.learner(workers: .serial).iteration
          let isComplete = try PolicyGradientLoop(run, iterations: 6, interval: 3, workers: workers).run({ _ in }) {
            count += 1
            return count == stop
          }
          #expect(try !isComplete && run.learner(workers: .serial).iteration == stop)
        }
        var shares: [Double] = []
        let again = try PolicyGradientRun(path: folder + "/" + name)
        #expect(again.plan == plan)
        let loop = PolicyGradientLoop(again, iterations: 6, interval: 3, workers: workers)
        #expect(try loop.run({ shares.append($0.share) }))
        #expect(!shares.isEmpty && shares.allSatisfy { (0...1).contains($0) })
        let last = try again.learner(workers: .serial)
        #expect(last.iteration == 6 && last.pool.count == 4 && last.pool[3] == last.model)
        models.append(last.model)
        #expect(try LeeModel(path: again.lastPath) == last.model)
        let entries = try again.log.entries()
        #expect(entries.map(\.iteration) == (stops.isEmpty ? [3, 6] : [1, 3, 4, 6]))
        #expect(entries.reduce(0) { $0 + ($1["games"] ?? 0) } == 36)
        #expect(throws: FileFault.self) { try PolicyGradientRun(new: folder + "/" + name, plan, from: Self.model()) }
      }
      #expect(models[0] == models[1] && models[0] != Self.model())
      try damage(folder + "/parts")
    }
  }

  private func damage(_ path: String) throws {
    let run = try PolicyGradientRun(path: path)
    let state = path + "/last/learner.json"
    let text = String(decoding: try bytes(state), as: UTF8.self)
    for (old, new) in [("\"iteration\": 6", "\"iteration\": -1"), ("\"iteration\": 6", "\"iteration\": 60")] {
      try write(Array(text.replacing(old, with: new).utf8), to: state)
      #expect(throws: (any Error).self) { try run.learner(workers: .serial) }
    }
    try write(Array(text.utf8), to: state)
    let other = LeeModel(LeeArchitecture(.policy, board: 5, layers: 1, channels: 8), seed: 1)
    try other.save(to: path + "/pool/2", existing: .replace)
    #expect(throws: GoFault.self) { try run.learner(workers: .serial) }
    let plan = path + "/plan.json"
    let settings = String(decoding: try bytes(plan), as: UTF8.self)
    try write(Array(settings.replacing("\"games\": 6", with: "\"games\": 0").utf8), to: plan)
    #expect(throws: CheckpointFault.self) { try PolicyGradientRun(path: path) }
    #expect(throws: GoFault.self) { try PolicyGradient(Self.plan(games: 4), from: Self.model(.value)) }
    #expect(throws: GoFault.self) { try PolicyGradient(Self.plan(games: 1), from: Self.model()) }
  }

  // MARK: Positions for the value

  @Test func oneMoveIsRandomAndMarked() throws {
    let (one, other) = (LeeEvaluator(Self.model()), LeeEvaluator(LeeModel(Self.model().architecture, seed: 9)))
    let games = try ValueGames(first: one, second: other, komi: 24, seed: 1)
    var marks = Set<Int>()
    for number in 0..<60 {
      let record = games.record(number)
      let marked = try #require(record.marked)
      marks.insert(marked)
      #expect(marked >= 1 && marked < record.game.moves.count && record.result != nil)
      #expect(record.text == games.record(number).text)
      let again = try GameRecord(GameTree(Array(record.text.utf8), path: "a.sgf"), path: "a.sgf")
      #expect(again.marked == marked && again.game.moves == record.game.moves && again.result == record.result)
      #expect(again.game.rules.komi == 24)
    }
    #expect(marks.count > 15)
    #expect(games.record(0).text != games.record(1).text)
    #expect(throws: GoFault.self) {
      try ValueGames(first: one, second: LeeEvaluator(Self.model(.value)), komi: 24, seed: 1)
    }
    #expect(throws: GoFault.self) {
      try ValueGames(first: one, second: LeeEvaluator(Self.model(board: 6)), komi: 24, seed: 1)
    }
  }

  @Test func ofEachGameTheMarkedPositionIsLearned() throws {
    try withTemporaryFolder { folder in
      try Folder.create(folder + "/games")
      let evaluator = LeeEvaluator(Self.model())
      let games = try ValueGames(first: evaluator, second: evaluator, komi: 24, seed: 1)
      let texts = (0..<30).map { games.record($0).text }
      try write(Array(texts.joined().utf8), to: folder + "/games/a.sgf")
      // A game without a mark has no position to learn.
      try GameRecord(games.record(40).game, result: "B+1").write(to: folder + "/games/b.sgf", existing: .refuse)
      let marked = try GameRecords(folder + "/games", size: 5, positions: .marked)
      #expect(marked.training.count + marked.heldOut.count == 30)
      let all = try GameRecords(folder + "/games", size: 5)
      #expect(all.training.count > 300 && all.fingerprint != marked.fingerprint)
      let everything = all.training + all.heldOut
      #expect((marked.training + marked.heldOut).allSatisfy(everything.contains))
      var settings = PositionSettings(LeeArchitecture(.value, board: 5, layers: 1, channels: 8))
      (settings.steps, settings.batch, settings.positions) = (4, 8, .marked)
      #expect(try PositionTraining(marked, run: folder + "/run", settings).train() == .completed)
      #expect(try PositionTraining.settings(ofRun: folder + "/run") == settings)
    }
  }

  // MARK: The search

  @Test func aPositionFollowsItsGame() throws {
    var (game, random, generator) = (Game(size: 5, rules: Rules(komi: 24)), RandomPlayer(seed: 6), Philox(seed: 1))
    let settings = SearchPosition.Settings(rules: game.rules)
    var position = LeePosition(game, settings, color: .black)
    while !game.isOver && game.moves.count < 40 {
      guard case .play(let point) = random.chooseMove(in: game, color: game.nextColor, within: nil) else { break }
      _ = position.play(point.index, using: &generator)
      try game.play(Move(game.nextColor, point))
      let expected = LeePosition(game, settings, color: game.nextColor)
      #expect(position.ages == expected.ages && position.previous == point && expected.previous == point)
      #expect(position.position.board.hash == game.board.hash && position.player == (game.nextColor == .black ? 0 : 1))
    }
  }

  /// Black owns the whole board but for eyes.
  private static func won() throws -> LeePosition {
    let stones = Point.all(size: 5).filter { ![0, 4, 20, 24].contains($0.row * 5 + $0.column) }.map { Move(.black, $0) }
    let game = try Game(size: 5, rules: Rules(komi: 0.5), setup: stones, firstColor: .white)
    return LeePosition(game, .init(rules: game.rules), color: .white)
  }

  @Test func valuesAreMixed() throws {
    let (policy, value) = (LeeEvaluator(Self.model()), LeeEvaluator(Self.model(.value)))
    let position = try Self.won()
    func found(_ guide: LeeGuide) -> (priors: [Double], value: Double) {
      var (random, priors) = (Philox(seed: 3), [Double](repeating: 0, count: position.moveCount))
      let value = guide.evaluate(position, priors: &priors, using: &random)
      return (priors, value)
    }
    // The board is black's whatever is played: white, who is to move, has lost.
    let rollouts = found(try LeeGuide(policy: nil, value: nil, rollout: RolloutPolicy(), mixing: 0.2))
    #expect(rollouts.value == -1)
    #expect(rollouts.priors.allSatisfy { $0 == 1 / Double(position.moveCount) })
    let values = found(try LeeGuide(policy: policy, value: value, rollout: nil, mixing: 0.2))
    #expect(values.value.magnitude < 1)
    expectClose([values.priors.reduce(0, +)], [1], tolerance: 1e-12)
    let mixed = found(try LeeGuide(policy: policy, value: value, rollout: RolloutPolicy(), mixing: 0.2))
    expectClose([mixed.value], [0.8 * values.value - 0.2], tolerance: 1e-12)
    #expect(mixed.priors == values.priors)
    #expect(found(try LeeGuide(policy: policy, value: value, rollout: RolloutPolicy(), mixing: 1)).value == -1)
    #expect(
      found(try LeeGuide(policy: policy, value: value, rollout: RolloutPolicy(), mixing: 0)).value == values.value)
  }

  @Test func partsThatDoNotFitAreRefused() throws {
    let (policy, value) = (LeeEvaluator(Self.model()), LeeEvaluator(Self.model(.value)))
    let rollout = RolloutPolicy()
    #expect(throws: GoFault.self) { try LeeGuide(policy: policy, value: nil, rollout: nil) }
    #expect(throws: GoFault.self) { try LeeGuide(policy: value, value: nil, rollout: rollout) }
    #expect(throws: GoFault.self) { try LeeGuide(policy: policy, value: policy, rollout: nil) }
    #expect(throws: GoFault.self) {
      try LeeGuide(policy: policy, value: LeeEvaluator(Self.model(.value, board: 6)), rollout: nil)
    }
    for mixing in [-0.1, 1.1, .nan] {
      #expect(throws: GoFault.self) { try LeeGuide(policy: policy, value: value, rollout: rollout, mixing: mixing) }
    }
    for temperature in [0, -1, .nan] {
      #expect(throws: GoFault.self) {
        try LeeGuide(policy: policy, value: value, rollout: rollout, temperature: temperature)
      }
    }
  }

  @Test func theSearchCapturesFirst() throws {
    // Both colors have one string with one liberty: A1 is black's, E5 white's.
    let stones = Point.all(size: 5).filter { ![0, 24].contains($0.row * 5 + $0.column) }.map {
      Move($0.column < 2 ? .black : .white, $0)
    }
    let (policy, value) = (LeeEvaluator(Self.model()), LeeEvaluator(Self.model(.value)))
    for color in Color.allCases {
      let game = try Game(size: 5, rules: Rules(komi: 0.5), setup: stones, firstColor: color)
      for guide in [
        try LeeGuide(policy: nil, value: nil, rollout: RolloutPolicy()),
        try LeeGuide(policy: policy, value: nil, rollout: RolloutPolicy()),
        try LeeGuide(policy: policy, value: value, rollout: RolloutPolicy(), mixing: 0.8),
      ] {
        for expansion in [1, 3] {
          var player = try LeePlayer(guide, .init(visits: 400, expansion: expansion, resignation: nil), seed: 2)
          let choice = try player.chooseMove(in: game, color: color, within: nil)
          #expect(choice == .play(Point(color == .black ? "E5" : "A1", size: 5)!) && player.name == "Kodama Lee")
          #expect(try #require(player.last).playouts == 400)
        }
      }
      var wrong = try LeePlayer(LeeGuide(policy: policy, value: nil, rollout: RolloutPolicy()))
      #expect(throws: GoFault.board(size: 6, network: 5)) {
        try wrong.chooseMove(in: Game(size: 6), color: color, within: nil)
      }
    }
  }

  @Test func whatIsFoundDoesNotDependOnThreads() throws {
    let guide = try LeeGuide(
      policy: LeeEvaluator(Self.model()), value: LeeEvaluator(Self.model(.value)), rollout: RolloutPolicy())
    let game = Game(size: 5, rules: Rules(komi: 24))
    func candidates(_ workers: Workers, together: Int) throws -> [LeeSearch.Candidate] {
      var search = try LeeSearch(
        LeePosition(game, .init(rules: game.rules), color: .black), .priors(1.5, firstPlay: .mean), evaluator: guide,
        expansionVisits: 2)
      var random = Philox(seed: 3)
      search.run(visits: 300, together: together, workers: workers, using: &random)
      return search.candidates
    }
    #expect(try candidates(.serial, together: 4) == candidates(Workers(threads: 3), together: 4))
  }
}
