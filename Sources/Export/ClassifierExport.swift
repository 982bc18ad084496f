import KodamaCheckpoints
import KodamaClassifiers
import KodamaCore
import KodamaInference
import KodamaSignal

/// A classifier as an ONNX file, `classifier.onnx`: from the log-mel features of windows to the probabilities of labels.
///
/// | | name | shape |
/// | --- | --- | --- |
/// | input | `log_mel` | [batch, frames, bands] |
/// | output | `embedding` | [batch, E] |
/// | output | `label_NAME` for each label set | [batch, labels] |
///
/// The features are those of `LogMelConvention`; the file's metadata contains them under `features`, as in `config.json`,
/// `window_seconds`, and under the name of each output the labels, one a line. Normalization after a convolution is part of its
/// weights.
/// Operators are of opset 17, the format of IR version 8.
public struct ClassifierExport: Sendable {
  /// The name of the file.
  public static let fileName = "classifier.onnx"

  private let model: ClassifierModel

  /// An export of a model.
  public init(_ model: ClassifierModel) { self.model = model }

  /// The bytes of the file.
  ///
  /// - Throws: `ExportFault.tooLarge`.
  public func bytes() throws -> [UInt8] {
    let configuration = model.configuration
    let labels = configuration.labels.map {
      MapGraphExport.Output(
        Self.outputName($0), about: "The probability of each label of \($0.name).", finish: .softmax)
    }
    let metadata =
      [
        (key: "sample_rate", value: "\(configuration.sampleRate)"),
        ("window_seconds", "\(configuration.windowSeconds)"),
        ("features", LogMelConvention.fields.json(of: configuration.features, isComplete: true).description),
      ] + configuration.labels.map { (Self.outputName($0), $0.values.joined(separator: "\n")) }
    return try MapGraphExport(
      model.graph, name: "classifier", about: "A classifier of sounds: the probabilities of labels of windows.",
      input: ("log_mel", "The log-mel features of each window."),
      outputs: [.init("embedding", about: "The input of the last layers.")] + labels, metadata: metadata
    ).bytes()
  }

  /// Writes the file into a folder, whole or not at all.
  ///
  /// - Parameter existing: whether a folder of such a file may be replaced. A folder that holds anything else is never
  ///   replaced.
  /// - Returns: the size of the file in bytes.
  /// - Throws: `FileFault`, `ExportFault`.
  @discardableResult
  public func write(to folder: String, existing: AtomicFile.Existing = .refuse) throws -> Int {
    let bytes = try bytes()
    try AtomicFolder.write(to: folder, existing: existing, replaceable: [Self.fileName]) { temporary in
      try AtomicFile.write(to: temporary + "/" + Self.fileName, existing: .refuse) { try $0.write(bytes) }
    }
    return bytes.count
  }

  private static func outputName(_ set: LabelSet) -> String { "label_" + set.name }
}
