import Foundation
import Kodama

/// A picture, and the numbers in it that are worth a line.
struct Figure {
  let name: String
  let picture: any Picture
  let lines: [String]
}

/// How many runs are made.
struct Effort {
  /// The share of the runs of the source.
  let share: Double

  /// A number of runs or games, two at the least.
  func of(_ count: Int) -> Int { max(2, Int((Double(count) * share).rounded())) }
}

/// Series of numbers from independent runs.
struct Runs {
  /// The series [runs · numbers].
  let series: [[Double]]

  /// Makes runs, each with its own stream of random numbers.
  init(_ count: Int, seed: UInt64, _ run: @Sendable (inout Philox) -> [Double]) {
    series = Workers.all.map(parts: count) { number in
      var random = Philox(seed: seed, stream: UInt64(number))
      return run(&random)
    }
  }

  /// The mean of each number over the runs.
  var means: [Double] {
    series[0].indices.map { index in series.reduce(0) { $0 + $1[index] } / Double(series.count) }
  }

  /// The mean of some of the numbers, and its standard error, taking the runs as independent.
  func mean(_ range: Range<Int>) -> Estimate {
    let each = series.map { $0[range].reduce(0, +) / Double(range.count) }
    let count = Double(each.count)
    let mean = each.reduce(0, +) / count
    return Estimate(
      value: mean, error: (each.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count * (count - 1))).squareRoot())
  }
}

/// A mean and its standard error.
struct Estimate {
  let value, error: Double

  func text(_ decimals: Int) -> String { "\(fixed(value, decimals)) ± \(fixed(error, decimals))" }
}

/// A number with a fixed number of decimals.
func fixed(_ value: Double, _ decimals: Int) -> String { String(format: "%.\(decimals)f", value) }

/// Points of numbers at 1, 2, …: the means of groups of `group` numbers, at the middle of each.
func points(_ numbers: [Double], group: Int = 1, scale: Double = 1) -> [LineChart.Point] {
  stride(from: 0, to: numbers.count - group + 1, by: group).map { first in
    let sum = numbers[first..<first + group].reduce(0, +)
    return .init(x: Double(first) + Double(group + 1) / 2, y: scale * sum / Double(group))
  }
}

/// Points of a function.
func points(_ x: [Double], _ y: [Double]) -> [LineChart.Point] { zip(x, y).map { .init(x: $0, y: $1) } }
