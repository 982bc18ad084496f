import Foundation
import TestSupport
import Testing

@testable import LessonBook

/// Each lesson reaches what it teaches, and draws it.
@Suite struct LessonTests {
  /// Does a lesson, and holds its picture to a size; returns what it measured.
  private func results<L: Lesson>(_ lesson: L, width: Int = 1200, height: Int = 460) throws -> L.Results {
    let results = try lesson.results()
    let picture = try lesson.picture(results)
    #expect(Array(picture[..<8]) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    func number(_ first: Int) -> Int { picture[first..<first + 4].reduce(0) { $0 << 8 | Int($1) } }
    #expect(number(16) == width && number(20) == height, "\(number(16)) by \(number(20)) pixels")
    // An empty picture of these sizes has less than 3 kB.
    #expect(picture.count > 6000, "\(picture.count) bytes")
    let lines = lesson.lines(results)
    #expect(lines.count > 2 && lines.allSatisfy { $0.count <= 100 && !$0.contains("nan") }, "\(lines)")
    return results
  }

  @Test func linesAreWrongByNoiseOverTheRootOfPoints() throws {
    let lesson = LinearRegression(seed: 1)
    let found = try results(lesson)
    let last = try #require(found.descent.last)
    // Both ways lead to one line, which is within three deviations of the true one.
    #expect(abs(last.line.slope - found.closedForm.slope) < 1e-4)
    #expect(abs(last.line.intercept - found.closedForm.intercept) < 1e-4)
    #expect(abs(found.closedForm.slope - lesson.truth.slope) < 3 * 0.5 * (3.0 / 30).squareRoot())
    #expect(abs(found.closedForm.intercept - lesson.truth.intercept) < 3 * 0.5 / 30.0.squareRoot())
    #expect(found.errors.count == 15)
    for error in found.errors {
      let theory = error.noise / Double(error.points).squareRoot()
      // Of ten points the variance of x is often far from its mean.
      let range = error.points == 10 ? 0.8...1.5 : 0.8...1.25
      #expect(range.contains(error.slope / (theory * 3.0.squareRoot())), "\(error)")
      #expect(range.contains(error.intercept / theory), "\(error)")
    }
  }

  @Test func tooHighADegreeFollowsTheNoise() throws {
    let lesson = PolynomialRegression(seed: 1)
    let found = try results(lesson)
    // Three deviations of a fit to 1,000 points.
    let tolerances = [0.3, 0.35, 0.65]
    for (index, tolerance) in tolerances.enumerated() {
      #expect(abs(found.closedForm[index] - lesson.truth[index]) < tolerance, "\(found.closedForm)")
      #expect(abs(found.descent[index] - found.closedForm[index]) < 0.01, "\(found.descent)")
    }
    let (training, test) = (found.errors.map(\.training), found.errors.map(\.test))
    #expect(training.count == 13 && zip(training, training.dropFirst()).allSatisfy { $0 > $1 }, "\(training)")
    #expect(test.indices.min { test[$0] < test[$1] } == 2, "\(test)")
    #expect(test[1] > 3 * test[2] && test[12] > 10 * test[2], "\(test)")
  }

  @Test func onlyAHiddenLayerLearnsXOR() throws {
    let lesson = Perceptron(seed: 1)
    let found = try results(lesson, height: 380)
    #expect(found.perceptrons.map(\.gate) == [.and, .or, .xor])
    for outcome in found.perceptrons.prefix(2) {
      #expect(outcome.errors.last == 0 && outcome.errors.count < 10, "\(outcome.gate): \(outcome.errors)")
    }
    let xor = found.perceptrons[2].errors
    #expect(xor.count == lesson.mostPasses && xor.allSatisfy { $0 > 0 }, "\(xor)")
    #expect(found.networkErrors == 0 && found.networkLoss < 0.01, "\(found.networkLoss)")
  }

  @Test func irisesAreToldApart() throws {
    let found = try results(Iris(seed: 1))
    #expect(found.accuracies.count == 2)
    for accuracy in found.accuracies {
      #expect(accuracy.mean >= 0.95 && accuracy.lowest > 0.8, "\(accuracy)")
    }
  }

  @Test func convolutionsTellSoundsApartBest() throws {
    let found = try results(SpokenDigits(seed: 1), width: 800)
    #expect(found.outcomes.map(\.network) == DigitNetwork.allCases)
    let accuracies = try found.outcomes.map { try #require($0.accuracies.last) }
    // Measured at 0.48, 0.90 and 0.94.
    #expect((0.3..<0.65).contains(accuracies[0]), "\(accuracies)")
    #expect(accuracies[1] > accuracies[0] + 0.2, "\(accuracies)")
    #expect(accuracies[2] > accuracies[1] && accuracies[2] > 0.9, "\(accuracies)")
    #expect(found.outcomes[2].parameters < found.outcomes[1].parameters)
  }

  @Test func recordingsWithoutDigitsAreRefused() throws {
    try withTemporaryFolder { folder in
      try write(WaveBytes().bytes, to: folder + "/tone.wav")
      #expect(throws: LessonFault.noDigits(folder: folder)) { try SpokenDigits(seed: 1, corpus: folder).results() }
    }
  }

  @Test func adaptiveStepsReachLowerLosses() throws {
    let found = try results(OptimizerComparison(seed: 1), width: 900)
    let losses = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.finalLoss) })
    #expect(losses.count == 6)
    let descent = try #require(losses["SGD"])
    // Measured at 0.0385 of SGD, and 0.0009, 0.015, 0.0036, 0.0005 and less than 0.0001 of the others.
    for name in ["momentum", "RMSProp", "Adam", "Muon"] {
      #expect(try #require(losses[name]) < descent / 3, "\(name): \(losses)")
    }
    #expect(try #require(losses["Adagrad"]) < descent, "\(losses)")
  }

  @Test func dropoutNarrowsTheGap() throws {
    let found = try results(DropoutComparison(seed: 1))
    try #require(found.map(\.rate) == [0, 0.5])
    let (plain, dropped) = (found[0], found[1])
    #expect(dropped.gap < plain.gap / 3, "\(plain.gap), \(dropped.gap)")
    let (plainLoss, droppedLoss) = (try #require(plain.heldOut.last), try #require(dropped.heldOut.last))
    #expect(droppedLoss < plainLoss / 1.5, "\(plainLoss), \(droppedLoss)")
    // Without dropout the held-out loss is far above its lowest by then.
    #expect(try plainLoss > 2 * #require(plain.heldOut.min()), "\(plain.heldOut)")
  }

  @Test func smallBatchesHarmBatchNormalizationAlone() throws {
    let found = try results(SmallBatches(seed: 1), width: 800)
    func errors(_ kind: SmallBatches.Kind) -> [Double] { found.filter { $0.kind == kind }.map(\.error) }
    let batch = errors(.batch)
    try #require(batch.count == 4)
    #expect(batch[0] > 1.3 * batch[3] && batch[0] > batch[1], "\(batch)")
    for kind in [SmallBatches.Kind.group, .layer] {
      // The same sums in another order.
      let errors = errors(kind)
      #expect(try #require(errors.max()) - (try #require(errors.min())) < 0.02, "\(kind): \(errors)")
      #expect(errors[0] < batch[0], "\(kind): \(errors), \(batch)")
    }
  }

  @Test func fiftyLayersNeedShortcuts() throws {
    let found = try results(Depth(seed: 1), width: 800)
    func curve(_ layers: Int, _ hasShortcuts: Bool) throws -> Depth.Curve {
      try #require(found.first { $0.layers == layers && $0.hasShortcuts == hasShortcuts })
    }
    let (deep, plain) = (try curve(50, true), try curve(50, false))
    #expect(deep.lastLoss < 0.8 && plain.lastLoss > 1.5 * deep.lastLoss, "\(deep.lastLoss), \(plain.lastLoss)")
    // Few layers do without.
    #expect(try curve(14, false).lastLoss < plain.lastLoss)
  }

  @Test func fewBitsNeedTraining() throws {
    let found = try results(FewerBits(seed: 1), width: 800)
    #expect(found.outcomes.map(\.bits) == [64, 32, 16, 16, 8, 4, 2, 1])
    let losses = found.outcomes.map(\.loss)
    let trained = try found.outcomes.suffix(4).map { try #require($0.trainedLoss) }
    try #require(losses.allSatisfy(\.isFinite) && trained.allSatisfy(\.isFinite) && found.furtherLoss.isFinite)
    for (index, tolerance) in [1e-5, 0.001, 0.005, 0.01].enumerated() {
      #expect(abs(losses[index + 1] - losses[0]) < tolerance, "\(losses)")
    }
    #expect(losses[6] > 1.5 * losses[0] && losses[7] > losses[6], "\(losses)")
    #expect(trained[2] < losses[6] / 2 && trained[3] < losses[7] / 2, "\(losses), \(trained)")
    #expect(trained[0] < trained[2] && trained[2] < trained[3], "\(trained)")
  }

  @Test func aHiddenStateCarries() throws {
    let found = try results(BinaryAddition(seed: 1))
    try #require(found.map(\.isRecurrent) == [true, false])
    #expect(found[0].longSums.map(\.bits) == [8, 16, 64])
    #expect(found[0].longSums.allSatisfy { $0.share > 0.99 }, "\(found[0].longSums)")
    #expect(found[1].longSums.allSatisfy { $0.share < 0.3 }, "\(found[1].longSums)")
    let (last, other) = (try #require(found[0].losses.last), try #require(found[1].losses.last))
    #expect(last < 0.02 && other > 0.2, "\(last), \(other)")
  }

  @Test func gradientsVanishExplodeAndAreClipped() throws {
    let found = try results(GradientsThroughTime(seed: 1))
    let decays = found.decays
    try #require(decays.count == 4 && decays.allSatisfy { $0.norms.count == 40 })
    let ends = decays.map { $0.norms[39] }
    #expect(decays.allSatisfy { $0.norms[0] == 1 })
    // Without a bias the forget gate is near one half. Measured at 2e-7, 1e-8, 0.2 and 83.
    #expect(ends[0] < 1e-5 && ends[1] < 1e-4, "\(ends)")
    #expect(ends[2] > 0.01 && ends[2] < 1 && ends[3] > 1, "\(ends)")
    try #require(found.descents.map(\.limit) == [nil, 1])
    let (plain, clipped) = (found.descents[0], found.descents[1])
    // Ruined: no numbers any more, or a guess, whose loss is ln 2.
    let (last, end) = (try #require(plain.losses.last), try #require(clipped.losses.last))
    #expect(!plain.isFinite || last > 0.5, "\(plain.losses)")
    #expect(clipped.isFinite && end < 0.05, "\(clipped.losses)")
    #expect(try #require(clipped.norms.max()) > 10)
  }

  @Test func banditsRegretLess() throws {
    let found = try results(Campaign(seed: 1), width: 1040, height: 420)
    #expect(found.map(\.strategy) == Campaign.Strategy.allCases)
    func outcome(_ strategy: Campaign.Strategy) throws -> Campaign.Outcome {
      try #require(found.first { $0.strategy == strategy })
    }
    for bandit in [try outcome(.linUCB), try outcome(.thompson)] {
      for other in [try outcome(.always), try outcome(.never), try outcome(.greedy)] {
        // Runs of one number have the same customers: what counts is the difference in each.
        let differences = zip(other.regrets, bandit.regrets).map { $0 - $1 }
        try #require(differences.count == 40 && other.regrets.count == 40)
        let (mean, error) = (differences.reduce(0, +) / 40, standardError(differences))
        #expect(mean > 4 * error && error > 0, "\(bandit.strategy), \(other.strategy): \(mean) ± \(error)")
        #expect(bandit.lastRegret < other.lastRegret / 3 && bandit.profit > other.profit)
      }
      // A fifth of customers would have a fifth of the regret.
      #expect(bandit.lastRegret < bandit.regret / 8, "\(bandit.strategy): \(bandit.lastRegret), \(bandit.regret)")
    }
    for outcome in found {
      let last = try #require(outcome.curve.last)
      #expect((last - outcome.regret).magnitude < 1e-9 * outcome.regret, "\(outcome.strategy)")
    }
    let (always, never) = (try outcome(.always), try outcome(.never))
    #expect(always.sentShare == 1 && never.sentShare == 0 && never.profit == 0)
    // What one regrets, the other does not.
    for (one, two) in zip(always.rightShares, never.rightShares) { #expect((one + two - 1).magnitude < 1e-9) }
  }

  @Test func halfPrecisionHasElevenBits() {
    let cases: [(Float, Float)] = [
      (1, 1), (1 + 0x1p-11, 1), (1 + 0x1p-10, 1 + 0x1p-10), (-3e-8, -0x1p-24), (2e-8, 0), (65_000, 64_992),
    ]
    for (value, expected) in cases {
      #expect(FewerBits.half(value) == expected, "\(value)")
    }
  }

  @Test func namesAreDistinctAndPicturesAreWritten() throws {
    let lessons = LessonBook.lessons().map { type(of: $0).name }
    #expect(Set(lessons).count == 13 && lessons.count == 13, "\(lessons)")
    try withTemporaryFolder { folder in
      let first = try Perceptron(seed: 1).run(pictures: folder + "/new/pictures")
      #expect(try names(in: folder + "/new/pictures") == ["perceptron.png"])
      #expect(try Perceptron(seed: 1).run(pictures: folder) == first)
      #expect(try bytes(folder + "/perceptron.png") == bytes(folder + "/new/pictures/perceptron.png"))
    }
  }
}
