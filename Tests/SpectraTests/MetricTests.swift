import Foundation
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

/// Held to auraloss 0.4 and to definitions over librosa 0.11; `spectra_golden.py` beside this file wrote the numbers.
@Suite struct MetricTests {
  @Test(arguments: Golden.all.metrics.indices) func scoresAgreeWithTheirTools(index: Int) throws {
    let golden = Golden.all.metrics[index]
    let reference = waveform(golden.reference)
    let generated = waveform(golden.generated)
    let scores = try Scores.all(reference: reference, generated: generated)
    #expect(Set(scores.keys).isSuperset(of: golden.scores.keys))
    for (name, expected) in golden.scores {
      let what = "\(name) of \(golden.generated) against \(golden.reference)"
      switch (scores[name], expected) {
      case (.value(let actual)?, let expected?):
        // SI-SDR is held to 1e-3 dB, everything else to 1e-5 of itself.
        let decibels = name == "si-sdr"
        expectClose([actual], [expected], tolerance: decibels ? 1e-3 : 1e-5, floor: decibels ? 1 : 1e-6, what)
      case (.undefined(let reason)?, nil): #expect(!reason.isEmpty)
      default: Issue.record("\(what): \(String(describing: scores[name])) for \(String(describing: expected))")
      }
    }
  }

  @Test func metricsHaveNamesAndDefinitions() {
    #expect(
      Metric.all.map(\.name) == [
        "lsd", "mr-stft", "mr-stft-sc", "mr-stft-log", "spectral-convergence", "mel-l1-hifigan", "mel-l1-pwg", "mcd",
        "mcd-dtw", "mcd-pymcd", "mcd-pwg", "si-sdr", "snr", "esr", "esr-preemphasis", "stoi", "estoi", "f0-rmse",
        "f0-voicing", "f0-rmse-pyin", "f0-voicing-pyin", "loudness-difference", "loudness", "true-peak", "peak", "dc",
        "clipping",
        "silence", "voiced-share", "hnr", "flatness", "ltas", "band-wasserstein", "in-tune", "voiced-difference",
        "pitch-difference", "pitch-wasserstein", "hnr-difference", "hnr-wasserstein", "flatness-difference",
        "flatness-wasserstein",
      ])
    #expect(Metric.all.allSatisfy { !$0.definition.isEmpty && !$0.source.isEmpty && !$0.title.isEmpty })
  }

  @Test func aMetricIsFoundByNameOrTheNamesAreListed() throws {
    #expect(try Metric.named("si-sdr") == ScaleInvariantSDR.metric)
    #expect { try Metric.named("fad") } throws: { error in
      guard let fault = error as? SpectraFault else { return false }
      return fault.exitStatus == .usage && fault.description.contains("spectral-convergence")
    }
  }

  @Test func nothingIsComparedWhereThereAreNoSamples() throws {
    for (name, score) in try Scores.all(
      reference: Waveform([], sampleRate: 8000), generated: Waveform([], sampleRate: 8000))
    {
      #expect(score == .noSamples, "\(name)")
    }
  }

  @Test func undefinedScoresSayWhy() throws {
    let silence = Waveform([Float](repeating: 0, count: 2000), sampleRate: 8000)
    let noise = Waveform(Signal(kind: .noise, count: 2000).samples, sampleRate: 8000)
    #expect(
      try SpectralConvergence.score(reference: silence, generated: noise)
        == .undefined(reason: "the reference is silent"))
    #expect(
      try ScaleInvariantSDR.score(reference: noise, generated: silence)
        == .undefined(reason: "channel 0 of the generated sound is constant"))
    let short = Waveform(Signal(kind: .noise, count: 1024).samples, sampleRate: 8000)
    #expect(
      try MultiResolutionSTFT.scores(reference: short, generated: short).distance
        == .undefined(reason: "mirroring at the ends needs 1025 samples, and there are 1024"))
  }

  @Test func theLoudestSamplesThereAreGiveNoInfiniteScores() throws {
    let loud = Waveform(
      Signal(kind: .square, count: 3000).samples.map { $0 * .greatestFiniteMagnitude }, sampleRate: 8000)
    let quiet = Waveform(
      Signal(kind: .noise, count: 3000).samples.map { $0.sign == .plus ? .leastNonzeroMagnitude : 0 }, sampleRate: 8000)
    // Half a period in 3,000 samples, as quiet as silence, two perfect copies, and less than 30 frames of speech.
    let mayBeUndefined = [
      "snr", "f0-rmse", "f0-voicing", "f0-rmse-pyin", "f0-voicing-pyin", "loudness", "loudness-difference", "true-peak",
      "in-tune", "stoi", "estoi", "pitch-difference", "pitch-wasserstein", "flatness", "flatness-difference",
      "flatness-wasserstein",
    ]
    for (reference, generated) in [(loud, quiet), (quiet, loud), (loud, loud), (quiet, quiet)] {
      for (name, score) in try Scores.all(reference: reference, generated: generated) {
        switch score {
        case .value(let value): #expect(value.isFinite, "\(name)")
        case .undefined(let reason):
          // The quiet sound lies below the floor of mel-cepstra.
          let isBelowTheFloor = name.hasPrefix("mcd") && reason.hasSuffix("is silent")
          #expect(isBelowTheFloor || mayBeUndefined.contains(name), "\(name)")
        }
      }
    }
  }

  @Test func scalingChangesTheDistancesAsItShould() throws {
    let reference = Waveform(Signal(kind: .noise, count: 9000).samples, sampleRate: 8000)
    let half = Waveform(reference.mono.map { $0 / 2 }, sampleRate: 8000)
    let twentyLogTwo = 20 * log10(2.0)
    let scores = try Scores.all(reference: reference, generated: half)
    expectClose([scores["lsd"]?.value ?? .nan], [twentyLogTwo], tolerance: 1e-6, "lsd of half the height")
    expectClose([scores["ltas"]?.value ?? .nan], [twentyLogTwo], tolerance: 1e-6, "ltas of half the height")
    expectClose([scores["spectral-convergence"]?.value ?? .nan], [0.5], tolerance: 1e-6, "convergence of half")
    #expect((scores["si-sdr"]?.value ?? .nan) > 90)
  }

  @Test func longSoundsAreComparedInBlocks() throws {
    let count = Blocks.frames + 5777
    let reference = Waveform(Signal(kind: .noise, count: count, seed: 1).samples, sampleRate: 8000)
    let generated = Waveform(Signal(kind: .mixture, count: count, seed: 1).samples, sampleRate: 8000)
    let counter = Reads()
    let first = CountingSource(base: reference, reads: counter)
    let serial = try [
      LogSpectralDistance.score(reference: first, generated: generated, workers: .serial),
      SpectralConvergence.score(reference: first, generated: generated, workers: .serial),
      ScaleInvariantSDR.score(reference: first, generated: generated),
    ]
    let three = Workers(threads: 3)
    #expect(try LogSpectralDistance.score(reference: reference, generated: generated, workers: three) == serial[0])
    #expect(try SpectralConvergence.score(reference: reference, generated: generated, workers: three) == serial[1])
    #expect(counter.longest <= Blocks.frames + 2048)
    #expect(counter.count == 2 + 2 + 2 * 2)
  }

  private func waveform(_ signals: [Signal]) -> Waveform {
    Waveform(channels: signals.map(\.samples), sampleRate: signals[0].rate)
  }
}
