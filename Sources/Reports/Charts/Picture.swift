import KodamaCore

/// A picture that is a file, PNG or SVG.
public protocol Picture: Sendable {
  /// The bytes of the file: the same for the same picture on one machine.
  ///
  /// - Throws: `ReportsFault.drawing`.
  func encoded(as format: PictureFormat) throws -> [UInt8]
}

extension Picture {
  /// The bytes of a PNG file.
  ///
  /// - Throws: `ReportsFault.drawing`.
  public func encoded() throws -> [UInt8] { try encoded(as: .png) }

  /// Draws the picture into a file, PNG or SVG by its extension. The file is written atomically.
  ///
  /// - Throws: `FileFault`, `ReportsFault`.
  public func write(to path: String, existing: AtomicFile.Existing) throws {
    let bytes = try encoded(as: PictureFormat(forName: path))
    try AtomicFile.write(to: path, existing: existing) { try $0.write(bytes) }
  }
}
