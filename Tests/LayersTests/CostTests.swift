import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@Suite struct CostTests {
  private func firstLayer(of layer: Convolution, _ input: Shape) -> LayerCost? {
    NetworkCost(of: layer.declarations) { pass in
      _ = layer.forward(pass.tape.constant(Tensor(input)), pass)
    }.layers.first
  }

  private static let same = SlidingWindow(3, padding: .same)

  @Test func convolutionsTakeWhatTheirFormulasSay() throws {
    let (height, width, inputs, outputs) = (10, 7, 12, 20)
    let place = SlidingWindow(1)
    for (groups, window, outputs, expected) in [
      (1, Self.same, outputs, height * width * 9 * inputs * outputs),  // H · W · K² · C · M
      (inputs, Self.same, inputs, height * width * inputs * 9),  // H · W · C · K²
      (1, place, outputs, height * width * inputs * outputs),  // H · W · C · M
      (4, Self.same, outputs, height * width * 9 * inputs * outputs / 4),
    ] {
      let geometry = ConvolutionGeometry(
        inputChannels: inputs, outputChannels: outputs, groups: groups, windows: [window, window])
      let layer = Convolution("layer", geometry)
      let cost = try #require(firstLayer(of: layer, [1, height, width, inputs]))
      #expect(cost.path == "layer" && cost.multiplyAdds == expected && cost.activations == height * width * outputs)
      #expect(cost.parameters == geometry.weightShape.count + outputs)
    }
  }

  /// What loops over every output, tap and channel come to, padding included.
  @Test(arguments: [1, 2, 3], [SlidingWindow.Padding.same, .causal, .explicit(before: 2, after: 1)])
  func aPlainLoopTakesAsMany(stride: Int, padding: SlidingWindow.Padding) throws {
    let window = SlidingWindow(3, stride: stride, dilation: 2, padding: padding)
    let geometry = ConvolutionGeometry(inputChannels: 4, outputChannels: 6, groups: 2, windows: [window])
    let cost = try #require(firstLayer(of: Convolution("layer", geometry), [2, 11, 4]))
    let x = Tensor<Float>([2, 11, 4], (0..<88).map { Float(($0 * 7) % 11) - 5 })
    let weight = Tensor<Float>([6, 2, 3], (0..<36).map { Float(($0 * 5) % 7) - 3 })
    let (lengths, values) = (window.outputLength(11), x.elements)
    let before: Int =
      switch padding {
      case .explicit(let before, _): before
      case .causal: 4
      case .same: max(0, (lengths - 1) * stride + 5 - 11) / 2
      }
    var (sums, count) = ([Float](), 0)
    for signal in 0..<2 {
      for step in 0..<lengths {
        for output in 0..<6 {
          var sum: Float = 0
          for tap in 0..<3 {
            for channel in 0..<2 {
              let time = step * stride + 2 * tap - before
              let input = (0..<11).contains(time) ? values[(signal * 11 + time) * 4 + output / 3 * 2 + channel] : 0
              sum += input * weight.elements[(output * 2 + channel) * 3 + tap]
              count += 1
            }
          }
          sums.append(sum)
        }
      }
    }
    #expect(cost.multiplyAdds == count)
    // The loop is the convolution.
    let tape = Tape<Float>()
    let y = tape.constant(x).convolution(weight: tape.constant(weight), bias: nil, geometry: geometry)
    expectClose(y.value, Tensor([2, lengths, 6], sums), tolerance: 1e-6, "convolution")
  }

  /// A matrix product and a transposed convolution, a layer used twice, and one that is not come to.
  @Test func productsCountForTheLayerAtWork() throws {
    let first = Convolution.pointwise("first", inputChannels: 3, outputChannels: 3, bias: false)
    let unused = Convolution.pointwise("unused", inputChannels: 2, outputChannels: 5)
    let cost = NetworkCost(of: first.declarations + unused.declarations) { pass in
      let x = pass.tape.constant(Tensor<Float>([2, 4, 3]))
      let y = first.forward(first.forward(x, pass), pass)
      _ = y.matrixProduct(pass.tape.constant(Tensor<Float>([3, 7])))
    }
    #expect(cost.layers.map(\.path) == ["first", "unused"])
    #expect(cost.layers.map(\.multiplyAdds) == [2 * 8 * 9 + 8 * 3 * 7, 0])
    #expect(cost.layers.map(\.parameters) == [9, 15])
    #expect(cost.layers.map(\.activations) == [2 * 8 * 3 + 8 * 7, 0])
    #expect(cost.multiplyAdds == 312 && cost.parameters == 24 && cost.activations == 104)
  }

  @Test func aTransposedConvolutionMultipliesEachInputByItsKernel() throws {
    let window = SlidingWindow(4, stride: 2, padding: .explicit(before: 1, after: 1))
    let layer = TransposedConvolution("up", inputChannels: 5, outputChannels: 3, windows: [window])
    let cost = NetworkCost(of: layer.declarations) { pass in
      _ = layer.forward(pass.tape.constant(Tensor<Float>([1, 6, 5])), pass)
    }
    #expect(cost.multiplyAdds == 6 * 4 * 5 * 3)
  }

  /// The costs that the papers, or their authors' code, say.
  @Test func knownNetworksCostWhatTheirPapersSay() {
    func millions(_ count: Int) -> Double { (Double(count) / 1e5).rounded() / 10 }
    let image: Shape = [1, 224, 224, 3]
    let mobile = KnownNetwork.mobileNet.cost(image)
    #expect(millions(mobile.multiplyAdds) == 568.7 && millions(mobile.parameters) == 4.2)
    let residual = KnownNetwork.resNet18.cost(image)
    #expect(millions(residual.multiplyAdds) == 1814.1 && millions(residual.parameters) == 11.7)
    let dense = KnownNetwork.denseNet121.cost(image)
    #expect(millions(dense.multiplyAdds) == 2834.2 && millions(dense.parameters) == 8.0)
  }
}
