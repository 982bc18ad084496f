import KodamaCore
import Testing

@testable import KodamaTensors

/// Eigenvalues and eigenvectors.
@Suite struct SymmetricEigensystemTests {
  @Test func knownMatricesHaveTheirEigenvalues() throws {
    let two = try #require(SymmetricEigensystem(of: [2, 1, 1, 2], order: 2))
    #expect(abs(two.values[0] - 1) < 1e-14 && abs(two.values[1] - 3) < 1e-14)
    // The second difference of n points has the eigenvalues 2 − 2 cos(k π / (n + 1)).
    let n = 9
    var matrix = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      matrix[i * n + i] = 2
      if i + 1 < n { (matrix[i * n + i + 1], matrix[(i + 1) * n + i]) = (-1, -1) }
    }
    let found = try #require(SymmetricEigensystem(of: matrix, order: n))
    let cosines = [
      0.951056516295153, 0.809016994374947, 0.587785252292473, 0.309016994374947, 0, -0.309016994374947,
      -0.587785252292473, -0.809016994374947, -0.951056516295153,
    ]
    for (value, cosine) in zip(found.values, cosines) { #expect(abs(value - (2 - 2 * cosine)) < 1e-13) }
  }

  @Test(arguments: [1, 2, 7, 40]) func aMatrixIsTheSumOfItsEigenvectors(order n: Int) throws {
    var random = Philox(seed: UInt64(n))
    var matrix = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in i..<n {
        let number = random.normal()
        (matrix[i * n + j], matrix[j * n + i]) = (number, number)
      }
    }
    let found = try #require(SymmetricEigensystem(of: matrix, order: n))
    #expect(found.values == found.values.sorted())
    for i in 0..<n {
      for j in 0..<n {
        var (sum, product) = (0.0, 0.0)
        for k in 0..<n {
          sum += found.values[k] * found.vectors[k * n + i] * found.vectors[k * n + j]
          product += found.vectors[i * n + k] * found.vectors[j * n + k]
        }
        #expect(abs(sum - matrix[i * n + j]) < 1e-12 * Double(n + 3))
        #expect(abs(product - (i == j ? 1 : 0)) < 1e-12)
      }
    }
  }

  @Test func whatIsNotFiniteHasNone() {
    #expect(SymmetricEigensystem(of: [.nan], order: 1) == nil)
    #expect(SymmetricEigensystem(of: [1, .infinity, .infinity, 1], order: 2) == nil)
    #expect(SymmetricEigensystem(of: [], order: 0)?.values == [])
  }
}
