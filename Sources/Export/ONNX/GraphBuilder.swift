import Foundation
import KodamaInference
import KodamaTensors
import SwiftProtobuf

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
    /// The same wherever the name occurs, and known when the graph is run.
    case named(String)
  }

  /// An option of an operator.
  enum Attribute: Equatable {
    case integer(Int)
    case integers([Int])
  }

  /// A value and how it becomes integers.
  struct QuantizedValue: Hashable {
    let value: Value
    let quantization: InputQuantization
  }

  private(set) var graph: ONNXGraphProto
  /// Values that were turned into integers: products of one input share them.
  var quantized: [QuantizedValue: Value] = [:]
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
/// The operators of ONNX, opset 17, that graphs here consist of, as its specification names them.
enum NodeType: String, CaseIterable {
  case add = "Add"
  case averagePool = "AveragePool"
  case cast = "Cast"
  case clip = "Clip"
  case concat = "Concat"
  case conv = "Conv"
  case convInteger = "ConvInteger"
  case flatten = "Flatten"
  case gather = "Gather"
  case gemm = "Gemm"
  case globalAveragePool = "GlobalAveragePool"
  case identity = "Identity"
  case matMulInteger = "MatMulInteger"
  case maxPool = "MaxPool"
  case mul = "Mul"
  case quantizeLinear = "QuantizeLinear"
  case relu = "Relu"
  case reshape = "Reshape"
  case sigmoid = "Sigmoid"
  case slice = "Slice"
  case softmax = "Softmax"
  case split = "Split"
  case tanh = "Tanh"
  case transpose = "Transpose"
  case unsqueeze = "Unsqueeze"
}

/// A tensor of known numbers in a graph.
struct Constant: Equatable {
  let type: ONNXTensorProto.DataType
  let shape: Shape
  /// The elements in order, each little-endian.
  let bytes: Data

  private init<Element>(_ type: ONNXTensorProto.DataType, _ shape: Shape, _ elements: [Element]) {
    precondition(elements.count == shape.count, "\(elements.count) elements do not fill shape \(shape)")
    self.type = type
    self.shape = shape
    bytes = elements.withUnsafeBytes { Data($0) }
  }

  /// Single-precision numbers.
  init(_ elements: [Float], _ shape: Shape) { self.init(.float, shape, elements.map(\.bitPattern.littleEndian)) }

  /// Single-precision numbers.
  init(_ tensor: Tensor<Float>) { self.init(tensor.elements, tensor.shape) }

  /// A list of whole numbers.
  init(_ elements: [Int]) { self.init(.int64, [elements.count], elements.map { Int64($0).littleEndian }) }

  /// Whole numbers from 0 to 255.
  init(_ elements: [UInt8], _ shape: Shape) { self.init(.uint8, shape, elements) }

  /// The constant as an initializer of a graph.
  func initializer(_ name: String) -> ONNXTensorProto {
    .with {
      $0.name = name
      $0.dims = shape.extents.map(Int64.init)
      $0.dataType = type
      $0.rawData = bytes
    }
  }
}

extension ONNXModelProto {
  /// The version of the format that is written: one that runtimes of 2022 and later read.
  static let formatVersion: Int64 = 8
  /// The version of the operators.
  static let operatorSet: Int64 = 17
  /// The bytes that a message of protocol buffers can have.
  static let byteLimit = Int(Int32.max)

  /// A graph as a whole file, with metadata for its users.
  init(_ graph: ONNXGraphProto, about: String, metadata: [(key: String, value: String)]) {
    self = .with {
      $0.irVersion = Self.formatVersion
      $0.opsetImport = [.with { $0.version = Self.operatorSet }]
      $0.producerName = "kodama"
      $0.docString = about
      $0.metadataProps = metadata.map { key, value in
        .with { ($0.key, $0.value) = (key, value) }
      }
      $0.graph = graph
    }
  }

  /// The bytes of the file.
  ///
  /// - Throws: `ExportFault.tooLarge`.
  func fileBytes(limit: Int = byteLimit) throws -> [UInt8] {
    // Everything but the constants is names and sizes, far below a hundredth of the limit.
    let constants = graph.initializer.reduce(0) { $0 + $1.rawData.count }
    if constants > limit - limit / 100 { throw ExportFault.tooLarge(bytes: constants, limit: limit) }
    return try serializedBytes()
  }
}
