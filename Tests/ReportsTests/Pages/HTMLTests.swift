import Foundation
import Testing

@testable import KodamaReports

@Suite struct HTMLTests {
  @Test func whatIsPutIntoALiteralIsEscapedAndThePieceIsNot() {
    let piece: HTML = "<b>\("<i>")</b>"
    let whole: HTML = "<p title=\"\("a\"b'c")\">\(piece) \(7) \("R&B")</p>"
    #expect(
      whole.markup == "<p title=\"a&quot;b&#39;c\"><b>&lt;i&gt;</b> 7 R&amp;B</p>")
    #expect(([piece, piece].joined() + "<br>").markup == piece.markup + piece.markup + "<br>")
  }

  @Test func charactersThatPagesMustNotHoldAreReplaced() {
    #expect(HTML.escaped("a\0b\u{1B}c\r\n木é\u{85}\u{202E}") == #"a\u{0}b\u{1B}c\r"# + "\n" + #"木é\u{85}\u{202E}"#)
  }

  @Test(arguments: 0...20) func base64IsThatOfFoundationHoweverItIsCut(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 83 + 7) }
    for cut in 0...count {
      var base64 = Base64()
      let text = base64.encode(Array(bytes[..<cut])) + base64.encode(Array(bytes[cut...])) + base64.finish()
      #expect(String(decoding: text, as: UTF8.self) == Data(bytes).base64EncodedString())
    }
  }

  @Test func aWaveFileIsAHeaderAndRoundedSamples() {
    let header = WaveBytes.header(sampleRate: 22_050, channels: 2, frames: 3)
    #expect(header.count == 44)
    #expect(Array(header[4..<8]) == [48, 0, 0, 0] && Array(header[40...]) == [12, 0, 0, 0])
    #expect(Array(header[22..<36]) == [2, 0, 0x22, 0x56, 0, 0, 0x88, 0x58, 1, 0, 4, 0, 16, 0])
    #expect(
      WaveBytes.samples([[0, 1, -1], [0.5, 2, -3]]) == [0, 0, 0, 64, 255, 127, 255, 127, 0, 128, 0, 128])
  }

  @Test func numbersAreShort() {
    let short = [0.0, 1, -1.5, 12.3456, 1234.56, 123_456.7, 1_234_567, 0.00123456, 0.0000123456, -1e-300, .infinity]
    #expect(
      short.map(NumberText.short) == [
        "0", "1.000", "−1.500", "12.35", "1235", "123457", "1.235e6", "0.001235", "1.235e−5", "−1.000e−300", "inf",
      ])
    let round = [0.0, 0.5, 5, 1000, 250_000, 1e6, -20_000, -500, 0.0001, 2e-5]
    #expect(
      round.map(NumberText.round) == ["0", "0.5", "5", "1,000", "250,000", "1e6", "−20,000", "−500", "0.0001", "2e−5"])
    #expect([0, 999, 1000, 1_234_567, -4321].map(NumberText.count) == ["0", "999", "1,000", "1,234,567", "−4,321"])
  }
}
