import GoGame
import GoPlayers
import KodamaCore

/// A player behind the Go Text Protocol, version 2: takes lines, returns responses, and never fails.
public struct GTPEngine: Sendable {
  /// The sizes of boards that it plays on.
  public let sizes: ClosedRange<Int>
  /// The version of the program.
  public let version: String
  /// The game.
  public private(set) var game: Game
  /// What chooses its moves.
  public internal(set) var player: any Player
  /// Time for both players.
  public internal(set) var time = TimeControl()
  /// Whether `quit` was received.
  public internal(set) var hasQuit = false
  /// The most moves of a game; further ones are refused, so that no input takes all memory.
  public static let mostMoves = 20_000
  /// The longest line, in bytes.
  public static let longestLine = 1 << 16

  /// An engine with an empty board.
  ///
  /// - Precondition: the size is one of the sizes.
  public init(
    _ player: any Player, size: Int = 19, rules: Rules = Rules(), sizes: ClosedRange<Int> = 5...19,
    version: String = "1"
  ) {
    precondition(sizes.contains(size), "the size \(size) is outside \(sizes)")
    (self.player, self.sizes, self.version) = (player, sizes, version)
    game = Game(size: size, rules: rules)
  }

  /// Carries out a line.
  ///
  /// - Returns: the response; nil for a line without a command.
  public mutating func respond(to line: [UInt8]) -> GTPResponse? {
    if line.count > Self.longestLine {
      return GTPResponse(id: nil, isSuccess: false, "line too long")
    }
    guard let request = GTPRequest(line: line) else { return nil }
    return respond(to: request)
  }

  /// Carries out a line of text.
  public mutating func respond(to line: String) -> GTPResponse? { respond(to: Array(line.utf8)) }

  /// Carries out a command.
  public mutating func respond(to request: GTPRequest) -> GTPResponse {
    guard let command = Self.commands[request.name] else {
      return GTPResponse(id: request.id, isSuccess: false, "unknown command")
    }
    do {
      return GTPResponse(id: request.id, isSuccess: true, try command(&self, Arguments(request.arguments, game.size)))
    } catch let error as GTPError {
      return GTPResponse(id: request.id, isSuccess: false, error.text)
    } catch {
      return GTPResponse(id: request.id, isSuccess: false, "\(error)")
    }
  }

  /// Begins another game.
  mutating func begin(_ other: Game) { game = other }

  mutating func setKomi(_ komi: Double) { game.rules.komi = komi }

  mutating func play(_ move: Move) throws {
    if game.moves.count >= Self.mostMoves { throw GTPError("game too long") }
    do { try game.play(move) } catch { throw GTPError("illegal move") }
  }

  mutating func undo() -> Bool { game.undo() != nil }

  /// Lets the player choose within its time, which is counted.
  mutating func choose(_ color: Color) throws -> Choice {
    let clock = ContinuousClock()
    let start = clock.now
    let limit = time.allotment(color, in: game).map { Duration.seconds($0) }
    let choice = try player.chooseMove(in: game, color: color, within: limit)
    if case .play(let point) = choice, !game.isLegal(Move(color, point)) { throw GTPError("no legal move was found") }
    let elapsed = clock.now - start
    time.use(elapsed / .seconds(1), color)
    return choice
  }
}

/// The arguments of a command, read one after the other.
struct Arguments {
  let words: [String]
  let size: Int
  private var place = 0

  init(_ words: [String], _ size: Int) { (self.words, self.size) = (words, size) }

  var isAtEnd: Bool { place >= words.count }

  mutating func word() throws -> String {
    if isAtEnd { throw GTPError.syntax }
    place += 1
    return words[place - 1]
  }

  /// An integer from 0 on, as the protocol has them.
  mutating func whole() throws -> Int {
    let text = try word()
    guard let number = Int(text), (0..<1 << 31).contains(number) else { throw GTPError.syntax }
    return number
  }

  mutating func number() throws -> Double {
    guard let number = Double(try word()), number.isFinite else { throw GTPError.syntax }
    return number
  }

  mutating func color() throws -> Color {
    switch try word().lowercased() {
    case "b", "black": .black
    case "w", "white": .white
    default: throw GTPError.syntax
    }
  }

  mutating func point() throws -> Point {
    guard let point = Point(try word(), size: size) else { throw GTPError.syntax }
    return point
  }

  /// The words that are left. Arguments beyond those of a command are ignored, as GNU Go does.
  mutating func rest() -> [String] {
    defer { place = words.count }
    return Array(words[min(place, words.count)...])
  }
}
