import CKernels
import KodamaTensors

extension InstructionSet {
  /// The kernels of generation and of products of integers.
  package var generation: UnsafePointer<kodama_generation> {
    guard let entry = kodama_generation_entry(index) else { preconditionFailure("there are no kernels for \(self)") }
    return entry
  }
}
