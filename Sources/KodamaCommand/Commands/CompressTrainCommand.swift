import ArgumentParser
import Kodama

/// Trains a model further with its weights rounded.
struct CompressTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model further with its weights in fewer bits.",
    discussion: """
      The network computes with rounded weights, and what is trained are those behind them (quantization-aware training). \
      ternary weights are -1, 0 and 1, binary ones -1 and 1, each with a scale for each output. The output is a run folder as of \
      train, whose weights are rounded already; compress quantize with the same --scheme and --keep makes the small \
      file of it. An interrupted run goes on with kodama train CORPUS -o RUN --resume, a classifier's with kodama classify \
      train. Classifiers become int8.
      """)

  @Option(help: "The precision of weights.", completion: .list(IntegerPrecisions.names))
  var scheme = SchemeArgument<IntegerPrecisions>(.int8)
  @Option(
    help: ArgumentHelp(
      "Layers to keep in another precision: paths, each with =precision or in f32, such as blocks.0,head=int8. (default: none)",
      valueName: "layers"), completion: .layers)
  var keep = ""
  @OptionGroup var further: FurtherTrainingOptions

  func run() throws {
    let scheme = scheme.precision
    try further.train(
      waveNet: { settings, model in
        let quantization = try Quantization(scheme, keeping: keep, in: model.configuration)
        settings.plan.training.rounding = RoundingPlan(
          quantization, layers: InferenceModel(model).layers.map(\.path), model.network.declarations)
        return (model, nil)
      },
      classifier: { plan, model in
        let quantization = try Quantization(scheme, keeping: keep, in: model)
        plan.rounding = RoundingPlan(
          quantization, layers: model.quantizableLayers.map(\.path), model.configuration.layers.declarations)
      })
    if !further.quiet {
      let kept = keep.isEmpty ? "" : " --keep \(keep)"
      Terminal.note(
        "rounded     kodama compress quantize \(further.output) --scheme \(scheme.rawValue)\(kept) makes a small model")
    }
  }
}
