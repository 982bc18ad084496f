import KodamaAudio
import KodamaClassifiers
import KodamaCore
import KodamaSignal
import KodamaSpectra

/// A reward as text: a weight and a name, some with a value, such as `voiced-share`, `0.5*hnr`, `pitch=220`,
/// `scale=c-major`, `ltas=recordings`, `label=digit=7` or `program=./score.py`.
public struct RewardTerm: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    case metric(Metric, target: Double?)
    /// The distance from the recordings of a folder.
    case distance(Metric, folder: String)
    case pitch(PitchReward.Target)
    case brightness(target: Double?)
    case silence
    case label(set: String, value: String?)
    case program(String)
  }

  /// The text.
  public let text: String
  /// The factor of the reward in the sum.
  public let weight: Double
  let kind: Kind

  /// Reads a text. A weight precedes the name, and may be negative: `-0.5*silence`.
  ///
  /// - Throws: `TuningFault.badReward`.
  public init(_ text: String) throws(TuningFault) {
    func bad(_ problem: String) -> TuningFault { .badReward(text: text, problem: problem) }
    self.text = text
    var rest = Substring(text)
    if let star = rest.firstIndex(of: "*"), let number = Double(rest[..<star]) {
      guard number.isFinite, number != 0 else { throw bad("a weight is a finite number other than 0") }
      (weight, rest) = (number, rest[rest.index(after: star)...])
    } else {
      weight = 1
    }
    let parts = rest.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let (name, value) = (parts[0], parts.count > 1 ? parts[1] : nil)
    func number(_ wanted: String, _ range: ClosedRange<Double>) throws(TuningFault) -> Double {
      guard let value, let number = Double(value), range.contains(number) else {
        throw bad("give \(name)=\(wanted), a number from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
    switch name {
    case "pitch": kind = .pitch(.frequency(try number("HZ", 1...100_000)))
    case "scale":
      guard let scale = value.flatMap({ MusicalScale($0) }) else {
        throw bad("give scale=NAME: \(MusicalScale.names)")
      }
      kind = .pitch(.scale(scale))
    case "brightness": kind = .brightness(target: value == nil ? nil : try number("HZ", 1...400_000))
    case "silence":
      if value != nil { throw bad("silence has no value; leave it out") }
      kind = .silence
    case "label":
      guard let value, !value.isEmpty else {
        throw bad("give label=SET=LABEL, or label=SET for the label that each sound is generated with")
      }
      let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      kind = .label(set: parts[0], value: parts.count > 1 ? parts[1] : nil)
    case "program":
      guard let value, !value.allSatisfy(\.isWhitespace) else { throw bad("give program=COMMAND") }
      kind = .program(value)
    default:
      guard let metric = Metric.all.first(where: { $0.name == name && !$0.scope.isOfPairs }) else {
        let nearest = EditDistance.nearest(to: name, of: Self.names).map { "; \($0) is one" } ?? ""
        throw bad("there is no reward of this name\(nearest); all are \(Self.names.joined(separator: ", "))")
      }
      if metric.scope == .sets {
        guard let value, !value.isEmpty else { throw bad("give \(name)=FOLDER, the recordings to be near to") }
        kind = .distance(metric, folder: value)
      } else {
        kind = .metric(metric, target: value == nil ? nil : try number("TARGET", -1e6...1e6))
      }
    }
  }

  /// The names of all rewards.
  public static var names: [String] {
    ["pitch", "scale", "brightness", "silence", "label", "program"]
      + Metric.all.filter { !$0.scope.isOfPairs }.map(\.name)
  }

  /// Makes the reward.
  ///
  /// - Parameters:
  ///   - sampleRate: that of the model, in Hz.
  ///   - classifier: finds labels, with its path.
  ///   - programLimit: the longest that a program may run for the sounds of a step.
  /// - Throws: `TuningFault`; what reading recordings throws.
  public func reward(
    sampleRate: Int, classifier: (path: String, model: ClassifierModel)? = nil,
    programLimit: Duration = .seconds(60), workers: Workers = .all
  ) throws -> any SoundReward {
    switch kind {
    case .metric(let metric, let target): return MetricReward(metric: metric, target: target)
    case .distance(let metric, let folder):
      let index = try CorpusIndex.scan(folder, workers: workers).sounding()
      let recordings = try Recordings(index, sampleRate: sampleRate, workers: workers)
      let sounds = (0..<recordings.count).map { number in
        Sound(name: recordings.items[number].path) {
          Waveform(try recordings.read(number, 0..<recordings.frames(of: number)), sampleRate: sampleRate)
        }
      }
      return DistanceReward(distance: try SetDistance(metric, from: sounds, workers: workers))
    case .pitch(let target):
      if sampleRate < YIN.lowestSampleRate {
        throw TuningFault.badReward(text: text, problem: "the model's \(sampleRate) Hz are too few for a pitch")
      }
      return PitchReward(name: text, target: target)
    case .brightness(let target): return BrightnessReward(target: target)
    case .silence: return SilenceReward()
    case .label(let set, let value): return try labelReward(set, value, classifier, sampleRate: sampleRate)
    case .program(let command): return ProgramReward(program: ChildProgram(command, limit: programLimit))
    }
  }

  private func labelReward(
    _ set: String, _ value: String?, _ classifier: (path: String, model: ClassifierModel)?, sampleRate: Int
  ) throws -> LabelReward {
    guard let classifier else { throw TuningFault.needsClassifier(reward: text) }
    let configuration = classifier.model.configuration
    if configuration.sampleRate != sampleRate {
      throw TuningFault.otherRate(classifier: classifier.path, rate: configuration.sampleRate, model: sampleRate)
    }
    guard let index = configuration.labels.firstIndex(where: { $0.name == set }) else {
      let sets = configuration.labels.map(\.name).joined(separator: ", ")
      throw TuningFault.badReward(text: text, problem: "\(classifier.path) has no label set \(set); it has \(sets)")
    }
    let labels = configuration.labels[index]
    let label = try value.map { value in
      guard let found = labels.values.firstIndex(of: value) else {
        throw TuningFault.badReward(
          text: text,
          problem: "\(classifier.path) has no \(set) \(value); it has \(labels.values.joined(separator: ", "))"
            .excerpt(400))
      }
      return found
    }
    return LabelReward(classifier: try SoundClassifier(classifier.model), set: index, label: label)
  }
}
