import Testing

@testable import KodamaCore

@Suite struct AlignedMemoryTests {
  @Test(arguments: [0, 1, 64, 4097, (2 << 20) - 1, 2 << 20, (2 << 20) + 1, 5 << 20])
  func memoryIsAlignedAndWhole(bytes: Int) {
    for _ in 0..<3 {
      let memory = AlignedMemory.allocate(bytes: bytes)
      #expect(Int(bitPattern: memory) % (bytes < 2 << 20 ? 64 : 2 << 20) == 0)
      memory.initializeMemory(as: UInt8.self, repeating: 7, count: bytes)
      AlignedMemory.deallocate(memory, bytes: bytes)
    }
  }
}
