/// How far apart two texts are.
package enum EditDistance {
  /// Of some texts the one nearest to `text`; nil where there are none.
  package static func nearest(to text: String, of texts: [String]) -> String? {
    texts.min { between($0, text) < between($1, text) }
  }

  /// The least number of characters to insert, remove or replace to turn one text into the other; only the first 256 of
  /// each count.
  ///
  /// - Source: Levenshtein 1966; Wagner and Fischer 1974.
  package static func between(_ a: String, _ b: String) -> Int {
    let target = Array(b.unicodeScalars.prefix(256))
    var row = Array(0...target.count)
    for (i, scalar) in a.unicodeScalars.prefix(256).enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for j in target.indices {
        let replaced = diagonal + (scalar == target[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row[target.count]
  }
}
