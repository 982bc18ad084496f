import Foundation
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

@Suite struct SampleLevelsTests {
  private func levels(_ samples: [Float], rate: Int = 1000) throws -> SampleLevels {
    try SampleLevels(of: Waveform(samples, sampleRate: rate))
  }

  @Test func threeSamplesOfOneSignAtFullScaleAreClipped() throws {
    let full: Float = 32_767.0 / 32_768
    #expect(try levels([0, full, full, 0]).clipping == .value(0))
    #expect(try levels([0, full, full, 1, 0]).clipping == .value(60))
    #expect(try levels([-1, -1, -full, 0]).clipping == .value(75))
    #expect(try levels([1, 1, -1, -1]).clipping == .value(0))
    #expect(try levels([1, 1, 1, -1, -1, -1.5]).clipping == .value(100))
    #expect(try levels([full.nextDown, full.nextDown, full.nextDown]).clipping == .value(0))
  }

  @Test func aRunGoesOnFromBlockToBlock() throws {
    var samples = [Float](repeating: 0, count: 2 * Blocks.frames)
    for index in Blocks.frames - 2...Blocks.frames { samples[index] = 1 }
    #expect(try levels(samples).clipping == .value(300 / Double(samples.count)))
  }

  @Test func twentyMillisecondsBelowSixtyDecibelsAreSilent() throws {
    // Frames of 20 samples, the last one of 10.
    let loud = [Float](repeating: 0.00101, count: 20)
    let quiet = [Float](repeating: 0.00099, count: 20)
    #expect(try levels(loud + quiet + quiet + loud.prefix(10)).silence == .value(50))
    #expect(try levels(loud + quiet.prefix(10)).silence == .value(50))
    #expect(try levels(loud).silence == .value(0))
  }

  @Test func peakAndOffsetAreThoseOfTheDefinition() throws {
    let stereo = try SampleLevels(of: Waveform(channels: [[0.5, -0.25], [0.1, 0.1]], sampleRate: 8000))
    expectClose([stereo.peak.value ?? .nan], [-6.0205999], tolerance: 1e-7, "peak")
    expectClose([stereo.offset.value ?? .nan], [(12.5 + 10) / 2], tolerance: 1e-6, "offset")
    let negative = try levels([-0.5, -0.5])
    #expect(negative.offset == .value(50))
  }

  @Test func silenceHasNoPeakAndEmptinessNothing() throws {
    #expect(try levels([0, 0]).peak == .silent)
    #expect(try levels([0, 0]).silence == .value(100))
    let empty = try levels([])
    #expect([empty.peak, empty.offset, empty.clipping, empty.silence].allSatisfy { $0 == .noSamples })
  }
}

/// Pitch, loudness, levels, signal errors and band energies of pairs, held to librosa 0.11, pyloudnorm 0.2, scipy and
/// definitions over numpy; `levels_golden.py` beside this file wrote the numbers.
@Suite struct LevelMetricTests {
  @Test(
    arguments: LevelsGolden.all.pairs.indices.filter { index in
      let pair = LevelsGolden.all.pairs[index]
      return pair.reference.arePresent && pair.generated.arePresent
    })
  func scoresAgreeWithTheirTools(index: Int) throws {
    let golden = LevelsGolden.all.pairs[index]
    let scores = try Scores.all(reference: golden.reference.waveform(), generated: golden.generated.waveform())
    #expect(Set(scores.keys).isSuperset(of: golden.scores.keys))
    for (name, expected) in golden.scores {
      let what = "\(name) of \(golden.generated) against \(golden.reference)"
      switch (scores[name], expected) {
      case (.value(let actual)?, let expected?):
        if name.hasPrefix("loudness") {
          #expect(abs(actual - expected) <= 0.1, "\(what): \(actual) for \(expected) LU")
        } else {
          expectClose([actual], [expected], tolerance: 1e-5, floor: 1e-6, what)
        }
      case (.undefined(let reason)?, nil): #expect(!reason.isEmpty)
      default: Issue.record("\(what): \(String(describing: scores[name])) for \(String(describing: expected))")
      }
    }
  }
}
