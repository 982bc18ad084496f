import KodamaCore
import KodamaInference

/// A network on maps as an ONNX file, with a batch of maps in place of one.
///
/// The input is [batch, H, W, C], or [batch, H, W] of one channel, and each output [batch, C]. Normalization after a
/// convolution is part of its weights. Operators are of opset 17, the format of IR version 8.
public struct MapGraphExport: Sendable {
  /// What is done with an output of the graph.
  public enum Finish: Sendable, Equatable {
    /// Nothing.
    case none
    /// Softmax over the channels.
    case softmax
    /// tanh of each number.
    case tanh
  }

  /// An output of the file.
  public struct Output: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// What it is, for people.
    public let about: String
    /// What is done with the output of the graph.
    public let finish: Finish

    /// An output.
    public init(_ name: String, about: String, finish: Finish = .none) {
      (self.name, self.about, self.finish) = (name, about, finish)
    }
  }

  private let graph: MapGraph
  private let (name, about): (String, String)
  private let input: (name: String, about: String)
  private let outputs: [Output]
  private let metadata: [(key: String, value: String)]

  /// An export.
  ///
  /// - Parameters:
  ///   - name: of the graph, a word.
  ///   - about: what the network is, for people.
  ///   - outputs: one for each output of the graph.
  ///   - metadata: texts that the file contains.
  /// - Precondition: as many outputs as the graph has; names of input and outputs are distinct, and none is `map` or the
  ///   path of a layer.
  public init(
    _ graph: MapGraph, name: String, about: String, input: (name: String, about: String), outputs: [Output],
    metadata: [(key: String, value: String)] = []
  ) {
    precondition(outputs.count == graph.outputs.count, "\(outputs.count) outputs for \(graph.outputs.count)")
    (self.graph, self.name, self.about, self.input) = (graph, name, about, input)
    (self.outputs, self.metadata) = (outputs, metadata)
  }

  /// The bytes of the file.
  ///
  /// - Throws: `ExportFault.tooLarge`.
  public func bytes() throws -> [UInt8] {
    var writer = MapGraphWriter(graph, name: name)
    let graph = writer.write(input: input, outputs: outputs)
    return try ONNXModelProto(graph, about: about, metadata: metadata).fileBytes()
  }

  /// Writes the file, whole or not at all.
  ///
  /// - Throws: `FileFault`, `ExportFault`.
  public func write(to path: String, existing: AtomicFile.Existing = .refuse) throws {
    let bytes = try bytes()
    try AtomicFile.write(to: path, existing: existing) { try $0.write(bytes) }
  }
}
