import TestSupport
import Testing

@testable import Kodama
@testable import KodamaAudio
@testable import KodamaFeatures

@Suite struct FeatureSourceTests {
  private let convention = FeaturesJobTests.convention
  private var features: FeatureConditioning { FeatureConditioning(.logMel(convention), contextFrames: 1) }

  private func recordings(_ folder: String, preemphasis: Double = 0) throws -> Recordings {
    try Recordings(CorpusIndex.scan(folder + "/corpus"), sampleRate: 8000, preemphasis: preemphasis)
  }

  /// Samples from 1 to 70,000, over pages and around multiples of the hop.
  private func writeCorpus(_ folder: String) throws {
    try Sounds.writeCorpus(folder + "/corpus", samples: [1, 31, 32, 33, 1000, 70_000])
  }

  @Test(arguments: [0, 0.9]) func computedAndStoredFeaturesAreTheSameBits(preemphasis: Double) throws {
    try withTemporaryFolder { folder in
      try writeCorpus(folder)
      try FeaturesJobTests.compute(folder)
      let recordings = try recordings(folder, preemphasis: preemphasis)
      let computed = FeatureReader(
        features: features, source: try ComputedFeatures(convention, of: recordings))
      let stored = FeatureReader(
        features: features,
        source: try StoredFeatures(
          FeatureFolder(folder + "/features"), of: recordings, features: features, workers: .all))
      for number in 0..<recordings.count {
        let length = recordings.frames(of: number)
        let whole = try stored.sequence(of: number, samples: length)
        #expect(computed.source.frames(of: number) == stored.source.frames(of: number))
        for (start, steps) in [(0, length), (0, 1), (length / 64 * 32, 500), (length / 32 * 32, 10)] {
          let window = try stored.window(of: number, from: start, steps: steps)
          #expect(try computed.window(of: number, from: start, steps: steps) == window)
          #expect(window == features.window(of: whole, steps: start..<start + steps).values)
        }
      }
      #expect(computed.source.fingerprint == nil && stored.source.fingerprint != nil)
    }
  }

  @Test func aSecondRecordingIsReadSampleBySample() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus", samples: [1000, 70_000])
      try Sounds.writeCorpus(folder + "/dry", samples: [1000, 70_000])
      try Sounds.write(folder + "/dry/unused.wav", samples: 7)
      let recordings = try recordings(folder)
      let reader = FeatureReader(
        features: FeatureConditioning(.signal),
        source: try SignalFeatures(folder: folder + "/dry", of: recordings, workers: .all))
      #expect(try reader.window(of: 1, from: 40_123, steps: 77) == recordings.read(1, 40_123..<40_200))
      // After the end the last sample is repeated.
      let last = try recordings.read(0, 999..<1000)
      #expect(
        try reader.window(of: 0, from: 990, steps: 20) == recordings.read(0, 990..<1000) + (0..<10).map { _ in last[0] }
      )
    }
  }

  @Test func featuresReplacedByOthersWhileInUseAreAnError() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus", samples: [96])
      let features = FeatureConditioning(.frames(channels: 2, hopLength: 32))
      let path = folder + "/made/0.npy"
      func write(_ rows: Int, _ columns: Int) throws {
        try TestSupport.write([], to: path)
        try NumpyMatrix(rows: rows, columns: columns, values: [Float](repeating: 1, count: rows * columns)).write(
          to: path, existing: .replace)
      }
      try write(3, 2)
      let source = try StoredFeatures(
        FeatureFolder(folder + "/made"), of: recordings(folder), features: features, workers: .serial)
      for (rows, columns) in [(3, 3), (3, 1), (4, 2)] {
        try write(rows, columns)
        let error = #expect(throws: FeatureFault.self) { try source.read(0, frames: 0..<3) }
        guard case .changedFeatures(path, _) = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
        #expect(error?.exitStatus == .badData)
      }
    }
  }

  /// "é" in one scalar and in two are equal as strings, and may name two files.
  @Test func namesThatLookAlikeAreTwoRecordings() throws {
    try withTemporaryFolder { folder in
      let names = ["e\u{301}.wav", "\u{E9}.wav"]
      for (number, name) in names.enumerated() {
        for part in ["/corpus/", "/dry/"] { try Sounds.write(folder + part + name, samples: 100 + 50 * number) }
      }
      let recordings = try recordings(folder)
      try #require(recordings.count == 2, "this file system takes the names for one")
      let signals = try SignalFeatures(folder: folder + "/dry", of: recordings, workers: .all)
      #expect((0..<2).map(signals.frames) == [100, 150])
      try FeaturesJobTests.compute(folder)
      let stored = try StoredFeatures(
        FeatureFolder(folder + "/features"), of: recordings, features: features, workers: .all)
      #expect((0..<2).map(stored.frames) == [100, 150].map(convention.frames))
    }
  }

  @Test func featuresOfAnotherChannelAreRefused() throws {
    try withTemporaryFolder { folder in
      try Sounds.write(folder + "/corpus/a.wav", samples: 1000, channels: 2)
      let left = RecordingOptions(channel: .channel(1))
      func compute(_ options: RecordingOptions, _ existing: AtomicFile.Existing = .refuse) throws {
        _ = try FeaturesJob(
          corpus: folder + "/corpus", folder: folder + "/features", existing: existing, options: options,
          workers: .serial
        ) { _ in convention }.run()
      }
      func open(_ options: RecordingOptions) throws {
        let recordings = try Recordings(
          CorpusIndex.scan(folder + "/corpus", options: options), sampleRate: 8000)
        _ = try StoredFeatures(
          FeatureFolder(folder + "/features"), of: recordings, features: features, workers: .serial)
      }
      try compute(left)
      try open(left)
      for call in [{ try compute(RecordingOptions()) }, { try open(RecordingOptions()) }] {
        #expect { try call() } throws: { "\($0)".contains("channel is 1 there, mix is wanted") }
      }
      try compute(RecordingOptions(), .replace)
      try open(RecordingOptions())
    }
  }

  @Test func framesMadeElsewhereMayBeOneFewer() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus", samples: [96, 100])
      let recordings = try recordings(folder)
      let features = FeatureConditioning(.frames(channels: 2, hopLength: 32))
      func source(_ rows: Int, _ other: Int, columns: Int = 2) throws -> StoredFeatures {
        for (name, rows) in [("0", rows), ("1", other)] {
          let values = (0..<rows * columns).map { Float($0) }
          try write([], to: folder + "/made/\(name).npy")
          try NumpyMatrix(rows: rows, columns: columns, values: values).write(
            to: folder + "/made/\(name).npy", existing: .replace)
        }
        return try StoredFeatures(
          FeatureFolder(folder + "/made"), of: recordings, features: features, workers: .serial)
      }
      #expect(try source(3, 4).frames(of: 0) == 3)
      #expect(try source(4, 4).frames(of: 0) == 4)
      let reader = FeatureReader(features: features, source: try source(3, 4))
      // One frame before and after belongs to the margin of upsampling.
      #expect(try reader.window(of: 0, from: 64, steps: 40) == [2, 3, 4, 5, 4, 5, 4, 5])
      for (rows, other, path) in [(2, 4, "0"), (5, 4, "0"), (3, 3, "1"), (3, 5, "1")] {
        let error = #expect(throws: FeatureFault.self) { try source(rows, other) }
        guard case .otherLength(folder + "/made/\(path).npy", _, _, _, 32) = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
      }
      #expect(throws: FeatureFault.otherChannels(path: folder + "/made/0.npy", channels: 3, expected: 2)) {
        try source(3, 4, columns: 3)
      }
    }
  }
}
