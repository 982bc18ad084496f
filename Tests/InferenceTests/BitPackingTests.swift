import KodamaCore
import Testing

@testable import KodamaInference

@Suite struct BitPackingTests {
  @Test(arguments: [1, 2, 4], 1...9) func rowsOfAnyLengthComeBack(bits: Int, length: Int) {
    var random = Philox(seed: 4)
    let count = 1 << bits
    let integers = (0..<3 * length).map { _ in
      let number = random.integer(below: count)
      // Of one bit -1 and 1.
      return Int8(bits == 1 ? 2 * number - 1 : number - count / 2)
    }
    let packing = BitPacking(bits: bits)
    let bytes = packing.pack(integers, rowLength: length)
    #expect(bytes.count == 3 * ((length * bits + 7) / 8))
    #expect(packing.unpack(bytes, rowLength: length) == integers)
  }

  @Test func theFirstIntegerIsInTheLowestBits() {
    #expect(BitPacking(bits: 4).pack([-8, 7, 0], rowLength: 3) == [0xf0, 0x88])
    #expect(BitPacking(bits: 2).pack([-2, -1, 0, 1, 1], rowLength: 5) == [0b11_10_01_00, 0b10_10_10_11])
    #expect(BitPacking(bits: 1).pack([1, -1, -1, 1, 1, 1, -1, -1, 1], rowLength: 9) == [0b00111001, 1])
  }
}
