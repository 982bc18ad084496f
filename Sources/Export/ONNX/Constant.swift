import Foundation
import KodamaTensors

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
