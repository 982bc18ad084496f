import KodamaCore
import Testing

@testable import KodamaCheckpoints

@Suite struct BFloat16Tests {
  @Test func numbersOf16BitsStayAsTheyAre() {
    for bits in UInt16.min...UInt16.max {
      let number = BFloat16(bits: bits)
      if number.float.isNaN { continue }
      #expect(BFloat16(number.float) == number)
    }
  }

  @Test func theNearestNumberIsTaken() {
    var random = Philox(seed: 1)
    for _ in 0..<10_000 {
      let value = Float(random.normal() * 100)
      let (below, above) = (
        Float(bitPattern: value.bitPattern & 0xffff_0000), Float(bitPattern: (value.bitPattern & 0xffff_0000) + 0x10000)
      )
      #expect(abs(BFloat16(value).float - value) == min(abs(below - value), abs(above - value)))
    }
  }

  @Test func halvesGoToTheEvenNumber() {
    #expect(BFloat16(Float(bitPattern: 0x3f80_8000)).bits == 0x3f80)
    #expect(BFloat16(Float(bitPattern: 0x3f81_8000)).bits == 0x3f82)
    #expect(BFloat16(Float(bitPattern: 0xbf81_8000)).bits == 0xbf82)
  }

  @Test func whatIsNoNumberStaysNone() {
    #expect(BFloat16(.infinity).float == .infinity && BFloat16(-.infinity).float == -.infinity)
    #expect(BFloat16(.nan).float.isNaN && BFloat16(Float(bitPattern: 0x7f80_0001)).float.isNaN)
    #expect(BFloat16(.greatestFiniteMagnitude).float == .infinity)
  }
}
