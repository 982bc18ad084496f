/// A hash that is the same in every run and on every machine, unlike the standard library's.
public enum StableHash {
  /// FNV-1a with 64 bits.
  ///
  /// - Source: Fowler, Noll, Vo, "The FNV non-cryptographic hash algorithm" (IETF draft), offset basis and prime.
  public static func fnv1a(_ bytes: some Sequence<UInt8>, from start: UInt64 = 0xcbf2_9ce4_8422_2325) -> UInt64 {
    bytes.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// FNV-1a of the UTF-8 bytes of text.
  public static func fnv1a(_ text: String) -> UInt64 { fnv1a(text.utf8) }
}
