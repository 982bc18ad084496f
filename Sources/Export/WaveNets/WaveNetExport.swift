import KodamaCore
import KodamaWaveNets

/// A WaveNet as two ONNX files: the full pass, for scoring, and one step with what its blocks remember as inputs and
/// outputs, for generating. Sampling stays with whoever runs them.
///
/// | graph | inputs | outputs |
/// | --- | --- | --- |
/// | `wavenet.onnx` | `codes` int64 [batch, time] | `logits` [batch, time, classes] |
/// | `wavenet-step.onnx` | `codes` int64 [batch], `past_i` [batch, R, (K − 1) · dᵢ] | `logits` [batch, classes], `present_i` |
///
/// A model that is conditioned on labels has for every label set an input `label_NAME` int64 [batch] beside these: the
/// place of each signal's label, from 0, in the metadata of the same name, which has a label a line.
///
/// `codes` are those before each step, and the code of silence before the first. A network with scalar input takes
/// `samples`, float, in their place, and 0 before the first. `past_i` is zero at the beginning and then the `present_i`
/// of the step before; with kernel size 1 there is none. The file's metadata says `sample_rate`, `companding`, `classes`,
/// `input`, `silence_code` and `receptive_field`.
///
/// Layers of single precision are products of floats. Layers of int8 are products of integers, in the arithmetic of
/// `InferenceLayer`: their inputs are quantized by static scales, the sums are exact, and everything between the layers is
/// in single precision. Weight normalization is folded into the weights, dropout is left out. Operators are of opset 17,
/// the format of IR version 8.
public struct WaveNetExport: Sendable {
  /// The names of the files.
  public static let fileNames = Set(ExportedGraph.allCases.map(\.fileName))

  private let model: InferenceModel

  /// An export of a model.
  public init(_ model: InferenceModel) { self.model = model }

  /// The bytes of a graph's file.
  ///
  /// - Throws: `ExportFault`.
  public func bytes(_ graph: ExportedGraph) throws -> [UInt8] { try WaveNetGraph.file(model, graph).fileBytes() }

  /// Writes both files as a folder, whole or not at all.
  ///
  /// - Parameter existing: whether a folder of such files may be replaced. A folder that holds anything else is never
  ///   replaced.
  /// - Returns: the sizes of the files in bytes.
  /// - Throws: `FileFault`, `ExportFault`.
  @discardableResult
  public func write(to folder: String, existing: AtomicFile.Existing = .refuse) throws -> [ExportedGraph: Int] {
    try AtomicFolder.write(to: folder, existing: existing, replaceable: Self.fileNames) { temporary in
      var sizes: [ExportedGraph: Int] = [:]
      for graph in ExportedGraph.allCases {
        let bytes = try bytes(graph)
        try AtomicFile.write(to: temporary + "/" + graph.fileName, existing: .refuse) { try $0.write(bytes) }
        sizes[graph] = bytes.count
      }
      return sizes
    }
  }
}
