/// The Wasserstein-1 distance of two distributions on a line: ∫ |F(x) − G(x)| dx with F and G the shares of values that
/// are not above x.
enum Wasserstein {
  /// The distance of two samples, each value of a sample with the same weight.
  ///
  /// - Precondition: neither is empty.
  static func distance(_ first: [Float], _ second: [Float]) -> Double {
    precondition(!first.isEmpty && !second.isEmpty, "distance of \(first.count) and \(second.count) values")
    let (a, b) = (first.sorted(), second.sorted())
    var (i, j, sum) = (0, 0, 0.0)
    var place = Double(min(a[0], b[0]))
    while i < a.count || j < b.count {
      let next = Double(j == b.count || (i < a.count && a[i] <= b[j]) ? a[i] : b[j])
      sum += abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)) * (next - place)
      place = next
      if j == b.count || (i < a.count && a[i] <= b[j]) { i += 1 } else { j += 1 }
    }
    return sum
  }
}
