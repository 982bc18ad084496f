import Kodama

/// Pictures of 12 × 12 points for lessons: one of eight shapes of random size, place, brightness and contrast, in noise.
enum ShapePictures {
  /// Points on a side.
  static let size = 12

  /// Whether a point is on a shape around the origin, which reaches to about 1.
  static let shapes: [@Sendable (_ x: Double, _ y: Double) -> Bool] = [
    { x, y in abs(y) < 0.3 && abs(x) < 1 },
    { x, y in abs(x) < 0.3 && abs(y) < 1 },
    { x, y in abs(x - y) < 0.4 && abs(x) < 1 && abs(y) < 1 },
    { x, y in abs(x + y) < 0.4 && abs(x) < 1 && abs(y) < 1 },
    { x, y in min(abs(x), abs(y)) < 0.3 && max(abs(x), abs(y)) < 1 },
    { x, y in min(abs(x - y), abs(x + y)) < 0.4 && max(abs(x), abs(y)) < 1 },
    { x, y in (0.6...1).contains(max(abs(x), abs(y))) },
    { x, y in max(abs(x), abs(y)) < 0.8 },
  ]

  /// Pictures by number.
  static func pictures(_ numbers: Range<Int>, seed: UInt64) -> LabelledRows {
    var result = LabelledRows(rows: [], classes: [])
    for number in numbers {
      var random = Philox(seed: seed, stream: UInt64(number))
      let shape = random.integer(below: shapes.count)
      let radius = 3 + 1.5 * random.uniform()
      let (left, top) = (4.5 + 2 * random.uniform(), 4.5 + 2 * random.uniform())
      let (contrast, brightness) = (0.5 + 0.5 * random.uniform(), 0.3 * random.normal())
      result.classes.append(Int32(shape))
      result.rows.append(
        (0..<size * size).map { index in
          let (x, y) = ((Double(index % size) - left) / radius, (Double(index / size) - top) / radius)
          return Float(brightness + contrast * ((shapes[shape](x, y) ? 1 : 0) + 0.5 * random.normal()))
        })
    }
    return result
  }

  /// Pictures as maps of one channel, [B, H, W, 1].
  static func maps(_ pictures: LabelledRows) -> Tensor<Float> {
    pictures.tensor.reshaped([pictures.rows.count, size, size, 1])
  }
}
