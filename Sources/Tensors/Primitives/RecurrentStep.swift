/// Rows of numbers, `stride` elements apart, one for each signal of a batch.
struct SignalRows<S: Scalar> {
  let base: UnsafeMutablePointer<S>
  let stride: Int

  init(_ base: UnsafeMutablePointer<S>, stride: Int) { (self.base, self.stride) = (base, stride) }

  /// Rows that are only read.
  init(_ base: UnsafePointer<S>, stride: Int) { self.init(UnsafeMutablePointer(mutating: base), stride: stride) }

  subscript(row: Int) -> UnsafeMutablePointer<S> { base + row * stride }
}

/// One time step of a recurrent layer for some signals.
struct RecurrentStep<S: Scalar> {
  let unit: RecurrentUnit
  let rows: Int
  /// The number H of hidden units.
  let units: Int
  /// The recurrent weight, packed: forward from H inputs to the outputs of all gates, backward from these to H.
  let weight: UnsafePointer<S>
  /// Of the GRU, [H]; nil for 0.
  let productBias: UnsafePointer<S>?
  /// Of the LSTM, [3, H].
  let peepholes: UnsafePointer<S>?
  /// Forward: the gates' inputs without the recurrent product, which become the gates; those of simple units stay.
  /// Backward: the gates, which become the gradients of their inputs.
  let gates: SignalRows<S>
  /// The state before the step.
  let previous: RecurrentState<SignalRows<S>>
  /// The state after the step; forward, it may be the memory of the state before.
  let next: RecurrentState<SignalRows<S>>
  /// Of the GRU: the recurrent product of the new gate with its bias; nil where it is not kept.
  let product: SignalRows<S>?
}

/// The gradients of a time step, from which those of the step before follow.
struct RecurrentStepGradients<S: Scalar> {
  /// Of the step's output; nil for 0.
  let output: SignalRows<S>?
  /// Of the state after the step, to which that of the output is added; becomes that of the state before. Rows of the
  /// hidden state are padded to vectors.
  let state: RecurrentState<SignalRows<S>>
  /// Of the GRU: becomes the gradient of the recurrent products of all gates.
  let products: SignalRows<S>?
  /// Of the peepholes, [rows, 3, H]: the step's are added.
  let peepholes: UnsafeMutablePointer<S>?
}

// The formulas of a step, which kernels are compared with.

extension RecurrentStep {
  /// Computes the gates and the state from the recurrent products, rows `stride` apart.
  @_specialize(where S == Double)
  func advance(products: UnsafeMutablePointer<S>, stride: Int) {
    let n = units
    let (sigmoid, tanh) = (UnaryFunction<S>.sigmoid, UnaryFunction<S>.tanh)
    for row in 0..<rows {
      let (z, p, before, h) = (gates[row], products + row * stride, previous.hidden[row], next.hidden[row])
      switch unit {
      case .tanh: for c in 0..<n { h[c] = tanh(z[c] + p[c]) }
      case .relu: for c in 0..<n { h[c] = UnaryFunction<S>.leakyReLU(slope: 0)(z[c] + p[c]) }
      case .lstm, .peepholeLSTM:
        guard let cellBefore = previous.cell?[row], let cell = next.cell?[row] else {
          preconditionFailure("an LSTM without cells")
        }
        for c in 0..<n {
          let old = cellBefore[c]
          func seen(_ gate: Int, _ cell: S) -> S { peepholes.map { $0[gate * n + c] * cell } ?? 0 }
          let i = sigmoid(z[c] + p[c] + seen(0, old))
          let f = sigmoid(z[n + c] + p[n + c] + seen(1, old))
          let g = tanh(z[2 * n + c] + p[2 * n + c])
          cell[c] = f * old + i * g
          let o = sigmoid(z[3 * n + c] + p[3 * n + c] + seen(2, cell[c]))
          (z[c], z[n + c], z[2 * n + c], z[3 * n + c]) = (i, f, g, o)
          h[c] = o * tanh(cell[c])
        }
      case .gru:
        for c in 0..<n {
          let product = p[2 * n + c] + (productBias?[c] ?? 0)
          let (r, u) = (sigmoid(z[c] + p[c]), sigmoid(z[n + c] + p[n + c]))
          let new = tanh(z[2 * n + c] + r * product)
          (z[c], z[n + c], z[2 * n + c]) = (r, u, new)
          h[c] = (1 - u) * new + u * before[c]
          self.product?[row][c] = product
        }
      }
    }
  }

  /// Computes the gradients of the gates' inputs and, but for what passes through the recurrent products, of the state
  /// before.
  @_specialize(where S == Double)
  func retreat(_ gradients: RecurrentStepGradients<S>) {
    let (n, tanh) = (units, UnaryFunction<S>.tanh)
    for row in 0..<rows {
      let (z, before, h, d) = (gates[row], previous.hidden[row], next.hidden[row], gradients.state.hidden[row])
      if let output = gradients.output?[row] { for c in 0..<n { d[c] += output[c] } }
      switch unit {
      case .tanh, .relu:
        for c in 0..<n { (z[c], d[c]) = (unit == .tanh ? d[c] * (1 - h[c] * h[c]) : h[c] > 0 ? d[c] : 0, 0) }
      case .lstm, .peepholeLSTM:
        guard let cellBefore = previous.cell?[row], let cell = next.cell?[row], let dc = gradients.state.cell?[row]
        else { preconditionFailure("an LSTM without cells") }
        for c in 0..<n {
          let (i, f, g, o, t) = (z[c], z[n + c], z[2 * n + c], z[3 * n + c], tanh(cell[c]))
          let output = d[c] * t * o * (1 - o)
          let sum = dc[c] + d[c] * o * (1 - t * t) + output * (peepholes?[2 * n + c] ?? 0)
          let (input, forget) = (sum * g * i * (1 - i), sum * cellBefore[c] * f * (1 - f))
          (z[c], z[n + c], z[2 * n + c], z[3 * n + c]) = (input, forget, sum * i * (1 - g * g), output)
          dc[c] = sum * f
          d[c] = 0
          guard let peepholes, let sums = gradients.peepholes.map({ $0 + 3 * n * row }) else { continue }
          dc[c] += input * peepholes[c] + forget * peepholes[n + c]
          sums[c] += input * cellBefore[c]
          sums[n + c] += forget * cellBefore[c]
          sums[2 * n + c] += output * cell[c]
        }
      case .gru:
        guard let product = product?[row], let products = gradients.products?[row] else {
          preconditionFailure("a GRU without products")
        }
        for c in 0..<n {
          let (r, u, new) = (z[c], z[n + c], z[2 * n + c])
          let update = d[c] * (before[c] - new) * u * (1 - u)
          let inner = d[c] * (1 - u) * (1 - new * new)
          let reset = inner * product[c] * r * (1 - r)
          (z[c], z[n + c], z[2 * n + c]) = (reset, update, inner)
          (products[c], products[n + c], products[2 * n + c]) = (reset, update, inner * r)
          d[c] *= u
        }
      }
    }
  }
}
