import Foundation
import TestSupport
import Testing

/// `kodama report` on runs whose files were changed or damaged: it names what is wrong, or draws what is there.
@Suite struct DamagedRunTests {
  private func withRun(_ change: (_ run: String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(atPath: Fixture.run, toPath: folder + "/run")
      try change(folder + "/run")
    }
  }

  /// A line of the log, with one value replaced.
  private func line(_ step: Int = 1, _ key: String = "", _ value: String = "") -> String {
    var values = [
      "epoch": "0.5", "seconds": "1.5", "bitsPerSample": "4.25", "learningRate": "0.001", "gradientNorm": "0.75",
      "samplesPerSecond": "1000", "step": "\(step)",
    ]
    if !key.isEmpty { values[key] = value }
    return "{\"kind\":\"step\"," + values.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
  }

  @Test(arguments: [
    ("seconds", "-1e20"), ("step", "-9223372036854775808"), ("step", "9223372036854775807"),
    ("learningRate", "-5e-324"),
    ("epoch", "-1.7e308"), ("samplesPerSecond", "2e308"), ("gradientNorm", "-1"),
  ]) func aNumberThatNoRunHasIsNamedByItsLine(key: String, value: String) throws {
    try withRun { run in
      try write((line() + "\n" + line(2, key, value) + "\n").utf8, to: run + "/metrics.jsonl")
      try expectFailure(65, ["report", run], mentions: [run + "/metrics.jsonl: line 2"])
    }
  }

  @Test(arguments: [
    ("learningRate", "5e-324", "1e-320"), ("learningRate", "0", "1.7976931348623157e308"),
    ("seconds", "1e300", "1e300"),
    ("bitsPerSample", "-1.7976931348623157e308", "1.7976931348623157e308"), ("gradientNorm", "5e-324", "5e-324"),
    ("samplesPerSecond", "1.7e308", "1.7e308"), ("epoch", "1e300", "0"),
  ]) func anyOtherNumberIsDrawn(key: String, first: String, second: String) throws {
    try withRun { run in
      let lines = [
        line(1, key, first), line(2, key, second), #"{"kind":"validation","step":2,"bitsPerSample":1.7e308}"#,
      ]
      try write((lines.joined(separator: "\n") + "\n").utf8, to: run + "/metrics.jsonl")
      try expectSuccess(["report", run])
      let page = try String(contentsOfFile: run + "/report.html", encoding: .utf8)
      #expect(page.contains("Learning rate") && !page.contains("nan"))
    }
  }

  @Test(arguments: [
    (#""kernel_size" : 2"#, #""kernel_size" : 0"#, "architecture.kernel_size is 0"),
    (
      #""gate_channels" : 4"#, #""gate_channels" : 4611686018427387904"#,
      "architecture.gate_channels is 4611686018427387904"
    ),
    (#""classes" : 256"#, #""classes" : -9223372036854775808"#, "companding.classes is -9223372036854775808"),
    ("        2,", "        -2,", "architecture.dilations[1] is -2"),
    (#""crop_samples" : 200"#, #""crop_samples" : -9223372036854775808"#, "crop: -9223372036854775808"),
    (#""warm_up_steps" : 0"#, #""warm_up_steps" : -9223372036854775808"#, "warm-up: -9223372036854775808"),
    (#""sample_rate" : 8000"#, #""sample_rate" : -9223372036854775808"#, "sample_rate is -9223372036854775808"),
    (#""corpus" : ""#, #""corpus" : "x"#, "corpus"),
  ]) func aSettingThatTrainingRefusesIsNamed(old: String, new: String, mention: String) throws {
    try withRun { run in
      let path = run + "/checkpoints/step-3/training.json"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try #require(text.contains(old))
      try write(text.replacingOccurrences(of: old, with: new).utf8, to: path)
      try expectFailure(65, ["report", run], mentions: [path, mention])
      // Training that is to go on from there refuses it in the same words.
      try expectFailure(
        65, ["train", Fixture.corpus, "-o", run, "--resume", "--steps", "4", "--quiet"], mentions: [path, mention])
    }
  }
}
