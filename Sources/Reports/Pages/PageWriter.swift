import KodamaCore
import KodamaSpectra

/// Writes one self-contained page in pieces, so that its pictures and sounds are never in memory together.
///
/// The page loads nothing external: its policy allows only inline style and script, and pictures and sound as `data:`
/// URLs.
final class PageWriter {
  private let writer: FileWriter

  /// Starts a page.
  ///
  /// - Parameters:
  ///   - summary: the content below the title.
  ///   - sections: the identifiers and titles of the sections, for the list of links at the top.
  init(_ writer: FileWriter, title: String, summary: HTML, sections: [(id: String, title: String)]) throws {
    self.writer = writer
    let links = sections.map { section -> HTML in "<li><a href=\"#\(section.id)\">\(section.title)</a></li>" }
    let policy: HTML =
      "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    try write(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width,initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="generator" content="Kodama">
      <title>\(title)</title>
      <link rel="icon" href="data:,">
      <style>
      \(HTML(trusted: PageStyle.sheet))
      </style>
      </head>
      <body>
      <a class="skip" href="#content">Skip to the content</a>
      <header><h1>\(title)</h1>\(summary)
      <nav aria-label="Sections"><ul>\(links.joined())</ul></nav></header>
      <main id="content">

      """)
  }

  /// Writes a fragment of the page.
  func write(_ html: HTML) throws { try writer.write(html.markup) }

  /// Writes a section with its title.
  func section(_ section: (id: String, title: String), _ body: () throws -> Void) throws {
    try write("<section aria-labelledby=\"\(section.id)\"><h2 id=\"\(section.id)\">\(section.title)</h2>\n")
    try body()
    try write("</section>\n")
  }

  /// Writes a player of a sound, which is read in blocks.
  ///
  /// - Parameter label: the label for screen readers.
  func player(_ source: any SampleSource, label: String) throws {
    try write("<audio controls preload=\"metadata\" aria-label=\"\(label)\" src=\"data:audio/wav;base64,")
    var base64 = Base64()
    try writer.write(
      base64.encode(
        WaveBytes.header(sampleRate: source.sampleRate, channels: source.channelCount, frames: source.frames)))
    try source.forEachBlock { try writer.write(base64.encode(WaveBytes.samples($0))) }
    try writer.write(base64.finish())
    try write("\"></audio>\n")
  }

  /// Finishes the page.
  func finish() throws {
    try write("</main>\n<script>\n\(HTML(trusted: PageScript.source))\n</script>\n</body>\n</html>\n")
  }
}
