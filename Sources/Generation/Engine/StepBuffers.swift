import CKernels
import KodamaCore

/// Step buffers in one run of memory, and the array of their descriptors that kernels take.
///
/// `@unchecked Sendable`: the owner ensures that no two threads access one buffer.
final class StepBuffers: @unchecked Sendable {
  let count: Int
  /// Their addresses. The conditions of a buffer are its own unless set otherwise.
  let descriptors: UnsafeMutablePointer<kodama_step_buffer>
  private let memory: ByteMemory

  /// - Parameter bytes: of one buffer, a multiple of 64.
  init(count: Int, bytes: Int) {
    self.count = count
    memory = ByteMemory(count: count * bytes)
    descriptors = .allocate(capacity: count)
    for index in 0..<count {
      let base = (memory.base + index * bytes).assumingMemoryBound(to: CChar.self)
      (descriptors + index).initialize(to: kodama_step_buffer(base: base, conditions: base))
    }
  }

  /// Buffers of the same content.
  convenience init(copying other: StepBuffers) {
    self.init(count: other.count, bytes: other.memory.count / other.count)
    memory.base.copyMemory(from: other.memory.base, byteCount: memory.count)
  }

  deinit { descriptors.deallocate() }

  /// The address of a buffer.
  subscript(index: Int) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(descriptors[index].base) }
}

/// Bytes from the start of a cache line, initialized to 0.
///
/// `@unchecked Sendable`: the owner writes only while nobody else holds it.
final class ByteMemory: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let count: Int

  init(count: Int) {
    self.count = count
    base = AlignedMemory.allocate(bytes: count)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }

  /// Mixes all whole words of 64 bits into a hash.
  func combine(into hash: inout StableHash.State) {
    let words = base.assumingMemoryBound(to: UInt64.self)
    for index in 0..<count / 8 { hash.combine(words[index]) }
  }

  deinit { AlignedMemory.deallocate(base, bytes: count) }
}
