import Foundation
import Testing

@testable import Kodama

/// Real recordings, where they lie beside the package; nothing here needs them.
@Suite struct SpokenDigitsTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/corpora/fsdd/validation").standardized.path

  /// The order-0 and order-1 entropies of the files' codes, against which bits per sample are read: 7.29 and 5.51.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: folder), "the spoken digits are not beside the package"))
  func entropiesOfTheirCodes() throws {
    let recordings = try Recordings(CorpusIndex.scan(Self.folder))
    var statistics = CodeStatistics()
    for recording in 0..<recordings.count {
      let samples = try recordings.read(recording, 0..<recordings.frames(of: recording))
      statistics.add(MuLaw().encode(samples))
    }
    #expect(recordings.count == 200)
    #expect(abs(statistics.orderZeroEntropy! - 7.29) < 0.005)
    #expect(abs(statistics.orderOneEntropy! - 5.51) < 0.005)
  }
}
