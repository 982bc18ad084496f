import Foundation
import KodamaCore
import TestSupport
import Testing

@testable import KodamaReports

@Suite struct EventFileWriterTests {
  private let origin = EventOrigin(host: "studio", process: 77) { 1_700_000_000.5 }

  private func paths(in folder: String) throws -> [String] { try names(in: folder).map { folder + "/" + $0 } }

  private func events(_ path: String) throws -> [TensorBoardEvent] {
    let file = try bytes(path)
    let records = EventRecords(file)
    #expect(records.length == file.count, "\(path) has more than whole records")
    return try records.payloads.map { try TensorBoardEvent(serializedBytes: $0) }
  }

  @Test func aFileBeginsWithItsVersionAndTheStart() throws {
    try withTemporaryFolder { folder in
      _ = try EventFileWriter(folder: folder, firstStep: 41, origin: origin)
      let path = folder + "/events.out.tfevents.1700000000.studio.77.0"
      #expect(try paths(in: folder) == [path])
      let events = try events(path)
      #expect(events.count == 2 && events.allSatisfy { $0.wallTime == 1_700_000_000.5 })
      #expect(events[0].what == .fileVersion("brain.Event:2") && events[0].step == 0)
      #expect(events[1].sessionLog.status == .start && events[1].step == 41)
    }
  }

  /// Byte for byte what Protocol Buffers' encoding makes of the fields' numbers.
  @Test func aScalarIsTheseBytes() throws {
    try withTemporaryFolder { folder in
      let writer = try EventFileWriter(folder: folder, firstStep: 0, origin: origin)
      try writer.append([.scalar(tag: "a", 0.5)], step: 300)
      let payload = try #require(EventRecords(bytes(paths(in: folder)[0])).payloads.last)
      let time = withUnsafeBytes(of: 1_700_000_000.5.bitPattern.littleEndian) { Array($0) }
      let value: [UInt8] = [0x0a, 1, UInt8(ascii: "a"), 0x15, 0, 0, 0, 0x3f]
      #expect(payload == [0x09] + time + [0x10, 0xac, 0x02, 0x2a, 10, 0x0a, 8] + value)
    }
  }

  @Test func valuesKeepTheirFields() throws {
    try withTemporaryFolder { folder in
      let writer = try EventFileWriter(folder: folder, firstStep: 0, origin: origin)
      try writer.append(
        [
          .scalar(tag: "loss/train", 2.25),
          .audio(tag: "sound", wave: [1, 2, 3], sampleRate: 16_000, channels: 2, frames: 80_000),
          .picture(tag: "picture", png: [4, 5], width: 960, height: 540),
        ], step: 7)
      let event = try #require(events(paths(in: folder)[0]).last)
      let values = event.summary.value
      #expect(event.step == 7 && values.map(\.tag) == ["loss/train", "sound", "picture"])
      #expect(values[0].simpleValue == 2.25)
      let (audio, image) = (values[1].audio, values[2].image)
      #expect(audio.sampleRate == 16_000 && audio.numChannels == 2 && audio.lengthFrames == 80_000)
      #expect(Array(audio.encodedAudioString) == [1, 2, 3] && audio.contentType == "audio/wav")
      #expect(image.width == 960 && image.height == 540 && image.colorspace == 3)
      #expect(Array(image.encodedImageString) == [4, 5])
    }
  }

  @Test func aRestartIsANewFileAndLeavesTheOldOne() throws {
    try withTemporaryFolder { folder in
      let writer = try EventFileWriter(folder: folder, firstStep: 1, origin: origin)
      for step in 1...4 { try writer.append([.scalar(tag: "a", Double(step))], step: step) }
      let before = try bytes(paths(in: folder)[0])
      try writer.restart(firstStep: 3)
      try writer.append([.scalar(tag: "a", 30)], step: 3)
      let files = try paths(in: folder)
      #expect(files.count == 2 && files[1].hasSuffix(".1700000001.studio.77.1"))
      #expect(try bytes(files[0]) == before)
      let second = try events(files[1])
      #expect(second.map(\.step) == [0, 3, 3] && second[1].sessionLog.status == .start)
    }
  }

  /// Whatever length a crash leaves, the records before it are whole, and another writer leaves it as it is.
  @Test func aTornFileLosesItsLastRecordAlone() throws {
    try withTemporaryFolder { folder in
      let writer = try EventFileWriter(folder: folder, firstStep: 1, origin: origin)
      for step in 1...3 { try writer.append([.scalar(tag: "a", Double(step))], step: step) }
      let path = try paths(in: folder)[0]
      let whole = try bytes(path)
      let last = try #require(EventRecords(whole).payloads.last).count + 16
      for length in whole.count - last..<whole.count {
        #expect(EventRecords(Array(whole.prefix(length))).payloads.count == 4, "cut to \(length) bytes")
      }
      let torn = Array(whole.dropLast(5))
      try write(torn, to: path)
      _ = try EventFileWriter(folder: folder, firstStep: 3, origin: origin)
      #expect(try bytes(path) == torn)
      #expect(try paths(in: folder).count == 2)
    }
  }

  /// Nothing is held back: what was appended is in the file at once.
  @Test func everyRecordIsThereWhenItIsAppended() throws {
    try withTemporaryFolder { folder in
      let writer = try EventFileWriter(folder: folder, firstStep: 1, origin: origin)
      for step in 1...5 {
        try writer.append([.scalar(tag: "a", Double(step))], step: step)
        #expect(try events(paths(in: folder)[0]).count == 2 + step)
      }
    }
  }

  @Test func aFolderThatIsNotThereIsNamed() throws {
    try withTemporaryFolder { folder in
      let missing = folder + "/none"
      #expect { try EventFileWriter(folder: missing, firstStep: 1, origin: origin) } throws: {
        guard case FileFault.cannotRead(let path, _) = $0 else { return false }
        return path == missing
      }
    }
  }

  @Test func thisProcessHasAHostAndATime() {
    let current = EventOrigin.current
    #expect(!current.host.isEmpty && current.process == getpid())
    #expect(abs(current.now() - Date().timeIntervalSince1970) < 5)
  }

  #if os(Linux)
    @Test func aFullDiskIsSaidWithTheFile() async {
      await #expect(processExitsWith: .success) {
        try withTemporaryFolder { folder in
          signal(SIGXFSZ, SIG_IGN)
          let writer = try EventFileWriter(folder: folder, firstStep: 1)
          var limit = rlimit()
          limit.rlim_cur = 4096
          limit.rlim_max = rlim_t.max
          try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
          let picture = EventValue.picture(tag: "a", png: [UInt8](repeating: 1, count: 8192), width: 1, height: 1)
          try #require {
            try writer.append([picture], step: 1)
          } throws: {
            guard case FileFault.cannotWrite(let path, _) = $0 else { return false }
            return path.hasPrefix(folder + "/events.out.tfevents.")
          }
        }
      }
    }
  #endif
}
