import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

/// Residual stacks as one operator.
@Suite struct ResidualStackTests {
  /// A stack over signals, with the shapes of its parameters in order.
  struct Case: Sendable, CustomTestStringConvertible {
    var batch = 2
    var time: Int
    var channels = 3
    var gates = 2
    var conditions = 1
    /// Taps and dilation of each layer.
    var layers: [(taps: Int, dilation: Int)]
    var activation = ResidualStackActivation.tanh

    var testDescription: String { "\(channels) to \(gates) channels, \(layers), \(time) steps, \(activation)" }
    var lookback: Int { layers.reduce(0) { $0 + ($1.taps - 1) * $1.dilation } }
    var input: Shape { [batch, time, channels] }
    var parameters: [Shape] {
      layers.flatMap { layer -> [Shape] in
        [
          [gates, channels, layer.taps], [gates], [gates, conditions, 1], [channels, gates, 1], [channels],
        ]
      }
    }

    /// The condition, the same for each type.
    func condition<S: Scalar>(_ type: S.Type) -> Tensor<S> {
      var random = Philox(seed: 9)
      let shape: Shape = [batch, time, conditions]
      return Tensor(shape, (0..<shape.count).map { _ in S(Float(random.normal())) })
    }

    func stack<S: Scalar>(_ variables: ArraySlice<Variable<S>>) -> [ResidualStackLayer<Variable<S>>] {
      layers.indices.map { number in
        let first = variables.startIndex + 5 * number
        return ResidualStackLayer(
          taps: layers[number].taps, dilation: layers[number].dilation, activation: activation,
          weight: variables[first], bias: variables[first + 1], conditionWeight: variables[first + 2],
          pointwiseWeight: variables[first + 3], pointwiseBias: variables[first + 4])
      }
    }

    /// Both results beside each other, [B, T′, R + G].
    func fused<S: Scalar>(_ variables: [Variable<S>]) -> Variable<S> {
      let found = variables[0].residualStack(stack(variables[1...]), condition: condition(S.self))
      return .concatenated([found.next, found.sum], axis: -1)
    }

    /// The same composed of other operators.
    func composed<S: Scalar>(_ variables: [Variable<S>]) -> Variable<S> {
      let condition = variables[0].tape.constant(condition(S.self))
      func last(_ x: Variable<S>, _ count: Int) -> Variable<S> {
        x.sliced(axis: 1, x.shape[1] - count..<x.shape[1])
      }
      func convolution(_ x: Variable<S>, _ weight: Variable<S>, _ bias: Variable<S>?, dilation: Int = 1) -> Variable<S>
      {
        let taps = weight.shape[2]
        return x.convolution(
          weight: weight, bias: bias,
          geometry: ConvolutionGeometry(
            inputChannels: weight.shape[1], outputChannels: weight.shape[0],
            windows: [SlidingWindow(taps, dilation: dilation, padding: .explicit(before: 0, after: 0))]))
      }
      var (x, sum): (Variable<S>, Variable<S>?) = (variables[0], nil)
      for layer in stack(variables[1...]) {
        let main = convolution(x, layer.weight, layer.bias, dilation: layer.dilation)
        let length = main.shape[1]
        let a = main + last(convolution(condition, layer.conditionWeight, nil), length)
        let z = activation == .tanh ? a.tanh() : a.leakyReLU(slope: 0.1)
        sum = sum.map { last($0, length) + z } ?? z
        x = last(x, length) + convolution(z, layer.pointwiseWeight, layer.pointwiseBias)
      }
      return .concatenated([x, sum!], axis: -1)
    }
  }

  static let cases = [
    Case(time: 9, layers: [(2, 1), (3, 2)]),
    Case(time: 40, channels: 4, gates: 4, conditions: 2, layers: [(3, 1), (3, 4), (1, 1)]),
    Case(time: 30, channels: 2, gates: 5, layers: [(6, 3), (2, 7)], activation: .leakyReLU(slope: 0.1)),
    // Over several chunks, and with a lookback that is longer than what is before a layer.
    Case(batch: 1, time: 560, channels: 1, gates: 1, layers: [(2, 1), (2, 530)]),
  ]

  @Test(arguments: cases) func gradientsAreThoseOfDifferences(_ item: Case) {
    checkGradients([item.input] + item.parameters) { _, variables in item.fused(variables) }
  }

  /// Where only the sum is read, the last layer's product has no gradient, and the others have theirs.
  @Test(arguments: cases) func gradientsOfTheSumAreThoseOfDifferences(_ item: Case) {
    checkGradients([item.input] + item.parameters) { _, variables in
      item.fused(variables).sliced(axis: 2, item.channels..<item.channels + item.gates)
    }
  }

  /// The value, and the gradients of the input and all parameters.
  private func run<S: Scalar>(
    _ item: Case, _ type: S.Type, threads: Int = 2, _ operation: ([Variable<S>]) -> Variable<S>
  ) -> [Tensor<S>] {
    var random = Philox(seed: 5)
    let tape = Tape<S>(workspace: Workspace(workers: Workers(threads: threads)))
    let leaves = ([item.input] + item.parameters).map { shape in
      let bound = shape == item.input ? 1 : 1 / Double(max(1, shape.count / shape[0])).squareRoot()
      return tape.leaf(Tensor(shape, (0..<shape.count).map { _ in S(Float(bound * (2 * random.uniform() - 1))) }))
    }
    let output = operation(leaves)
    let weights = Tensor(output.shape, (0..<output.shape.count).map { _ in S(Float(random.normal())) })
    let gradients = tape.backward(from: (output * tape.constant(weights)).sum())
    return [output.value] + leaves.map { gradients[$0]! }
  }

  private func expectAllClose<S: Scalar>(_ found: [Tensor<S>], _ expected: [Tensor<Double>], tolerance: Double) {
    #expect(found.count == expected.count)
    for (x, y) in zip(found, expected) {
      #expect(x.shape == y.shape)
      expectClose(x.elements, y.elements, tolerance: tolerance, floor: 1e-3)
    }
  }

  @Test(arguments: cases) func itIsWhatOtherOperatorsCompose(_ item: Case) {
    expectAllClose(
      run(item, Double.self, item.fused), run(item, Double.self, item.composed), tolerance: 1e-12)
  }

  /// Sizes for each number of rows that a kernel has in registers, at lengths beside those of vectors and chunks.
  static let sizes =
    (1...9).map { channels in
      Case(
        time: 33 + channels, channels: channels, gates: (channels + 4) % 9 + 1, conditions: channels % 3 + 1,
        layers: [(3, 2), (2, 1)])
    } + [
      Case(batch: 3, time: 1100, channels: 16, gates: 16, layers: (0..<8).map { (3, 1 << $0) }),
      Case(
        batch: 1, time: 1536, channels: 8, gates: 8, layers: [(6, 41), (15, 13), (6, 101), (6, 1)],
        activation: .leakyReLU(slope: 0.1)),
    ]

  @Test(arguments: sizes) func singlePrecisionIsNearDouble(_ item: Case) {
    expectAllClose(run(item, Float.self, item.fused), run(item, Double.self, item.fused), tolerance: 2e-5)
  }

  @Test func bitsDoNotDependOnThreads() {
    let item = Self.sizes[9]
    let one = run(item, Float.self, threads: 1, item.fused)
    for threads in [2, 3, 5] { #expect(run(item, Float.self, threads: threads, item.fused) == one) }
  }

  @Test func constantsNeedNoGradient() {
    let item = Self.cases[0]
    let tape = Tape<Float>()
    var random = Philox(seed: 2)
    let variables = ([item.input] + item.parameters).enumerated().map { number, shape in
      let value = Tensor<Float>(shape, (0..<shape.count).map { _ in Float(random.normal()) })
      return number == 0 ? tape.constant(value) : tape.leaf(value)
    }
    let gradients = tape.backward(from: item.fused(variables).sum())
    #expect(gradients[variables[0]] == nil)
    for variable in variables[1...] { #expect(gradients[variable] != nil) }
  }
}
