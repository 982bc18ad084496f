import KodamaCore
import KodamaLayers
import KodamaTensors

/// A tensor to be written to a safetensors file.
public struct StoredTensor {
  /// The name.
  public let name: String
  /// The type of its elements.
  public let type: ElementType
  /// The shape.
  public let shape: Shape
  private let write: (FileWriter) throws -> Void

  /// Elements in row-major order.
  ///
  /// - Precondition: as many elements as the shape has.
  public init<T: StoredElement & Sendable>(_ name: String, _ shape: Shape, _ elements: [T]) {
    precondition(elements.count == shape.count, "\(elements.count) elements do not fill shape \(shape)")
    self.init(name: name, type: T.elementType, shape: shape) { writer in
      try elements.withUnsafeBytes { try writer.write($0) }
    }
  }

  /// A tensor of numbers.
  public init<S: Scalar & StoredElement>(_ name: String, _ tensor: Tensor<S>) {
    self.init(name: name, type: S.elementType, shape: tensor.shape) { writer in
      try tensor.withUnsafeBuffer { try writer.write(UnsafeRawBufferPointer($0)) }
    }
  }

  /// A tensor of numbers that is made when it is written.
  ///
  /// - Precondition: `tensor` returns one of this shape.
  package init<S: Scalar & StoredElement>(_ name: String, _ shape: Shape, _ tensor: @escaping () -> Tensor<S>) {
    self.init(name: name, type: S.elementType, shape: shape) { writer in
      let made = tensor()
      precondition(made.shape == shape, "\(name) of shape \(shape) became \(made.shape)")
      try made.withUnsafeBuffer { try writer.write(UnsafeRawBufferPointer($0)) }
    }
  }

  private init(name: String, type: ElementType, shape: Shape, write: @escaping (FileWriter) throws -> Void) {
    self.name = name
    self.type = type
    self.shape = shape
    self.write = write
  }

  /// The bytes of its elements.
  package var byteCount: Int { shape.count * type.byteCount }

  func write(to writer: FileWriter) throws { try write(writer) }
}

/// Writes safetensors files as the reference implementation does: metadata first, then tensors by descending size of
/// their elements and by name; the header is padded with spaces to a multiple of 8 bytes.
public enum SafetensorsWriter {
  /// Writes tensors to a file atomically.
  ///
  /// - Parameter metadata: texts besides `format`, which is "pt", so that Python's loaders accept the file.
  /// - Precondition: names are distinct, none is `__metadata__`.
  /// - Throws: `FileFault`.
  public static func write(
    _ tensors: [StoredTensor], metadata: [String: String] = [:], to path: String,
    existing: AtomicFile.Existing = .refuse
  ) throws {
    precondition(Set(tensors.map(\.name)).count == tensors.count, "two tensors have the same name")
    precondition(
      !tensors.contains { $0.name == SafetensorsHeader.metadataKey },
      "no tensor may be named \(SafetensorsHeader.metadataKey)")
    let ordered = tensors.sorted { a, b in
      a.type.byteCount != b.type.byteCount
        ? a.type.byteCount > b.type.byteCount : a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
    }
    let header = header(of: ordered, metadata: metadata)
    try AtomicFile.write(to: path, existing: existing) { writer in
      try writer.write((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) })
      try writer.write(header)
      for tensor in ordered { try tensor.write(to: writer) }
    }
  }

  private static func header(of tensors: [StoredTensor], metadata: [String: String]) -> [UInt8] {
    let texts = metadata.merging(["format": "pt"]) { given, _ in given }.sorted { $0.key < $1.key }
    var members = [
      JSON.Member(SafetensorsHeader.metadataKey, .object(texts.map { JSON.Member($0.key, JSON($0.value)) }))
    ]
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.byteCount
      members.append(
        JSON.Member(
          tensor.name,
          [
            "dtype": JSON(tensor.type.rawValue), "shape": .array(tensor.shape.extents.map { JSON($0) }),
            "data_offsets": [JSON(offset), JSON(end)],
          ]))
      offset = end
    }
    let text = Array(JSON.object(members).description.utf8)
    let padding = (8 - text.count % 8) % 8
    return text + [UInt8](repeating: UInt8(ascii: " "), count: padding)
  }
}
