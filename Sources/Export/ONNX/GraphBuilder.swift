import KodamaTensors

/// Writes a graph node by node, in an order in which each finds its inputs made.
struct GraphBuilder {
  /// What a node or an input of the graph gives, or a constant.
  struct Value: Hashable {
    let name: String
  }

  /// The extent of an axis of an input or output.
  enum Extent: Equatable {
    /// Known.
    case fixed(Int)
    /// The same wherever the name stands, and known when the graph is run.
    case named(String)
  }

  /// An option of an operator.
  enum Attribute: Equatable {
    case integer(Int)
    case integers([Int])
  }

  private(set) var graph: ONNXGraphProto
  private var names: Set<String> = []

  /// A graph without nodes.
  init(name: String) { graph = .with { $0.name = name } }

  /// An input of the graph.
  mutating func input(
    _ name: String, _ type: ONNXTensorProto.DataType, _ extents: [Extent], about: String
  ) -> Value {
    graph.input.append(Self.information(name, type, extents, about: about))
    return value(name)
  }

  /// Makes the value of a node an output of the graph.
  mutating func output(_ value: Value, _ extents: [Extent], about: String) {
    precondition(names.contains(value.name), "the graph has no value \(value.name)")
    graph.output.append(Self.information(value.name, .float, extents, about: about))
  }

  /// A constant under a name of its own.
  mutating func constant(_ name: String, _ constant: Constant) -> Value {
    graph.initializer.append(constant.initializer(name))
    return value(name)
  }

  /// A constant that the whole graph has once, however often it is asked for.
  mutating func shared(_ name: String, _ constant: Constant) -> Value {
    names.contains(name) ? Value(name: name) : self.constant(name, constant)
  }

  /// A list of whole numbers, such as an operator takes for sizes.
  mutating func integers(_ elements: [Int]) -> Value { shared("integers.\(elements)", Constant(elements)) }

  /// A node of one output, which takes the node's name.
  mutating func node(
    _ name: String, _ type: NodeType, _ inputs: [Value], _ attributes: [String: Attribute] = [:]
  ) -> Value {
    nodes([name], type, inputs, attributes)[0]
  }

  /// A node of several outputs, named.
  mutating func nodes(
    _ outputs: [String], _ type: NodeType, _ inputs: [Value], _ attributes: [String: Attribute] = [:]
  ) -> [Value] {
    for input in inputs { precondition(names.contains(input.name), "the graph has no value \(input.name)") }
    graph.node.append(
      .with {
        $0.name = outputs[0]
        $0.opType = type.rawValue
        $0.input = inputs.map(\.name)
        $0.output = outputs
        $0.attribute = attributes.sorted { $0.key < $1.key }.map(Self.attribute)
      })
    return outputs.map { value($0) }
  }

  private mutating func value(_ name: String) -> Value {
    precondition(names.insert(name).inserted, "two values of the graph have the name \(name)")
    return Value(name: name)
  }

  private static func attribute(_ name: String, _ attribute: Attribute) -> ONNXAttributeProto {
    .with {
      $0.name = name
      switch attribute {
      case .integer(let integer): ($0.type, $0.i) = (.int, Int64(integer))
      case .integers(let integers): ($0.type, $0.ints) = (.ints, integers.map(Int64.init))
      }
    }
  }

  private static func information(
    _ name: String, _ type: ONNXTensorProto.DataType, _ extents: [Extent], about: String
  ) -> ONNXValueInfoProto {
    .with {
      $0.name = name
      $0.docString = about
      $0.type.tensorType.elemType = type
      $0.type.tensorType.shape.dim = extents.map { extent in
        .with {
          switch extent {
          case .fixed(let size): $0.dimValue = Int64(size)
          case .named(let name): $0.dimParam = name
          }
        }
      }
    }
  }
}
