import KodamaCore
import KodamaExport
import KodamaWaveNets
import TestSupport
import Testing

@Suite struct WritingTests {
  private func export(_ name: String) throws -> WaveNetExport {
    WaveNetExport(InferenceModel(try Examples.model(name)))
  }

  @Test func bothFilesAreWrittenAndNothingElse() throws {
    try withTemporaryFolder { folder in
      let export = try export("plain")
      let sizes = try export.write(to: folder + "/onnx")
      #expect(try names(in: folder) == ["onnx"])
      #expect(try names(in: folder + "/onnx") == ["wavenet-step.onnx", "wavenet.onnx"])
      for pass in ExportedGraph.allCases {
        let written = try bytes(folder + "/onnx/" + pass.fileName)
        #expect(try written == export.bytes(pass) && written.count == sizes[pass])
      }
    }
  }

  @Test func anExportIsReplacedOnlyWhereThatIsAsked() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/onnx"
      try export("plain").write(to: path)
      let first = try bytes(path + "/wavenet.onnx")
      let other = try export("scaled")
      #expect(throws: FileFault.exists(path: path)) { try other.write(to: path) }
      #expect(try bytes(path + "/wavenet.onnx") == first)
      try other.write(to: path, existing: .replace)
      #expect(try bytes(path + "/wavenet.onnx") == other.bytes(.full))
    }
  }

  @Test func aFolderThatHoldsSomethingElseIsNeverReplaced() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/onnx"
      try write("mine".utf8, to: path + "/notes.txt")
      #expect(throws: FileFault.self) { try export("plain").write(to: path, existing: .replace) }
      #expect(try names(in: path) == ["notes.txt"])
    }
  }
}
