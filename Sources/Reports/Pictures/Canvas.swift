import CCairo

/// A point in pixels, from the upper left corner.
package struct Point: Equatable {
  package var x, y: Double

  /// A point.
  package init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// A rectangle of whole pixels.
package struct Rectangle: Equatable {
  package var x, y, width, height: Int

  /// A rectangle.
  package init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  package var right: Int { x + width }
  package var bottom: Int { y + height }
}

/// A canvas to draw on with cairo.
package final class Canvas {
  /// The alignment of text relative to a point.
  package enum Alignment {
    case left, center, right
  }

  package let width: Int
  package let height: Int
  private let surface: PictureSurface
  private let context: OpaquePointer

  /// A white canvas.
  ///
  /// - Throws: `ReportsFault.drawing` where there is no memory for it.
  package init(width: Int, height: Int, format: PictureFormat = .png) throws {
    self.width = width
    self.height = height
    surface = try PictureSurface(width: width, height: height, format: format)
    context = cairo_create(surface.pointer)
    try check()
    fill(Rectangle(x: 0, y: 0, width: width, height: height), .white)
  }

  deinit { cairo_destroy(context) }

  /// Fills a rectangle.
  package func fill(_ rectangle: Rectangle, _ color: Color) {
    set(color)
    cairo_rectangle(
      context, Double(rectangle.x), Double(rectangle.y), Double(rectangle.width), Double(rectangle.height))
    cairo_fill(context)
  }

  /// Fills the area inside a closed line.
  package func fill(_ outline: [Point], _ color: Color) {
    guard let first = outline.first else { return }
    set(color)
    cairo_move_to(context, first.x, first.y)
    for point in outline.dropFirst() { cairo_line_to(context, point.x, point.y) }
    cairo_close_path(context)
    cairo_fill(context)
  }

  /// Draws a line through points, with round joins, optionally dashed with dashes and gaps of a length.
  package func stroke(_ points: [Point], width: Double, _ color: Color, dash: Double? = nil) {
    guard let first = points.first else { return }
    set(color)
    cairo_set_line_width(context, width)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    if let dash { cairo_set_dash(context, [dash], 1, 0) }
    cairo_move_to(context, first.x, first.y)
    for point in points.dropFirst() { cairo_line_to(context, point.x, point.y) }
    cairo_stroke(context)
    cairo_set_dash(context, nil, 0, 0)
  }

  /// Fills a disc around a point.
  package func disc(at point: Point, radius: Double, _ color: Color) {
    set(color)
    cairo_new_path(context)
    cairo_arc(context, point.x, point.y, radius, 0, 2 * Double.pi)
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

  /// Draws text whose baseline starts at, is centered on, or ends at a point; rotated by 90° counterclockwise where
  /// `upwards`.
  package func text(
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
  package func width(of text: String, size: Double, bold: Bool = false) -> Double {
    select(size: size, bold: bold)
    return advance(text)
  }

  /// Sets the pixels of a rectangle, row by row, each as `Color.pixel`.
  ///
  /// - Precondition: a pixel for each position in the rectangle, which lies in the picture.
  func put(_ pixels: [UInt32], in rectangle: Rectangle) throws {
    precondition(
      pixels.count == rectangle.width * rectangle.height,
      "\(pixels.count) pixels for \(rectangle.width) by \(rectangle.height)")
    precondition(
      rectangle.x >= 0 && rectangle.y >= 0 && rectangle.right <= width && rectangle.bottom <= height,
      "the rectangle \(rectangle) does not lie in \(width) by \(height) pixels")
    // In an SVG file the pixels are embedded as an image; in a raster surface they are copied.
    let isImage = surface.format == .svg
    let target =
      try isImage ? PictureSurface(width: rectangle.width, height: rectangle.height, format: .png) : surface
    let (data, stride) = try target.memory()
    let corner = isImage ? data : data.advanced(by: rectangle.y * stride + 4 * rectangle.x)
    for row in 0..<rectangle.height {
      pixels.withUnsafeBytes {
        corner.advanced(by: row * stride).copyMemory(
          from: $0.baseAddress.unsafelyUnwrapped + row * rectangle.width * 4, byteCount: rectangle.width * 4)
      }
    }
    cairo_surface_mark_dirty(target.pointer)
    if isImage {
      cairo_set_source_surface(context, target.pointer, Double(rectangle.x), Double(rectangle.y))
      cairo_paint(context)
    }
  }

  /// The pixel at a position, as `Color.pixel`.
  ///
  /// - Precondition: the position lies in the picture, which is a PNG.
  func pixel(x: Int, y: Int) throws -> UInt32 {
    precondition((0..<width).contains(x) && (0..<height).contains(y), "(\(x), \(y)) is outside \(width) by \(height)")
    let (data, stride) = try surface.memory()
    return data.load(fromByteOffset: y * stride + 4 * x, as: UInt32.self) & 0xff_ffff
  }

  /// The picture as a file of its format. Nothing can be drawn after that.
  ///
  /// - Throws: `ReportsFault.drawing`.
  package func encoded() throws -> [UInt8] {
    try check()
    return try surface.encoded()
  }

  private func check() throws {
    try surface.check()
    try PictureSurface.check(cairo_status(context))
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
