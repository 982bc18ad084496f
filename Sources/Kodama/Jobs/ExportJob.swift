import KodamaCore
import KodamaExport
import KodamaWaveNets

/// Writes a model in a form that other programs run: what `kodama export` does.
public struct ExportJob: Sendable {
  /// A form.
  public enum Format: String, Sendable, CaseIterable {
    /// Two graphs of the Open Neural Network Exchange: see `WaveNetExport`.
    case onnx
  }

  /// A file that was written.
  public struct File: Sendable, Equatable {
    /// Where it is.
    public let path: String
    /// Its size.
    public let bytes: Int
  }

  private let model: InferenceModel
  private let format: Format

  /// A job for a model with layers of single precision or int8.
  public init(model: InferenceModel, format: Format) {
    self.model = model
    self.format = format
  }

  /// Writes a folder, whole or not at all.
  ///
  /// - Parameter existing: whether a folder of an earlier export may be replaced; one that holds anything else never is.
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
