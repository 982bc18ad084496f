import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A message or a sum that is under way.
public protocol Transfer: AnyObject {
  /// Whether it is complete. Asking also moves it, and all others, along.
  var isComplete: Bool { get }
}

/// The processes of a job, and messages between them. Memory that a transfer reads or writes must stay where it is, and
/// as it is, until the transfer is complete.
///
/// One thread of a process calls it.
public protocol Communicator: WorkTeam {
  /// Starts to send bytes to another process. Messages between two processes with one tag arrive in the order in which
  /// they were sent.
  func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) -> any Transfer
  /// Starts to receive as many bytes from another process.
  func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) -> any Transfer
  /// Starts to add up numbers of all processes in place, in an order that is not defined. All processes start their sums in
  /// the same order.
  func sum(_ numbers: UnsafeMutableBufferPointer<Float>) -> any Transfer
  /// Starts to add up numbers of all processes in place, in an order that is not defined.
  func sum(_ numbers: UnsafeMutableBufferPointer<Double>) -> any Transfer
  /// Starts to copy the bytes of one process to all others.
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int) -> any Transfer

  /// Ends all processes of the job at once.
  func abort(_ status: ExitStatus) -> Never
  /// Ends the use of messages. All processes call it, after their last message.
  func finish()
}

extension Communicator {
  /// Waits until all transfers are complete.
  ///
  /// - Parameter check: called again and again while it waits.
  /// - Throws: what `check` throws; the transfers are still under way then.
  public func wait(_ transfers: [any Transfer], check: () throws -> Void) rethrows {
    var pause = Pause()
    for transfer in transfers {
      while !transfer.isComplete {
        try check()
        pause.next()
      }
    }
  }

  /// Lets time pass.
  func pause(_ time: Duration) {
    let end = ContinuousClock.now + time
    while ContinuousClock.now < end { usleep(1000) }
  }

  /// The sum of numbers of all processes. A number that all processes but one have as 0 stays as it is.
  public func sum(_ numbers: [Double], check: () throws -> Void) rethrows -> [Double] {
    // Not memory of an array, which could move while the transfer is under way.
    let memory = UnsafeMutableBufferPointer<Double>.allocate(capacity: numbers.count)
    _ = memory.initialize(from: numbers)
    let transfer = sum(memory)
    // Where `check` throws, the memory is left to the transfer.
    try wait([transfer], check: check)
    defer { memory.deallocate() }
    return Array(memory)
  }

  /// A number of every process in all of them, in the order of ranks.
  public func all(_ number: Double) -> [Double] { sum((0..<size).map { $0 == rank ? number : 0 }) {} }

  /// The bytes of one process in all of them.
  ///
  /// - Parameter bytes: those of this process; what others give is not used.
  public func broadcast(_ bytes: [UInt8], from rank: Int = 0) -> [UInt8] {
    let count = Int(sum([self.rank == rank ? Double(bytes.count) : 0]) {}[0])
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, count), alignment: 16)
    defer { memory.deallocate() }
    if self.rank == rank { memory.copyBytes(from: bytes) }
    wait([broadcast(UnsafeMutableRawBufferPointer(rebasing: memory[..<count]), from: rank)]) {}
    return Array(memory[..<count])
  }

  /// The bytes of every process in all of them, in the order of ranks.
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] { (0..<size).map { broadcast(rank == $0 ? bytes : [], from: $0) } }
}

/// Pauses of a loop that waits: none at first, then the processor is given to others, then to none for a while.
struct Pause {
  private var count = 0

  mutating func next() {
    count += 1
    if count < 100 { return }
    if count < 2000 {
      sched_yield()
    } else {
      usleep(50)
    }
  }
}
