/// A histogram with bins of equal width.
struct Histogram: Equatable {
  /// The edges of the bins; a value on an edge belongs to the higher bin, the largest value to the last.
  let edges: [Double]
  /// The number of values in each bin.
  let counts: [Int]

  /// Bins of the width 2 · IQR / n^⅓ of Freedman and Diaconis, 5 to 40 of them; a single bin where all values are
  /// equal.
  ///
  /// - Precondition: finite values, at least one.
  init(_ values: [Double]) {
    precondition(!values.isEmpty && values.allSatisfy(\.isFinite), "a histogram needs finite values")
    let sorted = values.sorted()
    let (low, high) = (sorted[0], sorted[sorted.count - 1])
    // Values that differ only by rounding, or by more than can be represented, have a single bin.
    if !(high - low > max(1e-300, 1e-9 * max(low.magnitude, high.magnitude))) || !(high - low < 1e306) {
      edges = [low, high]
      counts = [values.count]
      return
    }
    var cubeRoot = 1.0
    while cubeRoot * cubeRoot * cubeRoot < Double(values.count) { cubeRoot += 1 }
    let width = 2 * (sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]) / cubeRoot
    let bins = width > 0 ? max(5, min(40, Int(min(40, ((high - low) / width).rounded(.up))))) : 40
    var counts = [Int](repeating: 0, count: bins)
    for value in values { counts[min(bins - 1, Int((value - low) / (high - low) * Double(bins)))] += 1 }
    self.counts = counts
    edges = (0...bins).map { low + (high - low) * Double($0) / Double(bins) }
  }

  /// The counts of whole numbers from 0 on, each in the middle of its bin.
  init(counts: [Int]) {
    self.counts = counts
    edges = (0...counts.count).map { Double($0) - 0.5 }
  }

  /// The histogram as a figure, with the median as a line.
  ///
  /// - Parameter counted: what the numbers are of.
  func html(title: String, unit: String, median: Double, counted: String = "pairs") -> HTML {
    let x = Axis(edges, logarithmic: false, margin: 0.02)
    let largest = counts.max() ?? 1
    let y = Axis([0, Double(largest)], logarithmic: false, margin: 0)
    // Counts are whole numbers.
    let lines = y.ticks(most: 4).filter { $0.value == $0.value.rounded() }
    var area = ChartArea(x: x, y: y, marks: lines)
    if edges[0] == edges[edges.count - 1] {
      area.addMark(edges[0], kind: "line s0")
    } else {
      for (index, count) in counts.enumerated() where count > 0 {
        area.addBar(edges[index]...edges[index + 1], height: Double(count))
      }
    }
    area.addMark(median)
    let frame = ChartFrame(x: x, x.ticks(most: 4), y: y, lines, name: unit.isEmpty ? "score" : unit)
    let total = counts.reduce(0, +)
    let description =
      "Distribution of \(title) over \(total) \(counted): \(NumberText.short(edges[0])) to "
      + "\(NumberText.short(edges[edges.count - 1])), median \(NumberText.short(median))."
    return """
      <figure class="chart"><figcaption>\(title)</figcaption>\
      \(frame.html(around: area.html, description: description))</figure>

      """
  }
}
