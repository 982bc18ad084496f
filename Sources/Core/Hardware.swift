import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The processors that this process may use.
public enum ProcessorCount {
  /// The number of processors in the process's affinity mask, but no more than its container's share of processor time,
  /// rounded up; at least 1.
  public static var available: Int { max(1, min(inMask ?? online, quota ?? online)) }

  private static var online: Int { Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// The processors in the affinity mask, as set by taskset; nil where it is unknown.
  private static var inMask: Int? {
    let count = Int(kodama_allowed_processors())
    return count > 0 ? count : nil
  }

  /// The container's share, cached because finding it reads several files.
  private static let quota = quota { path in
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(descriptor, &bytes, bytes.count)
    return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  /// The smallest processor quota, in whole processors, of the process's control groups and their parents; nil where
  /// none has a limit.
  ///
  /// - Parameter file: the text of a file; nil where there is none.
  static func quota(file: (String) -> String?) -> Int? {
    var least: Double?
    // A line is `number:controllers:path`; version 2 has the number 0 and no controllers.
    for line in (file("/proc/self/cgroup") ?? "").split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isUnified = fields[0] == "0" && fields[1].isEmpty
      guard isUnified || fields[1].split(separator: ",").contains("cpu") else { continue }
      let roots = isUnified ? ["", "/unified"] : ["/cpu", "/cpu,cpuacct"]
      for root in roots {
        // In a container the path may be the host's, and only the root exists.
        var names = fields[2].split(separator: "/")
        while true {
          let folder = (["/sys/fs/cgroup" + root] + names.map(String.init)).joined(separator: "/")
          let words =
            isUnified
            ? words(file(folder + "/cpu.max"))
            : words(file(folder + "/cpu.cfs_quota_us")) + words(file(folder + "/cpu.cfs_period_us"))
          if let share = share(words) { least = min(share, least ?? share) }
          if names.popLast() == nil { break }
        }
      }
    }
    return least.map { Int(min($0.rounded(.up), 1e6)) }
  }

  private static func words(_ text: String?) -> [Substring] { (text ?? "").split { $0 == " " || $0 == "\n" } }

  /// A quota divided by its period, in processors; nil without a limit.
  private static func share(_ words: [Substring]) -> Double? {
    guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), quota > 0, period > 0 else {
      return nil
    }
    return Double(quota) / Double(period)
  }
}

/// The sizes of the processor's caches.
package enum CacheSize {
  /// Bytes of one core's second-level cache; 1 MiB where the system does not report it.
  package static let secondLevel: Int = {
    #if canImport(Glibc)
      let size = sysconf(Int32(_SC_LEVEL2_CACHE_SIZE))
      if size > 0 { return size }
    #endif
    return 1 << 20
  }()
}

/// The memory of the machine.
package enum PhysicalMemory {
  /// Its size in bytes.
  package static var bytes: Int { Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE))) }
}
