import KodamaCheckpoints
import KodamaCore
import KodamaInference
import KodamaWaveNets

/// One of the two graphs that a WaveNet is exported as.
public enum ExportedGraph: String, Sendable, CaseIterable {
  /// All steps at once.
  case full = "wavenet"
  /// One step.
  case step = "wavenet-step"

  /// The file it is written to.
  public var fileName: String { rawValue + ".onnx" }
}

/// A WaveNet as two ONNX files: the full pass, for scoring, and one step with the memory of its blocks as inputs and
/// outputs, for generating. Sampling stays with whoever runs them.
///
/// | graph | inputs | outputs |
/// | --- | --- | --- |
/// | `wavenet.onnx` | `codes` int64 [batch, time] | `logits` [batch, time, classes] |
/// | `wavenet-step.onnx` | `codes` int64 [batch], `past_i` [batch, R, (K − 1) · dᵢ] | `logits` [batch, classes], `present_i` |
///
/// A model that is conditioned on labels has for every label set an input `label_NAME` int64 [batch] beside these: the
/// index of each signal's label, from 0, in the metadata of the same name, which has a label a line.
///
/// `codes` are those before each step, and the code of silence before the first. A network with scalar input takes
/// `samples`, float, in their place, and 0 before the first. `past_i` is zero at the start and then the `present_i` of
/// the step before; with kernel size 1 there is none. The file's metadata contains `sample_rate`, `companding`,
/// `classes`, `input`, `silence_code` and `receptive_field`.
///
/// Layers of single precision are products of floats. Layers of int8 are products of integers, in the arithmetic of
/// `InferenceLayer`: their inputs are quantized by static scales, the sums are exact, and everything between the layers
/// is in single precision. Weight normalization is folded into the weights, dropout is left out. Operators are of opset
/// 17, the format of IR version 8.
public struct WaveNetExport: Sendable {
  /// The names of the files.
  public static let fileNames = Set(ExportedGraph.allCases.map(\.fileName))

  private let model: InferenceModel

  /// An export of a model.
  public init(_ model: InferenceModel) { self.model = model }

  /// The bytes of a graph's file.
  ///
  /// - Throws: `ExportFault`.
  public func bytes(_ graph: ExportedGraph) throws -> [UInt8] { try file(graph).fileBytes() }

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

extension WaveNetExport {
  /// The file of one of the two graphs.
  ///
  /// - Throws: `ExportFault.precision`, `.features`, `.recurrent`.
  func file(_ graph: ExportedGraph) throws -> ONNXModelProto {
    var writer = StepGraphWriter(model.network, name: graph.rawValue, isFull: graph == .full, names: names)
    let about = graph == .full ? "all steps at once" : "one step from the memory of its blocks"
    return ONNXModelProto(
      try writer.write(), about: "A WaveNet: the logits of \(about).", metadata: metadata)
  }

  private var silence: Int { model.configuration.companding.silence }

  private var names: StepGraphWriter.Names {
    let c = model.configuration
    return StepGraphWriter.Names(
      input: c.input == .embedding
        ? ("codes", "The code before each step; \(silence), the code of silence, before the first.")
        : ("samples", "The sample before each step, in [-1, 1]; 0 before the first."),
      tables: c.conditioning.labels.map(Self.inputName),
      output: (
        "logits",
        c.output == .softmax
          ? "Of the sample at each step; their softmax is its distribution."
          : "Of the sample at each step: logits of the weights, means, then natural logarithms of the scales of the "
            + "components of a mixture."
      ))
  }

  private static func inputName(_ set: LabelSet) -> String { "label_" + set.name }

  /// The meaning of the graph's inputs and outputs. The names of the labels of each set are a line each, under the name
  /// of the graph's input: the line's number, from 0, is the label's.
  private var metadata: [(key: String, value: String)] {
    let c = model.configuration
    var entries = [(key: "sample_rate", value: "\(model.sampleRate)")]
    if c.output == .softmax {
      entries += [("companding", "mu_law"), ("classes", "\(c.classes)")]
    } else {
      entries += [
        ("companding", "linear"), ("output", c.output.rawValue), ("mixture_components", "\(c.mixtureComponents)"),
        ("mixture_gain", "\(c.mixtureGain)"), ("log_scale_floor", "\(c.logScaleFloor)"),
      ]
    }
    if c.preemphasis != 0 { entries.append(("preemphasis", "\(c.preemphasis)")) }
    return entries + [
      ("input", c.input.rawValue), ("silence_code", "\(silence)"), ("receptive_field", "\(c.receptiveField)"),
    ] + c.conditioning.labels.map { (Self.inputName($0), $0.values.joined(separator: "\n")) }
  }
}
