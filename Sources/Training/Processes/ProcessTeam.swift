/// Several processes that train one network together: all take the same steps.
public protocol ProcessTeam: AnyObject {
  /// The number of processes.
  var processes: Int { get }

  /// Whether this process saves, logs and reports what all of them do.
  var isFirst: Bool { get }

  /// The parts of some work that this process does, of those in their order; never empty where there are as many as
  /// processes.
  func share(ofParts count: Int) -> Range<Int>

  /// Called before each step.
  func beginStep()

  /// The sums of numbers of all processes.
  ///
  /// - Throws: where another process cannot be reached, or `Abandoned`.
  func added(_ numbers: [Double]) throws -> [Double]

  /// Throws where this process is to end at once.
  ///
  /// - Throws: `Abandoned`.
  func check() throws

  /// Makes a checkpoint of the first process available to all.
  ///
  /// - Parameter path: its folder; nil in all processes but the first.
  /// - Returns: a folder that this process can read.
  func checkpoint(_ path: String?) throws -> String
}

extension ProcessTeam {
  /// For each flag whether any process has it.
  func any(_ flags: [Bool]) throws -> [Bool] { try added(flags.map { $0 ? 1 : 0 }).map { $0 > 0 } }
}

/// A step that is not finished, because this process is to end at once.
public struct Abandoned: Error {
  /// The step ends here.
  public init() {}
}
