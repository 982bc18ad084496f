import COpenBLAS
import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The library behind matrix products, OpenBLAS, for programs that set it up and benchmarks that report it.
///
/// Kodama shares work between threads itself, in parts that do not depend on their number. OpenBLAS cuts a product
/// otherwise for each number of its own threads, and sums are then rounded otherwise. So a program whose results are to be
/// the same bit for bit on every machine calls `useOneThread()` once, before its first product:
///
/// ```swift
/// import Kodama
///
/// MatrixLibrary.useOneThread()
/// ```
public enum MatrixLibrary {
  /// What OpenBLAS says of the processor core its kernels are for.
  public static var core: String { String(cString: openblas_get_corename()) }

  /// The threads that OpenBLAS uses for one product.
  public static var threads: Int { Int(openblas_get_num_threads()) }

  /// Makes every matrix product run on the thread that asks for it, so that results do not depend on the number of
  /// processors. It is also the fastest, as Kodama has threads of its own. This is a setting of the whole process, for
  /// other users of OpenBLAS too, so a program makes it, not the library: the `kodama` command does at its start.
  public static func useOneThread() { openblas_set_num_threads(1) }

  /// The memory that OpenBLAS maps for each product that runs at the same time, in builds for many processors.
  private static let workingBytes = 128 << 20
  /// Address space for all else that a program takes at first.
  private static let reserve = 64 << 20

  /// Throws where a limit of address space does not leave room for products on so many threads: OpenBLAS would try to
  /// map its working memory again and again, without end. `Workspace.init(forProductsOn:)` calls it.
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
