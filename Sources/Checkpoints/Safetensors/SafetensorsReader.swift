import KodamaCore
import KodamaLayers
import KodamaTensors

/// The tensors of a safetensors file. The initializer checks the whole header against the file's length; data are read
/// on demand.
public struct SafetensorsReader: Sendable {
  private let file: InputFile
  private let header: SafetensorsHeader
  private let index: [String: Int]

  /// Opens a file and checks its header.
  ///
  /// - Throws: `CheckpointFault.malformed`, `.pickle`; `FileFault.cannotRead`.
  public init(_ path: String) throws { try self.init(InputFile(path)) }

  init(_ file: InputFile) throws {
    self.file = file
    header = try SafetensorsHeader(file)
    index = Dictionary(uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
  }

  /// The file.
  public var path: String { file.path }
  /// The metadata of the header.
  public var metadata: [String: String] { header.metadata }
  /// The names of the tensors, in the order of their data.
  public var names: [String] { header.entries.map(\.name) }

  /// The shape of a tensor; nil where the file does not contain it.
  public func shape(of name: String) -> Shape? { index[name].map { header.entries[$0].shape } }

  /// The type of a tensor's elements; nil where the file does not contain it.
  public func elementType(of name: String) -> ElementType? { index[name].map { header.entries[$0].type } }

  /// The stored elements of a tensor, in row-major order.
  ///
  /// - Throws: `CheckpointFault.noTensor`, `.wrongType`; `FileFault.cannotRead`.
  public func elements<T: StoredElement>(of name: String, as type: T.Type = T.self) throws -> [T] {
    let entry = try entry(name)
    if entry.type != T.elementType {
      throw CheckpointFault.wrongType(
        path: path, tensor: name, expected: T.elementType.rawValue, actual: entry.type)
    }
    return try [T](unsafeUninitializedCapacity: entry.shape.count) { buffer, count in
      try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: entry.range.lowerBound)
      count = entry.shape.count
    }
  }

  /// A tensor of any floating-point type, rounded to `Float`.
  ///
  /// - Throws: `CheckpointFault.noTensor`, `.wrongType`; `FileFault.cannotRead`.
  public func tensor(_ name: String) throws -> Tensor<Float> {
    let entry = try entry(name)
    switch entry.type {
    case .float32:
      return try Tensor(entry.shape) {
        try file.read(into: UnsafeMutableRawBufferPointer($0), at: entry.range.lowerBound)
      }
    case .float64: return Tensor(entry.shape, try elements(of: name, as: Double.self).map { Float($0) })
    case .float16: return Tensor(entry.shape, try bits(entry).map { HalfPrecision.float(binary16: $0) })
    case .bfloat16: return Tensor(entry.shape, try elements(of: name, as: BFloat16.self).map(\.float))
    default:
      throw CheckpointFault.wrongType(
        path: path, tensor: name, expected: "floating-point numbers", actual: entry.type)
    }
  }

  private func entry(_ name: String) throws -> SafetensorsHeader.Entry {
    guard let position = index[name] else { throw CheckpointFault.noTensor(path: path, name: name) }
    return header.entries[position]
  }

  private func bits(_ entry: SafetensorsHeader.Entry) throws -> [UInt16] {
    let bytes = try file.bytes(entry.range)
    return stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
  }
}
