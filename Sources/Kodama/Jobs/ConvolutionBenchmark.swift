import KodamaCore
import KodamaTensors

/// Measures the speed of convolutions on this machine: `kodama bench convolutions`. Forward is the output alone,
/// backward the gradients of input, weight and bias.
///
/// All numbers are uniform random numbers 2u − 1 of `Philox`: seed 1 for the input, 2 for the gradient of the output,
/// then 3 and 4 for weight and bias of the first convolution, 5 and 6 for those of the second; a weight is divided by
/// the square root of the inputs of one output. Another program can compute the same and compare.
public struct ConvolutionBenchmark: Sendable {
  /// One convolution, or several in sequence, and the shape of their input.
  public struct Case: Sendable {
    /// Its name on the command line.
    public let name: String
    /// The shape of the input for a batch of 1.
    let input: Shape
    let geometries: [ConvolutionGeometry]

    /// The cases of the comparison with PyTorch in `Benchmarks/convolutions.py`.
    public static let all: [Case] = {
      func map(
        _ name: String, _ side: Int, _ inputs: Int, _ outputs: Int, _ kernel: Int, stride: Int = 1, groups: Int = 1
      ) -> Case {
        let window = SlidingWindow(
          kernel, stride: stride, padding: .explicit(before: kernel / 2, after: kernel / 2))
        return Case(
          name: name, input: [1, side, side, inputs],
          geometries: [
            ConvolutionGeometry(
              inputChannels: inputs, outputChannels: outputs, groups: groups, windows: [window, window])
          ])
      }
      let separable = map("", 56, 128, 128, 3, groups: 128).geometries + map("", 56, 128, 128, 1).geometries
      return [
        map("3x3-64", 56, 64, 64, 3), map("3x3-128", 28, 128, 128, 3), map("3x3-stride-2", 56, 64, 128, 3, stride: 2),
        map("1x1-256", 56, 256, 64, 1), map("7x7-stride-2", 128, 1, 64, 7, stride: 2),
        Case(
          name: "causal", input: [1, 4096, 64],
          geometries: [ConvolutionGeometry(inputChannels: 64, outputChannels: 128, kernelSize: 2, dilation: 64)]),
        map("depthwise-128", 56, 128, 128, 3, groups: 128), map("depthwise-512", 14, 512, 512, 3, groups: 512),
        Case(name: "separable", input: [1, 56, 56, 128], geometries: separable),
      ]
    }()
  }

  /// Some numbers of a tensor, to be compared with those of another program.
  public struct Probe: Sendable, Equatable, Codable {
    /// Elements i · count / 64 for i in 0..<64, fewer of a smaller tensor.
    public let elements: [Float]
    /// The sum of the squares of all elements.
    public let squares: Double

    init(_ tensor: Tensor<Float>) {
      (elements, squares) = (tensor.spreadElements(64), tensor.sumOfSquares)
    }
  }

  /// The result of one case. Keys as in JSON.
  public struct Result: Sendable, Equatable, Codable {
    /// The name.
    public let name: String
    /// Multiply-adds of a forward pass; a backward pass has twice as many.
    public let multiplyAdds: Int
    /// Seconds of a forward pass: the median over rounds.
    public let forwardSeconds: Double
    /// Seconds of a backward pass: the median over rounds.
    public let backwardSeconds: Double
    /// The output.
    public let output: Probe
    /// The gradient of the input.
    public let inputGradient: Probe
    /// The gradients of the weights, in the order of the convolutions.
    public let weightGradients: [Probe]
    /// The gradients of the biases, in the order of the convolutions.
    public let biasGradients: [Probe]
  }

  /// The results of all cases. Keys as in JSON.
  public struct Results: Sendable, Equatable, Codable {
    /// One for each case.
    public let cases: [Result]
    /// The samples of a batch.
    public let batch: Int
    /// The kernels.
    public let instructionSet: String
    /// The threads.
    public let threads: Int
  }

  private let cases: [Case]
  private let batch: Int

  /// A benchmark of some cases on batches of `batch` samples.
  public init(cases: [Case] = Case.all, batch: Int = 32) {
    self.cases = cases
    self.batch = batch
  }

  /// Times `rounds` rounds of each case, after one that checks the gradients.
  ///
  /// - Throws: `JobFault.benchmarkFailed` where the gradients are not those of the output.
  public func run(rounds: Int, workers: Workers) throws -> Results {
    Results(
      cases: try cases.map { try measure($0, rounds: rounds, workers: workers) }, batch: batch,
      instructionSet: "\(InstructionSet.current)", threads: workers.threads)
  }

  private func measure(_ sample: Case, rounds: Int, workers: Workers) throws -> Result {
    let convolutions = Convolutions(sample, batch: batch, workspace: Workspace(workers: workers))
    let probes = try convolutions.probes(name: sample.name)
    var (forwardSeconds, backwardSeconds) = ([Double](), [Double]())
    for _ in 0..<max(1, rounds) {
      forwardSeconds.append(ContinuousClock().measure { _ = convolutions.forward() }.inSeconds)
      backwardSeconds.append(ContinuousClock().measure { _ = convolutions.backward() }.inSeconds)
    }
    func median(_ seconds: [Double]) -> Double { seconds.sorted()[seconds.count / 2] }
    return Result(
      name: sample.name, multiplyAdds: convolutions.multiplyAdds, forwardSeconds: median(forwardSeconds),
      backwardSeconds: median(backwardSeconds), output: probes.output, inputGradient: probes.input,
      weightGradients: probes.weights, biasGradients: probes.biases)
  }
}

/// The convolutions of one case with their numbers, and the inputs of each.
private struct Convolutions {
  struct Backward {
    var input: Tensor<Float>
    var weights: [Tensor<Float>]
    var biases: [Tensor<Float>]
  }

  let geometries: [ConvolutionGeometry]
  let workspace: Workspace
  let inputs: [Tensor<Float>]
  let weights: [Tensor<Float>]
  let biases: [Tensor<Float>]
  let outputGradient: Tensor<Float>

  init(_ sample: ConvolutionBenchmark.Case, batch: Int, workspace: Workspace) {
    func uniform(_ shape: Shape, seed: Int, divisor: Double = 1) -> Tensor<Float> {
      var random = Philox(seed: UInt64(seed))
      return Tensor(shape, (0..<shape.count).map { _ in Float((2 * random.uniform() - 1) / divisor) })
    }
    geometries = sample.geometries
    self.workspace = workspace
    weights = geometries.enumerated().map { index, geometry in
      let fanIn = geometry.weightShape.count / geometry.outputChannels
      return uniform(geometry.weightShape, seed: 3 + 2 * index, divisor: Double(fanIn).squareRoot())
    }
    biases = geometries.enumerated().map { uniform([$1.outputChannels], seed: 4 + 2 * $0) }
    var x = uniform(Shape([batch] + sample.input.extents.dropFirst()), seed: 1)
    var inputs: [Tensor<Float>] = []
    for (index, geometry) in geometries.enumerated() {
      inputs.append(x)
      x = workspace.backend.convolution(
        x, weight: weights[index], bias: biases[index], geometry, in: workspace.resources)
    }
    self.inputs = inputs
    outputGradient = uniform(x.shape, seed: 2)
  }

  var multiplyAdds: Int { zip(geometries, inputs).reduce(0) { $0 + $1.0.multiplyAdds(of: $1.1.shape) } }

  func forward() -> Tensor<Float> {
    var x = inputs[0]
    for index in geometries.indices {
      x = workspace.backend.convolution(
        x, weight: weights[index], bias: biases[index], geometries[index], in: workspace.resources)
    }
    return x
  }

  func backward() -> Backward {
    let backend = workspace.backend
    var result = Backward(input: outputGradient, weights: [], biases: [])
    for index in geometries.indices.reversed() {
      let (dy, geometry, x) = (result.input, geometries[index], inputs[index])
      result.biases.insert(backend.convolutionBiasGradient(dy, in: workspace.resources), at: 0)
      result.weights.insert(backend.convolutionWeightGradient(dy, input: x, geometry, in: workspace.resources), at: 0)
      result.input = backend.convolutionInputGradient(
        dy, weight: weights[index], geometry, input: x.shape, in: workspace.resources)
    }
    return result
  }

  /// Checks one pass forward and backward and takes its probes; its memory is released for the timed passes.
  func probes(
    name: String
  ) throws -> (
    output: ConvolutionBenchmark.Probe, input: ConvolutionBenchmark.Probe, weights: [ConvolutionBenchmark.Probe],
    biases: [ConvolutionBenchmark.Probe]
  ) {
    let (y, gradients) = (forward(), backward())
    try check(y, gradients, name: name)
    return (
      .init(y), .init(gradients.input), gradients.weights.map { .init($0) }, gradients.biases.map { .init($0) }
    )
  }

  /// A convolution is linear in its input and in its weight, so ⟨dy, y − bias⟩ = ⟨dx, x⟩ = ⟨dw, w⟩ for a single one;
  /// for several in sequence this holds for the weight of the last.
  private func check(_ y: Tensor<Float>, _ gradients: Backward, name: String) throws {
    let last = geometries.count - 1
    let product = outputGradient.innerProduct(with: y) - gradients.biases[last].innerProduct(with: biases[last])
    var found = [("weight", gradients.weights[last].innerProduct(with: weights[last]))]
    if last == 0 { found.append(("input", gradients.input.innerProduct(with: inputs[0]))) }
    let scale = (y.sumOfSquares * outputGradient.sumOfSquares).squareRoot()
    for (what, value) in found where !(abs(value - product) <= 1e-5 * scale) {
      throw JobFault.benchmarkFailed(
        "the gradient of the \(what) of \(name) has the product \(value), the output \(product)")
    }
  }
}
