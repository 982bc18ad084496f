import KodamaCore
import KodamaSignal
import Testing

@testable import KodamaSpectra

/// What is done to sounds that differ, on request.
@Suite struct ConversionsTests {
  private let lsd = LogSpectralDistance.metric
  private let noise = Signal(kind: .noise, count: 4000, rate: 8000, seed: 1).samples

  private func compare(
    _ reference: Waveform, _ generated: Waveform, _ conversions: Conversions, metrics: [Metric]? = nil
  ) throws -> PairScores {
    try Evaluation(metrics: metrics ?? [lsd], conversions: conversions).compare(
      reference: [Sound(name: "a", reference)], generated: [Sound(name: "b", generated)]
    ).pairs[0]
  }

  @Test func trimCutsTheLonger() throws {
    let short = Waveform(Array(noise.prefix(3000)), sampleRate: 8000)
    let long = Waveform(noise, sampleRate: 8000)
    for (first, second, note) in [
      (short, long, "b: cut from 4000 to 3000 samples"), (long, short, "a: cut from 4000 to 3000 samples"),
    ] {
      let pair = try compare(first, second, Conversions(alignment: .trim))
      #expect(pair.scores["lsd"] == 0)
      #expect(pair.conversions == [note])
    }
  }

  @Test func padAddsSilence() throws {
    let short = Waveform(Array(noise.prefix(3000)), sampleRate: 8000)
    let padded = Waveform(Array(noise.prefix(3000)) + [Float](repeating: 0, count: 1000), sampleRate: 8000)
    let pair = try compare(short, padded, Conversions(alignment: .pad))
    #expect(pair.scores["lsd"] == 0)
    #expect(pair.conversions == ["a: padded from 3000 to 4000 samples"])
  }

  @Test func soundsThatAreAlikeAreLeftAsTheyAre() throws {
    let sound = Waveform(noise, sampleRate: 8000)
    for alignment in Alignment.allCases {
      let conversions = Conversions(alignment: alignment, mixesDown: true) { _, _ in
        throw SpectraFault.emptySet(side: "never called")
      }
      #expect(try compare(sound, sound, conversions).conversions == [])
    }
  }

  @Test func timeWarpingLeavesSampleBySampleMetricsWithoutAValue() throws {
    let (short, long) = (Waveform(Array(noise.prefix(3000)), sampleRate: 8000), Waveform(noise, sampleRate: 8000))
    let pair = try compare(short, long, Conversions(alignment: .dtw), metrics: [lsd, AverageSpectrumDistance.metric])
    #expect(pair.undefined["lsd"]?.contains("dtw") == true)
    #expect(pair.scores["ltas"] != nil)
  }

  @Test func channelsAreMixedToTheirMean() throws {
    let stereo = Waveform(channels: [noise, noise.map { -0.5 * $0 }], sampleRate: 8000)
    let mono = Waveform(noise.map { 0.25 * $0 }, sampleRate: 8000)
    let pair = try compare(stereo, mono, Conversions(mixesDown: true))
    #expect(abs(pair.scores["lsd"] ?? .nan) < 1e-5)
    #expect(pair.conversions == ["a: mixed down from 2 channels"])
  }

  @Test func ratesBecomeThatOfTheFirstReference() throws {
    let conversions = Conversions { source, rate in
      #expect(source.sampleRate == 16_000 && rate == 8000)
      return Waveform(noise, sampleRate: rate)
    }
    let pair = try compare(
      Waveform(noise, sampleRate: 8000), Waveform([Float](repeating: 0, count: 8000), sampleRate: 16_000), conversions)
    #expect(pair.scores["lsd"] == 0)
    #expect(pair.conversions == ["b: converted from 16000 to 8000 Hz"])
  }

  @Test func theRateIsTheLowestOrAGivenOneOnRequest() throws {
    let sounds = [16_000, 8000, 44_100].map { rate in
      Sound(name: "\(rate)", Waveform([Float](repeating: 0.5, count: rate / 4), sampleRate: rate))
    }
    for (rate, expected) in [(ComparisonRate.lowest, 8000), (.reference, 16_000), (.hertz(12_000), 12_000)] {
      let conversions = Conversions(rate: rate) { source, rate in
        Waveform([Float](repeating: 0.5, count: rate / 4), sampleRate: rate)
      }
      #expect(try conversions.sampleRate(of: sounds) == expected)
      let result = try Evaluation(metrics: [AverageSpectrumDistance.metric], conversions: conversions).compare(
        reference: Array(sounds.prefix(1)), generated: Array(sounds.dropFirst()), againstNoise: true)
      #expect(result.sets?.scores["ltas"] == 0)
      #expect(result.noise?.scores["ltas"] ?? 0 > 1)
      // Sounds without scores of their own are among what was converted too.
      #expect(result.conversions?.count == (expected == 12_000 ? 3 : 2))
      #expect(
        result.notes.contains { $0.contains("44100: converted from 44100 to \(expected) Hz") || $0.contains("sounds") })
    }
    // Without a conversion every sound is held to the first.
    #expect(try Conversions(rate: .lowest).sampleRate(of: sounds) == 16_000)
  }

  /// Many pairs are measured on many threads at once, a few on one after the other with threads inside.
  @Test func resultsDoNotDependOnThreads() throws {
    let references = (0..<7).map {
      Sound(name: "\($0)", Waveform(Signal(kind: .noise, count: 3000, seed: UInt64($0)).samples, sampleRate: 8000))
    }
    let generated = (0..<9).map {
      Sound(name: "\($0)", Waveform(Signal(kind: .chirp, count: 3000, seed: UInt64($0)).samples, sampleRate: 8000))
    }
    let results = try [1, 2, 5, 16].map { threads in
      try Evaluation(workers: Workers(threads: threads)).compare(
        reference: references, generated: generated, againstNoise: true)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test func theFirstFaultInTheOrderOfThePairsIsThrown() {
    let bad = Waveform(channels: [noise, noise], sampleRate: 8000)
    let sounds = { (side: String) in
      (0..<8).map { index in
        Sound(name: "\(index).\(side)", side == "g" && index >= 3 ? bad : Waveform(noise, sampleRate: 8000))
      }
    }
    #expect(
      throws: SpectraFault.channelCountsDiffer(first: "0.r", firstCount: 1, second: "3.g", secondCount: 2)
    ) {
      try Evaluation(metrics: [lsd], workers: Workers(threads: 4)).compare(
        reference: sounds("r"), generated: sounds("g"))
    }
  }
}
