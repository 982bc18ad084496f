import CKernels
import KodamaCore

/// Streams that go through the network together.
///
/// `@unchecked Sendable`: one part of a parallel loop fills it, and its streams and samples are in no other batch.
struct StreamBatch: @unchecked Sendable {
  private let engine: WaveNetEngine
  private let members: [Member]

  /// A stream and where its samples go.
  typealias Member = (stream: UnsafeMutablePointer<WaveNetStream>, block: UnsafeMutablePointer<[Float]>)

  /// - Parameter members: the longest block first.
  init(_ engine: WaveNetEngine, _ members: [Member]) {
    self.engine = engine
    self.members = members
  }

  /// Fills the blocks of all.
  ///
  /// - Parameter workers: the threads that a single stream may share.
  func fill(workers: Workers) {
    if members.count == 1 {
      var samples = members[0].block.pointee.mutableSpan
      return members[0].stream.pointee.fill(&samples, workers: workers)
    }
    let memories = members.map { $0.stream.pointee.uniqueMemory() }
    var descriptors = memories.map { $0.buffer.descriptors[0] }
    memories.withUnsafeBufferPointer { memories in
      descriptors.withUnsafeMutableBufferPointer { descriptors in
        var (index, running) = (0, members.count)
        while running > 0 {
          // Logits that are computed already are kept: reading them changes nothing, here or alone.
          if memories[..<running].allSatisfy({ $0.progress == .pending }) {
            engine.step(UnsafeBufferPointer(rebasing: memories[..<running]), descriptors.baseAddress!)
          } else {
            for memory in memories[..<running] where memory.progress == .pending { engine.step(memory, logits: true) }
          }
          for member in members[..<running] { member.block.pointee[index] = member.stream.pointee.drawSample() }
          index += 1
          while running > 0 && members[running - 1].block.pointee.count == index { running -= 1 }
        }
      }
    }
  }
}
