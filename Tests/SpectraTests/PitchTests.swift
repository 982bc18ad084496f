import Foundation
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

/// Held to librosa 0.11; `levels_golden.py` beside this file wrote the numbers.
@Suite struct PitchTests {
  @Test(arguments: LevelsGolden.all.tracks.indices.filter { LevelsGolden.all.tracks[$0].channel.isPresent })
  func tracksAgreeWithLibrosa(index: Int) throws {
    let golden = LevelsGolden.all.tracks[index]
    let sound = try golden.channel.waveform()
    let method = PYIN(sampleRate: sound.sampleRate)
    for (name, tracks, expected) in [
      ("YIN", try method.yin.tracks(of: sound), golden.yin), ("pYIN", try method.tracks(of: sound), golden.pyin),
    ] {
      let track = try #require(tracks.first)
      #expect(tracks.count == 1)
      #expect(track.isVoiced == expected.isVoiced, "\(name) of \(golden.channel)")
      // What an unvoiced frame would have is a tie that rounding breaks where the frame is silent.
      let frequencies = try paired(track.frequencies, expected.frequencies)
      let ratios = zip(frequencies, expected.isVoiced).filter(\.1).map { $0.0.0 / $0.0.1 }
      // Noise and silence have no voiced frame.
      if ratios.isEmpty { continue }
      expectClose(ratios, ratios.map { _ in 1.0 }, tolerance: 1e-6, "\(name) of \(golden.channel)")
    }
  }

  @Test func aToneHasItsFrequencyInEveryFrameInside() throws {
    for rate in [8000, 16_000, 22_050, 44_100, 48_000] {
      let sound = Waveform(tone(of: 220, count: rate, rate: rate), sampleRate: rate)
      let method = PYIN(sampleRate: rate)
      for (track, cents) in [(try method.yin.tracks(of: sound)[0], 4.0), (try method.tracks(of: sound)[0], 6.0)] {
        #expect(track.frames == 1 + rate / track.hopLength)
        for frame in 3..<track.frames - 3 {
          #expect(track.isVoiced[frame])
          #expect(abs(1200 * log2(track.frequencies[frame] / 220)) < cents, "frame \(frame) at \(rate) Hz")
        }
      }
    }
  }

  @Test func framesAreCenteredOnTheirTimes() throws {
    let track = PitchTrack(frequencies: [100, 200], isVoiced: [true, false], hopLength: 512, sampleRate: 16_000)
    #expect(track.times == [0, 0.032])
  }

  @Test func constantSoundAndSilenceHaveNoPitch() throws {
    for kind in [Signal.Kind.constant, .silence, .impulse] {
      let sound = Waveform(Signal(kind: kind, count: 9000, seed: 4000).samples, sampleRate: 16_000)
      let inside = try YIN(sampleRate: 16_000).tracks(of: sound)[0].isVoiced.dropFirst(3).dropLast(3)
      #expect(!inside.contains(true), "\(kind)")
    }
  }

  @Test func theNumberOfThreadsAndOfBlocksChangesNothing() throws {
    let yin = YIN(sampleRate: 8000)
    let sound = Waveform(
      Signal(kind: .voice, count: Blocks.frames + 40_000, rate: 8000).samples, sampleRate: 8000)
    let reads = Reads()
    let one = try PYIN(yin).tracks(of: CountingSource(base: sound, reads: reads), workers: .serial)
    #expect(try PYIN(yin).tracks(of: sound, workers: Workers(threads: 3)) == one)
    #expect(reads.count == 2 && reads.longest <= Blocks.frames + yin.frameLength)
    // A later piece alone has the same pitch where its frames are the same and the past is far.
    let start = 2000 * yin.hopLength
    let piece = Waveform(Array(sound.mono[start...]), sampleRate: 8000)
    let track = try PYIN(yin).tracks(of: piece)[0]
    #expect(track.frequencies.dropFirst(50) == one[0].frequencies.dropFirst(2050))
  }

  @Test func decodingInSegmentsFindsTheWayOfTheWholeModel() {
    let yin = YIN(
      sampleRate: 8000, frameLength: 512, hopLength: 32, minimumFrequency: 100, maximumFrequency: 160)
    let scale = PitchScale(yin)
    var candidates = PitchCandidates()
    var random = Philox(seed: 3)
    for frame in 0..<2 * PitchDecoder.segment + 17 {
      if frame / 40 % 3 != 2 {
        for bin in [60 + frame % 7, 20].sorted(by: >) { candidates.add(bin: bin, probability: 0.45 * random.uniform()) }
      }
      candidates.endFrame()
    }
    let states = PitchDecoder(yin, scale: scale).states(candidates)
    let best = likeliestCourse(candidates, pitches: scale.count, reach: 10)
    #expect(states.count == best.count)
    // States without sound are equally likely at many pitches; what can be heard is unique.
    #expect(states.map { $0 < scale.count ? $0 : -1 } == best.map { $0 < scale.count ? $0 : -1 })
    #expect(Set(states.map { $0 < scale.count }).count == 2)
  }

  @Test func agreementCountsWhatIsVoicedInBothAndInOne() {
    let reference = PitchTrack(
      frequencies: [100, 100, 100, 100], isVoiced: [true, true, false, false], hopLength: 1, sampleRate: 8000)
    let generated = PitchTrack(
      frequencies: [200, 100, 100, 100], isVoiced: [true, false, true, false], hopLength: 1, sampleRate: 8000)
    var agreement = PitchAgreement()
    #expect(agreement.rootMeanSquareCents == .noSamples && agreement.voicingErrorPercent == .noSamples)
    agreement.add(reference: reference, generated: generated)
    #expect(agreement.rootMeanSquareCents == .value(1200))
    #expect(agreement.voicingErrorPercent == .value(50))
    var warped = PitchAgreement()
    warped.add(reference: reference, generated: generated, along: [(0, 0), (1, 0), (2, 1), (3, 3)])
    #expect(warped.rootMeanSquareCents == .value(1200))
    #expect(warped.voicingErrorPercent == .value(0))
    var apart = PitchAgreement()
    apart.add(reference: reference, generated: generated, along: [(0, 1), (3, 3)])
    #expect(apart.rootMeanSquareCents == .undefined(reason: "no frame is voiced in both sounds"))
    #expect(apart.voicingErrorPercent == .value(50))
    var silent = PitchAgreement()
    silent.add(reference: reference, generated: generated, along: [(3, 3)])
    #expect(silent.voicingErrorPercent == .undefined(reason: "no frame is voiced in either sound"))
  }

  @Test func aRateWithoutPitchIsSaid() throws {
    let sound = Waveform([0.1, 0.2, 0.3], sampleRate: 199)
    for score in try PitchDistance.measure(reference: sound, generated: sound, workers: .serial) {
      #expect(score == .undefined(reason: "pitch needs a sample rate of 200 Hz, and it is 199"))
    }
    let lowest = Waveform(Signal(kind: .noise, count: 400).samples, sampleRate: 200)
    #expect(try PYIN(sampleRate: 200).tracks(of: lowest)[0].frames == 101)
  }

  @Test func channelsCountAlike() throws {
    let tones = [220.0, 330].map { tone(of: $0, count: 16_000, rate: 16_000) }
    let reference = Waveform(channels: [tones[0], tones[0]], sampleRate: 16_000)
    let generated = Waveform(channels: tones, sampleRate: 16_000)
    let agreements = try PitchDistance.agreements(reference: reference, generated: generated)
    let fifth = 1200 * log2(1.5)
    for agreement in [agreements.plain, agreements.probabilistic] {
      expectClose(
        [agreement.rootMeanSquareCents.value ?? .nan], [fifth / 2.0.squareRoot()], tolerance: 0.02, "two channels")
    }
  }

  @Test func aSampleThatIsNoNumberIsNamed() {
    var samples = [Float](repeating: 0.1, count: 3000)
    samples[1234] = .infinity
    #expect(throws: SpectraFault.notFinite(name: "the sound", channel: 0, frame: 1234)) {
      try YIN(sampleRate: 8000).tracks(of: Waveform(samples, sampleRate: 8000))
    }
  }

  private func tone(of frequency: Double, count: Int, rate: Int) -> [Float] {
    (0..<count).map { index in
      let phase = 2 * Double.pi * frequency * Double(index) / Double(rate)
      return Float((1...5).reduce(0) { $0 + 0.2 / Double($1) * sin(Double($1) * phase) })
    }
  }

  /// Viterbi by the book over the dense matrix of transitions.
  private func likeliestCourse(_ candidates: PitchCandidates, pitches: Int, reach: Int) -> [Int] {
    let tiny = Double.leastNormalMagnitude
    let weight = { (k: Int, j: Int) in max(0, 1 - Double(abs(k - j)) / Double(reach + 1)) }
    let sums = (0..<pitches).map { k in (0..<pitches).reduce(0) { $0 + weight(k, $1) } }
    let transitions = (0..<2 * pitches).map { from in
      (0..<2 * pitches).map { to in
        let turn = (from < pitches) == (to < pitches) ? 0.99 : 1 - 0.99
        return log(turn * weight(from % pitches, to % pitches) / sums[from % pitches] + tiny)
      }
    }
    let observations = (0..<candidates.frames).map { frame in
      var row = [Double](repeating: 0, count: 2 * pitches)
      for place in candidates.range(ofFrame: frame) {
        row[Int(candidates.bins[place])] = candidates.probabilities[place]
      }
      let voiced = min(1, row.reduce(0, +))
      for pitch in 0..<pitches { row[pitches + pitch] = (1 - voiced) / Double(pitches) }
      return row.map { log($0 + tiny) }
    }
    var values = observations[0]
    var pointers: [[Int]] = []
    for row in observations.dropFirst() {
      var next = [Double](repeating: -.infinity, count: 2 * pitches)
      var best = [Int](repeating: 0, count: 2 * pitches)
      for to in next.indices {
        for from in values.indices where values[from] + transitions[from][to] > next[to] {
          next[to] = values[from] + transitions[from][to]
          best[to] = from
        }
        next[to] += row[to]
      }
      pointers.append(best)
      values = next
    }
    var states = [values.indices.max { values[$0] < values[$1] } ?? 0]
    for best in pointers.reversed() { states.append(best[states[states.count - 1]]) }
    return states.reversed()
  }
}
