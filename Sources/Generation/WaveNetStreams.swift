import KodamaCore

/// Several signals generated side by side, numbered from 0: stream k gives what it would give alone, whatever the number
/// of streams or threads.
public struct WaveNetStreams: Sendable {
  /// The streams; each may be primed, or given sampling options of its own.
  public var streams: [WaveNetStream]

  /// `count` streams of one seed.
  public init(_ engine: WaveNetEngine, count: Int, seed: UInt64, sampling: SamplingOptions = .standard) {
    precondition(count >= 0, "there are no \(count) streams")
    streams = (0..<count).map { WaveNetStream(engine, seed: seed, number: $0, sampling: sampling) }
  }

  /// Fills block k with the next samples of stream k. Blocks may differ in length; an empty one leaves its stream where
  /// it is.
  ///
  /// - Precondition: as many blocks as streams.
  public mutating func fill(_ blocks: inout [[Float]], workers: Workers = .all) {
    precondition(blocks.count == streams.count, "\(blocks.count) blocks do not fit \(streams.count) streams")
    streams.withUnsafeMutableBufferPointer { streams in
      blocks.withUnsafeMutableBufferPointer { blocks in
        let pairs = StreamsAndBlocks(streams: streams, blocks: blocks)
        workers.forEach(parts: streams.count) { pairs.fill($0) }
      }
    }
  }
}

/// Streams and where their samples go.
///
/// `@unchecked Sendable`: each part of the loop touches its own stream and block.
private struct StreamsAndBlocks: @unchecked Sendable {
  let streams: UnsafeMutableBufferPointer<WaveNetStream>
  let blocks: UnsafeMutableBufferPointer<[Float]>

  func fill(_ index: Int) {
    var samples = blocks[index].mutableSpan
    streams[index].fill(&samples)
  }
}
