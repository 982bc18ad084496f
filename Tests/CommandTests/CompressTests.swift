import Foundation
import Kodama
import TestSupport
import Testing

/// `kodama compress quantize`, and what other commands make of its models.
@Suite struct CompressTests {
  private func quantize(_ folder: String, _ arguments: [String] = []) -> [String] {
    ["compress", "quantize", Fixture.run, "-o", folder, "--calibrate", Fixture.corpus, "--quiet"] + arguments
  }

  @Test(arguments: ["bf16", "int8", "int4"]) func aQuantizedModelIsTakenLikeAnyOther(scheme: String) throws {
    try withTemporaryFolder { folder in
      let model = folder + "/model"
      let table = try expectSuccess(quantize(model, ["--scheme", scheme])).text
      for row in ["bytes", "samples/s", "bits per sample", "signal to noise", "16,000 samples of \(Fixture.corpus)"] {
        #expect(table.contains(row), "\(table)")
      }
      #expect(try names(in: model) == ["config.json", "model.safetensors"])
      #expect(try expectSuccess(["inspect", model]).text.contains("precision        \(scheme)\n"))
      let score = try bits(["score", model, Fixture.corpus, "--json"])
      let plain = try bits(["score", Fixture.run, Fixture.corpus, "--json"])
      #expect(abs(score - plain) < 0.05 && score != plain)
      try expectSuccess(["generate", model, "-o", folder + "/a.wav", "--samples", "500", "--quiet"])
      #expect(try AudioFile.read(folder + "/a.wav").mono.count == 500)
    }
  }

  private func bits(_ arguments: [String]) throws -> Double {
    let object = try JSONSerialization.jsonObject(with: Data(try expectSuccess(arguments).output)) as? [String: Any]
    return try #require(object?["bitsPerSample"] as? Double)
  }

  @Test func theReportIsJSONOnRequest() throws {
    try withTemporaryFolder { folder in
      let arguments = [
        "--scheme", "int4", "--keep", "blocks.0,head=bf16", "--sensitivity", "--seconds", "0.5", "--json",
      ]
      let output = try expectSuccess(quantize(folder + "/m", arguments)).output
      let report = try JSONDecoder().decode(QuantizationReport.self, from: Data(output))
      #expect(report.scheme == .int4 && report.kept == ["blocks.0": .float32, "head": .bfloat16])
      #expect(report.bytesAfter < report.bytesBefore && report.samples == 4000)
      let layers = try #require(report.layers)
      #expect(
        layers.map(\.path) == [
          "blocks.1.dilated", "blocks.1.skip", "blocks.1.residual", "blocks.2.dilated", "blocks.2.skip", "head.0",
          "head.1",
        ])
      let inspected = try expectSuccess(["inspect", folder + "/m"]).text
      #expect(inspected.contains("precision        int4; f32: blocks.0; bf16: head\n"), "\(inspected)")
    }
  }

  @Test func theSameModelComesOfTheSameRecordings() throws {
    try withTemporaryFolder { folder in
      for (name, threads) in [("a", "1"), ("b", "2")] {
        try expectSuccess(quantize(folder + "/" + name, ["--scheme", "int4", "--threads", threads]))
      }
      #expect(try bytes(folder + "/a/model.safetensors") == bytes(folder + "/b/model.safetensors"))
    }
  }

  @Test func withoutRecordingsTheModelListensToItself() throws {
    try withTemporaryFolder { folder in
      let text = try expectSuccess(["compress", "quantize", Fixture.run, "-o", folder + "/m", "--quiet"]).text
      #expect(text.contains("the model's output"))
      try expectSuccess(["inspect", folder + "/m"])
    }
  }

  @Test func aModelIsQuantizedOnTheWay() throws {
    try withTemporaryFolder { folder in
      try expectSuccess(["compress", "quantize", Fixture.run, "-o", folder + "/m", "--scheme", "int8", "--quiet"])
      func sound(_ model: String, _ options: [String]) throws -> [UInt8] {
        try expectSuccess(["generate", model, "-o", "-", "--samples", "300", "--quiet"] + options).output
      }
      let expected = try sound(folder + "/m", [])
      #expect(try sound(Fixture.run, ["--precision", "int8"]) == expected)
      #expect(try sound(folder + "/m", ["--precision", "int8"]) == expected)
      let scores = try [[folder + "/m"], [Fixture.run, "--precision", "int8"]].map {
        try bits(["score"] + $0 + [Fixture.corpus, "--json"])
      }
      #expect(scores[0] == scores[1])
      for other in ["f32", "bf16", "int4"] {
        try expectFailure(
          65, ["score", folder + "/m", Fixture.corpus, "--precision", other], mentions: [folder + "/m", "int8", other])
      }
    }
  }

  // MARK: Faults

  @Test func anOutputThatExistsIsKept() throws {
    try withTemporaryFolder { folder in
      let model = folder + "/m"
      try Fixture.copyModel(to: model)
      let before = try bytes(model + "/model.safetensors")
      try expectFailure(73, quantize(model), mentions: [model, "--force"])
      #expect(try bytes(model + "/model.safetensors") == before)
      try expectSuccess(quantize(model, ["--force"]))
      #expect(try InferenceModel.load(model).quantization?.scheme == .int8)
      // What is no model's is never replaced.
      try write("mine".utf8, to: folder + "/other/notes.txt")
      try expectFailure(73, quantize(folder + "/other", ["--force"]), mentions: ["notes.txt"])
      try expectFailure(73, quantize(folder + "/none/m"), mentions: [folder + "/none"])
      #expect(try names(in: folder) == ["m", "other"])
    }
  }

  @Test(arguments: [
    (["--scheme", "int3"], ["int3", "'bf16', 'int8', 'int4', 'ternary' or 'binary'"]), (["--scheme", "f32"], ["f32"]),
    (["--keep", "blocks.7"], ["blocks.7", "did you mean blocks.0"]),
    (["--keep", "head=int5"], ["int5", "f32, bf16, int8, int4, ternary, binary"]),
    (["--keep", "blocks,head"], ["nothing is left"]),
    (["--seconds", "0"], ["--seconds"]), (["--seconds", "nan"], ["--seconds"]),
  ]) func aWrongOptionIsAUsageError(options: [String], mentions: [String]) throws {
    try withTemporaryFolder { folder in
      try expectFailure(64, quantize(folder + "/m", options), mentions: mentions)
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test func recordingsWithoutUsableAudioAreNamed() throws {
    try withTemporaryFolder { folder in
      let silence = Waveform([Float](repeating: 0, count: 4000), sampleRate: 8000)
      try write("no sound".utf8, to: folder + "/broken/a.wav")
      try write([], to: folder + "/silent/note.txt")
      try AudioWriter.write(silence, to: folder + "/silent/a.wav", existing: .refuse)
      try write([], to: folder + "/empty/note.txt")
      for (name, status) in [("broken", 65), ("silent", 65), ("empty", 66), ("none", 66)] as [(String, Int32)] {
        for option in ["--calibrate", "--validation"] {
          try expectFailure(
            status, ["compress", "quantize", Fixture.run, "-o", folder + "/m", option, folder + "/" + name],
            mentions: [folder + "/" + name])
        }
      }
      #expect(!(try names(in: folder)).contains("m"))
    }
  }

  @Test func aQuantizedModelIsNotQuantizedAgain() throws {
    try withTemporaryFolder { folder in
      try expectSuccess(quantize(folder + "/m", ["--scheme", "int4"]))
      try expectFailure(
        65, ["compress", "quantize", folder + "/m", "-o", folder + "/n"], mentions: [folder + "/m", "quantized (int4)"])
      #expect(try names(in: folder) == ["m"])
    }
  }

  @Test(arguments: [
    ("\"scheme\": \"int8\"", "\"scheme\": \"int2\"", "bf16"), ("\"scheme\": \"int8\"", "\"scheme\": \"bf16\"", "BF16"),
    ("\"scheme\": \"int8\"", "\"scheme\": \"int4\", \"group_size\": 16", "group_size"),
    ("\"format_version\": 2", "\"format_version\": 1", "format_version"),
  ]) func aDamagedDescriptionIsRefused(old: String, new: String, field: String) throws {
    try withTemporaryFolder { folder in
      let model = folder + "/m"
      try expectSuccess(quantize(model))
      let text = try String(contentsOfFile: model + "/config.json", encoding: .utf8)
      try #require(text.contains(old), "\(text)")
      try write(text.replacingOccurrences(of: old, with: new).utf8, to: model + "/config.json")
      try expectRefused(model, mentions: [field])
    }
  }

  /// Bytes of the last scale in the file: floats lie behind one another, integers after them.
  @Test(arguments: [[0, 0, 0, 0], [0, 0, 0xC0, 0x7F], [0, 0, 0x80, 0x7F], [0, 0, 0x80, 0xBF]] as [[UInt8]])
  func aScaleThatIsNoneIsRefused(scale: [UInt8]) throws {
    try withTemporaryFolder { folder in
      let model = folder + "/m"
      try expectSuccess(quantize(model))
      let file = try SafetensorsReader(model + "/model.safetensors")
      // No closure inside a macro: the compiler takes two closures of one function, one of them there, for the same.
      let integers = file.names.filter { file.elementType(of: $0) == .int8 }
      #expect(file.names.dropLast(integers.count).last == "head.1.weight_scale")
      let end = integers.reduce(try bytes(model + "/model.safetensors").count) { $0 - file.shape(of: $1)!.count }
      var content = try bytes(model + "/model.safetensors")
      content.replaceSubrange(end - 4..<end, with: scale)
      try write(content, to: model + "/model.safetensors")
      try expectRefused(model, mentions: ["head.1.weight_scale", "positive and finite"])
    }
  }

  private func expectRefused(_ model: String, mentions: [String]) throws {
    for arguments in [["inspect", model], ["generate", model, "-o", "-"], ["score", model, Fixture.corpus]] {
      try expectFailure(65, arguments, mentions: [model] + mentions)
    }
  }
}
