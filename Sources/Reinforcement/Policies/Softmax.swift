#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Probabilities of preferences.
enum Softmax {
  /// Sets probabilities to exp(preference) over the sum of all, without overflow.
  static func fill(_ probabilities: inout [Double], _ preferences: [Double]) {
    var largest = preferences[0]
    for index in 1..<max(1, preferences.count) { largest = max(largest, preferences[index]) }
    var sum = 0.0
    for index in 0..<preferences.count {
      probabilities[index] = exp(preferences[index] - largest)
      sum += probabilities[index]
    }
    for index in 0..<preferences.count { probabilities[index] /= sum }
  }
}
