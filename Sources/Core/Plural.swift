/// Words that agree with a count.
package enum Plural {
  /// A count with what is counted, and what that does: "1 file", "2 files".
  ///
  /// - Parameter others: the words where there is not one; nil where they are those of one with an s behind.
  package static func text(_ count: Int, _ one: String, _ others: String? = nil) -> String {
    "\(count) \(word(count, one, others))"
  }

  /// The words without the count.
  package static func word(_ count: Int, _ one: String, _ others: String? = nil) -> String {
    count == 1 ? one : others ?? one + "s"
  }
}
