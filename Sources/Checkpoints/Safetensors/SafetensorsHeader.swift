import KodamaCore
import KodamaTensors

/// The validated header of a safetensors file. The format:
///
/// - 8 bytes: the length N of the header, little-endian, 1 to 100,000,000 and within the file;
/// - N bytes: a JSON object, from its first byte on, possibly padded with spaces: for each tensor
///   `"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}`, and at most one
///   `"__metadata__"` of text by text;
/// - the data: the tensors' ranges cover it from its first to its last byte, without overlap or hole, each as long as
///   its shape and type require.
///
/// - Source: safetensors format description, Hugging Face. Stricter: duplicate keys, unknown fields of a tensor and
///   white space before the object are rejected.
struct SafetensorsHeader: Equatable {
  /// The position of a tensor in a file.
  struct Entry: Equatable {
    let name: String
    let type: ElementType
    let shape: Shape
    /// Its bytes, counted from the start of the file.
    let range: Range<Int>
  }

  static let lengthLimit = 100_000_000
  static let metadataKey = "__metadata__"

  let metadata: [String: String]
  /// In the order of their data.
  let entries: [Entry]

  /// Reads and checks the header of a file. No allocation depends on unchecked numbers.
  ///
  /// - Throws: `CheckpointFault.malformed`, `.pickle`, `.unsupportedType`; `FileFault.cannotRead`.
  init(_ file: InputFile) throws {
    let path = file.path
    func fault(_ field: String, _ problem: String) -> CheckpointFault {
      .malformed(path: path, field: field, problem: problem)
    }
    let start = try file.bytes(0..<min(9, file.size))
    if PickleDetector.isPickle(start) { throw CheckpointFault.pickle(path: path) }
    if start.count < 8 { throw fault("header length", "the file has \(file.size) bytes, fewer than 8") }
    let length = start[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    if length == 0 { throw fault("header length", "it is 0") }
    if length > UInt64(Self.lengthLimit) { throw fault("header length", "\(length) is over \(Self.lengthLimit)") }
    let dataStart = 8 + Int(length)
    if dataStart > file.size {
      throw fault("header length", "\(length) bytes of header do not fit the file's \(file.size) bytes")
    }
    if start[8] != UInt8(ascii: "{") { throw fault("header", "it does not start with {") }
    let json: JSON
    do {
      json = try JSON(parsing: file.bytes(8..<dataStart), path: path)
    } catch let text as JSONFault {
      throw fault("header", "byte \(text.offset): \(text.problem)")
    }

    let dataLength = file.size - dataStart
    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    for member in json.members ?? [] {
      do {
        if member.key == Self.metadataKey {
          metadata = try Self.metadata(member.value)
        } else {
          entries.append(try Self.entry(member, of: path, dataStart: dataStart, dataLength: dataLength))
        }
      } catch let problem as FieldProblem {
        throw fault(problem.field.isEmpty ? member.key : "\(member.key), \(problem.field)", problem.problem)
      }
    }
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = dataStart
    for entry in entries {
      if entry.range.lowerBound != end {
        let kind = entry.range.lowerBound < end ? "overlap" : "leave a hole"
        throw fault("\(entry.name), data_offsets", "its bytes and those before it \(kind)")
      }
      end = entry.range.upperBound
    }
    if end != file.size { throw fault("data", "\(file.size - end) bytes at the end belong to no tensor") }
    self.metadata = metadata
    self.entries = entries
  }

  /// An error in a field of a member, without file and member.
  private struct FieldProblem: Error {
    let field: String
    let problem: String
  }

  private static func metadata(_ json: JSON) throws -> [String: String] {
    guard let members = json.members else { throw FieldProblem(field: "", problem: "it must be an object") }
    return Dictionary(
      uniqueKeysWithValues: try members.map { member in
        guard let text = member.value.string else { throw FieldProblem(field: member.key, problem: "it must be text") }
        return (member.key, text)
      })
  }

  private static func entry(
    _ member: JSON.Member, of path: String, dataStart: Int, dataLength: Int
  ) throws -> Entry {
    guard let fields = member.value.members else { throw FieldProblem(field: "", problem: "it must be an object") }
    let known = ["dtype", "shape", "data_offsets"]
    if let field = fields.first(where: { !known.contains($0.key) }) {
      throw FieldProblem(field: field.key, problem: "tensors have no such field")
    }
    let dtype = member.value["dtype"]?.string
    guard let type = dtype.flatMap(ElementType.init) else {
      let names = "one of " + ElementType.allCases.map(\.rawValue).joined(separator: ", ")
      guard let dtype, ElementType.unsupportedNames.contains(dtype) else {
        throw FieldProblem(field: "dtype", problem: "it must be \(names)")
      }
      throw CheckpointFault.unsupportedType(path: path, tensor: member.key, type: dtype)
    }
    let extents = try wholeNumbers(member.value["shape"], field: "shape")
    let offsets = try wholeNumbers(member.value["data_offsets"], field: "data_offsets")
    var bytes = type.byteCount
    for extent in extents {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      if overflow { throw FieldProblem(field: "shape", problem: "\(extents) has more elements than memory has bytes") }
      bytes = product
    }
    guard offsets.count == 2, offsets[0] <= offsets[1], offsets[1] <= dataLength else {
      throw FieldProblem(
        field: "data_offsets", problem: "\(offsets) is not a range within the \(dataLength) bytes of data")
    }
    if offsets[1] - offsets[0] != bytes {
      throw FieldProblem(
        field: "data_offsets",
        problem: "\(offsets[1] - offsets[0]) bytes for shape \(extents) of \(type.rawValue), which takes \(bytes)")
    }
    return Entry(
      name: member.key, type: type, shape: Shape(extents), range: dataStart + offsets[0]..<dataStart + offsets[1])
  }

  private static func wholeNumbers(_ json: JSON?, field: String) throws -> [Int] {
    guard let elements = json?.array else { throw FieldProblem(field: field, problem: "it must be an array") }
    return try elements.map { element in
      guard case .number(let digits) = element, let value = Int(digits), value >= 0 else {
        throw FieldProblem(field: field, problem: "\(element) is not a whole number from 0 to 2^63 - 1")
      }
      return value
    }
  }
}

/// Detects pickles, and the archives of pickles that PyTorch writes, by their first bytes.
enum PickleDetector {
  /// Common file name extensions of pickled weights.
  static let extensions = ["pt", "pth", "pkl", "pickle", "ckpt", "bin"]

  /// Whether a file with these first bytes, of which nine are enough, is a pickle or an archive of one.
  static func isPickle(_ start: [UInt8]) -> Bool {
    // A safetensors file has the brace there; its length may coincide with either magic number.
    if start.count > 8 && start[8] == UInt8(ascii: "{") { return false }
    let isArchive = start.starts(with: [0x50, 0x4b, 0x03, 0x04])
    let isProtocol = start.count >= 2 && start[0] == 0x80 && (2...5).contains(start[1])
    return isArchive || isProtocol
  }
}
