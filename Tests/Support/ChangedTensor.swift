import KodamaTensors

extension Tensor {
  /// Changes elements, which are in order, in place.
  public mutating func changeElements(_ change: (inout [S]) throws -> Void) rethrows {
    var changed = elements
    try change(&changed)
    self = Tensor(shape, changed)
  }
}
