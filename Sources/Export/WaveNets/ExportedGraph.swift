/// One of the two graphs that a WaveNet is exported as.
public enum ExportedGraph: String, Sendable, CaseIterable {
  /// All steps at once.
  case full = "wavenet"
  /// One step.
  case step = "wavenet-step"

  /// The file it is written to.
  public var fileName: String { rawValue + ".onnx" }
}
