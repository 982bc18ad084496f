import ArgumentParser
import GoGame
import GoNetworks
import GoPlayers
import KodamaCore

/// Which player chooses moves, and how it thinks.
struct PlayerOptions: ParsableArguments {
  enum Kind: String, ExpressibleByArgument, CaseIterable { case uct, random, zero, policy, lee }

  @Option(
    help: """
      The player: uct searches by random games, random plays any move that fills no own eye, zero searches by the network \
      of --network, policy plays the most probable move of that, lee searches by policy, value network and rollouts \
      (default: zero with --network, else uct).
      """)
  var player: Kind?
  @Option(
    help: """
      A network: a model folder, or a run of kodama-go learn, or for policy and lee of kodama-go imitate. Without it, lee \
      gives equal priors to all moves.
      """,
    completion: .directory)
  var network: String?
  @Option(help: "The value network of lee, a run of kodama-go imitate.", completion: .directory)
  var value: String?
  @Option(help: "The rollout policy of lee, the folder rollout of a run of kodama-go imitate.", completion: .directory)
  var rollout: String?
  @Option(help: "The weight of rollouts in the values of lee, 0 to 1; the rest is the value network's (default: 0.5).")
  var mixing: Double?
  @Option(help: "Visits of a leaf of zero and lee before its moves are added.")
  var expansion = 1
  @Option(help: "Leaves of zero and lee that are evaluated at once; more than there are threads gain nothing.")
  var together = 2
  @Option(help: "c of the search of zero and lee; lee's values of single rollouts ask for more of it.")
  var exploration = 1.0
  @Option(help: "Visits of the position before each move of zero and lee, fewer where its time ends before.")
  var visits = 400
  @Option(help: "Threads of zero and lee, as many as --together at most; their moves do not depend on them.")
  var threads = 1
  @Option(help: "Random games for each move of uct, fewer where its time ends before.")
  var playouts = 10_000
  @Option(help: "The most seconds for each move; without it, a clock of the protocol alone ends a search.")
  var seconds: Double?
  @Option(help: "The seed of everything random.")
  var seed: UInt64 = 1

  func validate() throws {
    if let player, [.zero, .policy].contains(player) && network == nil {
      throw ValidationError("\(player.rawValue) needs a network: give --network")
    }
    if network != nil && [.uct, .random].contains(player) {
      throw ValidationError("--network is for the players zero, policy and lee")
    }
    if (value != nil || rollout != nil || mixing != nil) && player != .lee {
      throw ValidationError("--value, --rollout and --mixing are for the player lee")
    }
    if player == .lee && value == nil && rollout == nil {
      throw ValidationError("lee needs --value, --rollout, or both")
    }
    if !(1...100_000_000).contains(visits) { throw ValidationError("--visits must be from 1 to 100000000") }
    if !(1...1024).contains(threads) { throw ValidationError("--threads must be from 1 to 1024") }
    if !(1...1_000_000_000).contains(playouts) { throw ValidationError("--playouts must be from 1 to 1000000000") }
    if let seconds, !(seconds > 0 && seconds <= 1e6) { throw ValidationError("--seconds must be from 0 to 1000000") }
  }

  private var settings: SearchSettings {
    SearchSettings(visits: visits, exploration: exploration, expansion: expansion, together: together)
  }

  /// The player.
  func makePlayer() throws -> any Player {
    let player: any Player =
      if self.player == .lee {
        try LeePlayer(
          LeeGuide(
            policy: network.map { LeeEvaluator(try LeeModel(path: $0)) },
            value: value.map { LeeEvaluator(try LeeModel(path: $0)) },
            rollout: rollout.map { try RolloutModel.load($0) }, mixing: mixing ?? 0.5),
          settings, seed: seed, workers: Workers(threads: threads))
      } else if let network, self.player == .policy {
        try PolicyPlayer(LeeEvaluator(LeeModel(path: network)), seed: seed)
      } else if let network {
        try ZeroPlayer(
          ZeroEvaluator(ZeroModel(path: network)), settings, seed: seed, workers: Workers(threads: threads))
      } else if self.player == .random {
        RandomPlayer(seed: seed)
      } else {
        try SearchPlayer(.init(playouts: playouts), seed: seed)
      }
    guard let seconds else { return player }
    return TimedPlayer(player, limit: .seconds(seconds))
  }
}

/// The rules of games.
struct RuleOptions: ParsableArguments {
  @Option(help: "Illegal repetitions: positional for any earlier position, simple for a ko retaken at once.")
  var ko = Rules.Ko.positional
  @Flag(help: "Several stones may take their own last liberty.")
  var suicide = false
  @Option(help: "Points for white (default: 24 on 5x5, 9 on 7x7, else 7.5).")
  var komi: Double?

  func validate() throws {
    if let komi, !(komi.magnitude <= 1000) { throw ValidationError("--komi must be from -1000 to 1000") }
  }

  /// The rules on a board of a size.
  func rules(size: Int) -> Rules {
    Rules(ko: ko, allowsSuicide: suicide, komi: komi ?? Rules.usualKomi(size: size))
  }
}

/// A size of boards.
struct BoardOption: ParsableArguments {
  @Option(help: "Rows and columns, from 5 to 19.")
  var board = 9

  func validate() throws {
    if !(5...19).contains(board) { throw ValidationError("--board must be from 5 to 19") }
  }
}

extension Rules.Ko: ExpressibleByArgument {}
