import Foundation
import TestSupport
import Testing

@testable import Kodama

@Suite struct FeaturesJobTests {
  static let convention = LogMelConvention(sampleRate: 8000, fftLength: 128, hopLength: 32, bands: 12)

  @discardableResult
  static func compute(
    _ folder: String, to name: String = "features", _ convention: LogMelConvention = convention,
    existing: AtomicFile.Existing = .refuse, workers: Workers = .all
  ) throws -> FeaturesJob.Result {
    let job = try FeaturesJob(
      corpus: folder + "/corpus", folder: folder + "/" + name, existing: existing, workers: workers
    ) { _ in convention }
    return try #require(try job.run())
  }

  @Test func everyRecordingHasItsFeatures() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try Sounds.write(folder + "/corpus/deep/er/other.take.wav", samples: 5000, sampleRate: 22_050, channels: 2)
      try write(Array("RIFF".utf8), to: folder + "/corpus/broken.wav")
      let result = try Self.compute(folder)
      #expect(result.files == 5 && result.kept == 0 && result.unusable.map(\.path) == ["broken.wav"])
      let recordings = try Recordings(CorpusIndex.scan(folder + "/corpus"), sampleRate: 8000)
      var frames = 0
      for number in 0..<recordings.count {
        let name = String(recordings.items[number].path.dropLast(4)) + ".npy"
        let matrix = try NumpyMatrix(contentsOf: folder + "/features/" + name)
        let expected = try LogMel(Self.convention)(recordings.read(number, 0..<recordings.frames(of: number)))
        #expect(matrix.values == expected.values && matrix.rows == expected.frames, "\(name)")
        frames += matrix.rows
      }
      #expect(result.frames == frames)
      #expect(try FeatureFolder(folder + "/features").convention == Self.convention)
      try Self.compute(folder, to: "serial", workers: .serial)
      for name in ["0.npy", "deep/er/other.take.npy", "features.json"] {
        #expect(try bytes(folder + "/serial/" + name) == bytes(folder + "/features/" + name))
      }
    }
  }

  @Test func whatIsThereStays() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try Self.compute(folder)
      let paths = (0..<4).map { folder + "/features/\($0).npy" }
      let whole = try paths.map { try bytes($0) }
      // Cut short, gone, of another length, and older than its recording.
      try write(whole[0].dropLast(), to: paths[0])
      try FileManager.default.removeItem(atPath: paths[1])
      #expect(try Self.compute(folder).kept == 2)
      #expect(try paths.map { try bytes($0) } == whole)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -10_000)], ofItemAtPath: paths[2])
      #expect(try Self.compute(folder).kept == 3)
      #expect(try Self.compute(folder).kept == 4)
      #expect(try Self.compute(folder, existing: .replace).kept == 0)
    }
  }

  @Test func workThatWasStoppedGoesOn() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let job = try FeaturesJob(corpus: folder + "/corpus", folder: folder + "/features", workers: .serial) { _ in
        Self.convention
      }
      #expect(try job.run(shouldStop: { AtomicFile.exists(folder + "/features/1.npy") }) == nil)
      #expect(!AtomicFile.exists(folder + "/features/2.npy"))
      #expect(try Self.compute(folder).kept == 2)
    }
  }

  @Test func anotherConventionIsRefusedOrReplacesAll() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try Self.compute(folder)
      try write([1], to: folder + "/features/of/something/else.npy")
      var other = Self.convention
      (other.hopLength, other.floor) = (64, 1e-3)
      let error = #expect(throws: FeatureFault.self) { try Self.compute(folder, other) }
      let text = "\(try #require(error))"
      for part in ["features.json", "hop_length is 32 there, 64 is wanted", "floor is 1e-05 there, 0.001"] {
        #expect(text.contains(part), "\(text)")
      }
      #expect(try Self.compute(folder).kept == 4)
      #expect(try Self.compute(folder, other, existing: .replace).kept == 0)
      // What is not in the list is somebody's.
      #expect(try bytes(folder + "/features/of/something/else.npy") == [1])
      #expect(try FeatureFolder(folder + "/features").convention == other)
    }
  }

  @Test func aFolderOfSomethingElseIsLeftAlone() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try write([1], to: folder + "/features/letter.txt")
      let error = #expect(throws: FileFault.self) { try Self.compute(folder, existing: .replace) }
      #expect(error?.exitStatus == .cannotCreate)
      #expect("\(try #require(error))".contains("letter.txt"))
      #expect(try names(in: folder + "/features") == ["letter.txt"])
    }
  }

  @Test func twoRecordingsOfOneNameAreRefused() throws {
    try withTemporaryFolder { folder in
      try Sounds.write(folder + "/corpus/a.wav", samples: 500)
      try Sounds.write(folder + "/corpus/a.flac", samples: 500)
      #expect(throws: JobFault.sameName(first: "a.flac", second: "a.wav")) { try Self.compute(folder) }
    }
  }

  @Test func aConventionThatMakesNoSenseIsRefusedBeforeAFolderIsMade() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      var convention = Self.convention
      convention.hopLength = 0
      #expect(throws: SpectraFault.self) { try Self.compute(folder, convention) }
      #expect(!AtomicFile.exists(folder + "/features"))
    }
  }

  @Test func onlyWhatIsListedIsReplacedOrRemoved() throws {
    try withTemporaryFolder { folder in
      let features = folder + "/features"
      try Sounds.writeCorpus(folder + "/corpus")
      try Self.compute(folder)
      try write([1], to: features + "/own.npy")
      try write([2], to: folder + "/v/4.npy")
      // Listed from now on, and no recording's any more.
      try Sounds.write(folder + "/corpus/4.wav", samples: 500)
      try Self.compute(folder)
      try FileManager.default.removeItem(atPath: folder + "/corpus/4.wav")
      try Self.compute(folder)
      var other = Self.convention
      other.floor = 1e-3
      let job = try FeaturesJob(corpus: folder + "/corpus", folder: features, existing: .replace) { _ in other }
      #expect(job.warnings.contains { $0.contains("own.npy") })
      #expect(try names(in: features) == ["corpus.json", "features.json", "files.json", "own.npy"])
      let result = try #require(try job.run())
      #expect(result.kept == 0)
      #expect(try bytes(features + "/own.npy") == [1])
      // A file of a person's in the place of a recording's features is refused until it may be replaced.
      try Sounds.write(folder + "/corpus/own.wav", samples: 500)
      #expect(throws: FileFault.exists(path: features + "/own.npy")) { try Self.compute(folder, other) }
      #expect(try bytes(features + "/own.npy") == [1])
      // A list that leads elsewhere, and a folder that does.
      #expect(symlink(folder + "/v", features + "/link") == 0)
      for path in ["../v/4.npy", "link/4.npy"] {
        try write(#"{"format_version": 1, "files": ["\#(path)"]}"#.utf8, to: features + "/files.json")
        #expect(throws: FileFault.self) { try Self.compute(folder, other, existing: .replace) }
      }
      #expect(try bytes(folder + "/v/4.npy") == [2])
      try write("[]".utf8, to: features + "/files.json")
      #expect(throws: JSONFault.self) { try Self.compute(folder, other, existing: .replace) }
    }
  }

  /// Folders of earlier versions have no list, but the index of their corpus.
  @Test func aFolderWithoutAListGoesOnAndIsReplaced() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try Self.compute(folder)
      try write([1], to: folder + "/features/own.npy")
      try FileManager.default.removeItem(atPath: folder + "/features/files.json")
      #expect(try Self.compute(folder).kept == 4)
      try FileManager.default.removeItem(atPath: folder + "/features/files.json")
      #expect(try Self.compute(folder, existing: .replace).kept == 0)
      #expect(try bytes(folder + "/features/own.npy") == [1])
    }
  }

  /// A name takes 255 bytes at most: 244 leave no room for a long temporary name, 255 none for another extension.
  @Test func longNamesAreNoFaultOfTheOthers() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let long = String(repeating: "長", count: 80)
      let tooLong = String(repeating: "a", count: 252) + ".au"
      try Sounds.write(folder + "/corpus/\(long).wav", samples: 500)
      // A header of AU: 24 bytes, samples of 16 bits (3), 8000 Hz, one channel.
      let header = [24, 1000, 3, 8000, 1].flatMap { WaveBytes.integer($0, 4).reversed() }
      try write(Array(".snd".utf8) + header + WaveBytes.ramp(500), to: folder + "/corpus/" + tooLong)
      let result = try Self.compute(folder)
      #expect(result.files == 5 && result.unusable.map(\.path) == [tooLong])
      #expect(try names(in: folder + "/features").contains(long + ".npy"))
      #expect(throws: FileFault.self) {
        try FeaturesJob(corpus: folder + "/corpus", folder: folder + "/strict", strict: true) { _ in Self.convention }
      }
    }
  }
}
