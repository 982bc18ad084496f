import Foundation
import TestSupport
import Testing

@testable import KodamaCore

@Suite struct AtomicFolderTests {
  private func save(_ text: String, to path: String, existing: AtomicFile.Existing) throws {
    try AtomicFolder.write(to: path, existing: existing, replaceable: ["a", "b"]) { temporary in
      try AtomicFile.write(to: temporary + "/a", existing: .refuse) { try $0.write(text) }
    }
  }

  @Test func anExistingFolderIsRefusedOrReplacedWhole() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model"
      try save("first", to: path + "/", existing: .refuse)
      #expect(throws: FileFault.exists(path: path)) { try save("second", to: path, existing: .refuse) }
      #expect(try bytes(path + "/a") == Array("first".utf8))
      try write([1], to: path + "/b")
      try save("third", to: path, existing: .replace)
      #expect(try bytes(path + "/a") == Array("third".utf8))
      #expect(try names(in: path) == ["a"])
      #expect(try names(in: folder) == ["model"])
    }
  }

  @Test(arguments: ["notes.txt", "b/inner"]) func aFolderThatHoldsOtherThingsIsKept(other: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model"
      try write([1], to: path + "/" + other)
      #expect { try save("x", to: path, existing: .replace) } throws: {
        ($0 as? FileFault)?.exitStatus == .cannotCreate
      }
      #expect(try bytes(path + "/" + other) == [1])
    }
  }

  @Test func aFailureLeavesTheFormerFolderAlone() throws {
    struct Stop: Error {}
    try withTemporaryFolder { folder in
      let path = folder + "/model"
      try save("first", to: path, existing: .refuse)
      #expect(throws: Stop.self) {
        try AtomicFolder.write(to: path, existing: .replace, replaceable: ["a"]) { temporary in
          try AtomicFile.write(to: temporary + "/a", existing: .refuse) { try $0.write("half") }
          throw Stop()
        }
      }
      #expect(try bytes(path + "/a") == Array("first".utf8))
      #expect(try names(in: folder) == ["model"])
    }
  }

  @Test func aFileIsNotReplacedByAFolder() throws {
    try withTemporaryFolder { folder in
      try write([7], to: folder + "/model")
      #expect(throws: FileFault.self) { try save("x", to: folder + "/model", existing: .replace) }
      #expect(try bytes(folder + "/model") == [7])
    }
  }

  @Test func aLinkToAFolderStaysAndTheFolderIsReplaced() throws {
    try withTemporaryFolder { folder in
      try save("first", to: folder + "/model", existing: .refuse)
      #expect(symlink("model", folder + "/link") == 0)
      try save("second", to: folder + "/link", existing: .replace)
      #expect(try bytes(folder + "/model/a") == Array("second".utf8))
      #expect(try names(in: folder) == ["link", "model"])
    }
  }

  @Test func whatEndedWritersLeftIsRemoved() throws {
    try withTemporaryFolder { folder in
      try write([1], to: folder + "/.kodama-0000000000000001/a")
      try save("x", to: folder + "/model", existing: .refuse)
      #expect(try names(in: folder) == ["model"])
    }
  }

  @Test func aFolderThatAppearsMeanwhileStaysAndTheOtherIsKept() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model"
      try write([3], to: folder + "/beside")
      #expect(throws: FileFault.appeared([.init(path: path, kept: path + "-kept")])) {
        try AtomicFolder.write(to: path, existing: .refuse, replaceable: ["a"]) { temporary in
          try write([1], to: temporary + "/a")
          try write([2], to: path + "/a")
        }
      }
      #expect(try bytes(path + "/a") == [2] && bytes(path + "-kept/a") == [1])
      #expect(try names(in: folder) == ["beside", "model", "model-kept"])
    }
  }

  @Test func whatComesIntoAFolderWhileItIsReplacedStays() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model"
      try save("first", to: path, existing: .refuse)
      #expect(throws: FileFault.appeared([.init(path: path, kept: path + "-kept")])) {
        try AtomicFolder.write(to: path, existing: .replace, replaceable: ["a"]) { temporary in
          try write([1], to: temporary + "/a")
          try write([2], to: path + "/notes.txt")
        }
      }
      #expect(try names(in: path) == ["a", "notes.txt"])
      #expect(try bytes(path + "/a") == Array("first".utf8) && bytes(path + "-kept/a") == [1])
      #expect(try names(in: folder) == ["model", "model-kept"])
    }
  }
}
