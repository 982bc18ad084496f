import KodamaCore

/// What can go wrong with a picture.
public enum ReportsFault: Fault, Equatable {
  /// The sound has no samples.
  case nothingToDraw(name: String)
  /// A picture of this size, in pixels, cannot be drawn.
  case pictureSize(width: Int, height: Int)
  /// The drawing library failed.
  case drawing(reason: String)

  public var description: String {
    switch self {
    case .nothingToDraw(let name): "\(name) has no samples; give a sound to draw"
    case .pictureSize(let width, let height):
      "a picture of \(width) by \(height) pixels cannot be drawn; choose a width in \(SpectrogramPicture.widths) and a "
        + "height in \(SpectrogramPicture.heights)"
    case .drawing(let reason): "drawing failed: \(reason); choose a smaller picture, or free memory"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .nothingToDraw: .badData
    case .pictureSize: .usage
    case .drawing: .internal
    }
  }
}
