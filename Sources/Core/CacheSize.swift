#if canImport(Glibc)
  import Glibc
#endif

/// What the processor keeps near.
package enum CacheSize {
  /// Bytes of one core's second-level cache; 1 MiB where the system does not say.
  package static let secondLevel: Int = {
    #if canImport(Glibc)
      let size = sysconf(Int32(_SC_LEVEL2_CACHE_SIZE))
      if size > 0 { return size }
    #endif
    return 1 << 20
  }()
}
