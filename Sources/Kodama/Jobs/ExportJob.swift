import KodamaAmplifiers
import KodamaClassifiers
import KodamaCore
import KodamaExport
import KodamaWaveNets

/// Writes a model in a format that other programs run, as `kodama export` does.
public struct ExportJob: Sendable {
  /// A format.
  public enum Format: String, Sendable, CaseIterable {
    /// Graphs of the Open Neural Network Exchange: see `WaveNetExport` and `ClassifierExport`.
    case onnx
    /// The format of Neural Amp Modeler, for models of amplifiers.
    case nam
  }

  /// A written file.
  public struct File: Sendable, Equatable {
    /// Its path.
    public let path: String
    /// Its size in bytes.
    public let bytes: Int
  }

  private enum Model {
    case waveNet(InferenceModel)
    case classifier(ClassifierModel)
    case amplifier(AmplifierModel)
  }

  private let model: Model
  private let format: Format

  /// A job for a model with layers of single precision or int8.
  public init(model: InferenceModel, format: Format) { (self.model, self.format) = (.waveNet(model), format) }

  /// A job for a classifier.
  public init(classifier: ClassifierModel, format: Format) {
    (self.model, self.format) = (.classifier(classifier), format)
  }

  /// A job for a model of an amplifier.
  public init(amplifier: AmplifierModel, format: Format = .nam) {
    (model, self.format) = (.amplifier(amplifier), format)
  }

  /// Writes a folder, or a `.nam` file, atomically.
  ///
  /// - Parameter existing: whether a folder of an earlier export may be replaced; one that contains anything else never
  ///   is.
  /// - Returns: the files.
  /// - Throws: `FileFault`, `ExportFault`.
  @discardableResult
  public func write(to folder: String, existing: AtomicFile.Existing = .refuse) throws -> [File] {
    switch (format, model) {
    case (.onnx, .classifier(let model)):
      let size = try ClassifierExport(model).write(to: folder, existing: existing)
      return [File(path: folder + "/" + ClassifierExport.fileName, bytes: size)]
    case (.onnx, .waveNet(let model)):
      let sizes = try WaveNetExport(model).write(to: folder, existing: existing)
      return sizes.map { File(path: folder + "/" + $0.key.fileName, bytes: $0.value) }.sorted { $0.path > $1.path }
    case (.nam, .amplifier(let model)):
      try model.write(to: folder, existing: existing)
      return [File(path: folder, bytes: model.fileText.utf8.count)]
    case (.onnx, .amplifier): throw ExportFault.unsupportedModel(kind: "a model of an amplifier", format: "ONNX")
    case (.nam, .classifier): throw ExportFault.unsupportedModel(kind: "a classifier", format: ".nam")
    case (.nam, .waveNet): throw ExportFault.unsupportedModel(kind: "a model that generates", format: ".nam")
    }
  }
}
