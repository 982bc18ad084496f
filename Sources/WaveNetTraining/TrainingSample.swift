import KodamaCheckpoints
import KodamaCore
import KodamaTraining

/// A sample of audio that training made on the way: the file `samples/step-1000.wav` of a run, or
/// `samples/step-1000-george-3.wav` of a conditioned one. File names are written and read here alone.
public struct TrainingSample: Sendable, Hashable {
  /// The step after which it was made.
  public let step: Int
  /// Up to four of the labels it was generated with, as a file name can have them: ASCII letters and digits, and `_` for
  /// anything else, of the first 24 characters.
  public let words: [String]

  private static let (mostWords, longestWord) = (4, 24)

  /// The sample of a step.
  public init(step: Int, labels: [String] = []) {
    self.step = step
    words = labels.prefix(Self.mostWords).map(Self.word)
  }

  /// The sample that a file name is that of; nil where it is none.
  public init?(fileName: String) {
    guard fileName.hasPrefix("step-"), fileName.hasSuffix(".wav") else { return nil }
    let parts = fileName.dropFirst(5).dropLast(4).split(separator: "-", omittingEmptySubsequences: false).map(
      String.init)
    guard let step = Int(parts[0]), step >= 0 else { return nil }
    self.init(step: step, labels: Array(parts.dropFirst()))
    // Any other spelling is the name of some other file.
    if self.fileName != fileName { return nil }
  }

  /// The name of the file.
  public var fileName: String { (["step-\(step)"] + words).joined(separator: "-") + ".wav" }

  /// The folder of a run's samples.
  public static func folder(run: String) -> String { RunFolder(run).samplesPath }

  /// The samples of a run in the order of their steps; none where there is no folder of them.
  ///
  /// - Throws: `FileFault.cannotRead`.
  public static func all(run: String) throws -> [TrainingSample] {
    let folder = folder(run: run)
    if !Folder.exists(folder) { return [] }
    return try Folder.names(folder).compactMap(TrainingSample.init(fileName:))
      .sorted { ($0.step, $0.fileName) < ($1.step, $1.fileName) }
  }

  /// The labels that the words of the name mean: of each set the one label that has the word, or the word itself where
  /// none or several do.
  public func labels(among sets: [[String]]) -> [String] {
    words.enumerated().map { index, word in
      let candidates = index < sets.count ? sets[index].filter { Self.word($0) == word } : []
      return candidates.count == 1 ? candidates[0] : word
    }
  }

  private static func word(_ label: String) -> String {
    String(label.prefix(longestWord).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }
}

extension TrainingRun {
  /// Where the sample of audio of a step goes; makes its folder.
  ///
  /// - Parameter labels: what it was generated with, for its name (see `TrainingSample`).
  /// - Throws: `FileFault.cannotCreate`.
  public func samplePath(step: Int, labels: [String] = []) throws -> String {
    let folder = TrainingSample.folder(run: path)
    try Folder.create(folder)
    return folder + "/" + TrainingSample(step: step, labels: labels).fileName
  }
}
