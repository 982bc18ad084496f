import GoGame
import KodamaCheckpoints
import KodamaCore
import KodamaTensors

/// Games in a file: their numbers one after the other, and their positions likewise.
struct PlayedGames {
  let games: [PlayedGame]

  init(_ games: [PlayedGame]) { self.games = games }

  /// The tensors of the file. Stones are not among them: they follow from the moves.
  var tensors: [StoredTensor] {
    let positions = games.reduce(0) { $0 + $1.moves.count }
    let moves = (games.first?.size ?? 0) * (games.first?.size ?? 0) + 1
    return [
      StoredTensor("lengths", [games.count], games.map { Int32($0.moves.count) }),
      StoredTensor("results", [games.count], games.map { Int8($0.result) }),
      StoredTensor("resigned", [games.count], games.map { UInt8($0.hasResigned ? 1 : 0) }),
      StoredTensor("played_out", [games.count], games.map { UInt8($0.isPlayedOut ? 1 : 0) }),
      StoredTensor("scores", [games.count], games.map(\.score)),
      StoredTensor("lowest", [games.count, 2], games.flatMap { $0.lowest }),
      StoredTensor("moves", [positions], games.flatMap(\.moves)),
      StoredTensor("policies", [positions, moves], games.flatMap { $0.policies.flatMap { $0 } }),
    ]
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - first: the number of its first game.
  ///   - count: the number of its games.
  /// - Throws: `FileFault`, `CheckpointFault`; `GoFault.run` for games that cannot be.
  init(_ path: String, size: Int, first: Int, count: Int) throws {
    let file = try SafetensorsReader(path)
    let outputs = size * size + 1
    let positions = file.shape(of: "moves")?.count ?? 0
    try file.verify([
      TensorForm("lengths", .int32, [count]), TensorForm("results", .int8, [count]),
      TensorForm("resigned", .uint8, [count]), TensorForm("played_out", .uint8, [count]),
      TensorForm("scores", .float64, [count]), TensorForm("lowest", .float64, [count, 2]),
      TensorForm("moves", .int16, [positions]), TensorForm("policies", .float32, [positions, outputs]),
    ])
    func fault(_ game: Int, _ problem: String) -> GoFault {
      .run(path: path, problem: "game \(game + 1) \(problem); remove the folder to resume from the iteration before")
    }
    let lengths: [Int32] = try file.elements(of: "lengths")
    let results: [Int8] = try file.elements(of: "results")
    let (resigned, playedOut): ([UInt8], [UInt8]) = try (
      file.elements(of: "resigned"), file.elements(of: "played_out")
    )
    let scores: [Double] = try file.elements(of: "scores")
    let lowest: [Double] = try file.elements(of: "lowest")
    let moves: [Int16] = try file.elements(of: "moves")
    let policies = try file.finiteTensor("policies").elements
    let limit = 2 * size * size
    guard lengths.allSatisfy({ (0...Int32(limit)).contains($0) }),
      lengths.reduce(0, { $0 + Int($1) }) == positions
    else { throw fault(0, "or another has a wrong length") }
    var games: [PlayedGame] = []
    var place = 0
    for index in 0..<count {
      var game = PlayedGame(number: first + index, size: size, isPlayedOut: playedOut[index] == 1)
      guard (-1...1).contains(results[index]), scores[index].isFinite,
        lowest[2 * index].isFinite, lowest[2 * index + 1].isFinite
      else { throw fault(index, "has a wrong result") }
      (game.result, game.score, game.hasResigned) = (Int(results[index]), scores[index], resigned[index] == 1)
      game.lowest = [lowest[2 * index], lowest[2 * index + 1]]
      var board = Board(size: size)
      for _ in 0..<lengths[index] {
        let (point, color) = (Point(index: Int(moves[place])), game.color(game.moves.count))
        guard point.isPass || point.isOn(size: size) && board.isLegal(point, color) else {
          throw fault(index, "has an illegal move")
        }
        game.add(
          Array(policies[place * outputs..<(place + 1) * outputs]), stones: board.stoneValues, move: moves[place])
        board.play(Move(color, point))
        place += 1
      }
      games.append(game)
    }
    self.games = games
  }
}
