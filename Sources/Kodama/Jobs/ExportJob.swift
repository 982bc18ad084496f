import KodamaCore
import KodamaExport
import KodamaWaveNets

/// Writes a model in a format that other programs run, as `kodama export` does.
public struct ExportJob: Sendable {
  /// A format.
  public enum Format: String, Sendable, CaseIterable {
    /// Two graphs of the Open Neural Network Exchange: see `WaveNetExport`.
    case onnx
  }

  /// A written file.
  public struct File: Sendable, Equatable {
    /// Its path.
    public let path: String
    /// Its size in bytes.
    public let bytes: Int
  }

  private let model: InferenceModel
  private let format: Format

  /// A job for a model with layers of single precision or int8.
  public init(model: InferenceModel, format: Format) {
    self.model = model
    self.format = format
  }

  /// Writes a folder atomically.
  ///
  /// - Parameter existing: whether a folder of an earlier export may be replaced; one that contains anything else never
  ///   is.
  /// - Returns: the files.
  /// - Throws: `FileFault`, `ExportFault`.
  @discardableResult
  public func write(to folder: String, existing: AtomicFile.Existing = .refuse) throws -> [File] {
    switch format {
    case .onnx:
      let sizes = try WaveNetExport(model).write(to: folder, existing: existing)
      return sizes.map { File(path: folder + "/" + $0.key.fileName, bytes: $0.value) }.sorted { $0.path > $1.path }
    }
  }
}
