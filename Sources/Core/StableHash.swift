/// A 64-bit hash that is the same in every run and on every machine, for names and content. Not cryptographic.
public struct StableHash: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The hash's 64 bits.
  public let value: UInt64

  /// The hash of a text's UTF-8 bytes.
  public init(_ text: String) {
    var state = State()
    state.combine(text)
    self = state.hash
  }

  private init(value: UInt64) { self.value = value }

  /// The hash written as sixteen hexadecimal digits; nil for any other text.
  package init?(hexadecimal text: String) {
    guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else { return nil }
    self.value = value
  }

  /// Sixteen hexadecimal digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let hash = StableHash(hexadecimal: text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is not 16 hexadecimal digits")
    }
    self = hash
  }

  public func encode(to encoder: any Encoder) throws {
    // A string, because many JSON readers keep only 53 bits of a number.
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// A hash under construction. Each word is mixed in by a multiplication and a shift; MurmurHash3's finalizer then
  /// spreads every bit over all.
  package struct State {
    private var state: UInt64 = 0x243F_6A88_85A3_08D3

    package init() {}

    package mutating func combine(_ word: UInt64) {
      state = (state ^ word) &* 0x9E37_79B9_7F4A_7C15
      state ^= state >> 29
    }

    package mutating func combine(_ text: String) {
      var word: UInt64 = 0
      for (i, byte) in text.utf8.enumerated() {
        word = word << 8 | UInt64(byte)
        if i % 8 == 7 { combine(word) }
      }
      combine(word)
      combine(UInt64(text.utf8.count))
    }

    package mutating func combine(_ samples: [Float]) {
      for sample in samples { combine(UInt64(sample.bitPattern)) }
    }

    package var hash: StableHash {
      var h = state
      h = (h ^ (h >> 33)) &* 0xFF51_AFD7_ED55_8CCD
      h = (h ^ (h >> 33)) &* 0xC4CE_B9FE_1A85_EC53
      return StableHash(value: h ^ (h >> 33))
    }
  }
}
