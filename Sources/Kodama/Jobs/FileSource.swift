import KodamaAudio
import KodamaCore
import KodamaSpectra

/// A sound file read in blocks as spectra need them, so that memory is bounded whatever its length.
///
/// `@unchecked Sendable`: the file is touched only while the lock is held.
public final class FileSource: SampleSource, @unchecked Sendable {
  public let label: String
  public let sampleRate: Int
  public let channelCount: Int
  public let frames: Int
  /// Where the file is not as its header says.
  public let warnings: [AudioWarning]
  private let file: AudioFile
  private let lock = Locked(())

  /// Opens a file. Where its length is not known, it is read once to count.
  ///
  /// - Parameters:
  ///   - name: what messages call the file; nil: its path.
  ///   - frames: samples per channel, where they were counted before.
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

  /// Remarks on a file that becomes input of a model at a rate: where it is not as its header says, whether
  /// its channels cancel, and whether it is converted.
  package func remarks(sampleRate rate: Int, channel: ChannelChoice) throws -> [String] {
    let odd = warnings + (channel == .mix ? try mixWarning().map { [$0] } ?? [] : [])
    let faults = odd.map { "\(label): \($0)" }
    if sampleRate == rate && channelCount == 1 { return faults }
    let taken = if case .channel(let number) = channel { ", of which \(number) is taken" } else { "" }
    let channels = channelCount == 1 ? "mono" : "\(channelCount) channels\(taken)"
    return faults + ["\(label): converted from \(sampleRate) Hz, \(channels), to \(rate) Hz, mono"]
  }

  /// What a person should know of the mean of the channels, found by reading the file once; nil for nothing.
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
      // Mostly one read gives all, and is handed on as it is.
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
