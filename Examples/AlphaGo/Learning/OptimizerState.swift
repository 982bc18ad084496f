import KodamaCheckpoints
import KodamaLayers

extension Optimizer {
  /// Writes the state of all slots as safetensors, under the names of parameters after that of the slot.
  ///
  /// - Throws: `FileFault`.
  func writeState(to path: String) throws {
    try SafetensorsWriter.write(zip(algorithm.slots, state).flatMap { $1.stored(prefix: $0 + ".") }, to: path)
  }

  /// An optimizer with the state of a file.
  ///
  /// - Throws: `FileFault`, `CheckpointFault`.
  init(
    _ algorithm: OptimizerAlgorithm, step: Int, stateFile path: String, _ declarations: [ParameterDeclaration]
  ) throws {
    let state = try SafetensorsReader(path).parameters(declarations, prefixes: algorithm.slots.map { $0 + "." })
    self.init(algorithm, step: step, state: state)
  }
}
