import CCairo
import TestSupport
import Testing

/// A picture of a page.
struct Screenshot {
  private let width, height: Int
  private let pixels: [UInt32]

  /// A PNG's pixels.
  init(_ png: [UInt8]) throws {
    let image = try withTemporaryFolder { folder in
      try write(png, to: folder + "/page.png")
      return cairo_image_surface_create_from_png(folder + "/page.png")
    }
    defer { cairo_surface_destroy(image) }
    let data = try #require(cairo_image_surface_get_data(image), "the screenshot is no PNG")
    (width, height) = (Int(cairo_image_surface_get_width(image)), Int(cairo_image_surface_get_height(image)))
    let stride = Int(cairo_image_surface_get_stride(image))
    let memory = UnsafeRawPointer(data)
    var pixels: [UInt32] = []
    for y in 0..<height {
      for x in 0..<width {
        pixels.append(memory.load(fromByteOffset: y * stride + 4 * x, as: UInt32.self) & 0xff_ffff)
      }
    }
    self.pixels = pixels
  }

  /// The luminance of a pixel, 0 to 1.
  func luminance(x: Int, y: Int) -> Double {
    let pixel = pixels[min(height - 1, y) * width + x]
    let (red, green, blue) = (Double(pixel >> 16 & 255), Double(pixel >> 8 & 255), Double(pixel & 255))
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255
  }

  /// How many colors are in a box, looked at every third pixel.
  func variety(of box: PageFindings.Box) -> Int {
    var colors = Set<UInt32>()
    for y in stride(from: Int(box.top) + 2, to: min(height, Int(box.bottom) - 2), by: 3) {
      for x in stride(from: Int(box.left) + 2, to: min(width, Int(box.right) - 2), by: 3) {
        colors.insert(pixels[y * width + x])
      }
    }
    return colors.count
  }
}
