import KodamaTensors

/// What a rule does with tensors: on their shapes, to check it, and on their numbers.
extension WeightMapping.Rule {
  /// The shape after joining, reshaping and permuting, or what is wrong.
  func shape(of shapes: [Shape]) -> (shape: Shape?, problem: String?) {
    var shape = shapes[0]
    if shapes.count > 1 {
      let rest = shape.extents.dropFirst()
      guard shapes.allSatisfy({ $0.rank > 0 && $0.extents.dropFirst() == rest }) else {
        return (nil, "\(shapes.map(\.description).joined(separator: " and ")) cannot be joined along their first axis")
      }
      shape = Shape([shapes.reduce(0) { $0 + $1[0] }] + rest)
    }
    if let reshape {
      let known = reshape.filter { $0 != -1 }.reduce(1) { product, extent -> Int in
        let (next, overflows) = product.multipliedReportingOverflow(by: extent)
        return overflows ? .max : next
      }
      guard known == shape.count || (reshape.contains(-1) && shape.count % known == 0) else {
        return (nil, "\(shape) cannot be reshaped to \(reshape)")
      }
      shape = Shape(reshape.map { $0 == -1 ? shape.count / known : $0 })
    }
    if let permute {
      guard permute.count == shape.rank else {
        return (nil, "\(shape) has \(shape.rank) axes, and permute \(permute.count)")
      }
      shape = Shape(permute.map { shape[$0] })
    }
    if let axis = flip.first(where: { $0 >= shape.rank }) { return (nil, "\(shape) has no axis \(axis) to flip") }
    return (shape, nil)
  }

  /// The parameter.
  ///
  /// - Precondition: the shapes fit.
  func apply(_ tensors: [Tensor<Float>], added: Tensor<Float>?, shape target: Shape) -> Tensor<Float> {
    if tensors.isEmpty { return Tensor(target, [Float](repeating: constant, count: target.count)) }
    let before = shapeBeforePermuting(tensors.map(\.shape))
    var numbers = tensors.flatMap(\.elements)
    var extents = before.extents
    if let permute {
      numbers = Self.gather(numbers, extents: extents, axes: permute)
      extents = permute.map { extents[$0] }
    }
    for axis in flip { numbers = Self.flipped(numbers, extents: extents, axis: axis) }
    if scale != 1 { for index in numbers.indices { numbers[index] *= scale } }
    if let added {
      let offsets = Self.broadcast(added, to: target)
      for index in numbers.indices { numbers[index] += offsets[index] }
    }
    return Tensor(target, numbers)
  }

  private func shapeBeforePermuting(_ shapes: [Shape]) -> Shape {
    var rule = self
    (rule.permute, rule.flip) = (nil, [])
    guard let shape = rule.shape(of: shapes).shape else { preconditionFailure("\(shapes) do not fit a checked rule") }
    return shape
  }

  /// The strides of a shape in row-major order.
  private static func strides(_ extents: [Int]) -> [Int] {
    var (strides, stride) = ([Int](), 1)
    for extent in extents.reversed() {
      strides.append(stride)
      stride *= extent
    }
    return strides.reversed()
  }

  /// The elements with axis `axes[k]` of the input as axis k.
  private static func gather(_ numbers: [Float], extents: [Int], axes: [Int]) -> [Float] {
    let strides = strides(extents)
    return walk(axes.map { extents[$0] }, axes.map { strides[$0] }).map { numbers[$0] }
  }

  private static func flipped(_ numbers: [Float], extents: [Int], axis: Int) -> [Float] {
    let stride = strides(extents)[axis]
    return numbers.indices.map { index in
      let place = index / stride % extents[axis]
      return numbers[index + (extents[axis] - 1 - 2 * place) * stride]
    }
  }

  /// The elements of a tensor repeated over a shape.
  private static func broadcast(_ tensor: Tensor<Float>, to shape: Shape) -> [Float] {
    let missing = shape.rank - tensor.shape.rank
    let own = strides(tensor.shape.extents)
    let strides = shape.extents.indices.map { axis in
      axis < missing || tensor.shape[axis - missing] == 1 ? 0 : own[axis - missing]
    }
    let elements = tensor.elements
    return walk(shape.extents, strides).map { elements[$0] }
  }

  /// The places of all elements of a shape, in row-major order, by the strides of its axes.
  private static func walk(_ extents: [Int], _ strides: [Int]) -> [Int] {
    var places = [0]
    for (extent, stride) in zip(extents, strides) {
      places = places.flatMap { place in (0..<extent).map { place + $0 * stride } }
    }
    return places
  }
}
