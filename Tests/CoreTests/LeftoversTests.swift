import Foundation
import TestSupport
import Testing

@testable import KodamaCore

@Suite struct LeftoversTests {
  private let name = ".kodama-0123456789abcdef"

  @Test func temporaryNamesAreShortAndKnownExactly() {
    let random = TemporaryName.random()
    #expect(TemporaryName.matches(random) && random.utf8.count == 24 && random != TemporaryName.random())
    for other in ["kodama-0123456789abcdef", name + "0", String(name.dropLast()), name.uppercased(), name + "\u{301}"] {
      #expect(!TemporaryName.matches(other), "\(other)")
    }
  }

  @Test func whatIsNobodysIsRemoved() throws {
    try withTemporaryFolder { folder in
      try write([1], to: folder + "/" + name)
      try write([1], to: folder + "/.kodama-00000000000000ff/a")
      try write([1], to: folder + "/.kodama-00000000000000ff/" + name)
      try write([1], to: folder + "/.kodama-short")
      try write([1], to: folder + "/step-2.partial-77/a")
      #expect(Leftovers.remove(in: folder, of: ["a"]).isEmpty)
      #expect(try names(in: folder) == [".kodama-short", "step-2.partial-77"])
    }
  }

  @Test func whatAWriterStillHoldsStays() throws {
    try withTemporaryFolder { folder in
      let file = try PendingFile(path: folder + "/a", existing: .refuse)
      let pending = try PendingFolder(for: folder + "/b", of: ["c"])
      let both = try names(in: folder)
      #expect(both.count == 2 && Leftovers.remove(in: folder, of: ["c"]).isEmpty)
      #expect(try names(in: folder) == both)
      try file.publish()
      try pending.publish()
      #expect(try names(in: folder) == ["a", "b"])
    }
  }

  @Test func linksAndWhatHoldsOtherThingsStayAndAreTold() throws {
    try withTemporaryFolder { folder in
      try write([1], to: folder + "/v/a")
      #expect(symlink("v", folder + "/" + name) == 0)
      try write([1], to: folder + "/.kodama-00000000000000aa/a")
      try write([1], to: folder + "/.kodama-00000000000000aa/notes.txt")
      try write([1], to: folder + "/.kodama-00000000000000bb/inner/a")
      let before = try names(in: folder)
      let remarks = Leftovers.remove(in: folder, of: ["a"])
      #expect(remarks.count == 3 && remarks.contains { $0.reason.contains("notes.txt") })
      #expect(try names(in: folder) == before)
      #expect(try bytes(folder + "/v/a") == [1] && names(in: folder + "/.kodama-00000000000000aa").count == 2)
    }
  }

  @Test func aLinkToAFolderIsRemovedAndTheFolderStays() throws {
    try withTemporaryFolder { folder in
      try write([1], to: folder + "/v/a")
      #expect(symlink("v", folder + "/step-1") == 0)
      #expect(Folder.remove(folder + "/step-1", of: ["a"]) == nil)
      #expect(try names(in: folder) == ["v"])
      #expect(try bytes(folder + "/v/a") == [1])
      #expect(Folder.remove(folder + "/v", of: ["a"]) == nil && Folder.remove(folder + "/v", of: ["a"]) == nil)
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test(arguments: ["notes.txt", "a/inner"]) func aFolderWithOtherThingsStaysWhole(other: String) throws {
    try withTemporaryFolder { folder in
      try write([1], to: folder + "/step-1/b")
      try write([1], to: folder + "/step-1/" + other)
      let reason = Folder.remove(folder + "/step-1", of: ["a", "b"])
      #expect(reason?.contains(other.prefix { $0 != "/" }) == true)
      #expect(try bytes(folder + "/step-1/b") == [1])
      try write([2], to: folder + "/file")
      #expect(Folder.remove(folder + "/file", of: ["file"]) != nil)
      #expect(try bytes(folder + "/file") == [2])
    }
  }

  @Test func listedFilesAreRemovedAndNoLinkIsFollowed() throws {
    try withTemporaryFolder { folder in
      let root = folder + "/root"
      for path in ["a", "deep/er/b", "other"] { try write([1], to: root + "/" + path) }
      try write([1], to: folder + "/v/b")
      #expect(symlink("../v", root + "/link") == 0 && symlink("../v/b", root + "/c") == 0)
      #expect(Folder.removeFiles(["a", "c", "deep/er/b", "gone/too"], in: root) == nil)
      #expect(try names(in: root) == ["deep", "link", "other"] && names(in: root + "/deep/er").isEmpty)
      for path in ["link/b", "../v/b", "/v/b", "deep"] {
        #expect(Folder.removeFiles([path], in: root)?.path == root + "/" + path)
      }
      #expect(try bytes(folder + "/v/b") == [1])
    }
  }

  /// What is done where the file system cannot rename in one step.
  @Test func renamingInStepsReplacesNothing() throws {
    try withTemporaryFolder { folder in
      let (a, b, c, d) = (folder + "/a", folder + "/b", folder + "/c", folder + "/d")
      try write([1], to: a)
      try write([2], to: b)
      #expect(!Rename.inSteps(a, b) && errno == EEXIST)
      #expect(!Rename.withoutReplacing(a, b) && errno == EEXIST)
      #expect(Rename.inSteps(a, folder + "/e"))
      #expect(try bytes(b) == [2] && bytes(folder + "/e") == [1] && !AtomicFile.isTaken(a))
      try write([3], to: c + "/x")
      try write([4], to: d + "/x")
      #expect(!Rename.inSteps(c, d) && errno == EEXIST)
      #expect(Rename.exchangingInSteps(c, d))
      #expect(try bytes(c + "/x") == [4] && bytes(d + "/x") == [3])
      #expect(Rename.inSteps(c, folder + "/f"))
      #expect(try names(in: folder) == ["b", "d", "e", "f"])
    }
  }
}
