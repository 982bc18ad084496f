import KodamaCore
import KodamaTensors

/// The tensors of another program's weights: a safetensors file, or a folder of such files, each with a part.
///
/// Where a file has `NAME_g` and `NAME_v`, as PyTorch's weight normalization saves a weight, or
/// `MODULE.parametrizations.PARAMETER.original0` and `original1`, as its later form does, there is a tensor `NAME` too,
/// multiplied out: g · v / ‖v‖, with a norm for each index of the first axis.
public struct WeightFiles: Sendable {
  /// The file or folder.
  public let path: String
  /// The names of all stored tensors, sorted.
  public let names: [String]
  private let readers: [String: SafetensorsReader]

  /// Opens the files and checks their headers.
  ///
  /// - Throws: `FileFault.cannotRead`; `CheckpointFault.malformed`, `.pickle`, also where two files contain the same
  ///   tensor; `.noModel` where a folder has no safetensors file.
  public init(_ path: String) throws {
    self.path = path
    var readers: [String: SafetensorsReader] = [:]
    for file in try Self.files(path) {
      let reader = try SafetensorsReader(file)
      for name in reader.names {
        if let other = readers.updateValue(reader, forKey: name) {
          throw CheckpointFault.malformed(path: file, field: name, problem: "the tensor is in \(other.path) too")
        }
      }
    }
    self.readers = readers
    names = readers.keys.sorted()
  }

  private static func files(_ path: String) throws -> [String] {
    if !Folder.exists(path) { return [path] }
    let folder = Folder.trimmed(path)
    let names = try Folder.names(folder)
    let files = names.filter { $0.hasSuffix(".safetensors") }
    if !files.isEmpty { return files.sorted().map { folder + "/" + $0 } }
    let pickles = names.filter { name in PickleDetector.extensions.contains { name.hasSuffix("." + $0) } }
    if let pickle = pickles.first {
      throw CheckpointFault.pickle(path: folder + "/" + pickle)
    }
    throw CheckpointFault.noModel(path: path, problem: "no file here is named *.safetensors")
  }

  /// The stored tensors that make up a tensor: itself, or gain and direction of weight normalization; nil where there
  /// are none.
  func parts(of name: String) -> [String]? {
    if readers[name] != nil { return [name] }
    let dot = name.lastIndex(of: ".").map { name.index(after: $0) } ?? name.startIndex
    let parametrized = name[..<dot] + "parametrizations." + name[dot...] + ".original"
    return [["_g", "_v"].map { name + $0 }, ["0", "1"].map { parametrized + $0 }].first { names in
      names.allSatisfy { readers[$0] != nil }
    }
  }

  /// The shape of a tensor; nil where there is none.
  func shape(of name: String) -> Shape? { parts(of: name)?.last.flatMap { readers[$0]?.shape(of: $0) } }

  /// The first part of a tensor whose elements are not floating-point numbers; nil where all are.
  func partOfOtherType(of name: String) -> ElementType? {
    (parts(of: name) ?? []).compactMap { readers[$0]?.elementType(of: $0) }.first { !$0.isFloatingPoint }
  }

  /// A tensor.
  ///
  /// - Throws: `CheckpointFault.noTensor`, `.wrongType`, `.notFinite`, `.malformed` for a gain of another shape;
  ///   `FileFault.cannotRead`.
  func tensor(_ name: String) throws -> Tensor<Float> {
    guard let parts = parts(of: name) else { throw CheckpointFault.noTensor(path: path, name: name) }
    let tensors = try parts.map { part -> Tensor<Float> in
      guard let reader = readers[part] else { throw CheckpointFault.noTensor(path: path, name: part) }
      return try reader.finiteTensor(part)
    }
    if tensors.count == 1 { return tensors[0] }
    let (gain, direction) = (tensors[0], tensors[1])
    let rows = direction.shape.rank == 0 ? 1 : direction.shape[0]
    guard gain.shape.count == rows else {
      throw CheckpointFault.malformed(
        path: readers[parts[0]]?.path ?? path, field: parts[0],
        problem: "\(gain.shape) is no gain for each of \(rows) outputs of \(parts[1]) \(direction.shape)")
    }
    var numbers = direction.elements
    let gains = gain.elements
    let count = rows == 0 ? 0 : numbers.count / rows
    for row in 0..<rows {
      let range = row * count..<(row + 1) * count
      let norm = range.reduce(0.0) { $0 + Double(numbers[$1]) * Double(numbers[$1]) }.squareRoot()
      let factor = norm > 0 ? Double(gains[row]) / norm : 0
      for index in range { numbers[index] = Float(Double(numbers[index]) * factor) }
    }
    return Tensor(direction.shape, numbers)
  }
}
