import CKernels

extension Scalar {
  /// The time steps of recurrent layers of this type.
  static var recurrentPrimitives: RecurrentPrimitives<Self> {
    // The cast is made only where the types are equal, so it is an identity cast.
    if Self.self == Float.self {
      return unsafeDowncast(FloatRecurrentPrimitives.current, to: RecurrentPrimitives<Self>.self)
    }
    return RecurrentPrimitives<Self>()
  }
}

/// The time steps of recurrent layers in plain Swift, as `Primitives` has other loops. All run on the calling thread.
///
/// `@unchecked Sendable`: it has no state.
class RecurrentPrimitives<S: Scalar>: @unchecked Sendable {
  init() {}

  /// The packing of weights: the outputs of a block, and those of a vector, to which the rest is padded.
  var packing: (block: Int, vector: Int) { (1, 1) }

  /// The outputs of a packed matrix with their padding.
  final func padded(_ outputs: Int) -> Int { (outputs + packing.vector - 1) / packing.vector * packing.vector }

  /// out [rows, columns] = bias + x [rows, inner] · packed; `columns` counts the padding, which `bias` has too.
  @_specialize(where S == Double)
  func multiplyPacked(
    rows: Int, columns: Int, inner: Int, _ x: SignalRows<S>, _ packed: UnsafePointer<S>, bias: UnsafePointer<S>?,
    adds: Bool, _ out: SignalRows<S>
  ) {
    for row in 0..<rows {
      let (x, out) = (x[row], out[row])
      for column in 0..<columns {
        let weights = packed + column * inner
        var sum = (bias?[column] ?? 0) + (adds ? out[column] : 0)
        for i in 0..<inner { sum += x[i] * weights[i] }
        out[column] = sum
      }
    }
  }

  /// A step forward. `scratch` has room for `rows` rows of the padded outputs of all gates.
  func forward(_ step: RecurrentStep<S>, scratch: UnsafeMutablePointer<S>) {
    let columns = padded(step.unit.gates * step.units)
    multiplyPacked(
      rows: step.rows, columns: columns, inner: step.units, step.previous.hidden, step.weight, bias: nil, adds: false,
      SignalRows(scratch, stride: columns))
    step.advance(products: scratch, stride: columns)
  }

  /// A step backward.
  func backward(_ step: RecurrentStep<S>, _ gradients: RecurrentStepGradients<S>) {
    step.retreat(gradients)
    multiplyPacked(
      rows: step.rows, columns: padded(step.units), inner: step.unit.gates * step.units,
      gradients.products ?? step.gates, step.weight, bias: nil, adds: true, gradients.state.hidden)
  }
}

extension RecurrentPrimitives {
  /// A matrix of a recurrent layer, packed: [outputs, inputs] as it is stored, or transposed.
  func packed(_ weight: Tensor<S>, transposed: Bool = false, memory: MemoryPool?) -> Tensor<S> {
    let (rows, columns) = (weight.shape[0], weight.shape[1])
    let packing = kodama_packing(
      outputs: transposed ? columns : rows, block: packing.block, vector: packing.vector,
      output_stride: transposed ? 1 : columns, extents: (1, 1, transposed ? rows : columns),
      strides: (0, 0, transposed ? columns : 1))
    return withUnsafePointer(to: packing) {
      var result = Tensor<S>(undefined: [kodama_packed_count($0)], memory: memory)
      kodama_pack(MemoryLayout<S>.stride, $0, weight.region.base, result.mutable.base)
      withExtendedLifetime(weight) {}
      return result
    }
  }
}

/// Single precision: the kernels of one instruction set.
///
/// `@unchecked Sendable`: the table is constant.
final class FloatRecurrentPrimitives: RecurrentPrimitives<Float>, @unchecked Sendable {
  static let current = FloatRecurrentPrimitives()

  private let kernels: kodama_kernels_f32

  /// The kernels of an instruction set; by default `InstructionSet.current`.
  init(_ instructions: InstructionSet = .current) { kernels = instructions.kernels.pointee }

  override var packing: (block: Int, vector: Int) { (kernels.block_outputs, kernels.vector_outputs) }

  override func multiplyPacked(
    rows: Int, columns: Int, inner: Int, _ x: SignalRows<Float>, _ packed: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, adds: Bool, _ out: SignalRows<Float>
  ) {
    kernels.multiply_packed(
      rows, columns, inner, x.base, x.stride, packed, bias, adds ? 1 : 0, out.base, out.stride)
  }

  override func forward(_ step: RecurrentStep<Float>, scratch: UnsafeMutablePointer<Float>) {
    var kernel = step.kernel
    kernel.scratch = scratch
    kernels.recurrent_forward(&kernel)
  }

  override func backward(_ step: RecurrentStep<Float>, _ gradients: RecurrentStepGradients<Float>) {
    var (kernel, slopes) = (step.kernel, gradients.kernel)
    kernels.recurrent_backward(&kernel, &slopes)
  }
}

extension RecurrentUnit {
  var kernel: kodama_recurrence {
    switch self {
    case .tanh: KODAMA_RECURRENT_TANH
    case .relu: KODAMA_RECURRENT_RELU
    case .lstm, .peepholeLSTM: KODAMA_RECURRENT_LSTM
    case .gru: KODAMA_RECURRENT_GRU
    }
  }
}

extension RecurrentStep where S == Float {
  /// The step as kernels take it, without scratch memory.
  var kernel: kodama_recurrent_step {
    kodama_recurrent_step(
      kind: unit.kernel, rows: rows, units: units, weight: weight, bias: productBias, peepholes: peepholes,
      gates: gates.base, gates_stride: gates.stride, previous: previous.hidden.base,
      previous_stride: previous.hidden.stride, previous_cell: previous.cell?.base,
      previous_cell_stride: previous.cell?.stride ?? 0, hidden: next.hidden.base, hidden_stride: next.hidden.stride,
      cell: next.cell?.base, cell_stride: next.cell?.stride ?? 0, product: product?.base,
      product_stride: product?.stride ?? 0, scratch: nil)
  }
}

extension RecurrentStepGradients where S == Float {
  /// The gradients as kernels take them.
  var kernel: kodama_recurrent_gradients {
    kodama_recurrent_gradients(
      output: output?.base, output_stride: output?.stride ?? 0, hidden: state.hidden.base,
      hidden_stride: state.hidden.stride, cell: state.cell?.base, cell_stride: state.cell?.stride ?? 0,
      products: products?.base, products_stride: products?.stride ?? 0, peepholes: peepholes)
  }
}
