import ArgumentParser
import GoGame
import KodamaCore

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed on this machine.",
    subcommands: [Playouts.self, NetworkSpeed.self, PolicySpeed.self])

  struct Playouts: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "playouts", abstract: "Random games from the empty board, on one core.")

    @OptionGroup var board: BoardOption
    @Option(help: "Seconds to measure.") var seconds = 1.0
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
      if !(seconds > 0 && seconds <= 3600) { throw ValidationError("--seconds must be from 0 to 3600") }
    }

    func run() throws {
      let start = Board(size: board.board)
      var (playout, random) = (Playout(size: board.board), Philox(seed: 1))
      let clock = ContinuousClock()
      let (begin, limit) = (clock.now, clock.now + .seconds(seconds))
      var (count, moves, wins) = (0, 0, 0)
      while count == 0 || clock.now < limit {
        for _ in 0..<64 {
          playout.begin(start)
          wins += playout.run(.black, using: &random) > 0 ? 1 : 0
          moves += playout.moveCount
        }
        count += 64
      }
      let rate = Double(count) / ((clock.now - begin) / .seconds(1))
      let mean = (Double(moves) / Double(count) * 10).rounded() / 10
      let share = (Double(wins) / Double(count) * 1000).rounded() / 1000
      let text =
        json
        ? "{\"board\": \(board.board), \"playoutsPerSecond\": \(Int(rate)), \"movesPerPlayout\": \(mean), \"blackWins\": \(share)}\n"
        : "\(board.board)x\(board.board): \(Int(rate)) playouts a second, \(mean) moves each, black ahead in \(share)\n"
      try FileWriter.standardOutput.write(text)
    }
  }
}
