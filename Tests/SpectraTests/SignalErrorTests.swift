import Foundation
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

@Suite struct SignalErrorTests {
  @Test func halfTheHeightHasAQuarterOfTheEnergyAsError() throws {
    let reference = Waveform(Signal(kind: .noise, count: 5000).samples, sampleRate: 8000)
    let half = Waveform(reference.mono.map { $0 / 2 }, sampleRate: 8000)
    let scores = try SignalError.scores(reference: reference, generated: half)
    #expect(scores.signalToNoise == .value(10 * log10(4.0)))
    #expect(scores.errorToSignal == .value(0.25))
    #expect(scores.emphasizedErrorToSignal == .value(0.25))
  }

  @Test func undefinedScoresSayWhy() throws {
    let (silence, one) = (Waveform([0, 0], sampleRate: 8000), Waveform([1, 0.85], sampleRate: 8000))
    let copy = try SignalError.scores(reference: one, generated: one)
    #expect(copy.signalToNoise == .undefined(reason: "channel 0 is a perfect copy, and the ratio infinite"))
    #expect(copy.errorToSignal == .value(0))
    let silent = try SignalError.scores(reference: silence, generated: one)
    #expect(silent.signalToNoise == .undefined(reason: "channel 0 of the reference is silent"))
    #expect(silent.errorToSignal == .undefined(reason: "channel 0 of the reference is silent"))
    let single = try SignalError.scores(
      reference: Waveform([1], sampleRate: 8000), generated: Waveform([0.5], sampleRate: 8000))
    #expect(single.emphasizedErrorToSignal == .undefined(reason: "pre-emphasis needs 2 samples, and there is 1"))
  }

  @Test func theFilterGoesOnFromBlockToBlock() throws {
    let count = Blocks.frames + 3
    let reference = Waveform(Signal(kind: .noise, count: count, seed: 1).samples, sampleRate: 8000)
    let generated = Waveform(Signal(kind: .noise, count: count, seed: 2).samples, sampleRate: 8000)
    let score = try SignalError.scores(reference: reference, generated: generated).emphasizedErrorToSignal
    let (y, x) = (reference.mono.map(Double.init), generated.mono.map(Double.init))
    var (signal, error) = (0.0, 0.0)
    for n in 1..<count {
      let (a, b) = (y[n] - 0.85 * y[n - 1], x[n] - 0.85 * x[n - 1])
      signal += a * a
      error += (a - b) * (a - b)
    }
    expectClose([score.value ?? .nan], [error / signal], tolerance: 1e-12, "pre-emphasized error")
  }
}
