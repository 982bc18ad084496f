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
}
