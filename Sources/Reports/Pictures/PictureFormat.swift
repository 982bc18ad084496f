import KodamaCore

/// A form of picture files.
public enum PictureFormat: String, Sendable, Equatable, CaseIterable {
  /// Pixels, compressed without loss.
  case png
  /// Lines and letters as curves, which stay sharp at any size; a spectrogram in them is an image all the same.
  case svg

  /// The form that a file's extension asks for; PNG for a name without one, such as that of a device.
  ///
  /// - Throws: `ReportsFault.unknownFormat` for any other extension.
  public init(forName path: String) throws {
    let name = PathText.fileExtension(path).lowercased()
    if name.isEmpty {
      self = .png
      return
    }
    guard let format = PictureFormat(rawValue: String(name.dropFirst())) else {
      throw ReportsFault.unknownFormat(path: path)
    }
    self = format
  }
}
