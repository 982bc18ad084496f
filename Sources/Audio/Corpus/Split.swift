import KodamaCore

/// The training and the validation part of a corpus.
public struct Split: Sendable, Equatable {
  /// The files to train on.
  public let training: CorpusIndex
  /// The files held out; none where the share is 0, or the corpus has only one file that is too short to be divided.
  public let validation: CorpusIndex

  /// The least length of a piece that is held out of a file, in seconds.
  private static let leastPiece = 1.0

  /// A split into two folders.
  public init(training: CorpusIndex, validation: CorpusIndex) {
    self.training = training
    self.validation = validation
  }

  /// Splits one folder by duration.
  ///
  /// Long files are divided: those that last more than a quarter of what is to be held out, and of which the share is at
  /// least a second. Of each, one of the equal pieces of the share's length is held out; a hash of the file's path
  /// chooses which. Of the other files whole ones are held out, in the order of the same hash, until the share of their
  /// duration is reached as nearly as whole files allow. When files are added or removed, a file therefore changes sides
  /// only where its hash is near the limit.
  ///
  /// With two or more files and a share above 0, neither side is empty. If all files of a label would be held out, the
  /// one whose hash is the largest is used for training, even if nothing is left to hold out.
  ///
  /// - Parameters:
  ///   - validationPercent: the share of the duration held out, 0 to 100; files are divided for at most 50.
  ///   - sets: the label sets of which every label must occur in training.
  ///   - dividing: whether long files are divided, which what belongs to whole files, such as features, does not allow.
  public init(
    _ index: CorpusIndex, validationPercent: Double = 10, labelSets sets: [String] = [], dividing: Bool = true
  ) {
    precondition((0...100).contains(validationPercent), "a share of \(validationPercent) % is outside 0 to 100")
    let (entries, share) = (index.entries, validationPercent / 100)
    let hashes = entries.map { Double(StableHash($0.path).value >> 11) * 0x1p-53 }
    let total = entries.reduce(0) { $0 + $1.duration }
    let pieces = zip(entries, hashes).map { entry, hash in
      let isLong = entry.duration * share >= Self.leastPiece && entry.duration > total * share / 4
      return dividing && share <= 0.5 && isLong ? Self.piece(of: entry.frames, share: share, hash: hash) : nil
    }
    var isHeldOut = Self.held(
      entries.indices.filter { pieces[$0] == nil }.sorted { (hashes[$0], $0) < (hashes[$1], $1) }, of: entries,
      share: share)
    for set in sets {
      // The file of each label with the largest hash: the first to move to training if the share shrank.
      var last: [String: Int] = [:]
      for (number, entry) in entries.enumerated() {
        guard let label = entry.labels[set] else { continue }
        if hashes[number] > last[label].map({ hashes[$0] }) ?? -1 { last[label] = number }
      }
      for number in last.values { isHeldOut[number] = false }
    }
    training = index.replacing(
      entries.indices.compactMap { number in
        guard let piece = pieces[number] else { return isHeldOut[number] ? nil : entries[number] }
        let frames = entries[number].frames
        return entries[number].divided([0..<piece.lowerBound, piece.upperBound..<frames].filter { !$0.isEmpty })
      })
    validation = index.replacing(
      entries.indices.compactMap { number in
        pieces[number].map { entries[number].divided([$0]) } ?? (isHeldOut[number] ? entries[number] : nil)
      })
  }

  /// One of the equal pieces of a file.
  private static func piece(of frames: Int, share: Double, hash: Double) -> Range<Int> {
    let (length, count) = (Int(Double(frames) * share), Int(1 / share))
    let number = min(Int(hash * Double(count)), count - 1)
    // The last piece ends with the file.
    let start = number == count - 1 ? frames - length : number * length
    return start..<start + length
  }

  /// Which whole files are held out.
  ///
  /// - Parameter order: the files to choose from, in the order in which they are held out.
  private static func held(_ order: [Int], of entries: [CorpusEntry], share: Double) -> [Bool] {
    var isHeldOut = [Bool](repeating: false, count: entries.count)
    var rest = share * order.reduce(0) { $0 + entries[$1].duration }
    if rest <= 0 { return isHeldOut }
    // The last is used for training, even if it is the only one.
    for number in order.dropLast() {
      let duration = entries[number].duration
      if duration / 2 > rest && isHeldOut.contains(true) || rest <= 0 { break }
      isHeldOut[number] = true
      rest -= duration
    }
    return isHeldOut
  }
}

extension CorpusIndex {
  /// The length of all entries, of divided files that of their parts, in seconds.
  public var seconds: Double { entries.reduce(0) { $0 + $1.usedSeconds } }
}
