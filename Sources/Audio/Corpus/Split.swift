import KodamaCore

/// A corpus in two parts: one to learn from, one to be judged by.
public struct Split: Sendable, Equatable {
  /// The files to learn from.
  public let training: CorpusIndex
  /// The files kept back; none where the corpus has but one file or the share is 0.
  public let validation: CorpusIndex

  /// Two folders.
  public init(training: CorpusIndex, validation: CorpusIndex) {
    self.training = training
    self.validation = validation
  }

  /// One folder, by a hash of each file's relative path: a file stays on its side whatever else comes or goes.
  ///
  /// With 2 files or more and a share over 0, the side that would be empty gets the one file whose hash is nearest. Of a label
  /// all of whose files would be kept back, the one whose hash is nearest is learned from, even where nothing is left to keep
  /// back then.
  ///
  /// - Parameters:
  ///   - validationPercent: the share of files kept back, 0 to 100.
  ///   - sets: the label sets of which every label must be learned from.
  public init(_ index: CorpusIndex, validationPercent: Double = 10, labelSets sets: [String] = []) {
    precondition((0...100).contains(validationPercent), "a share of \(validationPercent) % is outside 0 to 100")
    let entries = index.entries
    let places = entries.map { Double(StableHash($0.path).value >> 11) * 0x1p-53 }
    var limit = validationPercent / 100
    if validationPercent > 0, let least = places.min(), let most = places.max() {
      if places.count >= 2 && limit <= least { limit = least.nextUp }
      // The last file is learned from, be it the only one.
      if limit > most { limit = most }
    }
    var isKeptBack = places.map { $0 < limit }
    for set in sets {
      // The last file of each label: the one that would be the first to be learned from, were less kept back.
      var last: [String: Int] = [:]
      for (number, entry) in entries.enumerated() {
        guard let label = entry.labels[set] else { continue }
        if places[number] > last[label].map({ places[$0] }) ?? -1 { last[label] = number }
      }
      for number in last.values { isKeptBack[number] = false }
    }
    let kept = Set(entries.indices.filter { isKeptBack[$0] }.map { PathBytes(entries[$0].path) })
    training = index.filtered { !kept.contains(PathBytes($0.path)) }
    validation = index.filtered { kept.contains(PathBytes($0.path)) }
  }
}
