import TestSupport

/// What runs exported models; nil where this machine has none.
enum Runtimes {
  static let onnxruntime = Python(importing: "numpy", "onnxruntime")
  static let torch = Python(importing: "torch", "safetensors")
}
