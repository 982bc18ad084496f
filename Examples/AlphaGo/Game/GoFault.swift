import KodamaCore

/// What is wrong with a record of a game, a position or a request of the program.
public enum GoFault: Fault, Equatable {
  /// A record cannot be read at a place, line and column from 1.
  case record(path: String, line: Int, column: Int, problem: String)
  /// A record is larger than any game.
  case tooLarge(path: String, what: String, limit: Int)
  /// A stone of a position cannot be there.
  case setup(point: String, problem: String)
  /// A move of a record is illegal.
  case illegalMove(path: String, number: Int, move: String, problem: String)
  /// A setting outside its range.
  case setting(name: String, value: String, range: String)
  /// A board of another size than a network is for.
  case board(size: Int, network: Int)
  /// A run of learning cannot be continued.
  case run(path: String, problem: String)
  /// An engine could not be started, ended, did not answer or answered with an error.
  case engine(command: String, problem: String)

  /// Throws where a setting is outside its range.
  ///
  /// - Parameter text: the range in words.
  /// - Throws: `GoFault.setting`.
  package static func check(_ name: String, _ value: Double, in range: ClosedRange<Double>, _ text: String) throws {
    if !range.contains(value) { throw GoFault.setting(name: name, value: "\(value)", range: text) }
  }

  public var description: String {
    switch self {
    case .record(let path, let line, let column, let problem):
      "\(path): line \(line), column \(column): \(problem); mend the record, or export it again as SGF FF[4]"
    case .tooLarge(let path, let what, let limit):
      "\(path): it has more than \(limit) \(what); divide the collection into smaller files"
    case .setup(let point, let problem): "a stone cannot be on \(point): \(problem); correct the position"
    case .illegalMove(let path, let number, let move, let problem):
      "\(path): move \(number), \(move): \(problem); correct the record"
    case .setting(let name, let value, let range): "\(name) is \(value); it must be \(range)"
    case .board(let size, let network):
      "the network is for boards of \(network)x\(network), not \(size)x\(size); choose another with --board, or another network"
    case .run(let path, let problem): "\(path): \(problem)"
    case .engine(let command, let problem):
      "\(command): \(problem); try the command by itself, with list_commands as its input"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .record, .tooLarge, .setup, .illegalMove: .badData
    case .setting, .board: .usage
    case .run: .badData
    case .engine: .unavailable
    }
  }
}
