import COpenBLAS
import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The library behind matrix products, OpenBLAS, for programs that set it up and benchmarks that report it.
///
/// Kodama distributes work over threads itself, in parts that do not depend on their number. OpenBLAS partitions a
/// product by the number of its own threads, which changes the rounding. A program whose results must not depend on the
/// number of processors, bit for bit, calls `useOneThread()` once, before its first product:
///
/// ```swift
/// import Kodama
///
/// MatrixLibrary.useOneThread()
/// ```
public enum MatrixLibrary {
  /// The name of the processor core that OpenBLAS's kernels are for.
  public static var core: String { String(cString: openblas_get_corename()) }

  /// The threads that OpenBLAS uses for one product.
  public static var threads: Int { Int(openblas_get_num_threads()) }

  /// Makes every matrix product run on the calling thread, so that results do not depend on the number of processors.
  /// It is also the fastest setting, because Kodama has its own threads. It affects the whole process, including other
  /// users of OpenBLAS, so it is left to the program: the `kodama` command calls it at launch.
  public static func useOneThread() { openblas_set_num_threads(1) }

  /// The memory that OpenBLAS maps for each product that runs at the same time, in builds for many processors.
  private static let workingBytes = 128 << 20
  /// Address space for everything else that a program allocates at first.
  private static let reserve = 64 << 20

  /// Throws where a limit on address space is too low for products on so many threads: OpenBLAS would retry mapping its
  /// working memory forever. `Workspace.init(forProductsOn:)` calls it.
  ///
  /// - Throws: `ResourceFault.addressSpace`.
  static func checkMemory(for workers: Workers) throws {
    var limits = rlimit()
    #if canImport(Glibc)
      let status = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits)
    #else
      let status = getrlimit(RLIMIT_AS, &limits)
    #endif
    guard status == 0, let limit = Int(exactly: limits.rlim_cur) else { return }
    let needed = workers.threads * workingBytes + reserve
    let mapped = mmap(nil, needed, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0)
    if mapped == MAP_FAILED { throw ResourceFault.addressSpace(needed: needed, limit: limit, threads: workers.threads) }
    munmap(mapped, needed)
  }
}
