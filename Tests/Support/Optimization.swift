/// Whether this was compiled with optimization, without which the language itself takes memory here and there.
public let isOptimized: Bool = {
  #if DEBUG
    false
  #else
    true
  #endif
}()
