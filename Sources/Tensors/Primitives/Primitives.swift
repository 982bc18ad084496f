import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The loops over elements of one type, in plain Swift: the only code that accesses the elements of a tensor in bulk.
/// Subclasses override them with kernels, whose results are tested against these.
///
/// Each processes a whole block of memory, so that dispatch costs nothing per element. All run on the calling thread.
/// Matrices are row-major; `n`, `rows` and `columns` count elements. Outputs may be the memory of an input of the same
/// shape where a comment specifies "in place".
///
/// `@unchecked Sendable`: it has no state.
class Primitives<S: Scalar>: @unchecked Sendable {
  typealias Input = UnsafePointer<S>
  typealias Output = UnsafeMutablePointer<S>

  init() {}

  // MARK: Elements

  /// y = f(x); in place.
  @_specialize(where S == Double)
  func unary(_ function: UnaryFunction<S>, n: Int, _ x: Input, _ y: Output) {
    for i in 0..<n { y[i] = function(x[i]) }
  }

  /// dx = dy · f′(x), from x and y = f(x); in place of dy.
  @_specialize(where S == Double)
  func unaryGradient(_ function: UnaryFunction<S>, n: Int, _ x: Input, _ y: Input, _ dy: Input, _ dx: Output) {
    for i in 0..<n { dx[i] = dy[i] * function.derivative(at: x[i], where: y[i]) }
  }

  /// out = a (operation) b; in place. An operand with a step of 0 instead of 1 is a constant.
  @_specialize(where S == Double)
  func binary(
    _ operation: BinaryOperation, n: Int, _ a: Input, step aStep: Int, _ b: Input, step bStep: Int, _ out: Output
  ) {
    for i in 0..<n { out[i] = operation(a[i * aStep], b[i * bStep]) }
  }

  /// out = mask ≠ 0 ? a : b; in place.
  @_specialize(where S == Double)
  func select(n: Int, mask: Input, _ a: Input, _ b: Input, _ out: Output) {
    for i in 0..<n { out[i] = mask[i] != 0 ? a[i] : b[i] }
  }

  /// y[i · its stride] = x[i · its stride] for i in 0..<n.
  @_specialize(where S == Double)
  func copy(n: Int, _ x: Input, stride: Int, _ y: Output, stride yStride: Int) {
    for i in 0..<n { y[i * yStride] = x[i * stride] }
  }

  /// y += s · x.
  @_specialize(where S == Double)
  func addScaled(n: Int, _ s: S, _ x: Input, _ y: Output) {
    for i in 0..<n { y[i] += s * x[i] }
  }

  /// y += a · b.
  @_specialize(where S == Double)
  func addProduct(n: Int, _ a: Input, _ b: Input, _ y: Output) {
    for i in 0..<n { y[i] += a[i] * b[i] }
  }

  /// out = s · x; in place.
  @_specialize(where S == Double)
  func scale(n: Int, _ s: S, _ x: Input, _ out: Output) {
    for i in 0..<n { out[i] = s * x[i] }
  }

  /// out = a + b; in place.
  final func add(n: Int, _ a: Input, _ b: Input, _ out: Output) {
    binary(.add, n: n, a, step: 1, b, step: 1, out)
  }

  // MARK: Sums

  /// Σ x[i] · y[i].
  @_specialize(where S == Double)
  func dot(n: Int, _ x: Input, _ y: Input) -> S {
    var sum: S = 0
    for i in 0..<n { sum += x[i] * y[i] }
    return sum
  }

  /// The sum of squares, in double precision and a fixed order.
  @_specialize(where S == Double)
  func sumOfSquares(n: Int, _ x: Input) -> Double {
    var sum = 0.0
    for i in 0..<n { sum += Double(x[i]) * Double(x[i]) }
    return sum
  }

  /// out[r] = the reduction of row r.
  ///
  /// - Precondition: at least one column.
  @_specialize(where S == Double)
  func reduceRows(_ reduction: Reduction, rows: Int, columns: Int, _ x: Input, _ out: Output) {
    for r in 0..<rows { out[r] = reduction(UnsafeBufferPointer(start: x + r * columns, count: columns)) }
  }

  // MARK: Rows

  /// Sets every row of `out` to `row`.
  @_specialize(where S == Double)
  func fillRows(rows: Int, columns: Int, _ row: Input, _ out: Output) {
    for r in 0..<rows { for c in 0..<columns { out[r * columns + c] = row[c] } }
  }

  /// Adds `row` to every row of `out`.
  @_specialize(where S == Double)
  func addRow(rows: Int, columns: Int, _ row: Input, _ out: Output) {
    for r in 0..<rows { for c in 0..<columns { out[r * columns + c] += row[c] } }
  }

  /// Adds the sum of the rows of `x` to `sums`.
  @_specialize(where S == Double)
  func sumRows(rows: Int, columns: Int, _ x: Input, _ sums: Output) {
    for r in 0..<rows { for c in 0..<columns { sums[c] += x[r * columns + c] } }
  }

  // MARK: Normalization by column

  /// Adds the squares of the differences from `mean` to `sums`.
  @_specialize(where S == Double)
  func squareDeviations(rows: Int, columns: Int, _ x: Input, mean: Input, _ sums: Output) {
    for r in 0..<rows {
      for c in 0..<columns { sums[c] += (x[r * columns + c] - mean[c]) * (x[r * columns + c] - mean[c]) }
    }
  }

  /// Which numbers pass: those whose number b, times the scale plus the shift of its channel, lies between two limits.
  struct Passage {
    let scale, shift: Input
    let limits: ClosedRange<S>

    func passes(_ b: S, channel: Int) -> Bool {
      let y = scale[channel] * b + shift[channel]
      return y > limits.lowerBound && y < limits.upperBound
    }
  }

  /// Adds a to `sums`, and a · (b − mean) to `products`; a counts as 0 where the passage stops b.
  @_specialize(where S == Double)
  func sumProducts(
    rows: Int, columns: Int, _ a: Input, passage: Passage?, _ b: Input, mean: Input, sums: Output, products: Output
  ) {
    for r in 0..<rows {
      for c in 0..<columns {
        let i = r * columns + c
        let left = passage?.passes(b[i], channel: c) ?? true ? a[i] : 0
        sums[c] += left
        products[c] += left * (b[i] - mean[c])
      }
    }
  }

  /// out = scale · x + shift, within the limits; in place.
  @_specialize(where S == Double)
  func transformRows(
    rows: Int, columns: Int, _ x: Input, scale: Input, shift: Input, limits: ClosedRange<S>?, _ out: Output
  ) {
    for r in 0..<rows {
      for c in 0..<columns {
        let y = scale[c] * x[r * columns + c] + shift[c]
        out[r * columns + c] =
          limits.map { y < $0.lowerBound ? $0.lowerBound : y > $0.upperBound ? $0.upperBound : y } ?? y
      }
    }
  }

  /// out = scale · a + slope · (b − mean) + shift, a counting as 0 where the passage stops b; in place of a or b.
  @_specialize(where S == Double)
  func combineRows(
    rows: Int, columns: Int, _ a: Input, passage: Passage?, scale: Input, _ b: Input, mean: Input,
    scale slope: Input, shift: Input, _ out: Output
  ) {
    for r in 0..<rows {
      for c in 0..<columns {
        let i = r * columns + c
        let left = passage?.passes(b[i], channel: c) ?? true ? a[i] : 0
        out[i] = scale[c] * left + slope[c] * (b[i] - mean[c]) + shift[c]
      }
    }
  }

  // MARK: Gated activation

  /// `z` [rows, 2 · channels], filter first, becomes (tanh z_f, sigmoid z_g); `h` [rows, channels] their product.
  @_specialize(where S == Double)
  func gateForward(rows: Int, channels: Int, _ z: Output, _ h: Output) {
    for r in 0..<rows {
      let row = z + 2 * r * channels
      unary(.tanh, n: channels, row, row)
      unary(.sigmoid, n: channels, row + channels, row + channels)
    }
    gateProduct(rows: rows, channels: channels, z, h)
  }

  /// Recomputes `h` from the activated `z`.
  @_specialize(where S == Double)
  func gateProduct(rows: Int, channels: Int, _ z: Input, _ h: Output) {
    for r in 0..<rows {
      for c in 0..<channels { h[r * channels + c] = z[2 * r * channels + c] * z[(2 * r + 1) * channels + c] }
    }
  }

  /// The gradient of `z` before activation from the activated `z`; in place of `z`.
  @_specialize(where S == Double)
  func gateBackward(rows: Int, channels: Int, _ z: Input, _ dh: Input, _ dz: Output) {
    for r in 0..<rows {
      for c in 0..<channels {
        let (filter, gate) = (2 * r * channels + c, (2 * r + 1) * channels + c)
        let (f, g, d) = (z[filter], z[gate], dh[r * channels + c])
        dz[filter] = d * g * (1 - f * f)
        dz[gate] = d * f * g * (1 - g)
      }
    }
  }

  // MARK: Windows

  /// The packing of weights for `multiplyRuns`: the outputs of a block, and those of a vector, to which the rest is
  /// padded.
  var packing: (block: Int, vector: Int) { (1, 1) }

  /// out[p] = bias + the product of row p of the runs with a packed matrix.
  ///
  /// - Parameters:
  ///   - finish: what is done with the sums; nil for nothing.
  ///   - scratch: memory for the rows of a block.
  ///   - streams: whether the output is written with non-temporal stores, because it is much larger than the caches.
  @_specialize(where S == Double)
  func multiplyRuns(
    _ runs: kodama_runs, outputs: Int, _ packed: Input, bias: Input?, finish: UnsafePointer<kodama_finish>?,
    _ out: UnsafePointer<UnsafeMutableRawPointer?>, scratch: Output, streams: Bool
  ) {
    for p in 0..<runs.rows {
      let line = out[p].unsafelyUnwrapped.assumingMemoryBound(to: S.self)
      for o in 0..<outputs {
        var sum = bias?[o] ?? 0
        runs.forEachRun(ofRow: p) { (run, x: Input) in
          let weights = packed + (o * runs.runs + run) * runs.length
          for i in 0..<runs.length { sum += x[i] * weights[i] }
        }
        if let finish {
          if let added = finish.pointee.added?[p] { sum += added.assumingMemoryBound(to: S.self)[o] }
          sum = finish.pointee.limited(sum)
        }
        line[o] = sum
      }
    }
  }

  /// Adds the products of the inputs with the gradients of the outputs, summed over the rows, to a packed matrix.
  ///
  /// - Parameters:
  ///   - gradient: [rows, outputs], with rows `stride` elements apart.
  ///   - scratch: memory for the rows of a block.
  @_specialize(where S == Double)
  func addOuterProducts(
    _ runs: kodama_runs, outputs: Int, _ gradient: Input, stride: Int, scratch: Output, _ packed: Output
  ) {
    for p in 0..<runs.rows {
      runs.forEachRun(ofRow: p) { (run, x: Input) in
        for o in 0..<outputs {
          let (sums, upstream) = (packed + (o * runs.runs + run) * runs.length, gradient[p * stride + o])
          for i in 0..<runs.length { sums[i] += x[i] * upstream }
        }
      }
    }
  }

  /// Outputs of a depthwise convolution of a map with a weight packed by vectors of channels, here [channels][taps],
  /// written to `out` with the given steps per row and column; a finish adds nothing.
  @_specialize(where S == Double)
  func depthwiseForward(
    _ windows: kodama_windows, outputs: Range<Int>, _ map: Input, weight: Input, bias: Input?,
    finish: UnsafePointer<kodama_finish>?, _ out: Output, rowStep: Int, columnStep: Int, streams: Bool
  ) {
    let (channels, taps) = (windows.channels, windows.kernel_height * windows.kernel_width)
    for output in outputs {
      let (y, x) = output.quotientAndRemainder(dividingBy: windows.out_width)
      let row = out + y * rowStep + x * columnStep
      for c in 0..<channels { row[c] = bias?[c] ?? 0 }
      windows.forEachTap(ofOutput: output) { tap, position in
        for c in 0..<channels { row[c] += map[position * channels + c] * weight[c * taps + tap] }
      }
      if let finish { for c in 0..<channels { row[c] = finish.pointee.limited(row[c]) } }
    }
  }

  /// Adds the contributions of some outputs to the gradient of the weight; `gradient` starts with that of output 0.
  @_specialize(where S == Double)
  func depthwiseWeightGradient(
    _ windows: kodama_windows, outputs: Range<Int>, _ map: Input, _ gradient: Input, _ weightGradient: Output
  ) {
    let (channels, taps) = (windows.channels, windows.kernel_height * windows.kernel_width)
    for output in outputs {
      windows.forEachTap(ofOutput: output) { tap, position in
        for c in 0..<channels {
          weightGradient[c * taps + tap] += map[position * channels + c] * gradient[output * channels + c]
        }
      }
    }
  }

  /// Adds patches, [outputs][taps][channels], to a map.
  @_specialize(where S == Double)
  func scatterPatches(
    _ windows: kodama_windows, channels: Range<Int>, outputs: Range<Int>, _ patches: Input, _ map: Output
  ) {
    let taps = windows.kernel_height * windows.kernel_width
    for output in outputs {
      let rows = patches + (output - outputs.lowerBound) * taps * channels.count
      windows.forEachTap(ofOutput: output) { tap, position in
        let line = map + position * windows.channels + channels.lowerBound
        for c in 0..<channels.count { line[c] += rows[tap * channels.count + c] }
      }
    }
  }

  // MARK: Products and losses

  /// out [m, n] = base + op(a) · op(b), where op(a) is [m, k] and op(b) is [k, n], transposed as stored where the flags
  /// are set; `lda`, `ldb` and `ldc` are the row strides as stored.
  @_specialize(where S == Double)
  func multiplyMatrices(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, _ a: Input, lda: Int, _ b: Input, ldb: Int,
    base: ProductBase<S>, _ out: Output, ldc: Int
  ) {
    for i in 0..<m {
      for j in 0..<n {
        var sum = base.matrix.map { $0[i * base.stride + j] } ?? 0
        if let row = base.row { sum += row[j] }
        for l in 0..<k {
          sum += (transposeA ? a[l * lda + i] : a[i * lda + l]) * (transposeB ? b[j * ldb + l] : b[l * ldb + j])
        }
        out[i * ldc + j] = sum
      }
    }
  }

  /// Softmax cross-entropy in nats: the sum over rows of weight · −ln p(target). Rows of weight 0 are ignored.
  /// `gradient`, if given, is set to weight · (p − onehot(target)); it may be `logits`.
  @_specialize(where S == Double)
  func crossEntropy(
    rows: Int, classes: Int, _ logits: Input, targets: UnsafePointer<Int32>, weights: Input, gradient: Output?
  ) -> Double {
    var loss = 0.0
    for r in 0..<rows {
      let (weight, target) = (weights[r], Int(targets[r]))
      let row = UnsafeBufferPointer(start: logits + r * classes, count: classes)
      // A row of weight 0 may contain anything.
      let total = weight == 0 ? 0 : Reduction.logSumExp(row)
      if weight != 0 { loss += Double(weight) * (Double(total) - Double(row[target])) }
      guard let line = gradient.map({ $0 + r * classes }) else { continue }
      for c in 0..<classes { line[c] = weight == 0 ? 0 : weight * UnaryFunction.exponential(row[c] - total) }
      if weight != 0 { line[target] -= weight }
    }
    return loss
  }

  /// The loss of mixtures in nats: the sum over rows of weight · −ln p(target), and its gradient if `gradient` is
  /// given, as for `crossEntropy`.
  func mixtureLoss(
    _ mixture: DiscretizedMixture, rows: Int, _ x: Input, targets: UnsafePointer<Int32>, weights: Input,
    gradient: Output?
  ) -> Double {
    let count = rows * mixture.channels
    let (numbers, factors) = ((0..<count).map { Double(x[$0]) }, (0..<rows).map { Double(weights[$0]) })
    var slopes = [Double](repeating: 0, count: gradient == nil ? 0 : count)
    let loss = slopes.withUnsafeMutableBufferPointer { slopes in
      withUnsafePointer(to: mixture.kernel) {
        kodama_mixture_loss_f64($0, rows, numbers, targets, factors, gradient == nil ? nil : slopes.baseAddress)
      }
    }
    if let gradient { for i in 0..<count { gradient[i] = S(slopes[i]) } }
    return loss
  }
}
