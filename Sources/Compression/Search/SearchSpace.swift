/// What a search chooses among: one form for each group of layers, and what each costs.
struct SearchSpace: Sendable, Equatable {
  /// A form of a group.
  struct Choice: Sendable, Equatable {
    /// Bytes of its layers.
    var bytes: Int
    /// Seconds that a sample takes longer than with the first choice.
    var seconds: Double
    /// Bits per sample that are lost by it alone; not negative.
    var loss: Double
    /// The form of its layers' inputs: two groups that take the same inputs in one form share them.
    var operand = 0
  }

  /// Two groups with common inputs.
  struct Sharing: Sendable, Equatable {
    let first: Int
    let second: Int
    /// Seconds of a sample that are saved where both take them in one form, by that form.
    let seconds: [Int: Double]

    func saved(_ a: Choice, _ b: Choice) -> Double { a.operand == b.operand ? seconds[a.operand] ?? 0 : 0 }
  }

  /// What a model of some choices is estimated to cost.
  struct Estimate: Sendable, Equatable {
    var bytes: Int
    var seconds: Double
    var loss: Double
  }

  /// Bytes of all else.
  var fixedBytes = 0
  /// Seconds that a sample takes with the first choice of every group.
  var fixedSeconds = 0.0
  /// The choices of each group, the first one the layers as they are.
  var groups: [[Choice]]
  /// At most one for two groups.
  var sharings: [Sharing] = []

  /// Losses and times are taken as sums; bytes are.
  func estimate(_ choices: [Int]) -> Estimate {
    var estimate = Estimate(bytes: fixedBytes, seconds: fixedSeconds, loss: 0)
    for (group, choice) in choices.enumerated() {
      estimate.bytes += groups[group][choice].bytes
      estimate.seconds += groups[group][choice].seconds
      estimate.loss += groups[group][choice].loss
    }
    for sharing in sharings {
      estimate.seconds -= sharing.saved(
        groups[sharing.first][choices[sharing.first]], groups[sharing.second][choices[sharing.second]])
    }
    return estimate
  }
}
