import ArgumentParser
import Kodama

extension ReductionOrder: ExpressibleByArgument {}
extension SumPrecision: ExpressibleByArgument {}

/// How several processes that mpirun started train together.
struct DistributedOptions: ParsableArguments {
  @Option(
    help:
      "With mpirun: how gradients are added up over processes. ordered gives the bits of one process, fast those of MPI's own sums, which differ in rounding. (default: ordered)"
  )
  var reduction: ReductionOrder?
  @Option(
    help:
      "With mpirun: what gradients travel as. bf16 is half as much, and what rounding takes is added to the next step's. (default: f32)"
  )
  var sums: SumPrecision?

  func validate() throws {
    if reduction == .fast && sums == .bfloat16 {
      throw ValidationError("MPI has no sums of bf16: leave --reduction fast or --sums bf16 out")
    }
  }

  /// The processes that train together; nil where there is one.
  ///
  /// - Parameters:
  ///   - given: other options for several processes that were given.
  ///   - division: divides the network among the processes.
  ///   - delay: the pause of a process before each step, by its rank.
  /// - Throws: `DistributedFault`; `ValidationError` where there are options for several processes, and one.
  func start(
    given: [String] = [], division: NetworkDivision? = nil,
    delay: (_ rank: Int, _ processes: Int) throws -> Duration = { _, _ in .zero }
  ) throws -> ProcessGroup? {
    guard let communicator = try Job.start() else {
      let options = (reduction == nil ? [] : ["--reduction"]) + (sums == nil ? [] : ["--sums"]) + given
      if let option = options.first {
        throw ValidationError("\(option) is for several processes; start them with mpirun -n 2 kodama train …")
      }
      return nil
    }
    return ProcessGroup(
      communicator, order: reduction ?? .ordered, precision: sums ?? .full, division: division,
      delay: try delay(communicator.rank, communicator.size),
      shouldAbandon: Urgency(communicator).isUrgent)
  }

  /// Whether a process has to save at once. A launcher that is ended kills its processes a second after it has passed the
  /// signal on, and a step may take longer.
  private final class Urgency {
    private let isFirst: Bool
    private var since: ContinuousClock.Instant?

    init(_ communicator: any Communicator) { isFirst = communicator.rank == 0 }

    func isUrgent() -> Bool {
      guard isFirst, Interruption.isRequested else { return false }
      guard let since else {
        since = .now
        return false
      }
      return .now - since > .milliseconds(250)
    }
  }
}
