import KodamaCore
import KodamaSignal
import Testing

@testable import KodamaSpectra

/// Pitch along the path of dynamic time warping.
@Suite struct FrameAlignmentTests {
  /// A tone that rises by steps, each so many samples long, with harmonics that fall off.
  private func melody(_ lengths: [Int], detune: Double = 1) -> Waveform {
    var (samples, phase) = ([Float](), 0.0)
    for (step, length) in lengths.enumerated() {
      let frequency = 110 * Double(step + 2) / 2 * detune
      for _ in 0..<length {
        phase += 2 * Double.pi * frequency / 16_000
        var sample = 0.0
        for harmonic in 1...6 { sample += sine(Double(harmonic) * phase) / Double(harmonic * harmonic) }
        samples.append(Float(0.4 * sample))
      }
    }
    return Waveform(samples, sampleRate: 16_000)
  }

  private func sine(_ x: Double) -> Double {
    let turn = x / (2 * Double.pi)
    let y = 2 * Double.pi * (turn - turn.rounded())
    // Enough of the series for a tone.
    var (term, sum) = (y, y)
    for n in 1...12 {
      term *= -y * y / Double((2 * n) * (2 * n + 1))
      sum += term
    }
    return sum
  }

  /// The agreement along the path by both methods.
  private func warpedAgreements(
    reference: Waveform, generated: Waveform, workers: Workers
  ) throws -> PitchDistance.Agreements {
    func agreement(_ tracks: PitchComparison.Tracking) throws -> PitchAgreement {
      try PitchComparison.warpedAgreement(
        reference: reference, generated: generated, workers: workers, tracks: tracks)
    }
    return PitchDistance.Agreements(
      plain: try agreement(PitchDistance.tracks), probabilistic: try agreement(ProbabilisticPitchDistance.tracks))
  }

  @Test func aSlowerMelodyHasTheSamePitchOnceItIsAligned() throws {
    let (quick, slow) = (melody([4000, 4000, 4000]), melody([4000, 9000, 6000]))
    let aligned = try warpedAgreements(reference: quick, generated: slow, workers: .serial)
    let error = try #require(aligned.plain.rootMeanSquareCents.value)
    #expect(error < 120, "\(error) cents; a step of the melody is over 400")
    let track = try YIN(sampleRate: 16_000).tracks(of: quick)[0]
    #expect(aligned.plain.frames == track.frames)
    let detuned = melody([4000, 9000, 6000], detune: 1.0594630943592953)
    let semitone = try warpedAgreements(reference: quick, generated: detuned, workers: .serial)
    let shifted = try #require(semitone.probabilistic.rootMeanSquareCents.value)
    #expect(abs(shifted - 100) < 60, "\(shifted) cents")
  }

  @Test func aSoundIsAlignedWithItselfFrameByFrame() throws {
    let sound = melody([3000, 3000])
    let alignment = try FrameAlignment(reference: sound, generated: sound, workers: .serial)
    for (first, second) in alignment.frames(hopLength: 256, reference: 24, generated: 24) { #expect(first == second) }
    let plain = try PitchDistance.agreements(reference: sound, generated: sound, workers: .serial)
    #expect(try warpedAgreements(reference: sound, generated: sound, workers: .serial) == plain)
  }

  @Test func whatCannotBeAlignedSaysWhy() throws {
    let silence = Waveform([Float](repeating: 0, count: 4000), sampleRate: 16_000)
    for (first, second, word) in [(silence, melody([5000]), "reference"), (melody([5000]), silence, "generated")] {
      for score in try PitchDistance.measureWarped(reference: first, generated: second, workers: .serial) {
        guard case .undefined(let reason) = score else {
          Issue.record("\(score)")
          continue
        }
        #expect(reason.contains(word) && reason.contains("silent"))
      }
    }
  }

  @Test func evaluationUsesThePathWhereLengthsDiffer() throws {
    let metrics = [PitchDistance.errorMetric, LogSpectralDistance.metric, AlignedMelCepstralDistortion.metric]
    let result = try Evaluation(metrics: metrics, conversions: Conversions(alignment: .dtw)).compare(
      reference: [Sound(name: "a", melody([4000, 4000]))], generated: [Sound(name: "b", melody([4000, 7000]))])
    let scores = result.pairs[0].scores
    #expect(scores["f0-rmse"] != nil && scores["mcd-dtw"] != nil && scores["lsd"] == nil)
  }
}
