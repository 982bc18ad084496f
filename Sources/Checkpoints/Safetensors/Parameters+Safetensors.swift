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

  /// Several sets of the parameters that a network declares, each with a prefix of its own: the state of an optimizer.
  /// The file contains nothing else.
  ///
  /// - Throws: as `parameters(_:)`.
  public func parameters(_ declarations: [ParameterDeclaration], prefixes: [String]) throws -> [Parameters<Float>] {
    try verify(prefixes.flatMap { prefix in declarations.map { TensorForm(prefix + $0.name, nil, $0.shape) } })
    return try prefixes.map { prefix in
      try Parameters(declarations) { try finiteTensor(prefix + $0) }
    }
  }

  /// The elements of a tensor of any floating-point type.
  ///
  /// - Throws: as `tensor`; `CheckpointFault.notFinite`.
  package func finiteTensor(_ name: String) throws -> Tensor<Float> {
    let tensor = try tensor(name)
    if let index = tensor.firstNotFinite {
      throw CheckpointFault.notFinite(path: path, tensor: name, index: index)
    }
    return tensor
  }

  /// Throws unless the file has the given tensors and no others.
  ///
  /// - Throws: `CheckpointFault.mismatch` with every difference.
  package func verify(_ forms: [TensorForm]) throws {
    var problems: [TensorMismatch] = []
    for form in forms {
      guard let shape = shape(of: form.name), let type = elementType(of: form.name) else {
        problems.append(.missing(name: form.name, expected: form.shape))
        continue
      }
      if shape != form.shape {
        problems.append(.shape(name: form.name, expected: form.shape, actual: shape))
      } else if let expected = form.type, type != expected {
        problems.append(.type(name: form.name, expected: expected, actual: type))
      } else if form.type == nil && !type.isFloatingPoint {
        problems.append(.elements(name: form.name, actual: type))
      }
    }
    let expected = Set(forms.map(\.name))
    for name in names where !expected.contains(name) {
      problems.append(.unexpected(name: name, actual: shape(of: name) ?? []))
    }
    if !problems.isEmpty { throw CheckpointFault.mismatch(path: path, problems: problems) }
  }
}

/// The required form of a tensor of a file.
package struct TensorForm: Sendable, Equatable {
  let name: String
  let type: ElementType?
  let shape: Shape

  /// - Parameter type: nil for any floating-point type.
  package init(_ name: String, _ type: ElementType?, _ shape: Shape) {
    self.name = name
    self.type = type
    self.shape = shape
  }
}

extension Parameters where S: StoredElement {
  /// The parameters as tensors for a safetensors file, each name prefixed by `prefix`.
  public func stored(prefix: String = "") -> [StoredTensor] { names.map { StoredTensor(prefix + $0, self[$0]) } }
}
