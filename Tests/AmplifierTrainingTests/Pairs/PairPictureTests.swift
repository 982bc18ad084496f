import KodamaAmplifierTraining
import KodamaReports
import Testing

@Suite struct PairPictureTests {
  @Test func thePictureIsAFileOfEitherFormat() throws {
    let pair = ExamplePair.pair(ExamplePair.dry, ExamplePair.wet)
    let picture = try PairPicture(pair, pair.analysis())
    let png = try picture.encoded()
    #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]) && png.count > 20_000)
    #expect(try picture.encoded() == png)
    let svg = try picture.encoded(as: .svg)
    #expect(svg.starts(with: Array("<?xml".utf8)))
    let inverted = ExamplePair.pair(ExamplePair.dry, ExamplePair.wet.map { -$0 })
    #expect(try PairPicture(inverted, inverted.analysis()).encoded() != png)
    #expect(throws: ReportsFault.pictureSize(width: 100, height: 100)) {
      try PairPicture(pair, pair.analysis(), width: 100, height: 100)
    }
  }
}
