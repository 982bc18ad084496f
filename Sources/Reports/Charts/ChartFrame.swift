/// The axes around a chart or a picture: labels as text of the page, which has a constant size and can be selected,
/// around an area that stretches.
struct ChartFrame {
  /// A tick at a relative position along its axis.
  struct Mark {
    let position: Double
    let label: String
  }

  /// Ticks along the left side, from the bottom.
  var vertical: [Mark]
  /// Ticks along the bottom.
  var horizontal: [Mark]
  /// The label below the bottom.
  var name: String

  /// The frame around the markup of an area. `description` is the text for screen readers, empty where the area has its
  /// own.
  func html(around area: HTML, description: String) -> HTML {
    let left = vertical.map { mark -> HTML in "<span style=\"bottom:\(percent(mark.position))\">\(mark.label)</span>" }
    let below = horizontal.map { mark -> HTML in
      "<span style=\"left:\(percent(mark.position))\">\(mark.label)</span>"
    }
    let role: HTML = description.isEmpty ? "" : " role=\"img\" aria-label=\"\(description)\""
    return """
      <div class="plot"\(role)><div class="y" aria-hidden="true">\(left.joined())</div><div class="area">\(area)</div>\
      <div class="x" aria-hidden="true">\(below.joined())</div>\
      <div class="x-name" aria-hidden="true">\(name)</div></div>
      """
  }

  private func percent(_ share: Double) -> String {
    Ticks.number(100 * share, digits: 2).replacing("−", with: "-") + "%"
  }
}

extension ChartFrame {
  /// A frame with ticks on two axes.
  init(x: Axis, _ xMarks: [Tick], y: Axis, _ yMarks: [Tick], name: String) {
    vertical = yMarks.map { Mark(position: y.position(of: $0.value), label: $0.label) }
    horizontal = xMarks.map { Mark(position: x.position(of: $0.value), label: $0.label) }
    self.name = name
  }
}
