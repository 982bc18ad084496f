import Foundation
import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@Suite struct MixtureLossTests {
  static let kinds = [DiscretizedMixture.Kind.logistic, .gaussian]

  static func run<S: Scalar>(
    _ mixture: DiscretizedMixture, rows: [S], targets: [Int32], weights: [S]? = nil
  ) -> (loss: S, gradient: [S]) {
    let tape = Tape<S>(workspace: Workspace(workers: Workers(threads: 2)))
    let x = tape.leaf(Tensor([targets.count, mixture.channels], rows))
    let loss = x.mixtureLoss(mixture, targets: targets, weights: weights ?? targets.map { _ in 1 })
    return (loss.value.item, tape.backward(from: loss)[x]!.elements)
  }

  /// The probabilities of all cells.
  static func probabilities(_ mixture: DiscretizedMixture, row: [Double]) -> [Double] {
    (0..<Int32(mixture.levels)).map { exp(-run(mixture, rows: row, targets: [$0]).loss) }
  }

  @Test(arguments: MixtureGolden.all.indices) func valuesAndGradientsAreThoseOfEightyDigits(index: Int) throws {
    let golden = MixtureGolden.all[index]
    let mixture = DiscretizedMixture(
      golden.isGaussian ? .gaussian : .logistic, components: golden.row.count / 3, levels: golden.levels,
      logScaleFloor: golden.floor)
    let (loss, gradient) = Self.run(mixture, rows: golden.row, targets: [golden.target])
    #expect(abs(loss - golden.loss) <= 1e-12 * max(1, abs(golden.loss)))
    for (value, expected) in try paired(gradient, golden.gradient) {
      #expect(abs(value - expected) <= 1e-11 * max(1, abs(expected)), "\(golden)")
    }

    let single = Self.run(mixture, rows: golden.row.map { Float($0) }, targets: [golden.target])
    #expect(!single.loss.isNaN && single.gradient.nonemptyAllSatisfy { !$0.isNaN })
  }

  @Test(arguments: kinds) func gradientsAreCentralDifferences(kind: DiscretizedMixture.Kind) {
    for (components, levels) in [(1, 16), (3, 7), (10, 256)] {
      let mixture = DiscretizedMixture(kind, components: components, levels: levels, logScaleFloor: -4)
      let targets: [Int32] = [0, 1, Int32(levels / 2), Int32(levels - 2), Int32(levels - 1), 3]
      checkGradients([[2, 3, mixture.channels]]) { _, x in
        x[0].mixtureLoss(mixture, targets: targets, weights: [1, 1, 0, 0.5, 1, 2]) * 3
      }
    }
  }

  @Test(arguments: kinds) func theProbabilitiesOfAllCellsSumToOne(kind: DiscretizedMixture.Kind) {
    for levels in [2, 3, 64] {
      let mixture = DiscretizedMixture(kind, components: 3, levels: levels, logScaleFloor: -7)
      for row in [
        [0, 1, -1, -0.5, 0.9, 3, -2, -5, 0.5], [2, 0, 0, -40, 40, 0, -9, 2, 30], [0, 0, 0, 0, 1, -1, 0, 0, 0],
      ] {
        #expect(abs(Self.probabilities(mixture, row: row).reduce(0, +) - 1) < 1e-12)
      }
    }
  }

  @Test(arguments: kinds) func aLogScaleBelowTheFloorIsTheFloorAndHasNoGradient(kind: DiscretizedMixture.Kind) {
    let mixture = DiscretizedMixture(kind, components: 2, levels: 65_536, logScaleFloor: -7)
    func run(_ logScale: Double) -> (loss: Double, gradient: [Double]) {
      Self.run(mixture, rows: [0, 0.5, 0.1, 0.11, logScale, -3], targets: [36_100])
    }
    let (floor, below, above) = (run(-7), run(-7.5), run(-6.999))
    #expect(below.loss == floor.loss)
    #expect(Array(below.gradient[..<4]) == Array(floor.gradient[..<4]))
    #expect(below.gradient[4] == 0 && floor.gradient[4] != 0)
    #expect(above.loss != floor.loss)
  }

  /// Everything that a network may say in single precision.
  @Test(arguments: kinds) func noFiniteNumberGivesNaN(kind: DiscretizedMixture.Kind) {
    let mixture = DiscretizedMixture(kind, components: 3, levels: 65_536, logScaleFloor: -11)
    let numbers: [Float] = [
      0, 1, -1, 0.3, -12, -90, 90, 1e4, -1e4, 1e20, -1e20, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
      .leastNonzeroMagnitude,
    ]
    var random = Philox(seed: 4)
    let targets = (0..<4000).map { _ in [0, 1, 32_768, 65_534, 65_535][random.integer(below: 5)] as Int32 }
    let rows = (0..<4000 * mixture.channels).map { _ in numbers[random.integer(below: numbers.count)] }
    for (index, target) in targets.enumerated() {
      let row = Array(rows[index * mixture.channels..<(index + 1) * mixture.channels])
      let (loss, gradient) = Self.run(mixture, rows: row, targets: [target])
      #expect(!loss.isNaN && loss >= 0 && gradient.nonemptyAllSatisfy { !$0.isNaN }, "\(row), \(target)")
    }
  }

  @Test func whatIsNoNumberIsSeen() {
    let mixture = DiscretizedMixture(.logistic, components: 1, levels: 256, logScaleFloor: -7)
    for place in 0..<3 {
      var row = [0.1, 0.2, 0.3]
      row[place] = .nan
      #expect(Self.run(mixture, rows: row, targets: [7]).loss.isNaN)
    }
  }

  @Test(arguments: kinds) func rowsOfWeightZeroAreNoPartOfTheLoss(kind: DiscretizedMixture.Kind) {
    let mixture = DiscretizedMixture(kind, components: 1, levels: 256, logScaleFloor: -7)
    let (row, other): ([Double], [Double]) = ([0, 0.1, -2], [.nan, .infinity, 4])
    let alone = Self.run(mixture, rows: row, targets: [140])
    let masked = Self.run(mixture, rows: other + row, targets: [3, 140], weights: [0, 2])
    #expect(masked.loss == alone.loss)
    #expect(masked.gradient == [0, 0, 0] + alone.gradient)
  }

  @Test func theLossDoesNotDependOnTheThreads() {
    let mixture = DiscretizedMixture(.logistic, components: 2, levels: 65_536, logScaleFloor: -11)
    var random = Philox(seed: 2)
    let targets = (0..<1500).map { _ in Int32(random.integer(below: 65_536)) }
    let x = Tensor<Float>([1500, 6], (0..<9000).map { _ in Float(random.normal()) })
    let losses = [1, 2, 3].map { threads in
      Tape<Float>(workspace: Workspace(workers: Workers(threads: threads))).leaf(x)
        .mixtureLoss(mixture, targets: targets, weights: targets.map { _ in 1 }).value.item
    }
    #expect(Set(losses).count == 1)
  }
}
