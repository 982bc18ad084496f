import Testing

@testable import KodamaReports

@Suite struct EventFileNameTests {
  private func name(after names: [String], at time: Double, host: String = "studio", number: Int = 0) -> String {
    "\(EventFileName(after: names, origin: EventOrigin(host: host, process: 77) { time }, number: number))"
  }

  @Test func itTellsWhenWhereAndWhich() {
    #expect(name(after: [], at: 1_700_000_000.9, number: 3) == "events.out.tfevents.1700000000.studio.77.3")
    #expect(name(after: [], at: 12) == "events.out.tfevents.0000000012.studio.77.0")
    #expect(name(after: [], at: 1_700_000_000, host: "a/b.c") == "events.out.tfevents.1700000000.a-b.c.77.0")
  }

  /// Readers go by the order of names: files of one second, of a clock that was set back, of any process.
  @Test func itComesAfterAllThatAreThere() {
    var names = ["metrics.jsonl", "events.out.tfevents.1699999999.zoo.99999.9"]
    for (number, time) in [1_700_000_000, 1_700_000_000, 1_600_000_000, 1_700_000_001, 1_700_000_009].enumerated() {
      let next = name(after: names.shuffled(), at: Double(time), host: "\(9 - number)", number: 10 - number)
      #expect(names.filter { $0.hasPrefix("events") }.allSatisfy { $0 < next }, "\(next)")
      names.append(next)
    }
    #expect(names.last?.contains(".1700000009.") == true)
  }

  @Test(arguments: [
    "events.out.tfevents.", "events.out.tfevents.x.y.1.0", "events.out.tfevents.99999999999999999999.y.1.0",
    "events.out.tfevents", "other.1800000000.y.1.0",
  ]) func otherNamesDoNotCount(other: String) {
    #expect(name(after: [other], at: 1_700_000_000) == "events.out.tfevents.1700000000.studio.77.0")
  }
}

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
