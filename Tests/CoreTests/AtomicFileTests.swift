import Foundation
import Testing

@testable import KodamaCore

@Suite struct AtomicFileTests {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kodama-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }

  @Test func anExistingFileIsRefusedAndKept() throws {
    let path = folder + "/a"
    try AtomicFile.write(to: path, existing: .refuse) { try $0.write("first") }
    #expect(throws: FileFault.exists(path: path)) {
      try AtomicFile.write(to: path, existing: .refuse) { try $0.write("second") }
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "first")
    try AtomicFile.write(to: path, existing: .replace) { try $0.write("third") }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "third")
  }

  @Test func aFailureLeavesNothingBehind() throws {
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try AtomicFile.write(to: folder + "/b", existing: .refuse) {
        try $0.write("half")
        throw Stop()
      }
    }
    #expect(names.isEmpty)
  }

  @Test func aFullDeviceIsAnError() throws {
    #expect(throws: FileFault.self) {
      try AtomicFile.write(to: "/dev/full", existing: .replace) { try $0.write("x") }
    }
  }

  @Test func aMissingFolderIsNamedBeforeWork() {
    #expect { try AtomicFile.check(folder + "/none/c", existing: .refuse) } throws: {
      ($0 as? FileFault)?.exitStatus == .cannotCreate
    }
  }
}
