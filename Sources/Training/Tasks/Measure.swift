/// A quantity that training reports: its name in logs, and what its numbers count.
public struct Measure: Sendable, Hashable {
  /// The name in lowerCamelCase, which is its key in `metrics.jsonl`: `bitsPerSample`, `accuracy`.
  public let name: String
  /// What the numbers count, such as `bits per sample`; empty for a bare number, such as a share.
  public let unit: String

  /// A quantity.
  ///
  /// - Precondition: the name is one of ASCII letters and digits, and none that `metrics.jsonl` has for something else.
  public init(_ name: String, unit: String = "") {
    precondition(Self.isName(name), "a measure cannot be called \(name)")
    self.name = name
    self.unit = unit
  }

  /// Keys of `metrics.jsonl` beside measures.
  private static let reserved: Set<String> = [
    "kind", "step", "epoch", "seconds", "learningRate", "gradientNorm", "toStep",
  ]

  /// Whether a measure can have a name.
  static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (0x61...0x7A).contains(first), name.utf8.count <= 64 else { return false }
    let others = name.unicodeScalars.allSatisfy { $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0) }
    return others && !reserved.contains(name)
  }

  /// The name of the averaged weights' value: `averageBitsPerSample`.
  var averageName: String { "average" + name.prefix(1).uppercased() + name.dropFirst() }

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
  /// What was measured.
  public let measure: Measure
  /// How much.
  public let value: Double

  /// A value of a measure.
  public init(_ measure: Measure, _ value: Double) {
    self.measure = measure
    self.value = value
  }
}

/// What a task reports of its batches and of what is held out.
public struct TaskMeasures: Sendable, Equatable {
  /// The loss, which training makes small.
  public let loss: Measure
  /// What is measured beside it, such as accuracy.
  public let others: [Measure]
  /// How much data is taken in: `samplesPerSecond`.
  public let speed: Measure

  /// Measures of a task.
  ///
  /// - Precondition: no name twice.
  public init(
    loss: Measure, others: [Measure] = [], speed: Measure = Measure("examplesPerSecond", unit: "examples per second")
  ) {
    self.loss = loss
    self.others = others
    self.speed = speed
    precondition(Self.areDistinct(all, speed: speed), "two measures have the same name")
  }

  /// Whether all keys of a log differ.
  static func areDistinct(_ measures: [Measure], speed: Measure) -> Bool {
    let names = measures.flatMap { [$0.name, $0.averageName] } + [speed.name]
    return Set(names).count == names.count
  }

  /// The loss and what is measured beside it.
  public var all: [Measure] { [loss] + others }

  /// What networks of audio samples report. Runs that recorded no measures have these.
  public static let ofSamples = TaskMeasures(
    loss: Measure("bitsPerSample", unit: "bits per sample"),
    speed: Measure("samplesPerSecond", unit: "samples per second"))
}
