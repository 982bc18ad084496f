import KodamaCore

/// A picture of how often each label was taken for each: a row for each label, a column for each that was found, and in
/// every cell the count, on a color that shows its share of the row.
public struct ConfusionMatrix: Picture, Equatable {
  /// The title.
  public let title: String
  /// The labels, of rows and columns.
  public let labels: [String]
  /// The counts, [label][found].
  public let counts: [[Int]]

  /// The most labels of a picture.
  public static let labelLimit = 200

  /// The size of a cell in pixels: smaller ones have no counts.
  private var cell: Int { max(4, min(44, 1000 / labels.count)) }
  private static let (smallestNumber, largestText) = (18, 12.5)

  /// A matrix.
  ///
  /// - Precondition: 1 to 200 labels, and as many rows and columns of counts.
  public init(title: String, labels: [String], counts: [[Int]]) {
    precondition(
      (1...Self.labelLimit).contains(labels.count) && counts.count == labels.count
        && counts.allSatisfy { $0.count == labels.count },
      "counts of \(counts.map(\.count)) for \(labels.count) labels")
    (self.title, self.labels, self.counts) = (title, labels, counts)
  }

  public func encoded(as format: PictureFormat) throws -> [UInt8] { try draw(format).encoded() }

  /// Draws the matrix.
  func draw(_ format: PictureFormat = .png) throws -> Canvas {
    let measure = try Canvas(width: 16, height: 16)
    let textSize = min(Self.largestText, Double(cell) * 0.8)
    let names = labels.map { $0.visible().excerpt(24) }
    let longest = names.map { measure.width(of: $0, size: textSize) }.max() ?? 0
    let (left, top) = (Int(longest) + 52, Int(longest) + 84)
    let heading = Int(measure.width(of: title, size: 16, bold: true))
    let side = cell * labels.count
    let canvas = try Canvas(
      width: max(left + side + 24, heading + 48), height: top + side + 24, format: format)
    canvas.text(title, at: Point(x: 24, y: 30), size: 16, bold: true)
    canvas.text(
      "found", at: Point(x: Double(left) + Double(side) / 2, y: 56), size: Self.largestText, .paleInk, .center)
    canvas.text(
      "label", at: Point(x: 28, y: Double(top) + Double(side) / 2), size: Self.largestText, .paleInk, .center,
      upwards: true)
    for (row, own) in counts.enumerated() {
      let sum = own.reduce(0, +)
      let middle = (Double(row) + 0.5) * Double(cell)
      canvas.text(
        names[row], at: Point(x: Double(left) - 8, y: Double(top) + middle + textSize * 0.36), size: textSize, .ink,
        .right)
      canvas.text(
        names[row], at: Point(x: Double(left) + middle + textSize * 0.36, y: Double(top) - 8), size: textSize, .ink,
        .left, upwards: true)
      for (column, count) in own.enumerated() {
        let share = sum == 0 ? 0 : Double(count) / Double(sum)
        let place = Rectangle(x: left + column * cell, y: top + row * cell, width: cell, height: cell)
        // Right ones in one color, mistakes in another.
        let base = row == column ? Color.series[0] : Color.series[1]
        canvas.fill(place, count == 0 ? .white : base.paler(by: 0.85 * (1 - share)))
        canvas.frame(place, .rule)
        if count == 0 || cell < Self.smallestNumber { continue }
        canvas.text(
          "\(count)",
          at: Point(x: Double(place.x) + Double(cell) / 2, y: Double(place.y) + Double(cell) / 2 + textSize * 0.36),
          size: textSize, share > 0.6 ? .white : .ink, .center)
      }
    }
    return canvas
  }
}
