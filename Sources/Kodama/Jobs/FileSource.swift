import KodamaAudio
import KodamaCore
import KodamaSpectra

/// A sound file read in blocks on demand, in bounded memory.
///
/// `@unchecked Sendable`: the file is accessed only under the lock.
public final class FileSource: SampleSource, @unchecked Sendable {
  public let label: String
  public let sampleRate: Int
  public let channelCount: Int
  public let frames: Int
  /// Deviations of the file from its header.
  public let warnings: [AudioWarning]
  private let file: AudioFile
  private let lock = Locked(())

  /// Opens a file. Where its length is unknown, the file is read once.
  ///
  /// - Parameters:
  ///   - name: the name of the file in messages; nil: its path.
  ///   - frames: samples per channel, where they are known.
  /// - Throws: `AudioFault`, `FileFault`.
  public init(_ path: String, as name: String? = nil, frames known: Int? = nil) throws {
    file = try AudioFile(path, as: name)
    label = name ?? path
    sampleRate = file.sampleRate
    channelCount = file.channels
    if let known {
      frames = known
    } else {
      while try !file.read(frames: 65_536).isEmpty {}
      frames = file.position
    }
    warnings = file.warnings
    if frames == 0 { throw AudioFault.noSamples(path: label) }
  }

  /// Remarks on a file that is the input of a model at a rate: deviations from its header, channels that cancel, and
  /// conversion.
  package func remarks(sampleRate rate: Int, channel: ChannelChoice) throws -> [String] {
    let odd = warnings + (channel == .mix ? try mixWarning().map { [$0] } ?? [] : [])
    let faults = odd.map { "\(label): \($0)" }
    if sampleRate == rate && channelCount == 1 { return faults }
    let taken = if case .channel(let number) = channel { ", of which \(number) is taken" } else { "" }
    let channels = channelCount == 1 ? "mono" : "\(channelCount) channels\(taken)"
    return faults + ["\(label): converted from \(sampleRate) Hz, \(channels), to \(rate) Hz, mono"]
  }

  /// A warning about the mean of the channels, found by reading the file once; nil for none.
  ///
  /// - Throws: as `samples`.
  func mixWarning() throws -> AudioWarning? {
    if channelCount == 1 { return nil }
    var cancellation = Cancellation(channels: channelCount)
    try forEachBlock { block in
      let mix = block[0].indices.map { time in block.reduce(0) { $0 + $1[time] } / Float(channelCount) }
      cancellation.add(block.flatMap { $0 }, mix: mix)
    }
    return cancellation.warning
  }

  public func samples(in range: Range<Int>) throws -> [[Float]] {
    let interleaved = try lock.withLock { _ in
      if file.position != range.lowerBound { try file.seek(to: range.lowerBound) }
      // Usually one read is enough, and its result is returned without copying.
      var samples = try file.read(frames: range.count)
      while !samples.isEmpty && samples.count < range.count * channelCount {
        let block = try file.read(frames: range.count - samples.count / channelCount)
        if block.isEmpty { break }
        samples += block
      }
      return samples
    }
    if interleaved.count < range.count * channelCount {
      throw AudioFault.changed(path: label, problem: "it has fewer samples than before")
    }
    if channelCount == 1 { return [interleaved] }
    return (0..<channelCount).map { channel in
      [Float](unsafeUninitializedCapacity: range.count) { samples, count in
        interleaved.withUnsafeBufferPointer { from in
          for time in 0..<range.count { samples.initializeElement(at: time, to: from[time * channelCount + channel]) }
        }
        count = range.count
      }
    }
  }
}
