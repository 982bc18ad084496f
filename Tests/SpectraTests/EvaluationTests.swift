import Foundation
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

@Suite struct EvaluationTests {
  private func sound(
    _ name: String, _ kind: Signal.Kind = .noise, count: Int = 4000, rate: Int = 8000, seed: UInt64 = 1
  )
    -> Sound
  {
    Sound(name: name, Waveform(Signal(kind: kind, count: count, rate: rate, seed: seed).samples, sampleRate: rate))
  }

  @Test func soundsArePairedByNameWithoutExtension() throws {
    let result = try Evaluation().compare(
      reference: [sound("a/x.wav"), sound("a/y.wav", seed: 2), sound("z.wav")],
      generated: [sound("a/y.flac", seed: 3), sound("a/x.flac", .mixture), sound("w.wav", .chirp)])
    #expect(result.pairs.map(\.reference) == ["a/x.wav", "a/y.wav"])
    #expect(result.pairs.map(\.generated) == ["a/x.flac", "a/y.flac"])
    #expect(result.unpairedReference == ["z.wav"])
    #expect(result.unpairedGenerated == ["w.wav"])
    #expect(result.metrics == Metric.all)
    #expect(result.sets?.reference.sounds == 3)
    #expect(result.sets?.generated.seconds == 1.5)
    let values = result.pairs.compactMap { $0.scores["lsd"] }
    #expect(result.aggregate["lsd"]?.mean == (values[0] + values[1]) / 2)
  }

  @Test func theSetsOfTheGoldenFileHaveTheirDistance() throws {
    let golden = Golden.all.sets
    let sounds = { (side: [Signal], name: String) in
      side.enumerated().map { Sound(name: "\(name)\($0)", Waveform($1.samples, sampleRate: $1.rate)) }
    }
    let result = try Evaluation().compare(
      reference: sounds(golden.reference, "r"), generated: sounds(golden.generated, "g"))
    #expect(result.pairs.isEmpty)
    #expect(result.metrics == Metric.all.filter { !$0.scope.isOfPairs })
    expectClose([result.sets?.scores["ltas"] ?? .nan], [golden.ltas], tolerance: 1e-5, "ltas of two sets")
  }

  @Test func referencesAreMeasuredAloneByMetricsOfSingleSounds() throws {
    let metrics = [LevelMetrics.peak, LogSpectralDistance.metric]
    let references = [sound("a.wav", .square), sound("b.wav", .constant)]
    let paired = try Evaluation(metrics: metrics).compare(
      reference: references, generated: [sound("a.wav"), sound("b.wav")])
    let apart = try Evaluation(metrics: [LevelMetrics.peak]).compare(
      reference: references, generated: [sound("x.wav"), sound("y.wav"), sound("z.wav")])
    for result in [paired, apart] {
      let peak = try #require(result.references?["peak"])
      #expect(peak.count == 2 && peak.maximum == 0)
      expectClose([peak.minimum], [20 * log10(0.25)], tolerance: 1e-6, floor: 1, "the quieter reference")
      #expect(result.references?.count == 1)
    }
    let ofPairs = try Evaluation(metrics: [LogSpectralDistance.metric]).compare(
      reference: references, generated: [sound("a.wav"), sound("b.wav")])
    #expect(ofPairs.references == nil)
  }

  @Test func twoSoundsAreAPairWhateverTheirNames() throws {
    let result = try Evaluation(metrics: [ScaleInvariantSDR.metric]).compare(
      reference: [sound("a.wav")], generated: [sound("b.wav", seed: 2)])
    #expect(result.pairs.count == 1)
    #expect(result.pairs[0].scores.keys.sorted() == ["si-sdr"])
    #expect(result.sets == nil)
    #expect(result.aggregate["si-sdr"]?.standardDeviation == nil)
  }

  @Test func onlyWhatWasAskedForIsReported() throws {
    let result = try Evaluation(metrics: [MultiResolutionSTFT.logarithmicMetric]).compare(
      reference: [sound("a")], generated: [sound("a", seed: 2)])
    #expect(Array(result.pairs[0].scores.keys) == ["mr-stft-log"])
  }

  @Test func whatDiffersIsNamedOnBothSides() {
    let cases: [(Sound, SpectraFault)] = [
      (
        sound("b.wav", rate: 16_000),
        .sampleRatesDiffer(first: "a.wav", firstRate: 8000, second: "b.wav", secondRate: 16_000)
      ),
      (
        sound("b.wav", count: 3999),
        .lengthsDiffer(reference: "a.wav", referenceFrames: 4000, generated: "b.wav", generatedFrames: 3999)
      ),
      (
        Sound(name: "b.wav", Waveform(channels: [[0], [0]], sampleRate: 8000)),
        .channelCountsDiffer(first: "a.wav", firstCount: 1, second: "b.wav", secondCount: 2)
      ),
    ]
    for (generated, fault) in cases {
      let evaluation = Evaluation(metrics: [AverageSpectrumDistance.metric, LogSpectralDistance.metric])
      #expect(throws: fault) { try evaluation.compare(reference: [sound("a.wav")], generated: [generated]) }
      #expect(fault.exitStatus == .badData)
      #expect(fault.description.contains("a.wav") && fault.description.contains("b.wav"))
    }
  }

  @Test func lengthsMayDifferWhereOnlySetsAreCompared() throws {
    let result = try Evaluation(metrics: [AverageSpectrumDistance.metric]).compare(
      reference: [sound("a.wav")], generated: [sound("b.wav", count: 9000)])
    #expect(result.pairs[0].scores["ltas"] != nil)
  }

  @Test func pairMetricsNeedPairs() {
    #expect(throws: SpectraFault.needsPairs(metrics: ["lsd", "mcd-dtw"])) {
      try Evaluation(metrics: [LogSpectralDistance.metric, AlignedMelCepstralDistortion.metric]).compare(
        reference: [sound("a"), sound("b")], generated: [sound("c")])
    }
  }

  @Test func aSoundThatIsNoNumberIsNamed() {
    var samples = [Float](repeating: 0.1, count: 3000)
    samples[17] = .nan
    let broken = Sound(name: "bad.wav", Waveform(samples, sampleRate: 8000))
    let fault = SpectraFault.notFinite(name: "bad.wav", channel: 0, frame: 17)
    #expect(throws: fault) {
      try Evaluation().compare(reference: [sound("a.wav", count: 3000)], generated: [broken])
    }
  }

  @Test func twoSoundsOfDifferentLengthsNeedAnAlignment() throws {
    let fault = SpectraFault.lengthsDiffer(
      reference: "a.wav", referenceFrames: 4000, generated: "b.wav", generatedFrames: 9000)
    #expect(throws: fault) {
      try Evaluation().compare(reference: [sound("a.wav")], generated: [sound("b.wav", count: 9000)])
    }
    #expect(fault.description.contains("4000 samples and b.wav has 9000"))
  }

  @Test func aMetricThatIsNamedTwiceIsReportedOnce() throws {
    let (lsd, sdr) = (LogSpectralDistance.metric, ScaleInvariantSDR.metric)
    let result = try Evaluation(metrics: [sdr, lsd, sdr, lsd]).compare(
      reference: [sound("a")], generated: [sound("a", seed: 2)])
    #expect(result.metrics == [sdr, lsd])
    #expect(result.aggregate.keys.sorted() == ["lsd", "si-sdr"])
  }

  @Test func doubledNamesMatterOnlyWhereTheyAreToBePaired() throws {
    let take = [sound("take.wav"), sound("take.flac", seed: 2), sound("x.wav", seed: 3)]
    let sets = try Evaluation(metrics: [AverageSpectrumDistance.metric]).compare(
      reference: take, generated: [sound("take.wav"), sound("x.wav")])
    #expect(sets.pairs.map(\.reference) == ["x.wav"])
    #expect(sets.unpairedReference == ["take.wav", "take.flac"])
    #expect(sets.sets?.reference.sounds == 3 && sets.sets?.generated.sounds == 2)
    let pairs = try Evaluation().compare(reference: take, generated: [sound("x.wav"), sound("y.wav")])
    #expect(pairs.pairs.map(\.generated) == ["x.wav"])
    #expect(throws: SpectraFault.ambiguousName(first: "take.wav", second: "take.flac")) {
      try Evaluation().compare(reference: [sound("take.wav"), sound("y.wav")], generated: take)
    }
  }

  @Test func namesThatMeetWithoutExtensionAreRefused() {
    #expect(throws: SpectraFault.ambiguousName(first: "a.wav", second: "a.flac")) {
      try Evaluation().compare(reference: [sound("a.wav"), sound("a.flac")], generated: [sound("a.wav")])
    }
    #expect(throws: SpectraFault.emptySet(side: "generated")) {
      try Evaluation().compare(reference: [sound("a.wav")], generated: [])
    }
  }

  @Test func progressCountsToTheEnd() throws {
    var steps: [[Int]] = []
    _ = try Evaluation(metrics: [AverageSpectrumDistance.metric]).compare(
      reference: [sound("a"), sound("b")], generated: [sound("a"), sound("c")], progress: { steps.append([$0, $1]) })
    #expect(steps == [[1, 3], [2, 3], [3, 3]])
  }

  @Test func dotsInFoldersAreNoExtension() {
    #expect(sound("v1.2/take").stem.path == "v1.2/take")
    #expect(sound("v1.2/take.3.wav").stem.path == "v1.2/take.3")
    #expect(sound(".hidden").stem.path == ".hidden")
  }
}
