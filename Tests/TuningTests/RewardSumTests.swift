import Foundation
import KodamaCore
import TestSupport
import Testing

@testable import KodamaTuning

/// Sums of rewards, returns and advantages.
@Suite struct RewardSumTests {
  /// A reward of given values.
  private struct Given: SoundReward {
    let name = "given"
    let values: [SoundRewardValue]

    func values(of sounds: [RewardedSound], workers: Workers) -> [SoundRewardValue] { values }
  }

  private func sounds(_ count: Int, _ samples: Int) -> [RewardedSound] {
    (0..<count).map { _ in RewardedSound(samples: [Float](repeating: 0, count: samples), sampleRate: 8000) }
  }

  @Test func aWholeRewardIsTheReturnOfEverySample() throws {
    let sum = RewardSum([
      (2, Given(values: [.whole(1), .whole(3)])), (-1, Given(values: [.whole(0.5), .undefined(reason: "short")])),
    ])
    let outcome = try sum.evaluate(sounds(2, 4))
    // A sound without a value has the lowest of the others.
    #expect(outcome.rewards == [1.5, 5.5])
    #expect(outcome.returns == [[1.5, 1.5, 1.5, 1.5], [5.5, 5.5, 5.5, 5.5]])
  }

  @Test(arguments: [1.0, 0.9, 0.0]) func theReturnOfASampleIsThatOfTheFramesThatFollow(discount: Double) throws {
    var random = Philox(seed: 3)
    let times = FrameTimes(start: -7, length: 14, hop: 5)
    let frames = (0..<9).map { _ in random.normal() }
    let length = 41
    let outcome = try RewardSum([(3, Given(values: [.frames(frames, times)]))], discount: discount).evaluate(
      sounds(1, length))
    #expect(abs(outcome.rewards[0] - 3 * frames.reduce(0, +) / 9) < 1e-12)
    for sample in 0..<length {
      let following = frames.indices.filter { times.start + $0 * times.hop + times.length > sample }
      let unit = discount == 1 ? 1.0 / 9 : 1 - discount
      let expected = following.reduce(0.0) { $0 + 3 * unit * pow(discount, Double($1 - following[0])) * frames[$1] }
      #expect(abs(outcome.returns[0][sample] - expected) < 1e-12, "sample \(sample)")
    }
  }

  @Test func aRewardMustBeFiniteAndOfSomeSound() throws {
    #expect(throws: TuningFault.notFinite(reward: "given", value: .infinity, sound: 2)) {
      try RewardSum([(1, Given(values: [.whole(1), .whole(.infinity)]))]).evaluate(sounds(2, 4))
    }
    let fault = try #require(throws: TuningFault.self) {
      try RewardSum([(1, Given(values: [.whole(.nan), .whole(1)]))]).evaluate(sounds(2, 4))
    }
    #expect("\(fault)".contains("sound 1") && fault.exitStatus == .badData)
    #expect(throws: TuningFault.undefined(reward: "given", reason: "short")) {
      try RewardSum([(1, Given(values: [.undefined(reason: "short"), .undefined(reason: "silent")]))]).evaluate(
        sounds(2, 4))
    }
  }

  @Test func advantagesAreAgainstTheOthers() {
    let found = SoundAdvantages.leavingOneOut([[1, 2], [2, 2], [6, 2]])
    // 1 − 4, 2 − 3.5, 6 − 1.5 over the root of their mean square, with 0 at the other sample.
    let scale = ((9 + 2.25 + 20.25) / 6.0).squareRoot()
    expectClose(found.flatMap { $0 }, [-3 / scale, 0, -1.5 / scale, 0, 4.5 / scale, 0], tolerance: 1e-6)
    // A multiple and a sum are as good.
    let moved = SoundAdvantages.leavingOneOut([[103, 2], [106, 2], [118, 2]])
    expectClose(moved.map { $0[0] }, found.map { $0[0] }, tolerance: 1e-6)
    // Nothing is better than something equal, to the last bit of what rounding leaves.
    #expect(SoundAdvantages.leavingOneOut([[0.1, 0.3], [0.1, 0.3], [0.1, 0.3]]).joined().allSatisfy { $0 == 0 })
  }
}
