/// The unit of a recurrent layer: what becomes of its inputs and of its hidden state h at a time step.
///
/// Below, a = W · x + b of a gate's rows of the weights of inputs, and U · h those of the recurrent weights.
public enum RecurrentUnit: String, Sendable, Equatable, CaseIterable, Codable {
  /// h′ = tanh(a + U · h).
  ///
  /// - Source: Elman 1990, "Finding Structure in Time".
  case tanh
  /// h′ = max(0, a + U · h).
  case relu
  /// Input, forget, cell and output gates (i, f, g, o):
  ///
  ///     i, f, o = sigmoid(a + U · h)      g = tanh(a + U · h)
  ///     c′ = f · c + i · g                h′ = o · tanh(c′)
  ///
  /// - Source: Hochreiter and Schmidhuber 1997, with the forget gate of Gers, Schmidhuber and Cummins 2000.
  case lstm
  /// The LSTM whose gates also see the cell, each unit its own: p_i · c is added to the input gate, p_f · c to the forget
  /// gate, p_o · c′ to the output gate, before the sigmoid.
  ///
  /// - Source: Gers and Schmidhuber 2000, "Recurrent Nets that Time and Count". Gradients pass through the peepholes.
  case peepholeLSTM
  /// Reset, update and new gates (r, u, n). The reset gate acts after the recurrent product, as in PyTorch and cuDNN; in
  /// the paper it acts before.
  ///
  ///     r, u = sigmoid(a + U · h)         n = tanh(a + r · (U · h + its bias))
  ///     h′ = (1 − u) · n + u · h
  ///
  /// - Source: Cho et al. 2014, §2.3.
  case gru

  /// The gates, whose rows follow each other in the weights.
  public var gates: Int {
    switch self {
    case .tanh, .relu: 1
    case .lstm, .peepholeLSTM: 4
    case .gru: 3
    }
  }

  /// Whether the state has a cell.
  public var hasCell: Bool { self == .lstm || self == .peepholeLSTM }
}

/// The state of recurrent layers between two time steps: variables, tensors or gradients.
public struct RecurrentState<Value> {
  /// The hidden state: the outputs of the last step.
  public var hidden: Value
  /// The cells of LSTM units; nil of others.
  public var cell: Value?

  /// A state.
  public init(hidden: Value, cell: Value? = nil) {
    self.hidden = hidden
    self.cell = cell
  }

  /// Maps both parts.
  public func map<Result>(_ transform: (Value) throws -> Result) rethrows -> RecurrentState<Result> {
    RecurrentState<Result>(hidden: try transform(hidden), cell: try cell.map(transform))
  }
}

extension RecurrentState: Sendable where Value: Sendable {}
extension RecurrentState: Equatable where Value: Equatable {}
