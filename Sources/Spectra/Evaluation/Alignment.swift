/// What is done with a pair of sounds whose lengths differ.
public enum Alignment: String, Sendable, Codable, CaseIterable {
  /// Both begin together, and the longer is cut to the length of the shorter.
  case trim
  /// Both begin together, and the shorter gets zeros at its end.
  case pad
  /// Frames are matched by dynamic time warping in the metrics that know how; those that compare sample by sample have no
  /// value.
  case dtw
}
