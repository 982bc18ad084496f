import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaInference

/// Products of integers on maps against plain sums.
@Suite struct MapIntegerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var channels = 16
    var outputs = 24
    var kernel = (rows: 3, columns: 3)
    var stride = 1
    var dilation = 1
    var padding = 1
    var zeroPoint = 0
    var addsMap = false
    var limits = false
    var map = (rows: 9, columns: 7)

    var testDescription: String {
      "\(channels) to \(outputs), \(kernel), stride \(stride), dilation \(dilation), padding \(padding), zero point "
        + "\(zeroPoint), adds \(addsMap), limits \(limits), map \(map)"
    }
  }

  static let cases: [Case] = [
    Case(), Case(zeroPoint: 128), Case(stride: 2, zeroPoint: 128, limits: true),
    Case(channels: 5, outputs: 33, kernel: (1, 1), padding: 0, zeroPoint: 128),
    Case(channels: 3, outputs: 1, kernel: (5, 3), dilation: 2, padding: 4, zeroPoint: 128, map: (20, 13)),
    Case(channels: 1, outputs: 16, stride: 2, map: (40, 21)),
    Case(channels: 17, outputs: 17, zeroPoint: 0, addsMap: true, limits: true),
    Case(channels: 64, outputs: 64, kernel: (1, 1), padding: 0, zeroPoint: 128, addsMap: true),
    Case(channels: 7, outputs: 130, kernel: (2, 4), stride: 3, padding: 1, map: (11, 12)),
  ]

  /// The numbers of a case: integers, scales and inputs that single precision holds exactly, so that rounding of inputs
  /// is beyond doubt.
  private struct Numbers {
    let weights: [Int8]
    let scales: [Float]
    let bias: [Float]
    let map: [Float]
    let input: InputQuantization

    init(_ c: Case) {
      var random = Philox(seed: 11)
      func integer(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(random.uniform() * Double(range.count))
      }
      let taps = c.kernel.rows * c.kernel.columns
      weights = (0..<c.outputs * c.channels * taps).map { _ in Int8(integer(-127...127)) }
      // Folded normalization can make them negative.
      scales = (0..<c.outputs).map { _ in Float(integer(1...9)) / 64 * (integer(0...1) == 0 ? 1 : -1) }
      bias = (0..<c.outputs).map { _ in Float(integer(-50...50)) / 8 }
      input = InputQuantization(scale: 0.25, zeroPoint: c.zeroPoint)
      // A third of the way between two integers, and some beyond what bytes hold.
      map = (0..<c.map.rows * c.map.columns * c.channels).map { _ in
        Float(integer(c.zeroPoint == 0 ? 0...280 : -150...150)) * 0.25 + 0.09375
      }
    }
  }

  private func graph(_ c: Case, _ numbers: Numbers) -> MapGraph {
    let windows = [c.kernel.rows, c.kernel.columns].map {
      SlidingWindow($0, stride: c.stride, dilation: c.dilation, padding: .explicit(before: c.padding, after: c.padding))
    }
    let geometry = ConvolutionGeometry(inputChannels: c.channels, outputChannels: c.outputs, windows: windows)
    let shape: Shape = [1, c.map.rows, c.map.columns, c.channels]
    let layer = InferenceLayer(
      path: "layer", outputs: c.outputs, channels: c.channels, taps: c.kernel.rows * c.kernel.columns,
      weights: .int8(numbers.weights, scales: numbers.scales), bias: numbers.bias, input: numbers.input)
    let convolution = MapConvolution(
      geometry: geometry, weight: Tensor(geometry.weightShape, layer.dequantized), bias: numbers.bias)
    let result = geometry.outputShape(of: shape)!
    var nodes = [
      MapGraph.Node(operation: .input, shape: shape, name: "map"),
      MapGraph.Node(
        operation: .convolution(MapGraph.Value(index: 0), convolution), shape: result, name: "layer"),
    ]
    if c.addsMap {
      nodes.append(
        MapGraph.Node(
          operation: .sum(MapGraph.Value(index: 1), MapGraph.Value(index: 0)), shape: result, name: "sum"))
    }
    if c.limits {
      nodes.append(
        MapGraph.Node(
          operation: .activation(.relu6, MapGraph.Value(index: nodes.count - 1)), shape: result, name: "limited"))
    }
    nodes.append(
      MapGraph.Node(
        operation: .average(MapGraph.Value(index: nodes.count - 1)), shape: [1, c.outputs], name: "mean"))
    return MapGraph(nodes: nodes, outputs: [MapGraph.Value(index: nodes.count - 1)]).replacing([layer])
  }

  /// The mean of each output, from sums of integers.
  private func expected(_ c: Case, _ numbers: Numbers) -> [Double] {
    let (scale, zero) = (Double(numbers.input.scale), c.zeroPoint)
    func byte(_ x: Float) -> Int { Int(min(max((Double(x) / scale).rounded(.toNearestOrEven) + Double(zero), 0), 255)) }
    func outputs(_ length: Int, _ kernel: Int) -> Int {
      (length + 2 * c.padding - (kernel - 1) * c.dilation - 1) / c.stride + 1
    }
    let (rows, columns) = (outputs(c.map.rows, c.kernel.rows), outputs(c.map.columns, c.kernel.columns))
    let taps = c.kernel.rows * c.kernel.columns
    return (0..<c.outputs).map { output in
      var total = 0.0
      for position in 0..<rows * columns {
        let (row, column) = position.quotientAndRemainder(dividingBy: columns)
        var sum = 0
        for tap in 0..<taps {
          let y = row * c.stride + tap / c.kernel.columns * c.dilation - c.padding
          let x = column * c.stride + tap % c.kernel.columns * c.dilation - c.padding
          if !(0..<c.map.rows).contains(y) || !(0..<c.map.columns).contains(x) { continue }
          for channel in 0..<c.channels {
            let weight = Int(numbers.weights[(output * c.channels + channel) * taps + tap])
            sum += weight * (byte(numbers.map[(y * c.map.columns + x) * c.channels + channel]) - zero)
          }
        }
        var value = Double(numbers.bias[output]) + Double(numbers.scales[output]) * scale * Double(sum)
        if c.addsMap { value += Double(numbers.map[position * c.channels + output]) }
        total += c.limits ? min(max(value, 0), 6) : value
      }
      return total / Double(rows * columns)
    }
  }

  @Test(arguments: cases) func productsAreThoseOfIntegers(_ c: Case) {
    let numbers = Numbers(c)
    let (graph, expected) = (graph(c, numbers), expected(c, numbers))
    for entry in InstructionSet.available {
      let engine = MapEngine(MapProgram(graph, instructionSet: entry))
      // Twice, as nothing of one map may be left for the next.
      for _ in 0..<2 {
        expectClose(engine.run(numbers.map)[0], expected, tolerance: 1e-5, "\(c), \(entry)")
      }
    }
  }

  @Test func zeroPointsFollowFromWhatCanBeNegative() {
    func value(_ index: Int) -> MapGraph.Value { MapGraph.Value(index: index) }
    let one = SlidingWindow(1)
    let geometry = ConvolutionGeometry(inputChannels: 4, outputChannels: 4, windows: [one, one])
    let convolution = MapConvolution(
      geometry: geometry, weight: Tensor(geometry.weightShape, [Float](repeating: 1, count: 16)), bias: [])
    let shape: Shape = [1, 2, 2, 4]
    func node(_ operation: MapGraph.Operation, _ name: String) -> MapGraph.Node {
      MapGraph.Node(operation: operation, shape: shape, name: name)
    }
    let graph = MapGraph(
      nodes: [
        node(.input, "map"), node(.convolution(value(0), convolution), "first"),
        node(.activation(.relu, value(1)), "limited"), node(.convolution(value(2), convolution), "second"),
        node(.activation(.silu, value(3)), "smooth"), node(.convolution(value(4), convolution), "third"),
        node(.activation(.relu6, value(5)), "limited6"), node(.sum(value(2), value(6)), "sum"),
        node(.convolution(value(7), convolution), "fourth"), node(.sum(value(7), value(8)), "signed"),
        node(.convolution(value(9), convolution), "fifth"),
      ], outputs: [])
    #expect(graph.zeroPoints == ["first": 128, "second": 0, "third": 128, "fourth": 0, "fifth": 128])
    #expect(graph.quantizableLayers.map(\.path) == ["first", "second", "third", "fourth", "fifth"])
  }
}
