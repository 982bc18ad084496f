import KodamaCore
import KodamaWaveNets

/// Several signals generated side by side, numbered from 0: stream k gives what it would give alone, whatever the
/// number of streams or threads.
public struct WaveNetStreams: Sendable {
  /// The streams; each may be primed, or given sampling options of its own.
  public var streams: [WaveNetStream]

  /// `count` streams of one seed, and with the same labels where the network is conditioned.
  ///
  /// - Precondition: the conditions are of the network.
  public init(
    _ engine: WaveNetEngine, count: Int, seed: UInt64, conditions: Conditions = .none,
    sampling: SamplingOptions = .standard
  ) {
    precondition(count >= 0, "there are no \(count) streams")
    self.init(engine, conditions: Array(repeating: conditions, count: count), seed: seed, sampling: sampling)
  }

  /// Streams of one seed, each with labels and features of its own.
  ///
  /// - Parameter first: the number of the first of them.
  /// - Precondition: the conditions are of the network.
  public init(
    _ engine: WaveNetEngine, conditions: [Conditions], seed: UInt64, first: Int = 0,
    sampling: SamplingOptions = .standard
  ) {
    streams = conditions.enumerated().map { index, conditions in
      WaveNetStream(engine, seed: seed, number: first + index, conditions: conditions, sampling: sampling)
    }
  }

  /// Fills block k with the next samples of stream k. Blocks may differ in length; an empty one leaves its stream where
  /// it is.
  ///
  /// Streams of one thread go through the network together, as the columns of small matrix products, and each reading
  /// of the weights serves all of them. A single stream is shared by two threads where there are two.
  ///
  /// - Precondition: as many blocks as streams, and all streams of one engine.
  public mutating func fill(_ blocks: inout [[Float]], workers: Workers = .all) {
    precondition(blocks.count == streams.count, "\(blocks.count) blocks do not fit \(streams.count) streams")
    // The longest first, so that those that still run are always the first of their batch.
    let running = blocks.indices.filter { !blocks[$0].isEmpty }.sorted {
      (blocks[$0].count, $1) > (blocks[$1].count, $0)
    }
    guard let engine = running.first.map({ streams[$0].engine }) else { return }
    precondition(running.allSatisfy { streams[$0].engine === engine }, "streams of different engines")
    let share = (running.count + workers.threads - 1) / workers.threads
    let size = min(engine.kernels.pointee.tile_steps, share)
    streams.withUnsafeMutableBufferPointer { streams in
      blocks.withUnsafeMutableBufferPointer { blocks in
        let batches = stride(from: 0, to: running.count, by: size).map { first in
          StreamBatch(
            engine,
            running[first..<min(first + size, running.count)].map { index in
              (streams.baseAddress! + index, blocks.baseAddress! + index)
            })
        }
        let each = batches.count == 1 ? workers : .serial
        workers.forEach(parts: batches.count) { batches[$0].fill(workers: each) }
      }
    }
  }
}
