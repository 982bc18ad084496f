import ArgumentParser
import Kodama

extension Cooperation.Mode: ExpressibleByArgument {}
extension NetworkDivision: ExpressibleByArgument {}

/// When the processes of a job exchange what.
struct CooperationOptions: ParsableArguments {
  @Option(
    help:
      "With mpirun: synchronous adds up the gradients of every step; local lets each process take steps on its share of the batches by itself, and averages their weights now and then; asynchronous keeps the weights in the first process, and the others send it gradients without waiting for each other. (default: synchronous)"
  )
  var mode: Cooperation.Mode?
  @Option(
    help: ArgumentHelp("With --mode local: steps between two averages. (default: 8)", valueName: "n"))
  var localSteps: Int?
  @Flag(
    help:
      "With --mode asynchronous: take every step at the full rate, instead of dividing it by the steps that others took meanwhile."
  )
  var ignoreStaleness = false
  @Option(
    help:
      "With mpirun: divide the network among processes, which compute together what one computes: for a network that is too large for the memory of one. layers gives each some of the blocks, and parts of a batch pass from one to the next; channels gives each some of the channels of every block. (default: each process has all of the network, and a share of the examples)"
  )
  var divide: NetworkDivision?
  @Option(
    help: ArgumentHelp(
      "With mpirun: make a process slow, to see what comes of it: 1=0.5s has rank 1 pause in each step; can be repeated. (default: none)",
      valueName: "rank=time"))
  var delay: [String] = []

  func validate() throws {
    if let mode, mode != .synchronous, divide != nil {
      throw ValidationError("--divide is for steps that all take together; leave --mode out")
    }
    if let localSteps, localSteps < 1 { throw ValidationError("--local-steps must be at least 1, not \(localSteps)") }
    if localSteps != nil && mode != .local { throw ValidationError("--local-steps needs --mode local") }
    if ignoreStaleness && mode != .asynchronous {
      throw ValidationError("--ignore-staleness needs --mode asynchronous")
    }
    if try delays()[0] != nil && mode == .asynchronous {
      throw ValidationError(
        "--delay 0: the first process of asynchronous training computes no steps; give another rank")
    }
  }

  /// The options that were given for several processes.
  var given: [String] {
    (mode == nil ? [] : ["--mode"]) + (divide == nil ? [] : ["--divide"]) + (delay.isEmpty ? [] : ["--delay"])
  }

  /// The pauses of slow processes.
  private func delays() throws -> [Int: Duration] {
    var delays: [Int: Duration] = [:]
    for text in delay {
      let parts = text.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let rank = Int(parts[0]), rank >= 0 else {
        throw ValidationError("--delay \(text) is not a rank and a time, such as 1=0.5s")
      }
      delays[rank] = try Duration(ofOption: "--delay", String(parts[1]))
    }
    return delays
  }

  /// The pause of one of the processes.
  func delay(ofRank rank: Int, of processes: Int) throws -> Duration {
    let delays = try delays()
    if let missing = delays.keys.first(where: { $0 >= processes }) {
      throw ValidationError("--delay \(missing): there is no such rank among \(processes)")
    }
    return delays[rank] ?? .zero
  }

  /// Sets what was given.
  func apply(to chosen: inout ChosenSettings) {
    guard let mode else { return }
    chosen.change(origin: "--mode") {
      $0.plan.training.cooperation =
        mode == .synchronous
        ? nil
        : Cooperation(mode, localSteps: localSteps ?? Cooperation().localSteps, isStalenessAware: !ignoreStaleness)
    }
  }
}
