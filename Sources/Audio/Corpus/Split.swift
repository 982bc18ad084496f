import KodamaCore

/// A corpus split into training and validation files.
public struct Split: Sendable, Equatable {
  /// The files to train on.
  public let training: CorpusIndex
  /// The files held out; none where the corpus has only one file or the share is 0.
  public let validation: CorpusIndex

  /// A split into two folders.
  public init(training: CorpusIndex, validation: CorpusIndex) {
    self.training = training
    self.validation = validation
  }

  /// Splits one folder by a hash of each file's relative path, so that a file stays on its side when others are added
  /// or removed.
  ///
  /// With two or more files and a share above 0, a side that would be empty gets the file whose hash is nearest to the
  /// threshold. If all files of a label would be held out, the one whose hash is nearest is used for training, even if
  /// nothing is left to hold out.
  ///
  /// - Parameters:
  ///   - validationPercent: the share of files held out, 0 to 100.
  ///   - sets: the label sets of which every label must occur in training.
  public init(_ index: CorpusIndex, validationPercent: Double = 10, labelSets sets: [String] = []) {
    precondition((0...100).contains(validationPercent), "a share of \(validationPercent) % is outside 0 to 100")
    let entries = index.entries
    let hashes = entries.map { Double(StableHash($0.path).value >> 11) * 0x1p-53 }
    var limit = validationPercent / 100
    if validationPercent > 0, let least = hashes.min(), let most = hashes.max() {
      if hashes.count >= 2 && limit <= least { limit = least.nextUp }
      // The file with the largest hash is used for training, even if it is the only one.
      if limit > most { limit = most }
    }
    var isHeldOut = hashes.map { $0 < limit }
    for set in sets {
      // The file of each label with the largest hash: the first to move to training if the share shrank.
      var last: [String: Int] = [:]
      for (number, entry) in entries.enumerated() {
        guard let label = entry.labels[set] else { continue }
        if hashes[number] > last[label].map({ hashes[$0] }) ?? -1 { last[label] = number }
      }
      for number in last.values { isHeldOut[number] = false }
    }
    let heldOut = Set(entries.indices.filter { isHeldOut[$0] }.map { PathBytes(entries[$0].path) })
    training = index.filtered { !heldOut.contains(PathBytes($0.path)) }
    validation = index.filtered { heldOut.contains(PathBytes($0.path)) }
  }
}
