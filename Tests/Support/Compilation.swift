import Foundation

/// Whether this was compiled with optimization, without which the language itself takes memory here and there.
public let isOptimized: Bool = {
  #if DEBUG
    false
  #else
    true
  #endif
}()

/// Whether this was compiled with a sanitizer, which has memory of its own.
public let isSanitized = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
