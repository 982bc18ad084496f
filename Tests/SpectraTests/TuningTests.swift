import Foundation
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

/// The metrics `voiced-share` and `in-tune`; their golden numbers are in `LevelMetricTests`.
@Suite struct TuningTests {
  private let rate = 16_000

  /// Frames at steps of 10 cents from C2, each so often; nil is unvoiced.
  private func counts(_ frames: [(step: Int?, count: Int)]) -> PitchCounts {
    var counts = PitchCounts(sampleRate: rate)
    for (step, count) in frames {
      let hertz = YIN.lowestFrequency * exp2(Double(step ?? 0) / 120)
      counts.add(
        PitchTrack(
          frequencies: [Double](repeating: hertz, count: count), isVoiced: [Bool](repeating: step != nil, count: count),
          hopLength: 256, sampleRate: rate))
    }
    return counts
  }

  @Test func aNoteIsTheMedianOfTheFramesAroundIt() {
    let reference = counts([(99, 10), (100, 50), (101, 40), (200, 30), (nil, 500)])
    #expect(reference.voiced == 130 && reference.unvoiced == 500)
    #expect(reference.notes == [100, 200])
    #expect(counts([]).notes.isEmpty && counts([(nil, 3)]).notes.isEmpty)
    // At both ends of the range.
    #expect(counts([(0, 2), (600, 1)]).notes == [0, 600])
  }

  @Test func whatIsRareIsNoNote() {
    #expect(counts([(100, 991), (200, 9)]).notes == [100])
    #expect(counts([(100, 990), (200, 10)]).notes == [100, 200])
  }

  @Test func framesWithin30CentsAreInTune() {
    let notes = [100]
    for (step, percent) in [(97, 100.0), (96, 0), (103, 100), (104, 0)] {
      #expect(counts([(step, 4)]).percent(near: notes) == percent)
    }
    #expect(counts([(100, 3), (110, 1), (nil, 100)]).percent(near: notes) == 75)
    #expect(counts([(100, 3)]).percent(near: []) == 0)
  }

  @Test func setsAreTheirSoundsTogether() {
    var sum = counts([(100, 3), (nil, 2)])
    sum.add(counts([(100, 1), (300, 5)]))
    #expect(sum == counts([(100, 4), (300, 5), (nil, 2)]))
  }

  @Test func theSetsOfTheGoldenFileAreInTuneAsLibrosaHasIt() throws {
    let golden = LevelsGolden.all.sets
    let sides = [golden.reference, golden.generated].enumerated().map { side, channels in
      channels.enumerated().map { index, channel in Sound(name: "\(side)-\(index)") { try channel.waveform() } }
    }
    let result = try Evaluation(metrics: [Tuning.metric]).compare(reference: sides[0], generated: sides[1])
    expectClose([result.sets?.scores["in-tune"] ?? .nan], [golden.inTune], tolerance: 1e-9, floor: 1, "two sets")
  }

  @Test func distributionsOfPitchAreDistances() {
    let scores = PitchDistribution.compare(
      reference: counts([(100, 3), (200, 1), (nil, 4)]), generated: counts([(110, 2), (200, 2), (nil, 1)]))
    // Half of the reference is voiced; its mean is step 125, the other's 155; 1/2 moves by 10 steps and 1/4 by 100.
    expectClose(scores.map { $0.value ?? .nan }, [30, 300, 300], tolerance: 1e-12, "pitches")
    let apart = PitchDistribution.compare(reference: counts([(100, 1), (300, 1)]), generated: counts([(200, 2)]))
    expectClose(apart.map { $0.value ?? .nan }, [0, 0, 1000], tolerance: 1e-12, "one note between two")
  }

  @Test func whyThereIsNoDistanceOfPitchIsSaid() {
    let (voiced, unvoiced, empty) = (counts([(100, 1)]), counts([(nil, 2)]), counts([]))
    let absence = Score.undefined(reason: "no frame of the generated sound is voiced")
    #expect(PitchDistribution.compare(reference: voiced, generated: unvoiced) == [.value(100), absence, absence])
    #expect(PitchDistribution.compare(reference: empty, generated: voiced) == Array(repeating: .noSamples, count: 3))
    #expect(PitchDistribution.compare(reference: nil, generated: voiced).allSatisfy { $0.value == nil })
  }

  @Test func whyThereIsNoTuningIsSaid() throws {
    let tone = Waveform((0..<8000).map { Float(sin(0.1 * Double($0))) }, sampleRate: rate)
    let silence = Waveform([Float](repeating: 0, count: 8000), sampleRate: rate)
    let low = Waveform([0.1, 0.2, 0.3], sampleRate: 199)
    for (reference, generated, reason) in [
      (silence, tone, "no frame of the reference is voiced"),
      (tone, silence, "no frame of the generated sound is voiced"),
      (low, low, "pitch needs a sample rate of 200 Hz"), (Waveform([], sampleRate: rate), tone, "there are no samples"),
    ] {
      let scores = try Scores.all(of: Tuning.self, reference: reference, generated: generated)
      guard case .undefined(let actual)? = scores.first, scores.count == 1 else {
        Issue.record("\(scores) where \(reason)")
        continue
      }
      #expect(actual.hasPrefix(reason))
    }
    #expect(try VoicedShare.measure(silence, workers: .serial) == [.value(0)])
    #expect(
      try VoicedShare.measure(low, workers: .serial)
        == [.undefined(reason: "pitch needs a sample rate of 200 Hz, and it is 199")])
  }

  @Test func aSoundIsTrackedOnceForAllMeasurements() throws {
    let reads = Reads()
    let tone = Waveform((0..<8000).map { Float(sin(0.1 * Double($0))) }, sampleRate: rate)
    let memory = MeasuredSound(CountingSource(base: tone, reads: reads), for: Metric.all)
    let share = try VoicedShare.measure(memory, workers: .serial)
    let once = reads.count
    let distance = try PitchDistance.measure(reference: memory, generated: memory, workers: .serial)
    _ = try Tuning.summary(of: memory, workers: .serial)
    #expect(reads.count == once && once > 0)
    #expect(share == (try VoicedShare.measure(tone, workers: .serial)))
    #expect(distance == (try PitchDistance.measure(reference: tone, generated: tone, workers: .serial)))
  }
}
