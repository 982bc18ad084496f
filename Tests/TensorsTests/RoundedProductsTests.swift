import CKernels
import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

/// Rounding to bfloat16, and products of rounded factors, in every form this processor runs, against plain Swift.
@Suite struct RoundedProductsTests {
  /// Every implementation in single precision, by name.
  private static let forms: [(name: String, products: RoundedProducts<Float>)] =
    InstructionSet.available.map { ("\($0)", FloatRoundedProducts($0)) }
    + (PairProducts().map { [("pairs", $0)] } ?? [])
  private static let names = forms.map(\.name)
  private let plain = RoundedProducts<Double>()

  private func products(_ name: String) -> RoundedProducts<Float> { Self.forms.first { $0.name == name }!.products }

  private func random(_ count: Int, seed: UInt64) -> [Float] {
    var generator = Philox(seed: seed, stream: UInt64(count))
    return (0..<count).map { _ in Float(generator.normal()) }
  }

  /// What `write` puts into `count` numbers, with room around them that must stay as it is.
  private func rounded(
    count: Int, _ what: String, _ write: (UnsafeMutablePointer<Rounded>) -> Void
  ) -> [Rounded] {
    let (margin, canary) = (32, Rounded(0x7fc3))
    var memory = [Rounded](repeating: canary, count: count + 2 * margin)
    memory.withUnsafeMutableBufferPointer { write($0.baseAddress! + margin) }
    let outside = memory[..<margin] + memory[(margin + count)...]
    #expect(outside.allSatisfy { $0 == canary }, "\(what) wrote outside its buffer")
    return Array(memory[margin..<margin + count])
  }

  /// Bits and what they round to: ties to even, carries into the exponent, the largest number, infinities, NaN whose
  /// payload lies in the lower half alone.
  @Test(arguments: names) func rounding(name: String) {
    let cases: [(UInt32, Rounded)] = [
      (0x3f80_0000, 0x3f80), (0x3f80_7fff, 0x3f80), (0x3f80_8000, 0x3f80), (0x3f80_8001, 0x3f81),
      (0x3f81_8000, 0x3f82), (0xbf81_7fff, 0xbf81), (0x3fff_ffff, 0x4000), (0x7f7f_ffff, 0x7f80),
      (0x7f80_0000, 0x7f80), (0xff80_0000, 0xff80), (0x0000_0000, 0x0000), (0x8000_0000, 0x8000),
    ]
    // As many as make a vector, and some more.
    let repeated = (0..<37).map { cases[$0 % cases.count] }
    let values = repeated.map { Float(bitPattern: $0.0) }
    let products = products(name)
    let bits = rounded(count: values.count, "round of \(name)") {
      products.round(rows: 1, columns: values.count, values, stride: values.count, $0)
    }
    #expect(bits == repeated.map(\.1))
    let nan = [Float](repeating: Float(bitPattern: 0x7f80_0001), count: 19)
    let notNumbers = rounded(count: nan.count, "round of \(name)") {
      products.round(rows: 1, columns: nan.count, nan, stride: nan.count, $0)
    }
    #expect(notNumbers.allSatisfy { $0 & 0x7fff > 0x7f80 }, "\(notNumbers)")
  }

  @Test(arguments: names) func rowsAreRoundedAndWidened(name: String) {
    for columns in [1, 15, 16, 17, 32, 48, 80] {
      let (rows, stride) = (3, columns + 5)
      let x = random(rows * stride, seed: 1)
      let got = rounded(count: rows * columns, "round of \(name)") {
        products(name).round(rows: rows, columns: columns, x, stride: stride, $0)
      }
      let expected = rounded(count: rows * columns, "plain") {
        plain.round(rows: rows, columns: columns, x.map(Double.init), stride: stride, $0)
      }
      #expect(got == expected, "\(columns) columns")
      let wide = Guarded([Float](repeating: 0, count: rows * columns))
      products(name).widen(rows: rows, columns: columns, got, stride: columns, wide.base)
      #expect(wide.isIntact && wide.values == got.map { Float(bitPattern: UInt32($0) << 16) })
    }
  }

  /// Both products, of factors packed in all ways, added to a base and a row, with an odd number of inner steps too.
  @Test(arguments: names) func productsOfRoundedFactors(name: String) {
    let (products, memory) = (products(name), MemoryPool())
    for (rows, columns, inner) in [(1, 16, 16), (5, 48, 32), (13, 64, 16), (33, 80, 64), (130, 16, 48)] {
      let (left, right) = (random(rows * inner, seed: 2), random(inner * columns, seed: 3))
      let (base, row) = (random(rows * columns, seed: 4), random(columns, seed: 5))
      let transposed = (0..<columns * inner).map { right[$0 % inner * columns + $0 / inner] }
      let halves = rounded(count: left.count, "round") {
        products.round(rows: rows, columns: inner, left, stride: inner, $0)
      }
      let rightHalves = rounded(count: right.count, "round") {
        products.round(rows: inner, columns: columns, right, stride: columns, $0)
      }
      for way in ["rows", "transposed", "rounded"] {
        let packed = Guarded([Float](repeating: 0, count: products.packedCount(inner: inner, columns: columns)))
        switch way {
        case "rows": products.pack(inner: inner, columns: columns, right, stride: columns, packed.base)
        case "transposed":
          products.packTransposed(inner: inner, columns: columns, transposed, stride: inner, packed.base)
        default: products.pack(inner: inner, columns: columns, rounded: rightHalves, stride: columns, packed.base)
        }
        let got = Guarded([Float](repeating: .nan, count: rows * columns))
        base.withUnsafeBufferPointer { base in
          row.withUnsafeBufferPointer { row in
            products.multiply(
              rows: rows, columns: columns, inner: inner, halves, stride: inner, packed.base,
              base: ProductBase(base.baseAddress, stride: columns, row: row.baseAddress), got.base,
              outStride: columns, memory: memory)
          }
        }
        #expect(packed.isIntact && got.isIntact, "\(name), \(way)")
        let expected = (0..<rows * columns).map { index -> Double in
          let (r, c) = (index / columns, index % columns)
          return (0..<inner).reduce(Double(base[index]) + Double(row[c])) {
            $0 + widened(halves[r * inner + $1]) * widened(rightHalves[$1 * columns + c])
          }
        }
        expectClose(
          got.values, expected, tolerance: 2e-6, floor: 1, "\(name), \(way), \(rows) by \(inner) by \(columns)")
      }
    }
    for (rows, columns, inner) in [(16, 16, 1), (48, 32, 7), (64, 16, 130), (80, 64, 33)] {
      let (left, right) = (random(inner * rows, seed: 6), random(inner * columns, seed: 7))
      let sums = random(rows * columns, seed: 8)
      let (a, b) = (
        Guarded([Float](repeating: 0, count: products.packedCount(inner: inner + 1, columns: rows))),
        Guarded([Float](repeating: 0, count: products.packedCount(inner: inner + 1, columns: columns)))
      )
      products.pack(inner: inner, columns: rows, left, stride: rows, a.base)
      products.pack(inner: inner, columns: columns, right, stride: columns, b.base)
      // In place, as gradients are accumulated.
      let got = Guarded(sums)
      products.multiplyTransposed(
        rows: rows, columns: columns, inner: inner, a.base, b.base, base: ProductBase(got.base, stride: columns),
        got.base, outStride: columns)
      #expect(a.isIntact && b.isIntact && got.isIntact, "\(name)")
      let (x, y) = (
        rounded(count: left.count, "plain") {
          plain.round(rows: inner, columns: rows, left.map(Double.init), stride: rows, $0)
        },
        rounded(count: right.count, "plain") {
          plain.round(rows: inner, columns: columns, right.map(Double.init), stride: columns, $0)
        }
      )
      let expected = (0..<rows * columns).map { index in
        (0..<inner).reduce(Double(sums[index])) {
          $0 + widened(x[$1 * rows + index / columns]) * widened(y[$1 * columns + index % columns])
        }
      }
      expectClose(got.values, expected, tolerance: 2e-6, floor: 1, "\(name), \(inner) steps")
    }
  }

  private func widened(_ bits: Rounded) -> Double { Double(Float(bitPattern: UInt32(bits) << 16)) }
}
