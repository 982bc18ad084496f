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
  /// With 2 files or more and a share over 0, the side that would be empty gets the one file whose hash is nearest.
  ///
  /// - Parameter validationPercent: the share of files kept back, 0 to 100.
  public init(_ index: CorpusIndex, validationPercent: Double = 10) {
    precondition((0...100).contains(validationPercent), "a share of \(validationPercent) % is outside 0 to 100")
    func place(_ entry: CorpusEntry) -> Double { Double(StableHash(entry.path).value >> 11) * 0x1p-53 }
    let places = index.entries.map(place)
    var limit = validationPercent / 100
    if places.count >= 2 && validationPercent > 0 {
      let (least, most) = (places.min()!, places.max()!)
      if limit <= least { limit = least.nextUp }
      if limit > most { limit = most }
    }
    training = index.filtered { place($0) >= limit }
    validation = index.filtered { place($0) < limit }
  }
}
