import COpenBLAS

/// The library behind matrix products, for programs that set it up and benchmarks that report it.
public enum MatrixLibrary {
  /// What OpenBLAS says of the processor core its kernels are for.
  public static var core: String { String(cString: openblas_get_corename()) }

  /// Makes every matrix product run on the thread that asks for it. Kodama shares work between threads itself, in
  /// parts that do not depend on their number. This is a setting of the whole process, so a program makes it, not the
  /// library: the `kodama` command does at its start.
  public static func useOneThread() { openblas_set_num_threads(1) }
}
