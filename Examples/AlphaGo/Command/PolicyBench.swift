import ArgumentParser
import GoGame
import GoNetworks
import KodamaCore

struct PolicySpeed: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "Moves that AlphaGo's policy and its rollout policy choose in a second, on one core.",
    discussion: """
      Both choose moves of random games; the time of the policy network has that of its planes, with ladders read out. \
      Without --network and --rollout the weights are random, and those of the rollout policy are 0.
      """)

  @Option(help: "A policy: a run of kodama-go imitate, or a model folder.", completion: .directory) var network: String?
  @Option(help: "A rollout policy: the folder rollout of such a run.", completion: .directory) var rollout: String?
  @OptionGroup var board: BoardOption
  @Option(help: "Convolutions of a random network.") var layers = 6
  @Option(help: "Their channels.") var channels = 48
  @Option(help: "Seconds for each figure.") var seconds = 1.0
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if !(seconds > 0 && seconds <= 3600) { throw ValidationError("--seconds must be from 0 to 3600") }
    if !(1...40).contains(layers) { throw ValidationError("--layers must be from 1 to 40") }
    if !(4...512).contains(channels) { throw ValidationError("--channels must be from 4 to 512") }
  }

  func run() throws {
    let model =
      try network.map { try LeeModel(path: $0) }
      ?? LeeModel(LeeArchitecture(.policy, board: board.board, layers: layers, channels: channels), seed: 1)
    if model.architecture.kind != .policy { throw ValidationError("--network \(network ?? "") is a value network") }
    let (size, evaluator) = (model.architecture.board, LeeEvaluator(model))
    let positions = Self.positions(size: size)
    let policy = try rollout.map { try RolloutModel.load($0) } ?? RolloutPolicy()
    var (playout, random) = (RolloutPlayout(policy, size: size), Philox(seed: 3))
    let network = SpeedMeasurement(seconds: seconds).rate {
      var sum: Float = 0
      for (board, ages, color) in positions {
        sum += evaluator.logits(board, MoveFeatures.all(on: board, color), ages, color)[0]
      }
      precondition(sum.isFinite, "a logit that is not finite")
      return positions.count
    }
    let rollout = SpeedMeasurement(seconds: seconds).rate {
      playout.begin(Board(size: size), after: .pass)
      _ = playout.run(.black, using: &random)
      return playout.moveCount
    }
    let (one, other) = (NumberText.decimal(network, 0), NumberText.decimal(rollout, 0))
    let times = NumberText.decimal(rollout / network, 1)
    try FileWriter.standardOutput.write(
      json
        ? "{\"board\": \(size), \"policyMovesPerSecond\": \(one), \"rolloutMovesPerSecond\": \(other), \"ratio\": \(times)}\n"
        : "\(size)x\(size): policy network \(one) moves/s, rollout policy \(other) moves/s: \(times) times\n")
  }

  /// Positions of a random game.
  private static func positions(size: Int) -> [(board: Board, ages: StoneAges, color: Color)] {
    var (board, ages, random, color) = (Board(size: size), StoneAges(size: size), Philox(seed: 2), Color.black)
    var positions: [(board: Board, ages: StoneAges, color: Color)] = []
    while positions.count < 64 {
      positions.append((board, ages, color))
      let points = Point.all(size: size).filter { board.isLegal($0, color) && !board.isEye($0, of: color) }
      if points.isEmpty { break }
      let move = Move(color, points[random.integer(below: points.count)])
      board.play(move)
      ages.play(move)
      color = color.opponent
    }
    return positions
  }
}
