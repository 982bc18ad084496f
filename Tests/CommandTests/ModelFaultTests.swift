import Foundation
import TestSupport
import Testing

/// Models that are damaged or hostile, 25 to 35 of the fault matrix, through every command that takes a model.
@Suite struct ModelFaultTests {
  /// What is done to a good model folder, and what the message names.
  struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let mentions: [String]
    let change: @Sendable (_ folder: String) throws -> Void

    init(_ description: String, _ mentions: [String], _ change: @escaping @Sendable (String) throws -> Void) {
      testDescription = description
      self.mentions = mentions
      self.change = change
    }

    /// Another text in the place of one of config.json.
    static func configuration(_ field: String, _ old: String, _ new: String) -> Damage {
      Damage("\(old) becomes \(new)", ["config.json", field]) { folder in
        let path = folder + "/config.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(old), "\(text)")
        try write(text.replacingOccurrences(of: old, with: new).utf8, to: path)
      }
    }

    /// Another header of model.safetensors.
    static func header(
      _ description: String, _ field: String, _ change: @escaping @Sendable (inout Header) throws -> Void
    )
      -> Damage
    {
      Damage(description, ["model.safetensors", field]) { folder in
        var header = try Header(folder + "/model.safetensors")
        try change(&header)
        try header.write(to: folder + "/model.safetensors")
      }
    }

    static func bytes(_ description: String, _ field: String, _ change: @escaping @Sendable (inout [UInt8]) -> Void)
      -> Damage
    {
      Damage(description, ["model.safetensors", field]) { folder in
        let path = folder + "/model.safetensors"
        var content = try TestSupport.bytes(path)
        change(&content)
        try write(content, to: path)
      }
    }
  }

  /// A safetensors file as the text of its header and its data.
  struct Header {
    var text: String
    var data: [UInt8]

    init(_ path: String) throws {
      let content = try bytes(path)
      let length = content.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
      text = String(decoding: content[8..<8 + length], as: UTF8.self)
      data = Array(content[(8 + length)...])
    }

    func write(to path: String) throws {
      try TestSupport.write(WaveBytes.integer(text.utf8.count, 8) + Array(text.utf8) + data, to: path)
    }

    mutating func replace(_ old: String, by new: String) throws {
      try #require(text.contains(old), "\(text)")
      text = text.replacingOccurrences(of: old, with: new)
    }
  }

  static let damages: [Damage] = [
    .bytes("no bytes", "header length") { $0 = [] },
    .bytes("cut in its length", "header length") { $0 = Array($0.prefix(5)) },
    .bytes("cut in its header", "header length") { $0 = Array($0.prefix(100)) },
    .bytes("cut in its data", "data") { $0.removeLast() },
    .bytes("a byte more", "data") { $0.append(0) },
    .bytes("a header of 2^63 bytes", "header") { $0.replaceSubrange(0..<8, with: WaveBytes.integer(.min, 8)) },
    .bytes("a web page", "header length") { $0 = Array("<!DOCTYPE html><html></html>".utf8) },
    .bytes("a pickle", "pickle") { $0 = [0x80, 0x02] + $0 },
    .bytes("a zip file, as torch.save writes it", "pickle") { $0 = [0x50, 0x4B, 3, 4] + $0 },
    .bytes("a NaN", "not finite") { $0.replaceSubrange($0.count - 4..<$0.count, with: [0, 0, 0xC0, 0x7F]) },
    .bytes("an infinity", "not finite") { $0.replaceSubrange($0.count - 4..<$0.count, with: [0, 0, 0x80, 0xFF]) },
    .header("overlapping tensors", "blocks.0.residual.bias") { try $0.replace("[288,304]", by: "[284,300]") },
    .header("a hole between tensors", "blocks.0.residual.weight") { try $0.replace("[304,368]", by: "[308,372]") },
    .header("a name twice", "embedding.weight") { try $0.replace("head.0.weight", by: "embedding.weight") },
    .header("a product of sizes over 64 bits", "embedding.weight") {
      try $0.replace("[256,4]", by: "[4294967296,4294967296,4294967296]")
    },
    .header("a size below 0", "embedding.weight") { try $0.replace("[256,4]", by: "[-256,-4]") },
    .header("another type", "embedding.weight, dtype") {
      try $0.replace("\"embedding.weight\":{\"dtype\":\"F32\"", by: "\"embedding.weight\":{\"dtype\":\"F99\"")
    },
    .header("another name", "embedding.weight") { try $0.replace("embedding.weight", by: "embedding.weights") },
    .header("another shape", "embedding.weight") { try $0.replace("[256,4]", by: "[4,256]") },
    .configuration("blocks.", "\"dilations\": [1, 2, 4]", "\"dilations\": [1, 2]"),
    .configuration("embedding.weight", "\"residual_channels\": 4", "\"residual_channels\": 5"),
    .configuration("architecture.dilations[2]", "\"dilations\": [1, 2, 4]", "\"dilations\": [1, 2, 1000000000]"),
    .configuration("residual_channels", "\"residual_channels\": 4", "\"residual_channels\": 1000000000"),
    .configuration("residual_channels", "\"residual_channels\": 4", "\"residual_channels\": 9223372036854775807"),
    .configuration("residual_channels", "\"residual_channels\": 4", "\"residual_channels\": \"four\""),
    .configuration("sample_rate", "\"sample_rate\": 8000", "\"sample_rate\": 0"),
    .configuration("sample_rate", "\"sample_rate\": 8000", "\"sample_rate\": 4000000000"),
    .configuration("format_version", "\"format_version\": 1", "\"format_version\": 3"),
    .configuration("format_version", "\"format_version\": 1,", ""),
    .configuration("it must be \"wavenet\"", "\"wavenet\"", "\"transformer\""),
    .configuration("it must be \"wavenet\"", "\"wavenet\"", "\"transformer\", \"stem\": 3"),
    .configuration("model_type", "\"model_type\": \"wavenet\",", ""),
    .configuration("quantization", "\"format_version\": 1", "\"format_version\": 2"),
    .configuration("residual_channels", "residual_channels", "residual_chanels"),
    .configuration("byte", "{", ""),
    Damage("no configuration", ["config.json"]) { try FileManager.default.removeItem(atPath: $0 + "/config.json") },
    Damage("no weights", ["model.safetensors"]) {
      try FileManager.default.removeItem(atPath: $0 + "/model.safetensors")
    },
    Damage("a pickle in the place of the weights", ["model.pt", "pickle"]) {
      try FileManager.default.moveItem(atPath: $0 + "/model.safetensors", toPath: $0 + "/model.pt")
    },
    Damage("an index that leads out", ["index.json"]) {
      try FileManager.default.removeItem(atPath: $0 + "/model.safetensors")
      try write(
        #"{"weight_map":{"embedding.weight":"../../../../etc/passwd"}}"#.utf8,
        to: $0 + "/model.safetensors.index.json")
    },
  ]

  @Test(arguments: damages) func aDamagedModelIsRefused(damage: Damage) throws {
    try withTemporaryFolder { folder in
      let model = folder + "/model"
      try Fixture.copyModel(to: model)
      try damage.change(model)
      for arguments in [
        ["inspect", model], ["generate", model, "-o", folder + "/out.wav"], ["generate", model, "-o", "-"],
        ["score", model, Fixture.corpus], ["export", model, "-o", folder + "/onnx"],
      ] { try expectFailure(65, arguments, mentions: [model] + damage.mentions) }
      #expect(try names(in: folder) == ["model"])
    }
  }

  @Test func theUndamagedCopyIsTaken() throws {
    try withTemporaryFolder { folder in
      try Fixture.copyModel(to: folder + "/model")
      try expectSuccess(["inspect", folder + "/model"])
    }
  }

  @Test func weightsOutOfAllRangeHaveNoScore() throws {
    try withTemporaryFolder { folder in
      let model = folder + "/model"
      try Fixture.copyModel(to: model)
      var header = try Header(model + "/model.safetensors")
      // All numbers 2^127: finite, and every product infinite.
      header.data = (0..<header.data.count / 4).flatMap { _ in [0, 0, 0, 0x7F] as [UInt8] }
      try header.write(to: model + "/model.safetensors")
      for json in [[], ["--json"]] {
        try expectFailure(65, ["score", model, Fixture.corpus] + json, mentions: ["0.wav", "not finite"])
      }
    }
  }

  /// `latest` is for people: whatever it says, the newest complete checkpoint is taken, and no other folder.
  @Test(arguments: ["../../model", "/etc", "step-1/../../..", "checkpoint", "step-1"])
  func whatLatestSaysLeadsNowhere(text: String) throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try Fixture.copyModel(to: run + "/checkpoints/step-1")
      try Fixture.copyModel(to: run + "/checkpoints/step-2")
      try Fixture.copyModel(to: folder + "/model")
      try write(text.utf8, to: run + "/latest")
      #expect(try expectSuccess(["inspect", run]).text.contains(run + "/checkpoints/step-2 "))
    }
  }

  @Test func whatIsNoModelIsSaid() throws {
    try withTemporaryFolder { folder in
      try expectFailure(66, ["inspect", folder + "/none"], mentions: [folder + "/none"])
      try expectFailure(65, ["inspect", folder], mentions: [folder, "model.safetensors"])
      try expectFailure(65, ["inspect", Fixture.recording], mentions: [Fixture.recording, "it is a file"])
      try Fixture.copyModel(to: folder + "/plain")
      try expectFailure(
        65, ["generate", folder + "/plain", "-o", folder + "/out.wav", "--weights", "average"],
        mentions: [folder + "/plain", "no average"])
    }
  }
}
