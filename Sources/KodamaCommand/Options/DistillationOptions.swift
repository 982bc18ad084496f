import ArgumentParser
import Kodama

/// The options of `train` and `classify train` for learning from another model.
struct DistillationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A model to learn from beside the recordings, of the same rate, labels and kind of input and output. (default: none)",
      valueName: "model"), completion: .directory)
  var teacher: String?
  @Option(help: ArgumentHelp("With --teacher: its share in the loss. (default: 0.7)", valueName: "share"))
  var distill: Double?
  @Option(
    help: ArgumentHelp(
      "With --teacher: the temperature at which classes are compared. (default: 2)", valueName: "temperature"))
  var temperature: Double?

  /// A distillation with what is given; nil where there is none.
  ///
  /// - Throws: `ValidationError` where there is no teacher for what is given.
  func changing(_ current: Distillation?) throws -> Distillation? {
    var result = teacher.map { Distillation(teacher: $0) } ?? current
    if result == nil && (distill != nil || temperature != nil) {
      throw ValidationError("--distill and --temperature need --teacher, the model to learn from")
    }
    if let distill { result?.share = distill }
    if let temperature { result?.temperature = temperature }
    return result
  }
}

extension Distillation {
  /// The teacher and its share: runs/large, 70 % of the loss.
  var text: String { "\(teacher), \(Format.decimal(100 * share, 0)) % of the loss" }
}
