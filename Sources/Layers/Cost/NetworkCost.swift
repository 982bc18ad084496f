import KodamaTensors

/// What a layer of a network costs, counted over a forward pass.
public struct LayerCost: Sendable, Equatable, Codable {
  /// The dotted path of its parameters.
  public let path: String
  /// The multiply-adds of its matrix products and convolutions. Places beyond the edges, where padding is, count like any
  /// other.
  public let multiplyAdds: Int
  /// Its weights and biases; the running means and variances of normalization do not count.
  public let parameters: Int
  /// The elements of what its products and convolutions give.
  ///
  /// - Source: Radosavovic et al. 2020, "Designing Network Design Spaces", §3.4.
  public let activations: Int

  /// A given cost.
  package init(path: String, multiplyAdds: Int, parameters: Int, activations: Int) {
    self.path = path
    self.multiplyAdds = multiplyAdds
    self.parameters = parameters
    self.activations = activations
  }
}

/// What a network costs, layer by layer.
///
/// Counted is what a forward pass asks of the processor, by shapes alone: nothing is computed, so a large network costs
/// no time. An ordinary convolution from C to M channels with outputs of H × W places and a kernel of K × K takes
/// H · W · K² · C · M multiply-adds, a depthwise one H · W · C · K², a pointwise one H · W · M · C.
///
/// ```swift
/// let cost = NetworkCost(of: network.declarations) { pass in
///   _ = network.forward(pass.tape.constant(Tensor([1, 224, 224, 3])), pass)
/// }
/// print(cost.multiplyAdds, cost.parameters)
/// ```
public struct NetworkCost: Sendable, Equatable, Codable {
  /// The layers, in the order in which the network comes to them, then those it does not come to.
  public let layers: [LayerCost]

  /// The multiply-adds of all layers.
  public var multiplyAdds: Int { layers.reduce(0) { $0 + $1.multiplyAdds } }
  /// The weights and biases of all layers.
  public var parameters: Int { layers.reduce(0) { $0 + $1.parameters } }
  /// The elements of what all products and convolutions give.
  public var activations: Int { layers.reduce(0) { $0 + $1.activations } }

  /// Counts a forward pass.
  ///
  /// A layer is at work from when the pass is asked for one of its parameters until it is asked for one of another.
  ///
  /// - Parameters:
  ///   - declarations: the parameters of the network.
  ///   - forward: the pass, with an input of the shape that is counted. Values in it mean nothing.
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

  /// Given layers.
  package init(layers: [LayerCost]) { self.layers = layers }

  /// The layer that a parameter belongs to: all of its name but the last part.
  private static func path(_ name: String) -> String {
    name.split(separator: ".").dropLast().joined(separator: ".")
  }
}
