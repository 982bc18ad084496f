import KodamaCore
import KodamaTraining

/// Writes how stale the gradients of an asynchronous run were beside each of its checkpoints: `staleness.json` in the run
/// folder, the number of steps by their staleness, from 0.
public final class StalenessLog: TrainingObserver {
  private let path: String
  private let server: AsynchronousServer

  /// A log of a server's steps.
  public init(run: String, server: AsynchronousServer) { (path, self.server) = (Self.path(run), server) }

  private static func path(_ run: String) -> String { run + "/staleness.json" }

  /// The counts of earlier sessions of a run; empty where there are none.
  public static func counts(run: String) -> [Int] {
    guard let text = try? RegularFile.read(path(run)), let json = try? JSON(parsing: text, path: path(run)),
      case .array(let counts)? = json["staleness"]
    else { return [] }
    let numbers = counts.compactMap { $0.integer }
    return numbers.count == counts.count && numbers.allSatisfy { $0 >= 0 } ? numbers : []
  }

  public func trainingDid(_ event: TrainingEvent) throws {
    guard case .checkpoint = event else { return }
    let counts = JSON.array(server.stalenessCounts.map { JSON($0) })
    try AtomicFile.write(to: path, existing: .replace) {
      try $0.write(JSON.object([JSON.Member("staleness", counts)]).sortedText + "\n")
    }
  }
}
