import KodamaTensors

/// The cost of a layer, counted over a forward pass.
public struct LayerCost: Sendable, Equatable, Codable {
  /// The dotted path of its parameters.
  public let path: String
  /// The multiply-adds of its matrix products and convolutions. Padding is counted like other elements.
  public let multiplyAdds: Int
  /// Its weights and biases; the running means and variances of normalization do not count.
  public let parameters: Int
  /// The number of elements in the outputs of its products and convolutions.
  ///
  /// - Source: Radosavovic et al. 2020, "Designing Network Design Spaces", §3.4.
  public let activations: Int

  /// A cost.
  package init(path: String, multiplyAdds: Int, parameters: Int, activations: Int) {
    self.path = path
    self.multiplyAdds = multiplyAdds
    self.parameters = parameters
    self.activations = activations
  }
}

/// The cost of a network, layer by layer.
///
/// Counts the work of a forward pass from shapes alone: nothing is computed, so counting a large network takes no time.
/// A standard convolution from C to M channels with H × W outputs and a kernel of K × K takes H · W · K² · C · M
/// multiply-adds, a depthwise one H · W · C · K², a pointwise one H · W · M · C.
///
/// ```swift
/// let cost = NetworkCost(of: network.declarations) { pass in
///   _ = network.forward(pass.tape.constant(Tensor([1, 224, 224, 3])), pass)
/// }
/// print(cost.multiplyAdds, cost.parameters)
/// ```
public struct NetworkCost: Sendable, Equatable, Codable {
  /// The layers in the order of their first use, followed by unused ones.
  public let layers: [LayerCost]

  /// The multiply-adds of all layers.
  public var multiplyAdds: Int { layers.reduce(0) { $0 + $1.multiplyAdds } }
  /// The weights and biases of all layers.
  public var parameters: Int { layers.reduce(0) { $0 + $1.parameters } }
  /// The number of elements in the outputs of all products and convolutions.
  public var activations: Int { layers.reduce(0) { $0 + $1.activations } }

  /// Counts a forward pass.
  ///
  /// Operators are attributed to the layer whose parameter the pass was last asked for.
  ///
  /// - Parameters:
  ///   - declarations: the parameters of the network.
  ///   - forward: the pass, with an input of the shape to count. Its values are ignored.
  public init(of declarations: [ParameterDeclaration], _ forward: (Pass<Float>) -> Void) {
    let counter = CostBackend()
    let parameters = Parameters<Float>(zeros: declarations)
    let pass = Pass(
      parameters, phase: .inference, workspace: Workspace(workers: .serial, backend: counter),
      observer: { counter.enter(Self.path($0)) })
    forward(pass)
    var weights: [String: Int] = [:]
    var paths = counter.paths
    for declaration in declarations {
      let path = Self.path(declaration.name)
      if !paths.contains(path) { paths.append(path) }
      if declaration.role != .state { weights[path, default: 0] += declaration.shape.count }
    }
    layers = paths.map { path in
      let work = counter.work(of: path)
      return LayerCost(
        path: path, multiplyAdds: work.multiplyAdds, parameters: weights[path] ?? 0, activations: work.activations)
    }
  }

  /// A cost with the given layers.
  package init(layers: [LayerCost]) { self.layers = layers }

  /// The layer of a parameter: its name without the last component.
  private static func path(_ name: String) -> String {
    name.split(separator: ".").dropLast().joined(separator: ".")
  }
}
