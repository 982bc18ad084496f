import CCairo
import KodamaCore

/// The surface of a picture and its encoding: pixels in memory, or the text of an SVG file.
final class PictureSurface {
  let format: PictureFormat
  /// Cairo's surface.
  let pointer: OpaquePointer
  /// The bytes of an SVG file, which cairo writes incrementally.
  private let text = ByteSink()

  /// - Throws: `ReportsFault.drawing` where there is no memory for it.
  init(width: Int, height: Int, format: PictureFormat) throws {
    self.format = format
    switch format {
    case .png: pointer = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
    case .svg:
      pointer = cairo_svg_surface_create_for_stream(
        ByteSink.write, Unmanaged.passUnretained(text).toOpaque(), Double(width), Double(height))
      cairo_svg_surface_set_document_unit(pointer, CAIRO_SVG_UNIT_PX)
    }
    try check()
  }

  /// Cairo writes the end of an SVG file when its surface is destroyed, which is before the sink is released.
  deinit { cairo_surface_destroy(pointer) }

  /// Throws the first error so far: cairo records it and ignores further calls.
  func check() throws { try PictureSurface.check(cairo_surface_status(pointer)) }

  /// The pixels and the row stride in bytes.
  ///
  /// - Precondition: a surface of pixels.
  func memory() throws -> (UnsafeMutableRawPointer, Int) {
    precondition(format == .png, "an SVG surface has no pixels")
    try check()
    cairo_surface_flush(pointer)
    guard let data = cairo_image_surface_get_data(pointer) else { throw ReportsFault.drawing(reason: "no pixels") }
    return (UnsafeMutableRawPointer(data), Int(cairo_image_surface_get_stride(pointer)))
  }

  /// The file. Nothing can be drawn after that.
  ///
  /// - Throws: `ReportsFault.drawing`.
  func encoded() throws -> [UInt8] {
    try check()
    switch format {
    case .png:
      let bytes = ByteSink()
      try PictureSurface.check(
        cairo_surface_write_to_png_stream(pointer, ByteSink.write, Unmanaged.passUnretained(bytes).toOpaque()))
      return bytes.bytes
    case .svg:
      cairo_surface_finish(pointer)
      try check()
      return SVGNames.numberedAnew(text.bytes)
    }
  }

  static func check(_ status: cairo_status_t) throws {
    if status != CAIRO_STATUS_SUCCESS {
      throw ReportsFault.drawing(reason: String(cString: cairo_status_to_string(status)))
    }
  }
}

/// Collects the output of cairo.
private final class ByteSink {
  private(set) var bytes: [UInt8] = []

  /// Cairo calls this with the sink of its surface, which outlives the surface.
  static let write: cairo_write_func_t = { closure, data, length in
    guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
    let sink = Unmanaged<ByteSink>.fromOpaque(closure).takeUnretainedValue()
    sink.bytes.append(contentsOf: UnsafeBufferPointer(start: data, count: Int(length)))
    return CAIRO_STATUS_SUCCESS
  }
}

/// A format of picture files.
public enum PictureFormat: String, Sendable, Equatable, CaseIterable {
  /// A lossless raster format.
  case png
  /// A vector format, in which a spectrogram is an embedded image.
  case svg

  /// The format for a file's extension; PNG for a name without one, such as that of a device.
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

/// Stable identifiers in cairo's SVG files.
///
/// Cairo numbers surfaces and images over the lifetime of a process, so the same picture drawn twice would be two
/// different files.
enum SVGNames {
  private static let kinds = ["surface", "image"].map { Array($0.utf8) }
  private static let marks = [UInt8(ascii: "\""), UInt8(ascii: "#")]
  private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

  /// The text with surfaces and images renumbered in order of first use.
  ///
  /// An identifier follows a quotation mark or a number sign, neither of which occurs in the Base64 of an image.
  static func numberedAnew(_ text: [UInt8]) -> [UInt8] {
    var numbers: [[UInt8]: Int] = [:]
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      result.append(text[index])
      index += 1
      guard marks.contains(text[index - 1]), let kind = kinds.first(where: { text[index...].starts(with: $0) }) else {
        continue
      }
      let end = text[(index + kind.count)...].firstIndex { !digits.contains($0) } ?? text.count
      if end == index + kind.count { continue }
      let name = Array(text[index..<end])
      let number = numbers[name] ?? numbers.count
      numbers[name] = number
      result += kind + Array("\(number)".utf8)
      index = end
    }
    return result
  }
}
