import Testing

@testable import KodamaSignal

@Suite struct CompandingTests {
  @Test func linearCodesAreThoseOfSixteenBits() {
    let grid = Companding.linear
    #expect(grid.levels == 65_536 && grid.silence == 32_768)
    #expect(grid.decode(0) == -1 && grid.decode(32_768) == 0 && grid.decode(65_535) == 32_767.0 / 32_768)
    #expect((0..<65_536).allSatisfy { grid.encode(grid.decode($0)) == $0 })
    let half: Float = 0.5 / 32_768
    #expect(grid.encode(half * 0.99) == 32_768 && grid.encode(half) == 32_769 && grid.encode(-half) == 32_767)
    #expect(grid.encode(2) == 65_535 && grid.encode(-.infinity) == 0 && grid.encode(.nan) == 32_768)
  }

  @Test(arguments: [2, 9, 256, 1024]) func muLawIsTheSameThroughIt(classes: Int) {
    let (companding, law) = (Companding.muLaw(MuLaw(classes: classes)), MuLaw(classes: classes))
    #expect(companding.levels == classes && companding.silence == law.silence)
    #expect(companding.decodingTable == law.decodingTable)
    for sample: Float in [-2, -1, -0.3, 0, 1e-3, 0.7, 1, .nan] {
      #expect(companding.encode(sample) == law.encode(sample))
    }
  }

  @Test(arguments: [2, 9, 256, 65_536]) func aClassBeginsAtItsLowerEdge(classes: Int) {
    let law = MuLaw(classes: classes)
    #expect(law.lowerEdge(of: 0) == -1 && law.lowerEdge(of: classes) == 1)
    for code in stride(from: 1, to: classes, by: max(1, classes / 500)) {
      let edge = law.lowerEdge(of: code)
      // Single precision tells samples apart that lie so far from the edge.
      let step = max(abs(edge) * 1e-6, 1e-12)
      #expect(law.encode(Float(edge - step)) == code - 1 && law.encode(Float(edge + step)) == code)
    }
  }

  @Test(arguments: [2, 9, 256, 1024, 65_536]) func everyClassIsSharedOutAmongLevels(classes: Int) {
    let cells = SixteenBitCells(MuLaw(classes: classes))
    var shares = [Double](repeating: 0, count: classes)
    for level in 0..<65_536 {
      var isShared = false
      cells.forEachShare(ofLevel: level) { code, share in
        shares[code] += share
        isShared = true
      }
      #expect(isShared)
    }
    #expect(shares.allSatisfy { abs($0 - 1) < 1e-9 })
  }

  @Test func aLevelHasAPartOfTheClassesAroundIt() {
    let (law, grid) = (MuLaw(), Companding.linear)
    let cells = SixteenBitCells(law)
    for sample: Float in [-1, -0.4, -0.001, 0, 0.02, 0.99] {
      var codes: [Int] = []
      cells.forEachShare(ofLevel: grid.encode(sample)) { code, _ in codes.append(code) }
      #expect(codes.contains(law.encode(sample)) && codes.count <= 2)
    }
  }
}

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
