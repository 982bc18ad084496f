import Foundation
import Testing

@testable import KodamaCore

@Suite struct PendingFileTests {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kodama-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }

  @Test func theFileAppearsWhenItIsPublished() throws {
    let file = try PendingFile(path: folder + "/a", existing: .refuse)
    try file.writer.write("text")
    #expect(names.count == 1 && names != ["a"])
    try file.publish()
    #expect(names == ["a"])
    #expect(try String(contentsOfFile: folder + "/a", encoding: .utf8) == "text")
  }

  @Test func droppedItLeavesNothing() throws {
    var file: PendingFile? = try PendingFile(path: folder + "/a", existing: .refuse)
    try file?.writer.write("text")
    file = nil
    #expect(names.isEmpty)
  }

  @Test func aDeviceIsWrittenInPlace() throws {
    let file = try PendingFile(path: "/dev/null", existing: .replace)
    #expect(file.isInPlace)
    try file.writer.write("text")
    try file.publish()
    #expect(FileManager.default.fileExists(atPath: "/dev/null"))
  }

  /// As root, a file in the place of /dev/stdout would break the system.
  @Test func theNameOfAnOpenFileIsWrittenInPlace() throws {
    let path = folder + "/out"
    #expect(FileManager.default.createFile(atPath: path, contents: Data("before ".utf8)))
    let handle = try #require(FileHandle(forWritingAtPath: path))
    let name = "/proc/self/fd/\(handle.fileDescriptor)"
    for existing in [AtomicFile.Existing.refuse, .replace] {
      let file = try PendingFile(path: name, existing: existing)
      #expect(file.isInPlace)
      try file.writer.write("text ")
      try file.publish()
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "before text text ")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: name) == path && names == ["out"])
  }

  @Test func aFileThatAppearsMeanwhileStaysAndTheOtherIsKept() throws {
    let path = folder + "/a.wav"
    let pending = try (0..<3).map { _ in try PendingFile(path: path, existing: .refuse) }
    for (number, file) in pending.enumerated() { try file.writer.write("\(number)") }
    try pending[0].publish()
    for (number, kept) in [(1, folder + "/a-kept.wav"), (2, folder + "/a-kept-2.wav")] {
      #expect(throws: FileFault.appeared([.init(path: path, kept: kept)])) { try pending[number].publish() }
      #expect(try String(contentsOfFile: kept, encoding: .utf8) == "\(number)")
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "0")
    #expect(names.sorted() == ["a-kept-2.wav", "a-kept.wav", "a.wav"])
    #expect(FileFault.appeared([]).exitStatus == .cannotCreate)
  }

  /// The longest name that a file system takes has 255 bytes.
  @Test func longNamesHaveShortTemporaryOnes() throws {
    let path = folder + "/" + String(repeating: "長", count: 83) + ".wav"
    let pending = try (0..<2).map { _ in try PendingFile(path: path, existing: .refuse) }
    try pending[0].publish()
    // There is no room for more of it: what is kept has a short name.
    #expect {
      try pending[1].publish()
    } throws: {
      guard case FileFault.appeared(let outputs) = $0, outputs.count == 1 else { return false }
      return AtomicFile.exists(outputs[0].kept) && outputs[0].kept.hasSuffix(".wav")
    }
    #expect(names.count == 2)
    #expect {
      try PendingFile(path: folder + "/" + String(repeating: "長", count: 86), existing: .refuse)
    } throws: { ($0 as? FileFault)?.exitStatus == .cannotCreate }
  }

  @Test func ofALinkTheLinkIsReplaced() throws {
    try "other".write(toFile: folder + "/b", atomically: false, encoding: .utf8)
    for target in ["b", "nowhere"] {
      #expect(symlink(target, folder + "/a") == 0)
      #expect(throws: FileFault.exists(path: folder + "/a")) { try PendingFile(path: folder + "/a", existing: .refuse) }
      try AtomicFile.write(to: folder + "/a", existing: .replace) { try $0.write("new") }
      #expect(try String(contentsOfFile: folder + "/a", encoding: .utf8) == "new")
      #expect(unlink(folder + "/a") == 0 && names == ["b"])
    }
    #expect(try String(contentsOfFile: folder + "/b", encoding: .utf8) == "other")
  }
}
