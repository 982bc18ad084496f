import Testing

@testable import Kodama

@Suite struct JUnitReportTests {
  @Test func marksOfXMLAreEscapedAndOtherCharactersMadeVisible() {
    let message = "a \"b\" < 'c' & d"
    let report = JUnitReport(
      suite: "a<b>",
      cases: [
        .init(name: "lsd>1", message: message, passed: true),
        .init(name: "\u{1}\u{FFFE}", message: message, passed: false),
      ])
    #expect(
      report.xml == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="kodama evaluate" tests="2" failures="1" errors="0">
          <testsuite name="a&lt;b&gt;" tests="2" failures="1" errors="0" skipped="0">
            <testcase classname="kodama.evaluate" name="lsd&gt;1">
              <system-out>a &quot;b&quot; &lt; &#39;c&#39; &amp; d</system-out>
            </testcase>
            <testcase classname="kodama.evaluate" name="\\u{1}\u{FFFD}">
              <failure type="threshold" message="a &quot;b&quot; &lt; &#39;c&#39; &amp; d"/>
            </testcase>
          </testsuite>
        </testsuites>

        """)
  }
}
