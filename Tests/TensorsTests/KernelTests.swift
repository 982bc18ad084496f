import CKernels
import Foundation
import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

/// Every entry of the kernel table that this processor runs, against plain C in double precision, on sizes that no
/// vector divides, with canaries around every output.
@Suite struct KernelTests {
  static let entries = InstructionSet.available
  static let sizes = [1, 2, 3, 7, 15, 16, 17, 31, 33, 64, 100, 257, 1_100]

  private func random(_ n: Int, seed: UInt64, scale: Double = 2) -> [Float] {
    var generator = Philox(seed: seed, stream: UInt64(n))
    return (0..<n).map { _ in Float(scale * generator.normal()) }
  }

  private func expect(
    _ got: Guarded, _ expected: [Double], tolerance: Double = 4e-7, _ what: String, _ entry: InstructionSet
  ) {
    #expect(got.isIntact, "\(what) of \(entry) wrote outside its buffer")
    expectClose(got.values, expected, tolerance: tolerance, floor: 1, "\(what) of \(entry), n = \(got.count)")
  }

  @Test(arguments: entries) func scaledSums(entry: InstructionSet) {
    let k = entry.kernels.pointee
    for n in Self.sizes {
      let (a, b, y) = (random(n, seed: 1), random(n, seed: 2), random(n, seed: 3))
      func run(_ what: String, _ body: (UnsafeMutablePointer<Float>) -> Void, _ expected: (Int) -> Double) {
        let out = Guarded(y)
        body(out.base)
        expect(out, (0..<n).map(expected), what, entry)
      }
      func d(_ x: [Float], _ i: Int) -> Double { Double(x[i]) }
      run("add_scaled", { k.add_scaled(n, 0.3, a, $0) }) { d(y, $0) + Double(Float(0.3)) * d(a, $0) }
      run("add_product", { k.add_product(n, a, b, $0) }) { d(y, $0) + d(a, $0) * d(b, $0) }
      run("scale", { k.scale(n, 0.3, a, $0) }) { Double(Float(0.3)) * d(a, $0) }
      #expect(abs(k.sum_of_squares(n, a) - a.reduce(0.0) { $0 + Double($1) * Double($1) }) < 1e-9 * Double(n))
    }
  }

  @Test(arguments: entries) func rows(entry: InstructionSet) {
    let k = entry.kernels.pointee
    for n in Self.sizes {
      let rows = 5
      let (x, row) = (random(rows * n, seed: 4), random(n, seed: 5))
      let (filled, added, sums) = (Guarded(x), Guarded(x), Guarded(row))
      k.fill_rows(rows, n, row, filled.base)
      k.add_row(rows, n, row, added.base)
      k.sum_rows(rows, n, x, sums.base)
      expect(filled, (0..<rows * n).map { Double(row[$0 % n]) }, "fill_rows", entry)
      expect(added, (0..<rows * n).map { Double(x[$0]) + Double(row[$0 % n]) }, "add_row", entry)
      expect(
        sums, (0..<n).map { c in (0..<rows).reduce(Double(row[c])) { $0 + Double(x[$1 * n + c]) } }, tolerance: 1e-6,
        "sum_rows", entry)
    }
  }

  @Test(arguments: entries) func normalizationByColumn(entry: InstructionSet) {
    let (k, plain) = (entry.kernels.pointee, Primitives<Double>())
    for n in Self.sizes {
      for (rows, isLimited) in [(1, false), (5, false), (5, true), (14, true)] {
        let (a, b) = (random(rows * n, seed: 11), random(rows * n, seed: 12))
        let (inner, offset) = (random(n, seed: 18), random(n, seed: 19))
        let finish = kodama_finish(lower: -0.5, upper: 0.75, added: nil)
        /// Calls `body` with a passage, or without.
        func passing(_ body: (UnsafePointer<kodama_passage>?) -> Void) {
          if !isLimited { return body(nil) }
          inner.withUnsafeBufferPointer { inner in
            offset.withUnsafeBufferPointer {
              var passage = kodama_passage(
                scale: inner.baseAddress, shift: $0.baseAddress, lower: finish.lower, upper: finish.upper)
              body(&passage)
            }
          }
        }
        let (mean, scale, slope) = (random(n, seed: 13), random(n, seed: 14), random(n, seed: 15))
        let (shift, start) = (random(n, seed: 16), random(n, seed: 17))
        func doubles(_ x: [Float]) -> [Double] { x.map(Double.init) }
        let (scales, offsets) = (Tensor([n], doubles(inner)), Tensor([n], doubles(offset)))
        defer { withExtendedLifetime((scales, offsets)) {} }
        let passage =
          isLimited
          ? Primitives<Double>.Passage(scale: scales.region.base, shift: offsets.region.base, limits: -0.5...0.75)
          : nil
        /// The plain result, from `values` on.
        func expected(_ values: [Float], _ body: (UnsafeMutablePointer<Double>) -> Void) -> [Double] {
          var result = doubles(values)
          result.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
          return result
        }
        let squares = Guarded(start)
        k.square_deviations(rows, n, a, mean, squares.base)
        expect(
          squares,
          expected(start) { plain.squareDeviations(rows: rows, columns: n, doubles(a), mean: doubles(mean), $0) },
          tolerance: 1e-6, "square_deviations", entry)
        let (sums, products) = (Guarded(start), Guarded(shift))
        passing { k.sum_products(rows, n, a, $0, b, mean, sums.base, products.base) }
        var other = doubles(shift)
        let totals = expected(start) { totals in
          other.withUnsafeMutableBufferPointer { other in
            plain.sumProducts(
              rows: rows, columns: n, doubles(a), passage: passage, doubles(b),
              mean: doubles(mean), sums: totals, products: other.baseAddress!)
          }
        }
        expect(sums, totals, tolerance: 1e-6, "sums of sum_products", entry)
        expect(products, other, tolerance: 1e-6, "products of sum_products", entry)
        // In place as well.
        let transformed = Guarded(a)
        withUnsafePointer(to: finish) {
          k.transform_rows(rows, n, transformed.base, scale, shift, isLimited ? $0 : nil, transformed.base)
        }
        expect(
          transformed,
          expected(a) {
            plain.transformRows(
              rows: rows, columns: n, doubles(a), scale: doubles(scale), shift: doubles(shift),
              limits: isLimited ? -0.5...0.75 : nil, $0)
          }, tolerance: 1e-6, "transform_rows", entry)
        let combined = Guarded(a)
        passing { k.combine_rows(rows, n, combined.base, $0, scale, b, mean, slope, shift, combined.base) }
        expect(
          combined,
          expected(a) {
            plain.combineRows(
              rows: rows, columns: n, doubles(a), passage: passage, scale: doubles(scale),
              doubles(b), mean: doubles(mean), scale: doubles(slope), shift: doubles(shift), $0)
          }, tolerance: 1e-6, "combine_rows", entry)
      }
    }
  }

  @Test(arguments: entries) func matrixProducts(entry: InstructionSet) {
    let (k, plain) = (entry.kernels.pointee, Primitives<Double>())
    for (index, vectors) in [1, 2, 3, 4, 5, 7, 9].enumerated() {
      let columns = vectors * k.vector_outputs
      for rows in [1, 2, 5, 6, 7, 13, 17, 40] {
        // Beyond 256 the inner dimension of a transposed matrix is copied in parts.
        let inner = [0, 1, 3, 64, 255, 256, 257, 515][(index + rows) % 8]
        let forms = [(false, false, true), (true, false, false), (false, true, true), (true, true, false)]
        for (left, right, adds) in forms {
          // Rows stand farther apart than they are long.
          let (leftStride, rightStride) = ((left ? rows : inner) + 3, (right ? inner : columns) + 5)
          let stride = columns + 7
          let a = random(leftStride * max(1, left ? inner : rows), seed: 6)
          let b = random(rightStride * max(1, right ? columns : inner), seed: 7)
          let (out, row) = (random(rows * stride, seed: 8), random(columns, seed: 9))
          let got = Guarded(out)
          var expected = out.map(Double.init)
          // Added to the output itself or to another matrix, with a row and without.
          let (addsOther, addsRow) = (rows % 2 == 0, vectors % 2 == 0)
          let other = Guarded(random(rows * (columns + 2), seed: 10))
          let base = adds ? UnsafePointer(addsOther ? other.base : got.base) : nil
          let baseStride = addsOther ? columns + 2 : stride
          row.withUnsafeBufferPointer { row in
            k.multiply_matrices(
              left ? 1 : 0, right ? 1 : 0, rows, columns, inner, a, leftStride, b, rightStride, base, baseStride,
              addsRow ? row.baseAddress : nil, got.base, stride)
          }
          for r in 0..<rows {
            for c in 0..<columns {
              let start = !adds ? 0 : addsOther ? other.base[r * baseStride + c] : out[r * stride + c]
              expected[r * stride + c] = Double(start) + (addsRow ? Double(row[c]) : 0)
            }
          }
          expected.withUnsafeMutableBufferPointer { expected in
            let sums = expected.baseAddress!
            plain.multiplyMatrices(
              transposeA: left, transposeB: right, m: rows, n: columns, k: inner, a.map(Double.init), lda: leftStride,
              b.map(Double.init), ldb: rightStride, base: ProductBase(sums, stride: stride), sums, ldc: stride)
          }
          expect(
            got, expected, tolerance: 4e-6,
            "\(rows) by \(inner) by \(columns), transposed \(left) and \(right), adding \(adds)", entry)
        }
      }
    }
  }

  @Test(arguments: entries) func gates(entry: InstructionSet) {
    let k = entry.kernels.pointee
    for channels in Self.sizes {
      let rows = 3
      let (z, dh) = (random(2 * rows * channels, seed: 6), random(rows * channels, seed: 7))
      func f(_ r: Int, _ c: Int) -> Double { tanh(Double(z[2 * r * channels + c])) }
      func g(_ r: Int, _ c: Int) -> Double { 1 / (1 + exp(-Double(z[2 * r * channels + channels + c]))) }
      let (activated, h, again) = (Guarded(z), Guarded(dh), Guarded(dh))
      k.gate_forward(rows, channels, activated.base, h.base)
      k.gate_product(rows, channels, activated.base, again.base)
      let product = (0..<rows * channels).map { f($0 / channels, $0 % channels) * g($0 / channels, $0 % channels) }
      expect(h, product, "gate_forward", entry)
      expect(again, product, "gate_product", entry)
      let both = (0..<2 * rows * channels).map { i -> Double in
        let (r, c) = (i / (2 * channels), i % (2 * channels))
        return c < channels ? f(r, c) : g(r, c - channels)
      }
      expect(activated, both, "gate_forward's activations", entry)
      // In place of the activations, as the fused residual block calls it.
      k.gate_backward(rows, channels, activated.base, dh, activated.base)
      let gradient = (0..<2 * rows * channels).map { i -> Double in
        let (r, c) = (i / (2 * channels), i % channels)
        let d = Double(dh[r * channels + c])
        let (f, g) = (f(r, c), g(r, c))
        return i % (2 * channels) < channels ? d * g * (1 - f * f) : d * f * g * (1 - g)
      }
      expect(activated, gradient, "gate_backward", entry)
    }
  }

  @Test(arguments: entries) func crossEntropy(entry: InstructionSet) {
    let k = entry.kernels.pointee
    for classes in Self.sizes {
      let rows = 4
      let logits = random(rows * classes, seed: 8, scale: 6)
      let targets = (0..<rows).map { Int32(($0 * 7 + 3) % classes) }
      let weights: [Float] = [1, 0, 0.25, 2]
      let (inPlace, apart) = (Guarded(logits), Guarded(logits.map { _ in 0 }))
      let loss = k.cross_entropy(rows, classes, logits, targets, weights, apart.base)
      #expect(loss == k.cross_entropy(rows, classes, logits, targets, weights, nil))
      #expect(loss == k.cross_entropy(rows, classes, inPlace.base, targets, weights, inPlace.base))
      #expect(inPlace.values == apart.values)
      var (expected, gradient) = (0.0, [Double]())
      for r in 0..<rows {
        let x = (0..<classes).map { Double(logits[r * classes + $0]) }
        let largest = x.max()!
        let sum = x.reduce(0) { $0 + exp($1 - largest) }
        expected += Double(weights[r]) * (largest + log(sum) - x[Int(targets[r])])
        gradient += x.indices.map {
          Double(weights[r]) * (exp(x[$0] - largest) / sum - ($0 == Int(targets[r]) ? 1 : 0))
        }
      }
      #expect(abs(loss - expected) <= 1e-6 * max(1, abs(expected)))
      expect(apart, gradient, "cross_entropy's gradient", entry)
    }
  }

  @Test(arguments: entries) func notANumberIsNotHealed(entry: InstructionSet) {
    let k = entry.kernels.pointee
    let x = [Float](repeating: .nan, count: 20)
    #expect(k.cross_entropy(1, 20, x, [3], [1], nil).isNaN)
    for bad in [Float.nan, .infinity] {
      for place in [0, 5, 19] {
        var logits = random(20, seed: 9)
        logits[place] = bad
        #expect(!k.cross_entropy(1, 20, logits, [3], [1], nil).isFinite, "\(bad) at \(place)")
      }
    }
  }

  /// ln(1 + eˣ) over the range that the exponential is made for.
  @Test(arguments: entries) func theExponentialHoldsOverItsWholeRange(entry: InstructionSet) {
    let k = entry.kernels.pointee
    for x in stride(from: Float(-80), through: 80, by: 0.37) {
      let loss = k.cross_entropy(1, 2, [0, x], [0], [1], nil)
      let expected = x > 0 ? Double(x) + log1p(exp(-Double(x))) : log1p(exp(Double(x)))
      #expect(abs(loss - expected) <= 2e-7 * max(1, expected))
    }
  }
}
