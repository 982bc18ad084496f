import CKernels
import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

/// The kernels of convolutions of every instruction set against the plain loops in double precision, on sizes that no
/// vector, tile or block divides, with canaries between the rows of every output.
@Suite struct ConvolutionKernelTests {
  static let entries = InstructionSet.available
  private static let canary: Float = -12345.678

  private func random(_ count: Int, seed: UInt64) -> [Float] {
    var generator = Philox(seed: seed, stream: UInt64(count))
    return (0..<count).map { _ in Float(generator.normal()) }
  }

  /// A matrix [outputs][inputs] as `primitives` take it.
  private func packed<S: Scalar>(_ matrix: [S], outputs: Int, _ kernel: (block: Int, vector: Int)) -> Tensor<S> {
    let packing = packing(outputs: outputs, inputs: matrix.count / outputs, kernel)
    var result = Tensor<S>([withUnsafePointer(to: packing) { kodama_packed_count($0) }])
    let (source, target) = (Tensor<S>([matrix.count], matrix), result.mutable)
    withUnsafePointer(to: packing) { kodama_pack(MemoryLayout<S>.stride, $0, source.region.base, target.base) }
    withExtendedLifetime(source) {}
    return result
  }

  private func unpacked<S: Scalar>(
    _ packed: Tensor<S>, outputs: Int, inputs: Int, _ kernel: (block: Int, vector: Int)
  ) -> [S] {
    var result = Tensor<S>([outputs * inputs])
    let target = result.mutable
    withUnsafePointer(to: packing(outputs: outputs, inputs: inputs, kernel)) {
      kodama_unpack(MemoryLayout<S>.stride, $0, packed.region.base, target.base)
    }
    return result.elements
  }

  private func packing(outputs: Int, inputs: Int, _ kernel: (block: Int, vector: Int)) -> kodama_packing {
    kodama_packing(
      outputs: outputs, block: kernel.block, vector: kernel.vector, output_stride: inputs, extents: (1, 1, inputs),
      strides: (0, 0, 1))
  }

  /// Calls `body` with runs of `rows` rows: run j of row p begins at element 3 · p + 11 · j, so that runs overlap.
  private func withRuns<S: Scalar>(
    _ x: [S], rows: Int, runs: Int, length: Int, _ body: (kodama_runs) -> Void
  ) {
    x.withUnsafeBufferPointer { x in
      let starts = (0..<runs * rows).map { UnsafeRawPointer?(x.baseAddress! + 3 * ($0 % rows) + 11 * ($0 / rows)) }
      starts.withUnsafeBufferPointer {
        body(kodama_runs(rows: rows, runs: runs, length: length, starts: $0.baseAddress))
      }
    }
  }

  struct Product: Sendable, CustomTestStringConvertible {
    let rows, runs, length, outputs: Int
    var testDescription: String { "\(rows) rows of \(runs) runs of \(length) to \(outputs)" }
  }

  static let products: [Product] = {
    var all: [Product] = []
    for (index, outputs) in [1, 3, 8, 15, 16, 17, 31, 33, 48, 63, 64, 65, 100, 130, 192].enumerated() {
      let (runs, length) = [(1, 1), (1, 7), (3, 1), (2, 5), (1, 64), (3, 67), (3, 100), (1, 300), (7, 7)][index % 9]
      for rows in [1, 2, 3, 4, 5, 6, 7, 13, 47, 96].dropFirst(index % 3) {
        all.append(Product(rows: rows, runs: runs, length: length, outputs: outputs))
      }
    }
    return all
  }()

  /// What is done with sums before they are written.
  enum Finish { case none, limits, sum }

  private func withFinish<S: Scalar>(
    _ kind: Finish, _ added: [S], rows: Int, _ body: (UnsafePointer<kodama_finish>?) -> Void
  ) {
    if kind == .none { return body(nil) }
    added.withUnsafeBufferPointer { numbers in
      let lines = (0..<rows).map { UnsafeRawPointer?(numbers.baseAddress! + $0 * (added.count / rows)) }
      lines.withUnsafeBufferPointer {
        var finish = kodama_finish(lower: -0.25, upper: 0.5, added: kind == .sum ? $0.baseAddress : nil)
        body(&finish)
      }
    }
  }

  @Test(arguments: entries) func nanPassesThroughLimits(entry: InstructionSet) {
    let primitives = FloatPrimitives(entry)
    let weights = packed([Float](repeating: 1, count: 5), outputs: 5, primitives.packing)
    let got = Guarded([Float](repeating: 0, count: 5))
    let scratch = Guarded([Float](repeating: 0, count: primitives.packing.block))
    withRuns([Float.nan], rows: 1, runs: 1, length: 1) { runs in
      withFinish(.limits, [Float](repeating: 0, count: 5), rows: 1) {
        primitives.multiplyRuns(
          runs, outputs: 5, weights.region.base, bias: nil, finish: $0, [UnsafeMutableRawPointer?(got.base)],
          scratch: scratch.base, streams: false)
      }
    }
    #expect(got.values.allSatisfy { $0.isNaN }, "\(entry)")
  }

  @Test(arguments: entries) func productsOfRuns(entry: InstructionSet) {
    let (primitives, plain) = (FloatPrimitives(entry), Double.primitives)
    for p in Self.products {
      let inputs = p.runs * p.length
      let x = random(3 * p.rows + 11 * p.runs + p.length, seed: 1)
      let (weight, bias) = (random(inputs * p.outputs, seed: 2), random(p.outputs, seed: 3))
      let added = random(p.rows * p.outputs, seed: 15)
      for (hasBias, streams, finish) in [
        (true, false, Finish.none), (false, true, .limits), (true, true, .sum), (true, false, .sum),
      ] {
        var expected = [Double](repeating: 0, count: p.rows * p.outputs)
        expected.withUnsafeMutableBufferPointer { expected in
          let lines = (0..<p.rows).map { UnsafeMutableRawPointer?(expected.baseAddress! + $0 * p.outputs) }
          let weights = packed(weight.map(Double.init), outputs: p.outputs, plain.packing)
          withRuns(x.map(Double.init), rows: p.rows, runs: p.runs, length: p.length) { runs in
            withOptional(hasBias ? bias.map(Double.init) : nil) { bias in
              withFinish(finish, added.map(Double.init), rows: p.rows) {
                plain.multiplyRuns(
                  runs, outputs: p.outputs, weights.region.base, bias: bias, finish: $0, lines,
                  scratch: expected.baseAddress!, streams: false)
              }
            }
          }
        }

        // Rows begin at lines of memory where they are whole lines, so that they can be written past the caches.
        let stride = p.outputs + 16
        var got = Tensor<Float>([p.rows + 1, stride], repeating: Self.canary)
        let scratch = Guarded(random(p.rows * primitives.packing.block, seed: 4))
        let (out, weights) = (got.mutable, packed(weight, outputs: p.outputs, primitives.packing))
        let lines = (0..<p.rows).map { UnsafeMutableRawPointer?(out.base + 16 + $0 * stride) }
        withRuns(x, rows: p.rows, runs: p.runs, length: p.length) { runs in
          withOptional(hasBias ? bias : nil) { bias in
            withFinish(finish, added, rows: p.rows) {
              primitives.multiplyRuns(
                runs, outputs: p.outputs, weights.region.base, bias: bias, finish: $0, lines, scratch: scratch.base,
                streams: streams)
            }
          }
        }
        let all = got.elements
        func part(_ columns: (Int) -> Range<Int>) -> [Float] {
          (0..<p.rows).flatMap { row in columns(row).map { all[$0] } }
        }
        expectClose(
          part { 16 + $0 * stride..<16 + $0 * stride + p.outputs }, expected, tolerance: 4e-6,
          // Limits leave the errors of sums as they are.
          floor: finish == .none ? 1 : max(1, Double(inputs).squareRoot()), "\(p.testDescription) of \(entry)")
        #expect(
          part { $0 * stride..<16 + $0 * stride }.allSatisfy { $0 == Self.canary } && scratch.isIntact,
          "\(p.testDescription) of \(entry) wrote beside its rows")
      }
    }
  }

  @Test(arguments: entries) func sumsOfOuterProducts(entry: InstructionSet) {
    let (primitives, plain) = (FloatPrimitives(entry), Double.primitives)
    for p in Self.products {
      let inputs = p.runs * p.length
      let x = random(3 * p.rows + 11 * p.runs + p.length, seed: 5)
      // Alone, and between other channels.
      for stride in [p.outputs, p.outputs + 5] {
        let (gradient, before) = (random(p.rows * stride, seed: 6), random(inputs * p.outputs, seed: 7))
        var sums = packed(before.map(Double.init), outputs: p.outputs, plain.packing)
        var none = 0.0
        let target = sums.mutable
        withRuns(x.map(Double.init), rows: p.rows, runs: p.runs, length: p.length) {
          plain.addOuterProducts(
            $0, outputs: p.outputs, gradient.map(Double.init), stride: stride, scratch: &none, target.base)
        }
        let got = Guarded(packed(before, outputs: p.outputs, primitives.packing).elements)
        let scratch = Guarded(random(p.rows * primitives.packing.block, seed: 8))
        withRuns(x, rows: p.rows, runs: p.runs, length: p.length) {
          primitives.addOuterProducts(
            $0, outputs: p.outputs, gradient, stride: stride, scratch: scratch.base, got.base)
        }
        expectClose(
          unpacked(Tensor([got.count], got.values), outputs: p.outputs, inputs: inputs, primitives.packing),
          unpacked(sums, outputs: p.outputs, inputs: inputs, plain.packing), tolerance: 4e-6, floor: 1,
          "\(p.testDescription) of \(entry)")
        #expect(got.isIntact && scratch.isIntact, "\(p.testDescription) of \(entry) wrote outside its buffers")
      }
    }
  }

  struct Map: Sendable {
    let channels: Int
    let windows: kodama_windows

    init(
      _ channels: Int, _ height: Int, _ width: Int, kernel: (Int, Int), stride: (Int, Int) = (1, 1),
      dilation: (Int, Int) = (1, 1), padding: (Int, Int) = (1, 1), out: (Int, Int)
    ) {
      self.channels = channels
      windows = kodama_windows(
        height: height, width: width, channels: channels, out_height: out.0, out_width: out.1,
        kernel_height: kernel.0, kernel_width: kernel.1, stride_height: stride.0, stride_width: stride.1,
        dilation_height: dilation.0, dilation_width: dilation.1, padding_height: padding.0, padding_width: padding.1)
    }
  }

  static let maps = [
    Map(16, 5, 17, kernel: (3, 3), out: (5, 17)), Map(1, 3, 4, kernel: (3, 3), out: (3, 4)),
    Map(33, 6, 9, kernel: (3, 3), stride: (2, 2), out: (3, 5)),
    Map(32, 7, 40, kernel: (3, 3), stride: (2, 2), out: (4, 20)),
    Map(16, 6, 9, kernel: (3, 3), stride: (2, 2), out: (3, 5)),
    // Of whole vectors, whose rows go in pairs and in tiles of 8, 4, 2 and 1.
    Map(32, 8, 15, kernel: (3, 3), out: (8, 15)), Map(16, 5, 10, kernel: (3, 3), padding: (2, 2), out: (7, 12)),
    Map(48, 7, 17, kernel: (3, 3), padding: (0, -1), out: (5, 14)),
    Map(16, 2, 1, kernel: (3, 3), padding: (3, 3), out: (6, 5)), Map(32, 4, 2, kernel: (3, 3), out: (4, 2)),
    Map(70, 1, 40, kernel: (1, 4), padding: (0, 3), out: (1, 40)),
    Map(48, 9, 30, kernel: (3, 2), stride: (1, 2), dilation: (2, 3), padding: (2, 1), out: (9, 14)),
    // Wider than the map, beginning inside it, and without a tap.
    Map(20, 2, 2, kernel: (5, 5), padding: (3, 3), out: (3, 3)),
    Map(17, 6, 20, kernel: (2, 2), padding: (-1, -2), out: (4, 16)),
    Map(32, 4, 4, kernel: (0, 3), out: (4, 4)),
  ]

  @Test(arguments: entries) func depthwise(entry: InstructionSet) {
    let (primitives, plain) = (FloatPrimitives(entry), Double.primitives)
    for map in Self.maps {
      let (w, channels, taps) = (map.windows, map.channels, map.windows.kernel_height * map.windows.kernel_width)
      let outputs = w.out_height * w.out_width
      let x = random(w.height * w.width * channels, seed: 9)
      let (weight, bias) = (random(max(1, taps) * channels, seed: 10), random(channels, seed: 11))
      let gradient = random(outputs * channels, seed: 12)
      let (vector, what) = (primitives.packing.vector, "\(channels) channels of \(w) of \(entry)")
      // All outputs, and some in the middle; in steps as those of a stride have.
      for (range, step, streams) in [
        (0..<outputs, channels, false), (0..<outputs, channels, true),
        (1..<max(2, outputs - 1), 2 * channels + 16, true),
      ] {
        var expected = [Double](repeating: Double(Self.canary), count: outputs * step)
        let weights = packed(weight.map(Double.init), outputs: channels, plain.packing)
        let finish = range.lowerBound == 0 && streams ? Finish.limits : .none
        withOptional(streams ? nil : bias.map(Double.init)) { bias in
          withFinish(finish, [0.0], rows: 1) {
            plain.depthwiseForward(
              w, outputs: range, x.map(Double.init), weight: weights.region.base, bias: bias, finish: $0, &expected,
              rowStep: w.out_width * step, columnStep: step, streams: false)
          }
        }
        var got = Tensor<Float>([outputs * step], repeating: Self.canary)
        let out = got.mutable
        let vectors = packed(weight, outputs: channels, (vector, vector))
        withOptional(streams ? nil : bias) { bias in
          withFinish(finish, [Float(0)], rows: 1) {
            primitives.depthwiseForward(
              w, outputs: range, x, weight: vectors.region.base, bias: bias, finish: $0, out.base,
              rowStep: w.out_width * step, columnStep: step, streams: streams)
          }
        }
        let (all, written) = (got.elements, expected.indices.filter { expected[$0] != Double(Self.canary) })
        let isIntact = expected.indices.allSatisfy { expected[$0] != Double(Self.canary) || all[$0] == Self.canary }
        #expect(isIntact, "\(what) wrote beside its outputs")
        expectClose(written.map { all[$0] }, written.map { expected[$0] }, tolerance: 2e-6, floor: 1, what)
      }

      if taps == 0 { continue }
      let before = random(taps * channels, seed: 13)
      var sums = packed(before.map(Double.init), outputs: channels, plain.packing)
      plain.depthwiseWeightGradient(
        w, outputs: 0..<outputs, x.map(Double.init), gradient.map(Double.init), sums.mutable.base)
      let got = Guarded(packed(before, outputs: channels, (vector, vector)).elements)
      primitives.depthwiseWeightGradient(w, outputs: 0..<outputs, x, gradient, got.base)
      #expect(got.isIntact, "the gradient of \(what) was written outside its buffer")
      expectClose(
        unpacked(Tensor([got.count], got.values), outputs: channels, inputs: taps, (vector, vector)),
        unpacked(sums, outputs: channels, inputs: taps, plain.packing), tolerance: 4e-6, floor: 1,
        "the gradient of \(what)")
    }
  }

  /// Calls `body` with the elements, or with nil.
  private func withOptional<S>(_ elements: [S]?, _ body: (UnsafePointer<S>?) -> Void) {
    guard let elements else { return body(nil) }
    elements.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
