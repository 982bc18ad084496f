import Kodama

/// Fully connected layers with an activation function between them: each layer is a matrix product and a bias, the same
/// for every row, which is what a pointwise convolution computes.
///
/// - Shapes: x [1, rows, inputs] → [1, rows, outputs].
struct DenseNetwork: Sendable {
  /// An activation function between two layers.
  typealias Activation = @Sendable (Variable<Float>) -> Variable<Float>

  let layers: [any Layer]
  private let products: [Convolution]
  private let activation: Activation
  private let dropout: Double

  /// A network with these numbers of inputs, hidden units of each layer, and outputs.
  ///
  /// - Parameter dropout: the share of hidden units that are left out of each training step.
  init(_ sizes: [Int], activation: @escaping Activation = { $0.tanh() }, dropout: Double = 0) {
    products = (1..<sizes.count).map { index in
      .pointwise(
        "layers.\(index)", inputChannels: sizes[index - 1], outputChannels: sizes[index],
        isOutput: index == sizes.count - 1)
    }
    layers = products
    self.activation = activation
    self.dropout = dropout
  }

  func forward(_ x: Variable<Float>, _ pass: Pass<Float>) -> Variable<Float> {
    var x = x
    for (index, layer) in products.enumerated() {
      x = layer.forward(x, pass)
      if index == products.count - 1 { break }
      x = activation(x)
      if case .training(let seed) = pass.phase, dropout > 0 {
        x = x.dropout(rate: dropout, random: Philox(seed: seed, stream: UInt64(index)))
      }
    }
    return x
  }
}

/// Rows of numbers with the class of each.
struct LabelledRows: Sendable {
  var rows: [[Float]]
  var classes: [Int32]

  /// Some of the rows.
  subscript(indices: some Collection<Int>) -> LabelledRows {
    LabelledRows(rows: indices.map { rows[$0] }, classes: indices.map { classes[$0] })
  }

  /// The rows as the input of a dense network, [1, rows, columns].
  var tensor: Tensor<Float> { Tensor([1, rows.count, rows[0].count], rows.flatMap { $0 }) }

  /// The share of rows to whose class a network gives the largest of its outputs.
  ///
  /// - Shapes: logits [.., classes], as many rows as there are here.
  func accuracy(_ logits: Tensor<Float>) -> Double {
    Double(zip(logits.indicesOfLargest(), classes).count { $0 == Int($1) }) / Double(classes.count)
  }

  /// The mean of −ln p of each row's class, in nats.
  func crossEntropy(_ logits: Variable<Float>) -> Variable<Float> {
    logits.crossEntropy(targets: classes, weights: Array(repeating: 1, count: classes.count))
  }
}
