import Foundation
import KodamaCore
import TestSupport
import Testing

@testable import KodamaSpectra

/// Held to pymcd 0.2's distance along fastdtw's exact way; `cepstra_golden.py` beside this file wrote the numbers.
@Suite struct DynamicTimeWarpingTests {
  @Test(arguments: CepstraGolden.all.ways.indices) func thePathAndItsDistanceAreThoseOfTheTools(index: Int) {
    let golden = CepstraGolden.all.ways[index]
    let (reference, generated) = (noise(golden.rows, seed: 21), noise(golden.columns, seed: 22))
    let path = DynamicTimeWarping.path(reference, generated, aligning: 1..<14)
    #expect(path.map { [$0.reference, $0.generated] } == golden.path)
    let means = DynamicTimeWarping.meanDistances(reference, generated, aligning: 1..<14, counting: 0..<14)
    expectClose([6.141851463713754 * means.counted], [golden.distance], tolerance: 1e-12, "pymcd's distance")
  }

  @Test(arguments: [(1, 1), (2, 3), (5, 4), (7, 7), (3, 9)]) func noWayCostsLess(rows: Int, columns: Int) {
    let (reference, generated) = (noise(rows, seed: 3), noise(columns, seed: 4))
    let distances = (0..<rows).map { i in (0..<columns).map { distance(reference, i, generated, $0, from: 0) } }
    func least(_ i: Int, _ j: Int) -> Double {
      if i == 0 && j == 0 { return distances[0][0] }
      let ways = [(i - 1, j - 1), (i - 1, j), (i, j - 1)].filter { $0.0 >= 0 && $0.1 >= 0 }
      return distances[i][j] + (ways.map { least($0.0, $0.1) }.min() ?? .nan)
    }
    let path = DynamicTimeWarping.path(reference, generated)
    let cost = path.reduce(0.0) { $0 + distances[$1.reference][$1.generated] }
    expectClose([cost], [least(rows - 1, columns - 1)], tolerance: 1e-13, "cost of \(rows) by \(columns)")
  }

  @Test(arguments: [(40, 70), (70, 40), (33, 33)]) func theMeansAreThoseAlongThePath(rows: Int, columns: Int) {
    let (reference, generated) = (noise(rows, seed: 5), noise(columns, seed: 6))
    let path = DynamicTimeWarping.path(reference, generated, aligning: 1..<14)
    let means = DynamicTimeWarping.meanDistances(reference, generated, aligning: 1..<14, counting: 0..<14)
    func mean(from first: Int) -> Double {
      path.reduce(0.0) { $0 + distance(reference, $1.reference, generated, $1.generated, from: first) }
        / Double(path.count)
    }
    expectClose([means.aligned, means.counted], [mean(from: 1), mean(from: 0)], tolerance: 1e-12, "means")
  }

  @Test func thePathLeadsFromTheFirstFramesToTheLastOneStepAtATime() throws {
    let path = DynamicTimeWarping.path(noise(50, seed: 7), noise(81, seed: 8))
    #expect(path.first == .init(reference: 0, generated: 0))
    #expect(path.last == .init(reference: 49, generated: 80))
    for (step, next) in zip(path, path.dropFirst()) {
      let (rows, columns) = (next.reference - step.reference, next.generated - step.generated)
      #expect((0...1).contains(rows) && (0...1).contains(columns) && rows + columns > 0)
    }
  }

  @Test func equalStretchesAreAlignedFrameByFrame() {
    let constant = Cepstra(frames: 9, dimensions: 2, values: [Double](repeating: 0.5, count: 18))
    let path = DynamicTimeWarping.path(constant, constant)
    #expect(path.map { [$0.reference, $0.generated] } == (0..<9).map { [$0, $0] })
    let longer = Cepstra(frames: 11, dimensions: 2, values: [Double](repeating: 0.5, count: 22))
    #expect(DynamicTimeWarping.path(constant, longer).count == 11)
  }

  @Test func aStretchedSequenceIsFoundAgain() {
    let original = noise(20, seed: 9)
    let doubled = Cepstra(
      frames: 40, dimensions: 14,
      values: (0..<40).flatMap { original.values[$0 / 2 * 14..<$0 / 2 * 14 + 14] })
    #expect(DynamicTimeWarping.meanDistances(original, doubled, aligning: 0..<14, counting: 0..<14).counted == 0)
    #expect(DynamicTimeWarping.path(original, doubled).map(\.reference) == (0..<40).map { $0 / 2 })
  }

  @Test func whatIsTooLongIsKnownBefore() {
    #expect(DynamicTimeWarping.isPossible(referenceFrames: 1 << 15, generatedFrames: 1 << 15))
    #expect(!DynamicTimeWarping.isPossible(referenceFrames: 1 << 15, generatedFrames: 1 + 1 << 15))
    #expect(!DynamicTimeWarping.isPossible(referenceFrames: 1, generatedFrames: 1 + 1 << 17))
  }

  /// Frames of 14 numbers that stand in one run of noise.
  private func noise(_ frames: Int, seed: UInt64) -> Cepstra {
    let samples = Signal(kind: .noise, count: frames * 14, seed: seed).samples
    return Cepstra(frames: frames, dimensions: 14, values: samples.map { 100 * Double($0) })
  }

  private func distance(_ a: Cepstra, _ i: Int, _ b: Cepstra, _ j: Int, from first: Int) -> Double {
    (first..<a.dimensions).reduce(0.0) { sum, d in
      let difference = a.values[i * a.dimensions + d] - b.values[j * b.dimensions + d]
      return sum + difference * difference
    }.squareRoot()
  }
}
