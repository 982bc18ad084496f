import KodamaCore
import Testing

@testable import KodamaDistributed

/// What gradients travel as.
@Suite struct SumFormatTests {
  private func travelled<F: SumFormat>(_ numbers: [Float], _ format: F.Type) -> [Float] {
    let (source, message, result) = (
      UnsafeMutableBufferPointer<Float>.allocate(capacity: numbers.count),
      UnsafeMutableBufferPointer<F.Element>.allocate(capacity: numbers.count),
      UnsafeMutableBufferPointer<Float>.allocate(capacity: numbers.count)
    )
    defer {
      source.deallocate()
      message.deallocate()
      result.deallocate()
    }
    _ = source.initialize(from: numbers)
    message.initialize(repeating: F.zero)
    result.initialize(repeating: -1)
    F.encode(.init(source), to: message)
    F.decode(.init(message), to: result)
    return Array(result)
  }

  @Test func fullNumbersArriveAsTheyAre() {
    let numbers: [Float] = [0, -0.0, 1, -1e-30, .pi, 3e38]
    #expect(travelled(numbers, FullFormat.self).map(\.bitPattern) == numbers.map(\.bitPattern))
  }

  @Test func roundedNumbersAreTheNearest() {
    var random = Philox(seed: 5)
    let numbers = (0..<1003).map { _ in Float(random.normal()) } + [0, 1, -2, 65536]
    #expect(travelled(numbers, RoundedFormat.self) == numbers.map { BFloat16($0).float })
  }
}
