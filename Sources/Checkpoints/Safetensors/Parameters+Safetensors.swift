import KodamaCore
import KodamaLayers
import KodamaTensors

extension SafetensorsReader {
  /// The parameters that a network declares.
  ///
  /// - Throws: `CheckpointFault.mismatch` with every tensor that is missing, unexpected or of another shape, before any
  ///   is read; `.notFinite`; `FileFault.cannotRead`.
  public func parameters(_ declarations: [ParameterDeclaration]) throws -> Parameters<Float> {
    try parameters(declarations, prefixes: [""])[0]
  }

  /// Several sets of the parameters that a network declares, each under a prefix of its own: what an optimizer
  /// remembers. The file holds these sets and nothing else.
  ///
  /// - Throws: as `parameters(_:)`.
  public func parameters(_ declarations: [ParameterDeclaration], prefixes: [String]) throws -> [Parameters<Float>] {
    try verify(declarations, prefixes: prefixes)
    return try prefixes.map { prefix in
      Parameters(
        try declarations.map { declaration in
          let name = prefix + declaration.name
          let tensor = try tensor(name)
          if let index = tensor.withUnsafeBuffer({ $0.firstIndex { !$0.isFinite } }) {
            throw CheckpointFault.notFinite(path: path, tensor: name, index: index)
          }
          return (declaration.name, tensor)
        })
    }
  }

  private func verify(_ declarations: [ParameterDeclaration], prefixes: [String]) throws {
    var problems: [TensorMismatch] = []
    var expected: Set<String> = []
    for prefix in prefixes {
      for declaration in declarations {
        let name = prefix + declaration.name
        expected.insert(name)
        guard let actual = shape(of: name), let type = elementType(of: name) else {
          problems.append(.missing(name: name, expected: declaration.shape))
          continue
        }
        if actual != declaration.shape {
          problems.append(.shape(name: name, expected: declaration.shape, actual: actual))
        } else if !type.isFloatingPoint {
          problems.append(.elements(name: name, actual: type))
        }
      }
    }
    for name in names where !expected.contains(name) {
      problems.append(.unexpected(name: name, actual: shape(of: name) ?? []))
    }
    if !problems.isEmpty { throw CheckpointFault.mismatch(path: path, problems: problems) }
  }
}

extension Parameters where S: StoredElement {
  /// The parameters as tensors for a safetensors file, `prefix` before each name.
  public func stored(prefix: String = "") -> [StoredTensor] { names.map { StoredTensor(prefix + $0, self[$0]) } }
}
