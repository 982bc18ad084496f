import KodamaCore
import KodamaSpectra

/// The outcomes of thresholds in the XML of JUnit, which systems for continuous integration show: a test case for each
/// threshold, or for each metric of a comparison.
///
/// Form: `testsuites` holds one `testsuite`, which counts `tests` and `failures`; each `testcase` has `name` and
/// `classname`, a failed one a `failure` with the measured value as `message`, a passed one that as `system-out`.
public struct JUnitReport: Sendable, Equatable {
  /// One test case.
  public struct Case: Sendable, Equatable {
    /// The threshold, or the metric.
    public let name: String
    /// What was measured.
    public let message: String
    /// Whether it passed.
    public let passed: Bool
  }

  /// The name of the suite: what was compared.
  public let suite: String
  /// The test cases, in order.
  public let cases: [Case]

  /// Writes the file.
  ///
  /// - Throws: `FileFault`.
  public func write(to path: String, existing: AtomicFile.Existing = .refuse) throws {
    try AtomicFile.write(to: path, existing: existing) { try $0.write(xml) }
  }

  /// The document.
  public var xml: String {
    let counts = "tests=\"\(cases.count)\" failures=\"\(cases.count { !$0.passed })\" errors=\"0\""
    let tests = cases.map { test in
      let head = "    <testcase classname=\"kodama.evaluate\" name=\"\(Self.escaped(test.name))\">\n"
      let message = Self.escaped(test.message)
      let body =
        test.passed
        ? "      <system-out>\(message)</system-out>\n" : "      <failure type=\"threshold\" message=\"\(message)\"/>\n"
      return head + body + "    </testcase>\n"
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="kodama evaluate" \(counts)>
        <testsuite name="\(Self.escaped(suite))" \(counts) skipped="0">
      \(tests.joined())  </testsuite>
      </testsuites>

      """
  }

  /// Text for an attribute or an element: marks of XML are escaped, and characters that XML does not allow are made
  /// visible.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.visible().unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

extension JUnitReport {
  /// A case for each threshold of an evaluation.
  public init(_ outcomes: [ThresholdOutcome], suite: String) {
    self.suite = suite
    cases = outcomes.map { Case(name: $0.threshold, message: $0.message, passed: $0.passed) }
  }

  /// A case for each metric of a comparison, failed where the second evaluation is worse.
  public init(_ difference: EvaluationDifference, suite: String) {
    self.suite = suite
    cases = difference.rows.map { row in
      Case(name: row.metric.name, message: difference.message(of: row), passed: row.verdict != .worse)
    }
  }
}
