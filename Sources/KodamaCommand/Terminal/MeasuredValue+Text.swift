import Kodama

extension MeasuredValue {
  /// The value with its unit, such as `2.410 bits per sample`; where that names no measure, with the name before it, such
  /// as `error rate 1.500 %`.
  var text: String { words(withUnits: true) }

  /// The value, with its name where the unit names no measure.
  var textWithoutUnit: String { words(withUnits: false) }

  private func words(withUnits: Bool) -> String {
    let hasName = ["", "%"].contains(measure.unit)
    let name = hasName ? measure.words.joined(separator: " ") + " " : ""
    return name + Format.decimal(value, 3) + (withUnits && !measure.unit.isEmpty ? " " + measure.unit : "")
  }
}
