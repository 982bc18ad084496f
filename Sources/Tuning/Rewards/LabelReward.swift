import KodamaClassifiers
import KodamaCore

/// The probability of a label by a classifier: of one label, or of that which each sound was generated with.
struct LabelReward: SoundReward {
  let classifier: SoundClassifier
  /// The index of the label set in the classifier.
  let set: Int
  /// The index of the label; nil for each sound's own.
  let label: Int?

  var name: String {
    let labels = classifier.configuration.labels[set]
    return "label=" + labels.name + (label.map { "=" + labels.values[$0] } ?? "")
  }

  func values(of sounds: [RewardedSound], workers: Workers) throws -> [SoundRewardValue] {
    let labels = classifier.configuration.labels[set]
    return try workers.values(of: sounds) { sound in
      let own = sound.labels[labels.name].flatMap { labels.values.firstIndex(of: $0) }
      guard let wanted = label ?? own else {
        return .undefined(reason: "a sound has no label of the set \(labels.name) that the classifier knows")
      }
      let found = try classifier.classify(sound.samples, sampleRate: sound.sampleRate)
      return .whole(found.sets[set].probabilities[wanted])
    }
  }
}
