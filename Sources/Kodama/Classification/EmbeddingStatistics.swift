import Foundation
import KodamaCore
import KodamaSpectra
import KodamaTensors

/// Distances between two sets of embeddings, and a score of one set of probabilities.
enum EmbeddingStatistics {
  /// The Fréchet distance of two normal distributions that are fitted to two sets of vectors:
  /// |m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁ C₂)^½); nil for fewer than two vectors of a set.
  ///
  /// - Source: Heusel et al. 2017, eq. 6; Kilgour et al. 2019, "Fréchet audio distance". Covariances are divided by
  ///   n − 1, as by numpy's `cov`.
  static func frechetDistance(_ first: [[Double]], _ second: [[Double]]) -> Double? {
    if first.count < 2 || second.count < 2 { return nil }
    let (a, b) = (Moments(first), Moments(second))
    let n = a.mean.count
    let shift = zip(a.mean, b.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let traces = (0..<n).reduce(0) { $0 + a.covariance[$1 * n + $1] + b.covariance[$1 * n + $1] }
    // The eigenvalues of C₁ C₂ are those of the symmetric R C₂ Rᵀ with C₁ = Rᵀ R.
    guard let system = SymmetricEigensystem(of: a.covariance, order: n) else { return nil }
    var root = system.vectors
    for k in 0..<n {
      let factor = max(0, system.values[k]).squareRoot()
      for i in 0..<n { root[k * n + i] *= factor }
    }
    let middle = product(product(root, b.covariance, n), transposed(root, n), n)
    guard let product = SymmetricEigensystem(of: symmetric(middle, n), order: n) else { return nil }
    return shift + traces - 2 * product.values.reduce(0) { $0 + max(0, $1).squareRoot() }
  }

  /// The squared maximum mean discrepancy of two sets of vectors of d numbers under the kernel (x · y / d + 1)³, its
  /// unbiased estimate; nil for fewer than two vectors of a set.
  ///
  /// - Source: Bińkowski et al. 2018, "Demystifying MMD GANs", §4; over all pairs instead of subsets.
  /// - Parameters:
  ///   - kernels: of every vector of both sets, the first ones first, with every other.
  ///   - first, second: indices of vectors, possibly repeated; a vector is not compared with itself.
  static func kernelDistance(_ kernels: [[Double]], _ first: [Int], _ second: [Int]) -> Double? {
    func mean(_ a: [Int], _ b: [Int]) -> Double? {
      var (sum, count) = (0.0, 0)
      for i in a {
        for j in b where i != j {
          sum += kernels[i][j]
          count += 1
        }
      }
      return count == 0 ? nil : sum / Double(count)
    }
    guard let own = mean(first, first), let other = mean(second, second), let across = mean(first, second) else {
      return nil
    }
    return own + other - 2 * across
  }

  /// The kernels of all pairs of vectors.
  static func kernels(_ vectors: [[Double]]) -> [[Double]] {
    vectors.map { x in
      vectors.map { y in
        let scaled = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } / Double(max(1, x.count)) + 1
        return scaled * scaled * scaled
      }
    }
  }

  /// exp of the mean over sounds of the divergence of a sound's probabilities from their mean: 1 where all sounds are
  /// alike or undecided, the number of labels where all are certain and every label is as frequent.
  ///
  /// - Source: Salimans et al. 2016, §4.
  static func inceptionScore(_ probabilities: [[Double]]) -> Double? {
    guard let first = probabilities.first else { return nil }
    var mean = [Double](repeating: 0, count: first.count)
    for row in probabilities { for (label, p) in row.enumerated() { mean[label] += p / Double(probabilities.count) } }
    let divergence = probabilities.reduce(0.0) { sum, row in
      sum + zip(row, mean).reduce(0) { $0 + ($1.0 > 0 ? $1.0 * log($1.0 / $1.1) : 0) }
    }
    return exp(divergence / Double(probabilities.count))
  }

  /// The groups of sounds that the jackknife leaves out in turn.
  private static let groups = 20

  /// The 95 % interval of a statistic of two samples, its value ± 1.96 standard errors by the jackknife with groups.
  ///
  /// Resamples with repetition, as the bootstrap takes them, are farther apart than the samples themselves: distances of
  /// them are biased.
  ///
  /// - Parameter statistic: of the vectors with some indices on each side.
  /// - Returns: nil for fewer than four vectors of a side, or where the statistic has no value.
  /// - Source: Efron and Tibshirani 1993, §11.5 and §11.7; of two samples the variances add up.
  static func interval(
    of value: Double, counts: (Int, Int), _ statistic: (_ first: [Int], _ second: [Int]) -> Double?
  ) -> ConfidenceInterval? {
    if counts.0 < 4 || counts.1 < 4 { return nil }
    let (first, second) = (Array(0..<counts.0), Array(0..<counts.1))
    func variance(_ count: Int, _ statistic: (_ kept: [Int]) -> Double?) -> Double? {
      let groups = min(Self.groups, count)
      let values = (0..<groups).compactMap { group in statistic((0..<count).filter { $0 % groups != group }) }
      if values.count < groups { return nil }
      let mean = values.reduce(0, +) / Double(groups)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return squares * Double(groups - 1) / Double(groups)
    }
    guard let own = variance(counts.0, { statistic($0, second) }),
      let other = variance(counts.1, { statistic(first, $0) })
    else { return nil }
    let half = 1.96 * (own + other).squareRoot()
    return ConfidenceInterval(low: value - half, high: value + half)
  }
}

extension EmbeddingStatistics {
  /// The mean and the covariance of vectors.
  private struct Moments {
    let mean: [Double]
    let covariance: [Double]

    init(_ vectors: [[Double]]) {
      let (n, count) = (vectors[0].count, Double(vectors.count))
      var mean = [Double](repeating: 0, count: n)
      for vector in vectors { for i in 0..<n { mean[i] += vector[i] / count } }
      var covariance = [Double](repeating: 0, count: n * n)
      for vector in vectors {
        let centered = (0..<n).map { vector[$0] - mean[$0] }
        for i in 0..<n {
          let factor = centered[i] / (count - 1)
          for j in 0..<n { covariance[i * n + j] += factor * centered[j] }
        }
      }
      (self.mean, self.covariance) = (mean, covariance)
    }
  }

  private static func product(_ a: [Double], _ b: [Double], _ n: Int) -> [Double] {
    var result = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for k in 0..<n {
        let factor = a[i * n + k]
        if factor == 0 { continue }
        for j in 0..<n { result[i * n + j] += factor * b[k * n + j] }
      }
    }
    return result
  }

  private static func transposed(_ a: [Double], _ n: Int) -> [Double] {
    (0..<n * n).map { a[$0 % n * n + $0 / n] }
  }

  /// The mean of a matrix and its transpose, which differ by rounding.
  private static func symmetric(_ a: [Double], _ n: Int) -> [Double] {
    (0..<n * n).map { (a[$0] + a[$0 % n * n + $0 / n]) / 2 }
  }
}
