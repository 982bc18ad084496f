import Foundation
import TestSupport
import Testing

/// `kodama export`.
@Suite struct ExportTests {
  private func export(_ path: String, _ options: [String] = []) -> [String] {
    ["export", Fixture.model, "--to", "onnx", "-o", path] + options
  }

  @Test func aModelBecomesTwoGraphsThatAreNamed() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/onnx"
      let end = try expectSuccess(export(path))
      #expect(try names(in: folder) == ["onnx"])
      #expect(try names(in: path) == ["wavenet-step.onnx", "wavenet.onnx"])
      #expect(end.output.isEmpty)
      for name in try names(in: path) { #expect(end.errors.contains("\(path)/\(name): ")) }
    }
  }

  @Test func theWeightsThatAreAskedForAreTaken() throws {
    try withTemporaryFolder { folder in
      try expectSuccess(export(folder + "/default"))
      try expectSuccess(export(folder + "/average", ["--weights", "average"]))
      try expectSuccess(export(folder + "/raw", ["--weights", "raw"]))
      func graph(_ name: String) throws -> [UInt8] { try bytes(folder + "/\(name)/wavenet.onnx") }
      #expect(try graph("default") == graph("average"))
      #expect(try graph("raw") != graph("average"))
    }
  }

  @Test func layersAreOfThePrecisionThatIsAskedFor() throws {
    try withTemporaryFolder { folder in
      func contains(_ name: String, _ text: String) throws -> Bool {
        try Data(bytes(folder + "/\(name)/wavenet-step.onnx")).range(of: Data(text.utf8)) != nil
      }
      try expectSuccess(export(folder + "/single"))
      try expectSuccess(export(folder + "/int8", ["--precision", "int8"]))
      #expect(try contains("int8", "MatMulInteger") && !contains("single", "MatMulInteger"))
      try expectSuccess(["compress", "quantize", Fixture.model, "-o", folder + "/model", "--scheme", "int8", "--quiet"])
      try expectSuccess(["export", folder + "/model", "-o", folder + "/quantized"])
      #expect(try bytes(folder + "/quantized/wavenet.onnx") == bytes(folder + "/int8/wavenet.onnx"))
      for precision in ["bf16", "int4"] {
        try expectFailure(
          65, export(folder + "/other", ["--precision", precision]), mentions: ["blocks.0.dilated", precision])
      }
      #expect(try !names(in: folder).contains { $0.hasPrefix("other") })
    }
  }

  @Test func anExportIsMadeOnceAndAgainOnRequest() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/onnx"
      try expectSuccess(export(path, ["--weights", "raw"]))
      let first = try bytes(path + "/wavenet.onnx")
      try expectFailure(73, export(path), mentions: [path, "--force"])
      #expect(try bytes(path + "/wavenet.onnx") == first)
      try expectSuccess(export(path, ["--force"]))
      #expect(try bytes(path + "/wavenet.onnx") != first)
    }
  }

  @Test func aFolderThatCannotBeMadeIsRefused() throws {
    try withTemporaryFolder { folder in
      try write("mine".utf8, to: folder + "/full/notes.txt")
      try expectFailure(73, export(folder + "/full", ["--force"]), mentions: [folder + "/full", "notes.txt"])
      try expectFailure(73, export(folder + "/full/notes.txt", ["--force"]), mentions: ["notes.txt"])
      try expectFailure(73, export("/proc/onnx"), mentions: ["/proc/onnx"])
      let limited = try Command.shell("ulimit -f 4; $KODAMA export '\(Fixture.model)' -o onnx", in: folder)
      try expectFailure(74, limited, mentions: ["onnx", "writing failed"])
      #expect(try names(in: folder) == ["full"] && names(in: folder + "/full") == ["notes.txt"])
    }
  }

  @Test func aFormThatIsNotThereIsAUsageError() throws {
    try withTemporaryFolder { folder in
      try expectFailure(
        64, ["export", Fixture.model, "--to", "tape", "-o", folder + "/out"], mentions: ["--to", "onnx"])
      #expect(try names(in: folder).isEmpty)
    }
  }
}
