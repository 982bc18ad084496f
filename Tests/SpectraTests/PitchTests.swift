import Foundation
import KodamaCore
import KodamaSignal
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
      let voiced = { (frequencies: [Double]) in
        zip(frequencies, expected.isVoiced).compactMap { $0.1 ? $0.0 : nil }
      }
      let ratios = zip(voiced(track.frequencies), voiced(expected.frequencies)).map { $0 / $1 }
      expectClose(ratios, ratios.map { _ in 1.0 }, within: 1e-6, "\(name) of \(golden.channel)")
      let d = disagreement(ratios, ratios.map { _ in 1.0 })
      let wrong = zip(track.isVoiced, expected.isVoiced).count { $0 != $1 }
      print("DIS \(name) \(golden.channel) \(d) frames \(track.frames) voiced \(ratios.count) wrong \(wrong)")
    }
  }
}
