import KodamaCore

/// Errors in sounds to be transformed or compared.
public enum SpectraFault: Fault, Equatable {
  /// A sample is NaN or infinite.
  case notFinite(name: String, channel: Int, frame: Int)
  /// Two sounds to be compared have different sample rates, in Hz.
  case sampleRatesDiffer(first: String, firstRate: Int, second: String, secondRate: Int)
  /// Two sounds to be compared have different numbers of channels.
  case channelCountsDiffer(first: String, firstCount: Int, second: String, secondCount: Int)
  /// Two sounds to be compared sample by sample have different lengths, in samples per channel.
  case lengthsDiffer(reference: String, referenceFrames: Int, generated: String, generatedFrames: Int)
  /// Two sounds of one side have the same name once the file name's extension is left out.
  case ambiguousName(first: String, second: String)
  /// One side is empty.
  case emptySet(side: String)
  /// No metric has this name.
  case unknownMetric(name: String, nearest: String, known: [String])
  /// None of the requested metrics can compare two sets of unpaired sounds.
  case needsPairs(metrics: [String])
  /// None of the requested metrics can compare sounds with noise.
  case needsSets(metrics: [String])
  /// A bound for a metric cannot be parsed.
  case badThreshold(text: String)
  /// A bound is for a statistic that does not exist.
  case unknownStatistic(text: String, name: String, known: [String])
  /// A file is not an evaluation.
  case notAnEvaluation(path: String)
  /// A score of an evaluation is impossible.
  case impossibleScore(path: String, field: String, value: Double)
  /// A convention of log-mel features has an invalid field.
  case badConvention(field: String, value: String, allowed: String)
  /// Two evaluations have no pair and no metric in common.
  case nothingInCommon

  public var description: String {
    switch self {
    case .notFinite(let name, let channel, let frame):
      "\(name): sample \(frame) of channel \(channel) is not a finite number; make the sound again without NaN and "
        + "infinity"
    case .sampleRatesDiffer(let first, let firstRate, let second, let secondRate):
      "\(first) has \(firstRate) Hz and \(second) has \(secondRate) Hz; convert them to one sample rate"
    case .channelCountsDiffer(let first, let firstCount, let second, let secondCount):
      "\(first) has \(Plural.text(firstCount, "channel")) and \(second) has \(secondCount); mix them down to one"
    case .lengthsDiffer(let reference, let referenceFrames, let generated, let generatedFrames):
      "\(reference) has \(Plural.text(referenceFrames, "sample")) and \(generated) has \(generatedFrames); cut, pad or align "
        + "them, or name metrics that take any length"
    case .ambiguousName(let first, let second):
      "\(first) and \(second) have the same name without extension, so neither can be paired; rename one"
    case .emptySet(let side): "the \(side) side holds no sounds; name a file, or a folder of sounds"
    case .unknownMetric(let name, let nearest, let known):
      "there is no metric \(name); did you mean \(nearest)? The metrics are \(known.joined(separator: ", "))"
    case .needsPairs(let metrics):
      "\(metrics.joined(separator: ", ")) \(Plural.word(metrics.count, "compares", "compare")) pairs, and no two names are the same on both sides; give the "
        + "sounds the same names, name the pairs in a file, or compare the sets with the metric ltas"
    case .needsSets(let metrics):
      "\(metrics.joined(separator: ", ")) \(Plural.word(metrics.count, "compares", "compare")) pairs, and noise is compared by metrics of sets; add the metric ltas"
    case .badThreshold(let text):
      "\(text) is no threshold; write it as mcd-dtw>6 or mcd-dtw.p95>=9, with >, >=, < or <="
    case .unknownStatistic(let text, let name, let known):
      "\(text): there is no statistic \(name); the statistics are \(known.joined(separator: ", ")) and any other "
        + "percentile from p0 to p100"
    case .notAnEvaluation(let path): "\(path): it is no evaluation; give what kodama evaluate printed as JSON"
    case .impossibleScore(let path, let field, let value):
      "\(path): \(field) is \(value), which no metric gives; evaluate the sounds again"
    case .badConvention(let field, let value, let allowed):
      "the convention of the features: \(field) is \(value); it must be \(allowed)"
    case .nothingInCommon:
      "the two evaluations have no metric with values for common references; evaluate both against the same recordings"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .unknownMetric, .needsSets, .badThreshold, .unknownStatistic: .usage
    case .emptySet: .noInput
    default: .badData
    }
  }
}
