import KodamaLayers
import KodamaTensors

/// An inverted residual: a pointwise convolution to more channels, a depthwise 3 × 3 convolution there, and a linear
/// pointwise convolution back to few channels; its input is added where the shape is the same.
///
/// - Shapes: [B, H, W, I] → [B, ⌈H / stride⌉, ⌈W / stride⌉, O].
/// - Parameters in checkpoints: `<path>.conv.0.0.weight` and `.0.1.*` of the expansion, `.1.0.weight` and `.1.1.*` of the
///   depthwise convolution, `.2.weight` and `.3.*` of the projection; without an expansion, each number is one less.
/// - Source: Sandler et al. 2018, §3.4 and table 1.
struct InvertedResidual: MapLayer, Equatable {
  /// The expansion, if any, and the depthwise convolution.
  let inner: [ConvolutionUnit]
  let projection: ConvolutionUnit
  let addsInput: Bool

  init(_ path: String, inputs: Int, outputs: Int, expansion: Int, stride: Int, activation: Activation) {
    let width = inputs * expansion
    var inner: [ConvolutionUnit] = []
    if expansion != 1 {
      inner.append(
        ConvolutionUnit(
          .square(path + ".conv.0.0", inputs, width, kernel: 1), path + ".conv.0.1", activation: activation))
    }
    let depthwise = "\(path).conv.\(inner.count)"
    inner.append(
      ConvolutionUnit(
        .square(depthwise + ".0", width, width, kernel: 3, stride: stride, groups: width), depthwise + ".1",
        activation: activation))
    self.inner = inner
    projection = ConvolutionUnit(
      .square("\(path).conv.\(inner.count)", width, outputs, kernel: 1), "\(path).conv.\(inner.count + 1)",
      activation: nil)
    addsInput = stride == 1 && inputs == outputs
  }

  var declarations: [ParameterDeclaration] { inner.declarations + projection.declarations }

  func outputShape(of input: Shape) throws(GeometryFault) -> Shape {
    try projection.outputShape(of: inner.outputShape(of: input))
  }

  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    let y = projection.forward(inner.forward(x, pass), pass)
    return addsInput ? x + y : y
  }
}
