import Testing

@testable import KodamaSignal

@Suite struct MuLawTests {
  @Test(arguments: [2, 3, 255, 256, 512, 1024, 65_536])
  func encodingADecodedCodeGivesItBack(classes: Int) {
    let law = MuLaw(classes: classes)
    for code in 0..<classes where law.encode(law.decode(code)) != code {
      Issue.record("code \(code) of \(classes) came back as \(law.encode(law.decode(code)))")
    }
  }

  @Test(arguments: [2, 256, 65_536]) func theEndsAreExact(classes: Int) {
    let law = MuLaw(classes: classes)
    #expect(law.decode(0) == -1)
    #expect(law.decode(classes - 1) == 1)
    #expect(law.encode(-1) == 0)
    #expect(law.encode(1) == classes - 1)
  }

  @Test func silenceIsTheMiddleCode() {
    #expect(MuLaw().silence == 128)
    #expect(MuLaw(classes: 65_536).silence == 32_768)
  }

  @Test func samplesOutsideTheRangeAreTakenAsTheNearestEnd() {
    let law = MuLaw()
    #expect(law.encode(1.5) == 255)
    #expect(law.encode(-.infinity) == 0)
    #expect(law.encode(.nan) == 128)
  }

  @Test func decodingGrowsWithTheCode() {
    let table = MuLaw().decodingTable
    #expect(table.count == 256 && zip(table, table.dropFirst()).allSatisfy { $0 < $1 })
  }
}
