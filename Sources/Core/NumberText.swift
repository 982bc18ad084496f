#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbers as people read them.
package enum NumberText {
  /// With commas between thousands: 1,263,168.
  package static func grouped(_ number: Int) -> String {
    var (digits, groups) = (String(number.magnitude), [String]())
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }

  /// Rounded to some decimal places: 4.38.
  package static func decimal(_ number: Double, _ places: Int) -> String {
    // The largest number has 309 digits before the point.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
      withVaList([Int32(min(places, 100)), number]) { _ = vsnprintf(buffer.baseAddress!, 512, "%.*f", $0) }
      return String(cString: buffer.baseAddress!)
    }
  }

  /// Numbers that may repeat in cycles, such as dilations: 1, 2, 4 … 512, 3 times.
  package static func cycles(_ numbers: [Int]) -> String {
    guard let start = numbers.first else { return "" }
    let cycle = numbers.dropFirst().firstIndex(of: start) ?? numbers.count
    let first = Array(numbers.prefix(cycle))
    let isCyclic = numbers.indices.allSatisfy { numbers[$0] == first[$0 % cycle] } && numbers.count % cycle == 0
    guard isCyclic, cycle < numbers.count || cycle > 4 else {
      return numbers.map(String.init).joined(separator: ", ")
    }
    let shown = first.count > 4 ? "\(first[0]), \(first[1]), \(first[2]) … \(first[cycle - 1])" : "\(first)"
    let times = numbers.count / cycle
    return times == 1 ? shown : "\(shown), \(times) times"
  }
}
