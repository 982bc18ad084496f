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
}
