import KodamaInference
import KodamaLayers
import KodamaTensors

/// A network that is no WaveNet: a rectified delayed product feeds a gated one, which a mixture conditions; their scaled
/// sum is rectified.
public enum GraphExample {
  public static let table = Embedding("table", classes: 5, channels: 3)
  public static let rows = Embedding("rows", classes: 2, channels: 4)

  public static var graph: StepGraph {
    func layer(_ path: String, _ inputs: Int, _ outputs: Int, taps: Int = 1, dilation: Int = 1, bias: Bool = true)
      -> Convolution
    {
      Convolution(
        path,
        ConvolutionGeometry(inputChannels: inputs, outputChannels: outputs, kernelSize: taps, dilation: dilation),
        bias: bias)
    }
    var graph = StepGraph()
    let x = graph.row(of: table, name: "table")
    let conditions = graph.convolution(
      layer("conditions", 4, 6, bias: false), graph.mixture(of: [rows], name: "rows"), isQuantizable: false)
    graph.beginStage()
    let hidden = graph.activation(.relu, graph.convolution(layer("first", 3, 3, taps: 2), x), name: "hidden")
    graph.beginStage()
    let gates = graph.add(
      [graph.convolution(layer("second", 3, 6, taps: 3, dilation: 2), hidden), conditions], name: "gates")
    let gated = graph.gate(gates, name: "gated")
    let residual = graph.add([hidden, graph.convolution(layer("third", 3, 3), gated)], factor: 0.5, name: "residual")
    graph.beginStage()
    graph.setOutput(graph.convolution(layer("last", 3, 4), graph.activation(.relu, residual, name: "rectified")))
    return graph
  }

  public static var network: InferenceNetwork {
    let graph = graph
    let declarations = graph.tables.flatMap(\.declarations) + graph.layers.flatMap(\.convolution.declarations)
    return InferenceNetwork(graph, Parameters<Float>(declarations, seed: 3))
  }

  public static let mixtures = [[RowShare(0, 0.25), RowShare(1, 0.75)]]
}
