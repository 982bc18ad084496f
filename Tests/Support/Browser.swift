import Foundation

/// A browser without a window that tests open pages in.
public struct Browser: Sendable {
  /// How a page was opened, and what came of it.
  public struct Visit: Sendable {
    /// What the checking script gave, as JSON.
    public let findings: Data
    /// Lines that the page or the browser wrote to the console.
    public let console: [String]
    /// A PNG of the page: its first `width` columns and `height` rows.
    public let screenshot: [UInt8]
  }

  private let executable: String

  /// The first of `$KODAMA_CHROMIUM`, `chromium`, `chromium-browser` and `google-chrome` that runs; nil where none
  /// does.
  public init?() {
    let named = ProcessInfo.processInfo.environment["KODAMA_CHROMIUM"].map { [$0] } ?? []
    let candidates = named + ["chromium", "chromium-browser", "google-chrome"]
    let found = candidates.first { (try? Child("/usr/bin/env", [$0, "--version"]).end())?.status == 0 }
    guard let found else { return nil }
    executable = found
  }

  /// Opens a page in a frame of a size, which may be smaller than any window, and runs a script in it when its pictures
  /// and players have loaded, or have failed to within five seconds.
  ///
  /// - Parameters:
  ///   - page: the HTML; it is not changed but for two scripts, one at the beginning and one at the end.
  ///   - dark: whether the reader prefers dark pages.
  ///   - expression: JavaScript whose value is given back. `faults` holds the errors of the page as texts.
  public func visit(_ page: String, width: Int, height: Int, dark: Bool, expression: String) throws -> Visit {
    try withTemporaryFolder { folder in
      let watching = """
        <head><script>
        const faults = [];
        addEventListener('error', (event) => faults.push(event.message ?? `cannot load ${event.target.tagName}`), true);
        addEventListener('unhandledrejection', (event) => faults.push(`${event.reason}`));
        addEventListener('securitypolicyviolation', (event) => faults.push(`refused: ${event.blockedURI}`));
        for (const kind of ['error', 'warn']) console[kind] = (...words) => faults.push(words.join(' '));
        </script>
        """
      let checking = """
        <script>
        addEventListener('load', async () => {
          const settled = [...document.images].map((image) => image.decode().catch(() => {}))
            .concat([...document.querySelectorAll('audio')].map((player) => new Promise((resolve) => {
              if (player.readyState > 0 || player.error) return resolve();
              for (const name of ['loadedmetadata', 'error']) player.addEventListener(name, resolve);
            })));
          await Promise.race([Promise.all(settled), new Promise((resolve) => setTimeout(resolve, 5000))]);
          let findings;
          try { findings = await (\(expression)); } catch (error) { findings = {faults: [`${error}`]}; }
          parent.postMessage(JSON.stringify(findings), '*');
        });
        </script>
        """
      let frame = """
        <!DOCTYPE html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
        <style>body{margin:0}iframe{border:0;display:block;width:\(width)px;height:\(height)px}</style></head>
        <body><pre id="findings" hidden></pre><script>
        addEventListener('message', (event) => { document.getElementById('findings').textContent = event.data; });
        </script><iframe src="page.html"></iframe></body></html>
        """
      let copy = page.replacing("<head>", with: watching, maxReplacements: 1)
        .replacing("</body>", with: checking + "</body>", maxReplacements: 1)
      try write(copy.utf8, to: folder + "/page.html")
      try write(frame.utf8, to: folder + "/frame.html")
      // A window holds a little more than the frame, and is never narrower than 500 pixels.
      let end = try Child(
        "/usr/bin/env",
        [
          executable, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--mute-audio",
          "--user-data-dir=\(folder)/profile", "--window-size=\(max(width, 500)),\(height + 200)",
          "--blink-settings=preferredColorScheme=\(dark ? 0 : 1)", "--virtual-time-budget=20000",
          "--enable-logging=stderr", "--screenshot=\(folder)/page.png", "--dump-dom", "file://\(folder)/frame.html",
        ]
      ).end()
      guard end.status == 0, let findings = Self.findings(in: end.text),
        let screenshot = try? bytes(folder + "/page.png")
      else { throw Child.Failure(description: "the browser gave no findings: \(end.errors.suffix(2000))") }
      let console = end.errors.split(separator: "\n").map(String.init).filter { $0.contains(":CONSOLE") }
      return Visit(findings: findings, console: console, screenshot: screenshot)
    }
  }

  /// The text of the element that the findings were put into.
  private static func findings(in document: String) -> Data? {
    guard let start = document.firstRange(of: "<pre id=\"findings\" hidden=\"\">")?.upperBound,
      let end = document[start...].firstRange(of: "</pre>")?.lowerBound, start < end
    else { return nil }
    let text = document[start..<end].replacing("&lt;", with: "<").replacing("&gt;", with: ">")
      .replacing("&quot;", with: "\"").replacing("&amp;", with: "&")
    return Data(text.utf8)
  }
}
