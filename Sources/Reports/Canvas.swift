import CCairo

/// A place in pixels, from the upper left corner.
struct Point: Equatable {
  var x, y: Double
}

/// A rectangle of whole pixels.
struct Rectangle: Equatable {
  var x, y, width, height: Int

  var right: Int { x + width }
  var bottom: Int { y + height }
}

/// A picture to draw on, through cairo.
final class Canvas {
  /// Where text lies relative to the point it is drawn at.
  enum Alignment {
    case left, center, right
  }

  let width: Int
  let height: Int
  private let surface: OpaquePointer
  private let context: OpaquePointer

  /// A white picture.
  ///
  /// - Throws: `ReportsFault.drawing` where there is no memory for it.
  init(width: Int, height: Int) throws {
    self.width = width
    self.height = height
    surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
    context = cairo_create(surface)
    try check()
    fill(Rectangle(x: 0, y: 0, width: width, height: height), .white)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  /// Fills a rectangle.
  func fill(_ rectangle: Rectangle, _ color: Color) {
    set(color)
    cairo_rectangle(
      context, Double(rectangle.x), Double(rectangle.y), Double(rectangle.width), Double(rectangle.height))
    cairo_fill(context)
  }

  /// Fills the area inside a closed line.
  func fill(_ outline: [Point], _ color: Color) {
    guard let first = outline.first else { return }
    set(color)
    cairo_move_to(context, first.x, first.y)
    for point in outline.dropFirst() { cairo_line_to(context, point.x, point.y) }
    cairo_close_path(context)
    cairo_fill(context)
  }

  /// Draws a line one pixel wide along the edge of a rectangle, inside it.
  func frame(_ rectangle: Rectangle, _ color: Color) {
    set(color)
    cairo_set_line_width(context, 1)
    cairo_rectangle(
      context, Double(rectangle.x) + 0.5, Double(rectangle.y) + 0.5, Double(rectangle.width) - 1,
      Double(rectangle.height) - 1)
    cairo_stroke(context)
  }

  /// Draws text whose base line begins at, is centred on, or ends at a point; turned by 90° to the left where
  /// `upwards`.
  func text(
    _ text: String, at point: Point, size: Double, bold: Bool = false, _ color: Color = .ink,
    _ alignment: Alignment = .left, upwards: Bool = false
  ) {
    select(size: size, bold: bold)
    set(color)
    let shift: Double
    switch alignment {
    case .left: shift = 0
    case .center: shift = -advance(text) / 2
    case .right: shift = -advance(text)
    }
    cairo_save(context)
    cairo_translate(context, point.x, point.y)
    if upwards { cairo_rotate(context, -Double.pi / 2) }
    cairo_move_to(context, shift, 0)
    cairo_show_text(context, text)
    cairo_restore(context)
  }

  /// The width of text in pixels.
  func width(of text: String, size: Double, bold: Bool = false) -> Double {
    select(size: size, bold: bold)
    return advance(text)
  }

  /// Puts pixels in a rectangle, row after row, each as `Color.pixel`.
  ///
  /// - Precondition: a pixel for each place of the rectangle, which lies in the picture.
  func put(_ pixels: [UInt32], in rectangle: Rectangle) throws {
    precondition(
      pixels.count == rectangle.width * rectangle.height,
      "\(pixels.count) pixels for \(rectangle.width) by \(rectangle.height)")
    precondition(
      rectangle.x >= 0 && rectangle.y >= 0 && rectangle.right <= width && rectangle.bottom <= height,
      "the rectangle \(rectangle) does not lie in \(width) by \(height) pixels")
    cairo_surface_flush(surface)
    let (data, stride) = try memory()
    for row in 0..<rectangle.height {
      let target = data.advanced(by: (rectangle.y + row) * stride + 4 * rectangle.x)
      pixels.withUnsafeBytes {
        target.copyMemory(
          from: $0.baseAddress.unsafelyUnwrapped + row * rectangle.width * 4, byteCount: rectangle.width * 4)
      }
    }
    cairo_surface_mark_dirty(surface)
  }

  /// The pixel at a place, as `Color.pixel`.
  ///
  /// - Precondition: the place lies in the picture.
  func pixel(x: Int, y: Int) throws -> UInt32 {
    precondition((0..<width).contains(x) && (0..<height).contains(y), "(\(x), \(y)) is outside \(width) by \(height)")
    cairo_surface_flush(surface)
    let (data, stride) = try memory()
    return data.load(fromByteOffset: y * stride + 4 * x, as: UInt32.self) & 0xff_ffff
  }

  /// The picture as a PNG file.
  ///
  /// - Throws: `ReportsFault.drawing`.
  func png() throws -> [UInt8] {
    try check()
    var bytes: [UInt8] = []
    let status = withUnsafeMutablePointer(to: &bytes) { bytes in
      // cairo calls this only before it returns, with the pointer that it was given.
      cairo_surface_write_to_png_stream(
        surface,
        { closure, data, length in
          guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
          let chunk = UnsafeBufferPointer(start: data, count: Int(length))
          closure.assumingMemoryBound(to: [UInt8].self).pointee.append(contentsOf: chunk)
          return CAIRO_STATUS_SUCCESS
        }, bytes)
    }
    if status != CAIRO_STATUS_SUCCESS {
      throw ReportsFault.drawing(reason: String(cString: cairo_status_to_string(status)))
    }
    return bytes
  }

  private func memory() throws -> (UnsafeMutableRawPointer, Int) {
    try check()
    guard let data = cairo_image_surface_get_data(surface) else { throw ReportsFault.drawing(reason: "no pixels") }
    return (UnsafeMutableRawPointer(data), Int(cairo_image_surface_get_stride(surface)))
  }

  /// Throws what has gone wrong so far: cairo keeps the first error and does nothing more.
  private func check() throws {
    for status in [cairo_surface_status(surface), cairo_status(context)] where status != CAIRO_STATUS_SUCCESS {
      throw ReportsFault.drawing(reason: String(cString: cairo_status_to_string(status)))
    }
  }

  private func set(_ color: Color) { cairo_set_source_rgb(context, color.red, color.green, color.blue) }

  private func select(size: Double, bold: Bool) {
    cairo_select_font_face(
      context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_font_size(context, size)
  }

  private func advance(_ text: String) -> Double {
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, text, &extents)
    return extents.x_advance
  }
}
