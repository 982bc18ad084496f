/// A quantity that training reports: its name in logs, and its unit.
public struct Measure: Sendable, Hashable {
  /// The name in lowerCamelCase, which is its key in `metrics.jsonl`: `bitsPerSample`, `accuracy`.
  public let name: String
  /// The unit, such as `bits per sample`; empty for a dimensionless number.
  public let unit: String

  /// A quantity.
  ///
  /// - Precondition: the name consists of ASCII letters and digits, and is not one of the other keys of
  ///   `metrics.jsonl`.
  public init(_ name: String, unit: String = "") {
    precondition(Self.isName(name), "a measure cannot be called \(name)")
    self.name = name
    self.unit = unit
  }

  /// Keys of `metrics.jsonl` besides measures.
  private static let reserved: Set<String> = [
    "kind", "step", "epoch", "seconds", "learningRate", "gradientNorm", "toStep",
  ]

  /// Whether a name is valid.
  static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (0x61...0x7A).contains(first), name.utf8.count <= 64 else { return false }
    let others = name.unicodeScalars.allSatisfy { $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0) }
    return others && !reserved.contains(name)
  }

  /// The name of the averaged weights' value: `averageBitsPerSample`.
  var averageName: String { prefixed("average") }
  /// The name of the value of what the network learns from: `recordedVoicedShare`.
  var recordedName: String { prefixed("recorded") }

  private func prefixed(_ prefix: String) -> String { prefix + name.prefix(1).uppercased() + name.dropFirst() }

  /// The words of the name, in lower case: `bits`, `per`, `sample`.
  public var words: [String] {
    var words: [String] = []
    for character in name {
      if character.isUppercase || words.isEmpty { words.append("") }
      words[words.count - 1] += character.lowercased()
    }
    return words
  }
}

/// A measure with its value.
public struct MeasuredValue: Sendable, Equatable {
  /// The measure.
  public let measure: Measure
  /// The value.
  public let value: Double

  /// A value of a measure.
  public init(_ measure: Measure, _ value: Double) {
    self.measure = measure
    self.value = value
  }
}

/// The measures that a task reports for batches, for held-out data, and for samples of its output.
public struct TaskMeasures: Sendable, Equatable {
  /// The loss, which training minimizes, or the reward, which it maximizes.
  public let loss: Measure
  /// Whether the first measure is a reward.
  public let isReward: Bool
  /// Further measures, such as accuracy.
  public let others: [Measure]
  /// The training speed: `samplesPerSecond`.
  public let speed: Measure
  /// What is measured of samples of the output, and of what the network learns from.
  public let samples: [Measure]
  /// What is measured of held-out data.
  public let heldOut: [Measure]
  /// The measure by which a validation is better than another, the lower the better: the loss, or one of the others.
  public let criterion: Measure

  /// Measures of a task.
  ///
  /// - Parameters:
  ///   - criterion: nil for the loss.
  ///   - heldOut: nil for the loss and the others.
  ///   - isReward: whether the first measure is a reward.
  /// - Precondition: the names are distinct; the criterion is the loss or one of the others.
  public init(
    loss: Measure, others: [Measure] = [], speed: Measure = Measure("examplesPerSecond", unit: "examples per second"),
    samples: [Measure] = [], criterion: Measure? = nil, heldOut: [Measure]? = nil, isReward: Bool = false
  ) {
    self.heldOut = heldOut ?? [loss] + others
    self.isReward = isReward
    self.criterion = criterion ?? loss
    precondition(([loss] + others).contains(self.criterion), "\(self.criterion.name) is not measured")
    self.loss = loss
    self.others = others
    self.speed = speed
    self.samples = samples
    precondition(Self.areDistinct(measured, speed: speed, samples: samples), "two measures have the same name")
  }

  /// Whether all keys of a log differ.
  static func areDistinct(_ measures: [Measure], speed: Measure, samples: [Measure]) -> Bool {
    let names =
      measures.flatMap { [$0.name, $0.averageName] } + [speed.name] + samples.flatMap { [$0.name, $0.recordedName] }
    return Set(names).count == names.count
  }

  /// The loss and the further measures.
  public var all: [Measure] { [loss] + others }

  /// What is measured of batches, of held-out data, or of both.
  package var measured: [Measure] { all + heldOut.filter { !all.contains($0) } }

  /// The name of a measure in words: `loss` for the loss.
  package func words(of measure: Measure) -> String {
    measure == loss && !isReward ? "loss" : measure.words.joined(separator: " ")
  }

  /// The measures of networks of audio samples, and the default of runs that recorded none.
  public static let ofSamples = TaskMeasures(
    loss: Measure("bitsPerSample", unit: "bits per sample"),
    speed: Measure("samplesPerSecond", unit: "samples per second"),
    samples: [
      Measure("voicedShare", unit: "%"), Measure("harmonicsToNoiseRatio", unit: "dB"),
      Measure("spectralFlatness", unit: "dB"),
    ])
}
