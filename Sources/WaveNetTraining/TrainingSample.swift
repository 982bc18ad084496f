import KodamaCheckpoints
import KodamaCore
import KodamaTraining

/// A sample of audio generated during training: the file `samples/step-1000.wav` of a run, or
/// `samples/step-1000-george-3.wav` of a conditioned one. This type alone formats and parses the file names.
public struct TrainingSample: Sendable, Hashable {
  /// The step after which it was generated.
  public let step: Int
  /// Up to four of its labels in the form of file names: ASCII letters and digits, `_` for other characters, truncated
  /// to 24 characters.
  public let words: [String]

  private static let (mostWords, longestWord) = (4, 24)

  /// The sample of a step.
  public init(step: Int, labels: [String] = []) {
    self.step = step
    words = labels.prefix(Self.mostWords).map(Self.word)
  }

  /// The sample of a file name; nil where the name is not that of a sample.
  public init?(fileName: String) {
    guard fileName.hasPrefix("step-"), fileName.hasSuffix(".wav") else { return nil }
    let parts = fileName.dropFirst(5).dropLast(4).split(separator: "-", omittingEmptySubsequences: false).map(
      String.init)
    guard let step = Int(parts[0]), step >= 0 else { return nil }
    self.init(step: step, labels: Array(parts.dropFirst()))
    // Other spellings are names of other files.
    if self.fileName != fileName { return nil }
  }

  /// The name of the file.
  public var fileName: String { (["step-\(step)"] + words).joined(separator: "-") + ".wav" }

  /// The folder of a run's samples.
  public static func folder(run: String) -> String { RunFolder(run).samplesPath }

  /// The samples of a run in the order of their steps; empty where there is no folder of samples.
  ///
  /// - Throws: `FileFault.cannotRead`.
  public static func all(run: String) throws -> [TrainingSample] {
    let folder = folder(run: run)
    if !Folder.exists(folder) { return [] }
    return try Folder.names(folder).compactMap(TrainingSample.init(fileName:))
      .sorted { ($0.step, $0.fileName) < ($1.step, $1.fileName) }
  }

  /// The labels of the words of the name: for each set the label with this word, or the word itself where no or several
  /// labels match.
  public func labels(among sets: [[String]]) -> [String] {
    words.enumerated().map { index, word in
      let candidates = index < sets.count ? sets[index].filter { Self.word($0) == word } : []
      return candidates.count == 1 ? candidates[0] : word
    }
  }

  /// A label in the form of file names.
  package static func word(_ label: String) -> String {
    String(label.prefix(longestWord).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }
}

extension TrainingRun {
  /// The path of the sample of a step; creates its folder.
  ///
  /// - Parameter labels: the labels for its name (see `TrainingSample`).
  /// - Throws: `FileFault.cannotCreate`.
  public func samplePath(step: Int, labels: [String] = []) throws -> String {
    let folder = TrainingSample.folder(run: path)
    try Folder.create(folder)
    return folder + "/" + TrainingSample(step: step, labels: labels).fileName
  }
}
