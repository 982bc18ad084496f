import KodamaCheckpoints
import KodamaCore
import KodamaTensors
import KodamaTraining

/// The logits of a teacher for every sample of a recording, in a file of a byte for each class.
///
/// All numbers are little-endian:
///
/// | bytes | what |
/// | --- | --- |
/// | 0 to 7 | `kodama-t` |
/// | 8 to 11 | the version of the format, 1 |
/// | 12 to 15 | the classes C |
/// | 16 to 23 | the samples N |
/// | 24 to 31 | the fingerprint of the teacher |
/// | 32 to 39 | the fingerprint of the recording's codes, labels and features |
/// | from 40 on | [N, C] bytes |
///
/// A byte q is the logit −24 · (q / 255)², relative to the largest of its sample, which is 0. A softmax does not depend on that,
/// and logits serve any temperature. What is more than 24 below the largest counts as 24; other logits are rounded by at most
/// 0.01 where they are 0.1 below the largest, 0.04 at 4, and 0.1 at the end.
package struct TargetFile: Sendable {
  /// What a file must be of.
  struct Header: Equatable {
    let classes: Int
    let samples: Int
    let teacher: StableHash
    let recording: StableHash

    /// The size of the whole file.
    var fileBytes: Int { TargetFile.headerBytes + samples * classes }

    var bytes: [UInt8] {
      func little(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }
      return TargetFile.magic + little(TargetFile.version) + little(UInt32(classes)) + little(UInt64(samples))
        + little(teacher.value) + little(recording.value)
    }

    /// The name of the file.
    var name: String {
      var state = StableHash.State()
      state.combine(teacher.value)
      state.combine(recording.value)
      return "\(state.hash).targets"
    }
  }

  private static let magic = Array("kodama-t".utf8)
  private static let version: UInt32 = 1
  private static let headerBytes = 40
  /// The largest distance from the largest logit.
  private static let range: Float = 24

  let header: Header
  private let path: String

  /// Opens a file, whose header and size are checked before anything else is read.
  ///
  /// - Throws: `TrainingFault.badTargets`, `FileFault.cannotRead`.
  init(_ path: String, of header: Header) throws {
    (self.path, self.header) = (path, header)
    func bad(_ problem: String) -> TrainingFault { .badTargets(path: path, problem: problem) }
    let file = try InputFile(path)
    if file.size < Self.headerBytes { throw bad("it is too short for the probabilities of a teacher") }
    let found = try file.bytes(0..<Self.headerBytes)
    if !found.starts(with: Self.magic) { throw bad("it does not hold the probabilities of a teacher") }
    if found != header.bytes {
      throw bad("it holds the probabilities of another teacher or recording, or is of another version")
    }
    try checkSize(of: file)
  }

  private func checkSize(of file: InputFile) throws {
    if file.size == header.fileBytes { return }
    throw TrainingFault.badTargets(path: path, problem: "it has \(file.size) bytes instead of \(header.fileBytes)")
  }

  /// The bytes of some samples. The file is open for as long as that takes: a corpus may have more recordings than a process
  /// may have open files.
  ///
  /// - Throws: `TrainingFault.badTargets` where its size has changed, `FileFault.cannotRead`.
  func bytes(_ samples: Range<Int>) throws -> [UInt8] {
    precondition(
      samples.lowerBound >= 0 && samples.upperBound <= header.samples, "samples \(samples) of \(header.samples)")
    let file = try InputFile(path)
    try checkSize(of: file)
    let start = Self.headerBytes
    return try file.bytes(start + samples.lowerBound * header.classes..<start + samples.upperBound * header.classes)
  }

  /// The bytes of logits.
  ///
  /// - Parameter logits: of some samples, [samples, C].
  static func encode(_ logits: ArraySlice<Float>, classes: Int, workers: Workers) -> [UInt8] {
    let rows = logits.count / classes
    let parts = Workers.runs(of: 0..<rows, most: 256)
    return logits.withUnsafeBufferPointer { logits in
      nonisolated(unsafe) let logits = logits
      return workers.map(parts: parts.count) { part in
        parts[part].flatMap { row -> [UInt8] in
          let values = UnsafeBufferPointer(rebasing: logits[row * classes..<(row + 1) * classes])
          let largest = values.reduce(-Float.infinity) { max($0, $1) }
          return values.map { value in
            let distance = largest - value
            // Numbers that are not finite count as the farthest.
            return UInt8((255 * ((distance < range ? distance : range) / range).squareRoot()).rounded())
          }
        }
      }.flatMap { $0 }
    }
  }

  /// The logit of each byte.
  static let logits: [Float] = (0..<256).map { q in
    let share = Float(q) / 255
    return -range * share * share
  }
}

extension Tensor<Float> {
  /// The logits of the bytes of a batch, [B, T, C]; 0 where a signal ends earlier.
  init(targets: [[UInt8]], steps: Int, classes: Int) {
    self.init(
      [targets.count, steps, classes],
      filling: { buffer in
        buffer.initialize(repeating: 0)
        for (signal, bytes) in targets.enumerated() {
          precondition(bytes.count <= steps * classes, "\(bytes.count) bytes for \(steps) steps of \(classes) classes")
          let first = signal * steps * classes
          TargetFile.logits.withUnsafeBufferPointer { table in
            for (index, byte) in bytes.enumerated() { buffer[first + index] = table[Int(byte)] }
          }
        }
      })
  }
}
