import KodamaCore
import TestSupport
import Testing

@testable import KodamaCompression

/// The choice among given costs and losses.
@Suite struct SearchFrontTests {
  /// Groups whose cheaper forms lose more, at random.
  private func space(_ groups: Int, _ choices: Int, seed: UInt64, sharings: Bool = true) -> SearchSpace {
    var random = Philox(seed: seed)
    func number(_ limit: Int) -> Double { Double(random.integer(below: limit)) }
    let all = (0..<groups).map { _ in
      [SearchSpace.Choice(bytes: 1000, seconds: 0, loss: 0)]
        + (1..<choices).map { index in
          SearchSpace.Choice(
            bytes: 100 + Int(number(900)), seconds: 1e-7 * (number(100) - 90), loss: 0.001 * number(50),
            operand: index % 3)
        }
    }
    let pairs = sharings ? stride(from: 0, to: groups - 1, by: 2).map { $0 } : []
    return SearchSpace(
      fixedBytes: 77, fixedSeconds: 1e-4, groups: all,
      sharings: pairs.map { .init(first: $0, second: $0 + 1, seconds: [1: 3e-6, 2: 1e-6]) })
  }

  /// All choices of a space.
  private func all(_ space: SearchSpace) -> [[Int]] {
    space.groups.reduce([[]]) { chosen, choices in chosen.flatMap { head in choices.indices.map { head + [$0] } } }
  }

  private func cost(_ point: SearchFront.Point, _ cost: SearchFront.Cost) -> Double {
    cost == .bytes ? Double(point.estimate.bytes) : point.estimate.seconds
  }

  @Test(arguments: [SearchFront.Cost.bytes, .seconds], [1, 2, 3, 4] as [UInt64])
  func noPointIsDominated(saved: SearchFront.Cost, seed: UInt64) {
    let space = space(7, 6, seed: seed)
    let front = SearchFront(space, saving: saved)
    #expect(front.points.count > 3)
    for point in front.points { #expect(space.estimate(point.choices) == point.estimate) }
    for (a, b) in zip(front.points, front.points.dropFirst()) {
      #expect(cost(a, saved) < cost(b, saved) && a.estimate.loss > b.estimate.loss)
    }
    // From nothing lost to the smallest.
    #expect(front.points.last?.estimate.loss == 0)
    if saved == .bytes {
      let least = space.groups.reduce(77) { $0 + ($1.map(\.bytes).min() ?? 0) }
      #expect(front.points.first?.estimate.bytes == least)
    }
  }

  @Test(arguments: [SearchFront.Cost.bytes, .seconds], [5, 6, 7] as [UInt64])
  func aTargetIsMetAndMoreIsNeverWorse(saved: SearchFront.Cost, seed: UInt64) throws {
    let front = SearchFront(space(8, 5, seed: seed), saving: saved)
    let (low, high) = (cost(front.points[0], saved), cost(front.points[front.points.count - 1], saved))
    #expect(front.leastLoss(within: low - 1e-9 * abs(low)) == nil && front.leastCost(losing: -1e-9) == nil)
    var last = (loss: Double.infinity, cost: Double.infinity)
    for step in 0...200 {
      let budget = step == 200 ? high : low + (high - low) * Double(step) / 200
      let point = try #require(front.leastLoss(within: budget))
      #expect(cost(point, saved) <= budget && point.estimate.loss <= last.loss)
      last.loss = point.estimate.loss
      let limit = 0.4 * Double(step) / 200
      let cheapest = try #require(front.leastCost(losing: limit))
      #expect(cheapest.estimate.loss <= limit && cost(cheapest, saved) <= last.cost)
      last.cost = cost(cheapest, saved)
    }
    #expect(last.loss == 0)
  }

  /// All choices of two groups are within two changes of the start.
  @Test(arguments: [SearchFront.Cost.bytes, .seconds], [1, 2, 3, 4, 5] as [UInt64])
  func ofTwoGroupsTheFrontIsTheTrueOne(saved: SearchFront.Cost, seed: UInt64) throws {
    let space = space(2, 9, seed: seed)
    let front = SearchFront(space, saving: saved)
    for choices in all(space) {
      let estimate = space.estimate(choices)
      let own = saved == .bytes ? Double(estimate.bytes) : estimate.seconds
      let best = try #require(front.leastLoss(within: own))
      #expect(best.estimate.loss <= estimate.loss)
    }
  }

  /// More groups have choices that are never looked at, but what is found is close to the best.
  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func ofMoreGroupsTheFrontIsNearTheTrueOne(seed: UInt64) throws {
    let space = space(5, 5, seed: seed)
    let front = SearchFront(space, saving: .bytes)
    let exhaustive = all(space).map(space.estimate)
    for budget in stride(from: 2000, through: 5000, by: 250) {
      guard let found = front.leastLoss(within: Double(budget)) else { continue }
      let best = try #require(exhaustive.filter { $0.bytes <= budget }.map(\.loss).min())
      #expect(found.estimate.loss >= best - 1e-12 && found.estimate.loss <= best + 0.01)
    }
  }

  /// Either change alone makes a sample slower, both together faster: without the look-ahead, neither would be taken.
  @Test func twoChangesThatGainOnlyTogetherAreFound() {
    let slower = SearchSpace.Choice(bytes: 500, seconds: 1e-6, loss: 0.01, operand: 1)
    let original = SearchSpace.Choice(bytes: 1000, seconds: 0, loss: 0)
    var space = SearchSpace(
      fixedSeconds: 1e-4, groups: [[SearchSpace.Choice]](repeating: [original, slower], count: 6))
    #expect(SearchFront(space, saving: .seconds).points.map(\.choices) == [[0, 0, 0, 0, 0, 0]])
    space.sharings = [0, 2, 4].map { .init(first: $0, second: $0 + 1, seconds: [1: 5e-6]) }
    let front = SearchFront(space, saving: .seconds)
    #expect(front.points.first?.choices == [1, 1, 1, 1, 1, 1])
    #expect(front.points.map { $0.choices.reduce(0, +) } == [6, 4, 2, 0])
    // Bytes are not shared.
    #expect(SearchFront(space, saving: .bytes).points.count == 7)
  }

  @Test func whatSavesMostForABitGoesFirst() throws {
    func choice(_ bytes: Int, _ loss: Double) -> SearchSpace.Choice { .init(bytes: bytes, seconds: 0, loss: loss) }
    let space = SearchSpace(groups: [
      [choice(1000, 0), choice(500, 0.05), choice(250, 0.5)], [choice(1000, 0), choice(500, 0.01), choice(250, 0.02)],
    ])
    let front = SearchFront(space, saving: .bytes)
    #expect(front.leastLoss(within: 1500)?.choices == [0, 1])
    #expect(front.leastLoss(within: 1250)?.choices == [0, 2])
    #expect(front.leastLoss(within: 750)?.choices == [1, 2])
    #expect(front.leastCost(losing: 0.1)?.choices == [1, 2])
  }

  @Test func measurementsCorrectEstimates() {
    var curve = MeasuredCurve(from: 0)
    #expect(curve(0) == 0 && curve(0.5) == 0.5)
    curve.add(1, measured: 3)
    curve.add(0.5, measured: 1)
    #expect(curve(0.25) == 0.5 && curve(0.5) == 1 && curve(0.75) == 2 && curve(1) == 3 && curve(2) == 4)
    // Noise makes no larger estimate better.
    curve.add(0.8, measured: 0.2)
    let values = stride(from: 0.0, through: 2, by: 0.01).map { curve($0) }
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
    var times = MeasuredCurve(from: 10)
    #expect(times(4) == 4 && times(10) == 10)
    times.add(6, measured: 8)
    #expect(times(8) == 9 && times(5) == 7)
  }
}
