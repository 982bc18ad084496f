import KodamaCore
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Something that must be the same in all processes of a job.
public struct CommonFact: Sendable {
  /// What it is.
  public let what: String
  /// What it is in this process.
  public let value: String
  /// What to do where it differs.
  public let advice: String

  /// A fact.
  public init(_ what: String, _ value: String, advice: String) {
    (self.what, self.value, self.advice) = (what, value, advice)
  }

  /// What the weights of all processes are computed by: those of one computed by other kernels would depart from the
  /// others, and the job with them.
  ///
  /// - Parameter version: that of the program.
  /// - Throws: `FileFault` where the program cannot be read.
  public static func build(version: String) throws -> [CommonFact] {
    var state = StableHash.State()
    for byte in try RegularFile.read("/proc/self/exe") { state.combine(UInt64(byte)) }
    let kernels = "start all with KODAMA_ISA=avx2, or what the oldest processor has"
    return [
      CommonFact("the version", version, advice: "install the same one everywhere"),
      CommonFact("the program", "\(state.hash)", advice: "install the same build everywhere"),
      CommonFact("the instruction set", "\(InstructionSet.current)", advice: kernels),
      CommonFact(
        "OpenBLAS's kind of processor", MatrixLibrary.core,
        advice: "start all with OPENBLAS_CORETYPE=Haswell, or what the oldest processor has"),
    ]
  }
}

extension Communicator {
  /// Throws in all processes where one of them has other facts than the first.
  ///
  /// - Throws: `DistributedFault.differs`.
  public func compare(_ facts: [CommonFact]) throws {
    let lines = ([Self.host] + facts.map(\.value)).map { $0.replacing("\n", with: " ") }
    let all = gather(Array(lines.joined(separator: "\n").utf8)).map {
      String(decoding: $0, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
    for (rank, found) in all.enumerated() {
      for (index, fact) in facts.enumerated() where found[index + 1] != all[0][index + 1] {
        throw DistributedFault.differs(
          rank: rank, host: found[0], what: fact.what, found: found[index + 1], first: all[0][index + 1],
          advice: fact.advice)
      }
    }
  }

  /// The name of this machine.
  public static var host: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { name in
      gethostname(name.baseAddress!, 255) == 0 ? String(cString: name.baseAddress!) : "unknown"
    }
  }

  /// This process's share of the processors that it may use: those that others of the job on the same machine may use as
  /// well are divided among them.
  public func workers() -> Workers {
    let status = (try? RegularFile.read("/proc/self/status")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let processors = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") } ?? ""
    let all = gather(Array("\(Self.host) \(processors)".utf8))
    return Workers(threads: Workers.all.threads / all.count { $0 == all[rank] })
  }
}
