import Synchronization
import TestSupport
import Testing

@testable import Kodama

@Suite struct FileSourceTests {
  @Test func anyStretchIsThatOfTheWholeFile() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.wav"
      try Sounds.write(path, samples: 100_000, channels: 2)
      let (whole, source) = (try AudioFile.read(path), try FileSource(path))
      #expect(source.frames == 100_000 && source.channelCount == 2 && source.sampleRate == Sounds.sampleRate)
      for range in [0..<10, 99_000..<100_000, 500..<70_000, 500..<501, 7..<7] {
        let stretch = try source.samples(in: range)
        #expect(stretch == whole.channels.map { Array($0[range]) }, "\(range)")
      }
    }
  }

  @Test func threadsShareAFile() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.wav"
      try Sounds.write(path, samples: 20_000)
      let (whole, source) = (try AudioFile.read(path).channels[0], try FileSource(path))
      let different = Atomic<Int>(0)
      Workers(threads: 4).forEach(parts: 200) { part in
        let range = part * 100..<(part + 1) * 100
        let stretch = try? source.samples(in: range)
        if stretch != [Array(whole[range])] { different.add(1, ordering: .relaxed) }
      }
      #expect(different.load(ordering: .relaxed) == 0)
    }
  }

  @Test func aFileThatBecameShorterIsSaid() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.wav"
      try Sounds.write(path, samples: 100)
      let source = try FileSource(path, frames: 200)
      #expect { try source.samples(in: 50..<150) } throws: {
        guard case AudioFault.changed(path, _) = $0 else { return false }
        return true
      }
    }
  }
}
