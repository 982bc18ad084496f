import Foundation
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

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
