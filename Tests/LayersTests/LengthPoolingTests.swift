import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

/// Poolings whose windows depend on the lengths of their input, against loops over the windows that they are defined by.
@Suite struct LengthPoolingTests {
  private func map(_ shape: Shape) -> Tensor<Double> {
    var random = Philox(seed: 1)
    return Tensor(shape, (0..<shape.count).map { _ in random.normal() })
  }

  /// The elements of a map under a window.
  private func elements(_ x: Tensor<Double>, _ rows: Range<Int>, _ columns: Range<Int>, _ channel: Int) -> [Double] {
    rows.flatMap { row in columns.map { x[0, row, $0, channel] } }
  }

  @Test(arguments: [(3, 2), (2, 2), (3, 3), (3, 1), (5, 2)]) func ceilingPoolingCoversTheWholeMap(
    _ kernel: Int, _ stride: Int
  ) throws {
    for (height, width) in [(5, 6), (6, 7), (7, 8), (8, 9), (9, 11)] {
      let x = map([1, height, width, 2])
      let layer = CeilingMaximumPooling(kernel, stride: stride)
      let pass = Pass(Parameters<Double>([]))
      let y = layer.forward(pass.tape.constant(x), pass).value
      let counts = [height, width].map { Int((Double($0 - kernel) / Double(stride)).rounded(.up)) + 1 }
      #expect(y.shape == [1, counts[0], counts[1], 2])
      #expect(try layer.outputShape(of: x.shape) == y.shape)
      for (row, column, channel) in positions(y.shape) {
        let rows = row * stride..<min(height, row * stride + kernel)
        let columns = column * stride..<min(width, column * stride + kernel)
        #expect(y[0, row, column, channel] == elements(x, rows, columns, channel).max())
      }
    }
  }

  @Test func ceilingPoolingNeedsAWindow() throws {
    let layer = CeilingMaximumPooling(3, stride: 2)
    // As PyTorch: two elements have one window, one has none.
    #expect(try layer.outputShape(of: [1, 2, 3, 4]) == [1, 1, 1, 4])
    #expect(throws: GeometryFault.self) { try layer.outputShape(of: [1, 1, 3, 4]) }
    #expect(throws: GeometryFault.self) { try layer.outputShape(of: [1, 3, 4]) }
    #expect(try CeilingMaximumPooling(2, stride: 2).outputShape(of: [1, 1, 3, 4]) == [1, 1, 2, 4])
  }

  @Test(arguments: [(7, 7), (4, 4), (5, 3), (1, 1), (9, 12), (6, 6)]) func adaptivePoolingIsTheMeanOfItsWindows(
    _ height: Int, _ width: Int
  ) throws {
    let x = map([1, 6, 9, 2])
    let layer = AdaptiveAveragePooling(height: height, width: width)
    let pass = Pass(Parameters<Double>([]))
    let y = layer.forward(pass.tape.constant(x), pass).value
    #expect(y.shape == [1, height, width, 2])
    #expect(try layer.outputShape(of: x.shape) == y.shape)
    func window(_ index: Int, _ count: Int, _ length: Int) -> Range<Int> {
      let (start, end) = (Double(index * length) / Double(count), Double((index + 1) * length) / Double(count))
      return Int(start.rounded(.down))..<Int(end.rounded(.up))
    }
    for (row, column, channel) in positions(y.shape) {
      let values = elements(x, window(row, height, 6), window(column, width, 9), channel)
      let mean = values.reduce(0, +) / Double(values.count)
      expectClose([y[0, row, column, channel]], [mean], tolerance: 1e-12, floor: 1)
    }
    #expect(throws: GeometryFault.self) { try layer.outputShape(of: [1, 0, 3, 4]) }
    #expect(throws: GeometryFault.self) { try layer.outputShape(of: [1, 3, 4]) }
  }

  private func positions(_ shape: Shape) -> [(Int, Int, Int)] {
    (0..<shape[1]).flatMap { row in
      (0..<shape[2]).flatMap { column in (0..<shape[3]).map { (row, column, $0) } }
    }
  }
}
