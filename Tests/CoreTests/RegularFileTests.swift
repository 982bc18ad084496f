import Foundation
import TestSupport
import Testing

@testable import KodamaCore

/// A pipe under the name of a file is an error, and nobody waits for its other end.
@Suite struct RegularFileTests {
  @Test func theBytesOfAFileAreRead() throws {
    try withTemporaryFolder { folder in
      let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
      try Data(content).write(to: URL(fileURLWithPath: folder + "/a"))
      #expect(try RegularFile.read(folder + "/a") == content)
      #expect(throws: FileFault.self) { try RegularFile.read(folder + "/none") }
      #expect(throws: FileFault.self) { try RegularFile.read(folder) }
    }
  }

  @Test func aPipeIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/pipe"
      try #require(mkfifo(path, 0o600) == 0)
      let reason = "it is not a regular file"
      #expect(throws: FileFault.cannotRead(path: path, reason: reason)) { try RegularFile.read(path) }
      #expect(throws: FileFault.cannotCreate(path: path, reason: reason)) { try RegularFile.openToAppend(path) }
      let reader = open(path, O_RDONLY | O_NONBLOCK)
      defer { close(reader) }
      #expect(throws: FileFault.cannotCreate(path: path, reason: reason)) { try RegularFile.openToAppend(path) }
    }
  }

  @Test func whatIsAppendedComesAfterWhatIsThere() throws {
    try withTemporaryFolder { folder in
      for text in ["one\n", "two\n"] {
        let descriptor = try RegularFile.openToAppend(folder + "/log")
        defer { close(descriptor) }
        try FileWriter(descriptor: descriptor, path: "log").write(text)
      }
      #expect(try RegularFile.read(folder + "/log") == Array("one\ntwo\n".utf8))
    }
  }
}
