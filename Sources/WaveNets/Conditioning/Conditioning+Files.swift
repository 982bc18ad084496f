import KodamaCheckpoints

/// Labels of recordings.
extension Conditioning {
  /// The conditions of each file.
  ///
  /// - Parameter files: paths and labels by set name; other sets than the model's are ignored.
  /// - Throws: `LabelFault`.
  public func conditions(of files: [LabelledFile]) throws(LabelFault) -> [Conditions] {
    var places = [[Int]](repeating: [], count: files.count)
    for set in labels {
      for (index, place) in try set.indices(of: files).enumerated() { places[index].append(place) }
    }
    return places.map { Conditions(labels: $0) }
  }
}
