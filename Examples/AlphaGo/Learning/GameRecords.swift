import GoGame
import GoNetworks
import KodamaCheckpoints
import KodamaCore

/// Which positions of records are learned.
public enum LearnedPositions: String, Sendable, CaseIterable {
  /// All of them.
  case all
  /// The one of each game that is marked; games without a mark have none.
  case marked
}

/// The positions of a folder of SGF files, those of some files held out.
public struct GameRecords: Sendable {
  /// Positions to learn from.
  public let training: [PositionExample]
  /// Positions that are held out: those of a tenth of the games, at least one, by hashes of the names of their files.
  public let heldOut: [PositionExample]
  /// The games of both.
  public let trainingGames, heldOutGames: [Game]
  /// The files that are of another board, or of no game of Go, with why.
  public let leftOut: [(path: String, reason: String)]
  /// What identifies the positions.
  public let fingerprint: StableHash

  /// Reads a folder with its folders.
  ///
  /// - Parameters:
  ///   - size: of the board.
  ///   - positions: those that are learned.
  ///   - workers: the threads, on which planes are computed.
  /// - Throws: `FileFault` where the folder cannot be read; `GoFault.run` where no game of the size is in it.
  public init(_ folder: String, size: Int, positions: LearnedPositions = .all, workers: Workers = .serial) throws {
    let paths = try Self.records(in: Folder.trimmed(folder))
    let found = workers.map(parts: paths.count) { index in
      Result { try Self.read(paths[index], size: size, positions) }
    }
    var (training, heldOut) = ([PositionExample](), [PositionExample]())
    var (trainingGames, heldOutGames) = ([Game](), [Game]())
    var leftOut: [(path: String, reason: String)] = []
    var (lines, all) = ("", [(key: UInt64, game: Game, examples: [PositionExample])]())
    for (path, result) in zip(paths, found) {
      do {
        let read = try result.get()
        let name = String(path.dropFirst(Folder.trimmed(folder).count))
        lines += "\(name) \(read.flatMap { $0.examples.map { [$0.move, $0.result] } })\n"
        for (number, found) in read.enumerated() where !found.examples.isEmpty {
          all.append((StableHash("\(name) \(number)").value, found.game, found.examples))
        }
      } catch let fault as any Fault {
        leftOut.append((path, "\(fault)"))
      }
    }
    // The order of the others stays.
    let limit = all.map(\.key).sorted().dropFirst(max(1, all.count / 10) - 1).first ?? 0
    for found in all {
      if found.key <= limit {
        heldOut += found.examples
        heldOutGames.append(found.game)
      } else {
        training += found.examples
        trainingGames.append(found.game)
      }
    }
    if training.isEmpty || heldOut.isEmpty {
      throw GoFault.run(
        path: folder,
        problem: """
          it has \(all.count) games on \(size)x\(size)\(positions == .marked ? " with a marked position" : ""), and at least two \
          are needed; give a folder with more of such games as SGF files
          """)
    }
    (self.training, self.heldOut) = (training, heldOut)
    (self.trainingGames, self.heldOutGames) = (trainingGames, heldOutGames)
    (self.leftOut, fingerprint) = (leftOut, StableHash(lines))
  }

  private static func records(in folder: String) throws -> [String] {
    try Folder.names(folder).sorted().flatMap { name -> [String] in
      let path = folder + "/" + name
      if Folder.exists(path) { return try records(in: path) }
      return name.lowercased().hasSuffix(".sgf") ? [path] : []
    }
  }

  /// The games of a file with their positions.
  private static func read(
    _ path: String, size: Int, _ positions: LearnedPositions
  ) throws -> [(game: Game, examples: [PositionExample])] {
    let tree = try GameTree(path: path)
    return try tree.games.indices.map { number in
      let record = try GameRecord(tree, game: number, path: path)
      guard record.game.size == size else {
        throw GoFault.run(path: path, problem: "its board is \(record.game.size)x\(record.game.size)")
      }
      return (record.game, examples(of: record, positions))
    }
  }

  /// The positions of a game before each of its moves, or the marked one.
  static func examples(of record: GameRecord, _ positions: LearnedPositions = .all) -> [PositionExample] {
    let (game, size) = (record.game, record.game.size)
    let symmetry = Symmetry(0, size: size)
    var board = Board(
      size: size, stones: game.setup.map { ($0.point, $0.color) }, allowsSuicide: game.rules.allowsSuicide)
    var ages = StoneAges(size: size)
    let winner: Color? =
      switch record.result?.first {
      case "B": .black
      case "W": .white
      default: nil
      }
    var examples: [PositionExample] = []
    for (number, move) in game.moves.enumerated() {
      if positions == .all || record.marked == number {
        let map = LeePlanes.map(of: board, ages, move.color, symmetry, forValue: true)
        let output = move.point.isPass ? size * size : move.point.row * size + move.point.column
        examples.append(
          PositionExample(map: map, move: output, result: winner.map { $0 == move.color ? 1 : -1 } ?? 0))
      }
      board.play(move)
      ages.play(move)
    }
    return examples
  }
}
