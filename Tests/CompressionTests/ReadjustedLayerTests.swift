import KodamaTensors
import TestSupport
import Testing

@testable import KodamaCompression

@Suite struct ReadjustedLayerTests {
  /// Observed inputs of `channels` channels, of each step one from `row`.
  private func inputs(channels: Int, taps: Int = 1, steps: Int = 500, _ row: (_ step: Int) -> [Float]) -> LayerInputs {
    var inputs = LayerInputs(width: channels * taps)
    (0..<steps).flatMap(row).withUnsafeBufferPointer {
      inputs.add($0, channels: channels, dilation: 1, at: Array(0..<steps))
    }
    return inputs
  }

  /// Independent inputs.
  private func normals(channels: Int, taps: Int = 1, factor: (_ channel: Int) -> Float = { _ in 1 }) -> LayerInputs {
    let numbers = Examples.normals(500 * channels)
    return inputs(channels: channels, taps: taps) { step in
      (0..<channels).map { factor($0) * numbers[step * channels + $0] }
    }
  }

  private func weight(_ outputs: Int, _ channels: Int, _ taps: Int = 1) -> Tensor<Float> {
    Tensor([outputs, channels, taps], Examples.normals(outputs * channels * taps, seed: 7))
  }

  /// The observed inputs' damped second moments with a last number that is always 1, in the order of the weights.
  private func moments(_ inputs: LayerInputs, channels: Int) -> [[Double]] {
    let (width, taps) = (inputs.width, inputs.width / channels)
    let rows = (0..<inputs.steps).map { step in
      (0..<width).map { Double(inputs.values[step * width + $0 % taps * channels + $0 / taps]) } + [1]
    }
    var result = (0...width).map { i in
      (0...width).map { j in rows.reduce(0) { $0 + $1[i] * $1[j] } / Double(inputs.steps) }
    }
    let mean = (0..<width).reduce(0) { $0 + result[$1][$1] } / Double(width)
    for index in 0..<width { result[index][index] += 0.01 * result[index][index] + 1e-6 * mean }
    return result
  }

  @Test func withAllChannelsTheParametersAreTheSame() throws {
    let (weight, bias) = (weight(3, 5, 2), Tensor<Float>([3], [1, -2, 0.5]))
    let layer = ReadjustedLayer(weight: weight, bias: bias, inputs: normals(channels: 5, taps: 2))
    let found = layer.parameters(keeping: [0, 1, 2, 3, 4])
    #expect(found.weight == weight && found.bias == bias)
    #expect(
      ReadjustedLayer(weight: weight, bias: nil, inputs: normals(channels: 5, taps: 2)).parameters(keeping: [0]).bias
        == nil)
  }

  /// The error is what the change costs, and no other change of what is left costs less.
  @Test(arguments: [1, 2, 3]) func theChangeIsTheLeast(taps: Int) throws {
    let (channels, outputs, removed) = (5, 4, 2)
    let mix = Examples.normals(channels * channels, seed: 5)
    let sources = Examples.normals(500 * channels, seed: 6)
    let inputs = inputs(channels: channels, taps: taps) { step in
      (0..<channels).map { channel in
        (0..<channels).reduce(0.3) { $0 + mix[channel * channels + $1] * sources[step * channels + $1] }
      }
    }
    let (weight, bias) = (weight(outputs, channels, taps), Tensor<Float>([outputs], [1, 2, 3, 4]))
    let importance = [1.0, 0.5, 2, 3]
    var layer = ReadjustedLayer(weight: weight, bias: bias, inputs: inputs, importance: importance)
    let error = layer.errors(of: [removed])[0]
    layer.remove(removed)
    let all = Array(0..<channels)
    let changed = layer.parameters(keeping: all)
    let moments = moments(inputs, channels: channels)
    let size = channels * taps
    var cost = 0.0
    for output in 0..<outputs {
      let change =
        (0..<size).map {
          Double(changed.weight.elements[output * size + $0]) - Double(weight.elements[output * size + $0])
        } + [Double(try #require(changed.bias)[output]) - Double(bias[output])]
      let slope = moments.map { row in zip(row, change).reduce(0) { $0 + $1.0 * $1.1 } }
      cost += importance[output] * zip(slope, change).reduce(0) { $0 + $1.0 * $1.1 }
      let free = (0...size).filter { $0 / taps != removed || $0 == size }
      let largest = slope.map(abs).max() ?? 0
      for index in free { #expect(abs(slope[index]) < 1e-5 * largest, "\(slope)") }
      for tap in 0..<taps { #expect(changed.weight[output, removed, tap] == 0) }
    }
    expectClose([error], [cost], tolerance: 1e-5)
    #expect(error > 0)
  }

  @Test func aCopyOfAChannelTakesItsPlace() throws {
    let numbers = Examples.normals(500 * 2)
    let inputs = inputs(channels: 3) { step in [numbers[2 * step], numbers[2 * step + 1], numbers[2 * step]] }
    let weight = weight(2, 3)
    var elimination = ChannelElimination([ReadjustedLayer(weight: weight, bias: nil, inputs: inputs)])
    elimination.reduce(to: 2)
    let kept = elimination.result
    let copy = try #require(kept.indices == [1, 2] ? 1 : kept.indices == [0, 1] ? 0 : nil)
    for output in 0..<2 {
      let sum = weight[output, 0, 0] + weight[output, 2, 0]
      expectClose([kept.layers[0].weight[output, copy, 0]], [sum], tolerance: 0.03, floor: 1)
    }
  }

  @Test func theBiasTakesThePlaceOfWhatIsConstant() throws {
    let numbers = Examples.normals(500)
    let inputs = inputs(channels: 2) { step in [numbers[step], 0.5] }
    let (weight, bias) = (weight(3, 2), Tensor<Float>([3], [1, 2, 3]))
    var layer = ReadjustedLayer(weight: weight, bias: bias, inputs: inputs)
    #expect(layer.errors(of: [1])[0] < 0.05 * layer.errors(of: [0])[0])
    layer.remove(1)
    let found = try #require(layer.parameters(keeping: [0]).bias)
    expectClose(found.elements, (0..<3).map { bias[$0] + 0.5 * weight[$0, 1, 0] }, tolerance: 0.01)
  }

  @Test func theLeastEffectiveAreRemoved() {
    // Small weights, and small inputs beneath large weights.
    var weight = weight(4, 8)
    for output in 0..<4 {
      weight[output, 2, 0] *= 1e-3
      weight[output, 5, 0] *= 10
    }
    let layer = ReadjustedLayer(weight: weight, bias: nil, inputs: normals(channels: 8) { $0 == 5 ? 1e-3 : 1 })
    var elimination = ChannelElimination([layer])
    elimination.reduce(to: 6)
    #expect(elimination.result.indices == [0, 1, 3, 4, 6, 7])
  }

  /// A channel that one layer does without and another needs stays.
  @Test func layersOfOneInputAreTakenTogether() {
    let inputs = normals(channels: 6)
    let layers = [[0, 1, 2], [0, 3, 4]].map { unused in
      var weight = weight(4, 6)
      for output in 0..<4 { for channel in unused { weight[output, channel, 0] *= 1e-3 } }
      return ReadjustedLayer(weight: weight, bias: nil, inputs: inputs)
    }
    var elimination = ChannelElimination(layers)
    elimination.reduce(to: 5)
    #expect(elimination.result.indices == [1, 2, 3, 4, 5])
    #expect(elimination.results([2, 5]).map(\.indices.count) == [2, 5])
  }

  @Test func inputsThatAreAlways0AreRemovedFirst() {
    let layer = ReadjustedLayer(
      weight: weight(3, 4), bias: Tensor([3], repeating: 1), inputs: normals(channels: 4) { $0 < 2 ? 0 : 1 })
    var elimination = ChannelElimination([layer])
    elimination.reduce(to: 2)
    #expect(elimination.result.indices == [2, 3])
    let nothing = ReadjustedLayer(
      weight: weight(3, 4), bias: Tensor([3], repeating: 1), inputs: normals(channels: 4) { _ in 0 })
    var silent = ChannelElimination([nothing])
    silent.reduce(to: 1)
    #expect(silent.result.layers[0].weight.elements.nonemptyAllSatisfy { $0.isFinite })
  }
}
