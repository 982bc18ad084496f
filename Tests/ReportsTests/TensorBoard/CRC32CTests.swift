import Testing

@testable import KodamaReports

@Suite struct CRC32CTests {
  /// The first is the check value that lists of such codes give; the others stand in RFC 3720, B.4.
  @Test(
    arguments: [
      (Array("123456789".utf8), 0xe306_9283), ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
      ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43), (Array(0..<32), 0x46dd_794e),
      (Array((0..<32).reversed()), 0x113f_db5c), ([], 0),
    ] as [([UInt8], UInt32)])
  func itIsThePublishedOne(bytes: [UInt8], checksum: UInt32) {
    #expect(CRC32C.checksum(bytes) == checksum)
  }

  @Test func theMaskIsUndoneByItsInverse() {
    let masked = CRC32C.masked(Array("123456789".utf8))
    let turned = masked &- 0xa282_ead8
    #expect(turned >> 17 | turned << 15 == 0xe306_9283)
  }
}
