import KodamaCore

/// Errors in drawing pictures.
public enum ReportsFault: Fault, Equatable {
  /// The sound has no samples.
  case nothingToDraw(name: String)
  /// A picture of this size, in pixels, cannot be drawn.
  case pictureSize(width: Int, height: Int)
  /// No picture format has the extension of the file.
  case unknownFormat(path: String)
  /// The drawing library failed.
  case drawing(reason: String)

  public var description: String {
    switch self {
    case .nothingToDraw(let name): "\(name) has no samples; give a sound to draw"
    case .pictureSize(let width, let height):
      "a picture of \(width) by \(height) pixels cannot be drawn; choose a width in \(SpectrogramPicture.widths) and a "
        + "height in \(SpectrogramPicture.heights)"
    case .unknownFormat(let path):
      "\(path): a picture is written as PNG or SVG; end the name in .png or .svg"
    case .drawing(let reason): "drawing failed: \(reason); choose a smaller picture, or free memory"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .nothingToDraw: .badData
    case .pictureSize, .unknownFormat: .usage
    case .drawing: .internal
    }
  }
}
