import Foundation
import TestSupport
import Testing

/// The pages as a browser shows them: narrow and wide, light and dark.
@Suite(.serialized) struct BrowserTests {
  /// A size and the reader's preference.
  struct View: CustomTestStringConvertible {
    let width: Int
    let dark: Bool
    var testDescription: String { "\(width) pixels, \(dark ? "dark" : "light")" }

    static let all = [400, 1600].flatMap { width in [false, true].map { View(width: width, dark: $0) } }
  }

  private static let browser = Browser()
  private static let height = 3000

  private func visit(_ path: String, _ view: View) throws -> (PageFindings, Screenshot)? {
    guard let browser = Self.browser else {
      print("skipped: there is no Chromium; KODAMA_CHROMIUM names one")
      return nil
    }
    let page = try String(contentsOfFile: path, encoding: .utf8)
    let visit = try browser.visit(
      page, width: view.width, height: Self.height, dark: view.dark, expression: PageFindings.expression)
    #expect(visit.console.isEmpty, "\(visit.console)")
    let findings = try JSONDecoder().decode(PageFindings.self, from: visit.findings)
    return (findings, try Screenshot(visit.screenshot))
  }

  /// What holds for every page.
  private func expectSound(_ page: PageFindings, _ picture: Screenshot, _ view: View) {
    #expect(page.faults.isEmpty, "\(page.faults)")
    #expect(page.innerWidth == view.width && page.dark == view.dark)
    #expect(page.scrollWidth <= page.innerWidth, "the page is wider than the window")
    #expect(page.brokenImages == 0 && page.brokenPlayers == 0)
    #expect(page.imagesWithoutText == 0 && page.playersWithoutName == 0 && page.chartsWithoutText == 0)
    #expect(page.requests.isEmpty, "\(page.requests)")
    #expect(page.smallestText >= 11, "text of \(page.smallestText) pixels")
    #expect(page.lowestContrast >= 4.5, "a contrast of \(page.lowestContrast)")
    #expect(page.alerts == 0, "a name was taken for a script")

    // Parts follow each other, inside the page.
    #expect(page.parts.count > 1)
    for (first, second) in zip(page.parts, page.parts.dropFirst()) { #expect(first.bottom <= second.top + 0.5) }
    for box in page.parts + page.pictures + page.players {
      #expect(box.left >= 0 && box.right <= Double(view.width) + 0.5, "\(box)")
    }
    // In a window of 400 pixels everything stands below each other, and in one of 1,600 side by side.
    let rows = Set(page.pictures.map { Int($0.top) }).count
    if view.width == 400 {
      #expect(rows == page.pictures.count)
      for box in page.pictures { #expect(box.width >= 280, "\(box)") }
    } else {
      #expect(rows <= (page.pictures.count + 2) / 3)
    }
    // What was drawn is what was measured: the margin is paper, and in every picture's place there is a picture.
    let paper = picture.luminance(x: 2, y: 2)
    #expect(view.dark ? paper < 0.1 : paper > 0.95)
    for y in stride(from: 0, to: Self.height, by: 50) { #expect(picture.luminance(x: 2, y: y) == paper) }
    for box in page.pictures where box.bottom < Double(Self.height) {
      #expect(picture.variety(of: box) > 8, "\(box)")
    }
    for box in page.charts where box.bottom < Double(Self.height) { #expect(picture.variety(of: box) > 2, "\(box)") }
  }

  @Test(arguments: View.all) func anEvaluationIsShownWhole(view: View) throws {
    try withTemporaryFolder { folder in
      guard let (page, picture) = try visit(try ExamplePages.evaluation(in: folder), view) else { return }
      expectSound(page, picture, view)
      #expect(page.pictures.count == 12 && page.players.count == 8)
      #expect(page.charts.count >= 5)
      #expect(page.title == "Outputs of \(ExamplePages.hostileName)")
      #expect(page.firstNames.contains(ExamplePages.hostileName))
      // The button of the first metric sorts upwards, then downwards, and can be reached by the keyboard.
      let sorted = try #require(page.sorted)
      #expect(sorted.isReachable && sorted.states == ["ascending", "descending"])
      #expect(sorted.upwards.count == 16 && sorted.upwards == sorted.upwards.sorted())
      #expect(sorted.downwards == sorted.upwards.reversed())
    }
  }

  @Test(arguments: View.all) func aRunIsShownWhole(view: View) throws {
    try withTemporaryFolder { folder in
      guard let (page, picture) = try visit(try ExamplePages.run(in: folder), view) else { return }
      expectSound(page, picture, view)
      #expect(page.pictures.count == 3 && page.players.count == 3 && page.charts.count == 3)
      #expect(page.sorted == nil)
    }
  }

  @Test(arguments: View.all) func pointsAndTablesAreShownWhole(view: View) throws {
    try withTemporaryFolder { folder in
      guard let (page, picture) = try visit(try ExamplePages.scatter(in: folder), view) else { return }
      expectSound(page, picture, view)
      #expect(page.pictures.count == 2 && page.charts.isEmpty && page.sorted == nil)
      #expect(page.title == "Search \(ExamplePages.hostileName)")
    }
  }

  @Test(arguments: View.all) func runsAreShownSideBySide(view: View) throws {
    try withTemporaryFolder { folder in
      guard let (page, picture) = try visit(try ExamplePages.comparison(in: folder), view) else { return }
      expectSound(page, picture, view)
      #expect(page.pictures.count == 4 && page.players.count == 4 && page.charts.count == 2)
      #expect(page.title.contains(ExamplePages.hostileName))
    }
  }

  /// The checks themselves find what is wrong.
  @Test func aPageWithFaultsIsFoundOut() throws {
    guard let browser = Self.browser else { return print("skipped: there is no Chromium; KODAMA_CHROMIUM names one") }
    let page = """
      <!DOCTYPE html><html><head><title>x</title></head><body><main><section style="width:900px">
      <p style="color:#ccc;background:#fff;font-size:6px">pale</p></section></main><img src="data:image/png;base64,AAAA">
      <audio src="data:audio/wav;base64,AAAA"></audio><script>nothing.there()</script></body></html>
      """
    let visit = try browser.visit(page, width: 400, height: 600, dark: false, expression: PageFindings.expression)
    let findings = try JSONDecoder().decode(PageFindings.self, from: visit.findings)
    #expect(visit.console.contains { $0.contains("nothing is not defined") })
    #expect(findings.faults.contains { $0.contains("nothing is not defined") })
    #expect(findings.brokenImages == 1 && findings.brokenPlayers == 1 && findings.imagesWithoutText == 1)
    #expect(findings.scrollWidth > 400 && findings.smallestText == 6 && findings.lowestContrast < 2)
  }
}
