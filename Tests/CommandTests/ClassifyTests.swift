import Foundation
import Kodama
import TestSupport
import Testing

/// Classifiers, by the command.
@Suite struct ClassifyTests {
  private static let pattern = #"(?<pitch>[a-z]+)_\d"#

  /// Writes recordings of two pitches.
  private func writeTones(_ folder: String, takes: Range<Int>, seconds: Double = 0.3) throws {
    for (pitch, frequency) in [("high", 1500.0), ("low", 400.0)] {
      for take in takes {
        var random = Philox(seed: UInt64(take) * 2 + (pitch == "low" ? 1 : 0))
        let samples = (0..<Int(seconds * 8000)).map { t in
          Float(
            0.3 * sin(2 * Double.pi * frequency * (1 + 0.01 * Double(take)) * Double(t) / 8000) + 0.01 * random.normal()
          )
        }
        let path = folder + "/\(pitch)_\(take).wav"
        try write([], to: path)
        try AudioWriter.write(Waveform(channels: [samples], sampleRate: 8000), to: path, existing: .replace)
      }
    }
  }

  private func train(_ corpus: String, _ run: String, _ options: [String] = []) -> [String] {
    [
      "classify", "train", corpus, "-o", run, "--label", "pitch", "--label-pattern", Self.pattern, "--width", "0.25",
      "--batch", "8", "--no-tensorboard",
    ] + options
  }

  @Test func aClassifierIsTrainedTestedAndUsed() throws {
    try withTemporaryFolder { folder in
      let (corpus, run, test) = (folder + "/train", folder + "/run", folder + "/test")
      try writeTones(corpus, takes: 0..<8)
      try writeTones(test, takes: 8..<11)
      let trained = try expectSuccess(train(corpus, run, ["--epochs", "30", "--validation", test]))
      for text in ["labels      pitch: high, low", "network     mobile", "best        step", "0.00 % wrong"] {
        #expect(trained.errors.contains(text), "\(trained.errors)")
      }

      let pictures = folder + "/pictures"
      let tested = try expectSuccess(
        ["classify", "test", run, test, "--label-pattern", Self.pattern, "--pictures", pictures, "--quiet"]
      ).text
      #expect(tested.hasPrefix("pitch: 6 of 6 right, 100.0 % (95 %: 61.0 to 100.0 %)"), "\(tested)")
      let picture = try [UInt8](Data(contentsOf: URL(fileURLWithPath: pictures + "/pitch.png")))
      #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]) && picture.count > 2000)
      try expectFailure(
        73, ["classify", "test", run, test, "--label-pattern", Self.pattern, "--pictures", pictures, "--quiet"],
        mentions: ["pitch.png", "--force"])

      let table = try expectSuccess(["classify", "run", run, test, "--quiet"]).text.split(separator: "\n")
      #expect(table.count == 7 && table[0].hasPrefix("file") && table[0].hasSuffix("probability"))
      #expect(table[1].hasPrefix(test + "/high_10.wav") && table[1].contains(" high "))
      let json = try expectSuccess(["classify", "run", run, test + "/low_8.wav", "--json"]).text
      #expect(json.contains("\"label\" : \"low\"") && json.contains("\"knownLabel\"") == false, "\(json)")
      let csv = try expectSuccess(["classify", "run", run, test + "/low_8.wav", "--csv", "--quiet"]).text
      #expect(csv.split(separator: "\n").map { String($0.prefix(4)) }[0] == "path" && csv.contains("pitch,low,"))
      #expect(csv.split(separator: "\n").count == 3)

      // A longer sound in windows, and one from standard input.
      try writeTones(folder + "/long", takes: 0..<1, seconds: 1.4)
      let windows = try expectSuccess(["classify", "run", run, folder + "/long/low_0.wav", "--windows", "--quiet"]).text
      #expect(windows.split(separator: "\n").count == 6 && windows.contains("0.25  0.75"), "\(windows)")
      let piped = try Command.shell("\"$KODAMA\" classify run \(run) - --quiet < \(test)/low_8.wav").text
      #expect(piped.contains("standard input") && piped.contains("low"), "\(piped)")

      let inspected = try expectSuccess(["inspect", run]).text
      #expect(inspected.contains("classifier") && inspected.contains("multiply-adds a window"), "\(inspected)")
      try expectSuccess(["report", run])
      try expectQuantized(run, folder, test)
      try expectFailure(65, ["generate", run, "-o", folder + "/x.wav"], mentions: ["classifier"])
      try expectFailure(65, ["classify", "run", Fixture.model, test], mentions: ["wavenet"])
    }
  }

  @Test func aClassifierLearnsFromAnother() throws {
    try withTemporaryFolder { folder in
      let (corpus, run) = (folder + "/train", folder + "/run")
      try writeTones(corpus, takes: 0..<4)
      try expectSuccess(train(corpus, run, ["--epochs", "1", "--quiet"]))
      func student(_ options: [String]) -> [String] { train(corpus, folder + "/student", ["--epochs", "1"] + options) }
      try expectFailure(64, student(["--distill", "0.5"]), mentions: ["--distill", "--teacher"])
      try expectFailure(64, student(["--teacher", run, "--distill", "1.5"]), mentions: ["share", "1.5"])
      try expectFailure(65, student(["--teacher", Fixture.model]), mentions: ["wavenet"])
      try expectFailure(66, student(["--teacher", folder + "/none"]), mentions: [folder + "/none"])
      #expect(!Folder.exists(folder + "/student"))
      try expectFailure(
        65, train(corpus, folder + "/other", ["--epochs", "1", "--teacher", run, "--sample-rate", "4000"]),
        mentions: [run, "8000 Hz", "4000 Hz"])
      let taught = try expectSuccess(student(["--teacher", run, "--distill", "0.5", "--temperature", "3"]))
      #expect(taught.errors.contains("teacher     \(run), 50 % of the loss at temperature 3.0"), "\(taught.errors)")
      let settings = try ClassifierTrainingJob.settings(ofRun: folder + "/student")
      #expect(settings.distillation == Distillation(teacher: run, share: 0.5, temperature: 3))
    }
  }

  /// Quantizes the model of a run, and uses what comes of it.
  private func expectQuantized(_ run: String, _ folder: String, _ corpus: String) throws {
    let model = folder + "/int8"
    let quantize = ["compress", "quantize", run, "-o", model, "--label-pattern", Self.pattern, "--quiet"]
    try expectFailure(64, quantize, mentions: ["--calibrate"])
    try expectFailure(64, quantize + ["--calibrate", corpus, "--scheme", "int4"], mentions: ["int4", "int8"])
    try expectFailure(64, quantize + ["--calibrate", corpus, "--features", corpus], mentions: ["features"])
    try expectFailure(
      64, quantize + ["--calibrate", corpus, "--keep", "head"], mentions: ["head", "did you mean heads"])
    #expect(!(try names(in: folder).contains("int8")))
    let table = try expectSuccess(quantize + ["--calibrate", corpus, "--sensitivity"]).text
    for text in ["times real time", "pitch right", "100.0 %", "same labels", "6 recordings", "layer alone", "heads.0"] {
      #expect(table.contains(text), "\(table)")
    }
    try expectFailure(73, quantize + ["--calibrate", corpus], mentions: ["--force"])
    let json = try expectSuccess(quantize + ["--calibrate", corpus, "--force", "--json", "--seconds", "0.7"]).text
    let report = try JSONDecoder().decode(ClassifierQuantizationReport.self, from: Data(json.utf8))
    #expect(report.scheme == .int8 && report.kept.isEmpty && report.layers == nil && report.recordings == 2)
    #expect(report.bytesAfter < report.bytesBefore && report.divergence < 0.1 && report.comparedOn == corpus)
    #expect(report.sets.map(\.agreement) == [1] && report.sets[0].accuracyAfter == 1)

    let tested = try expectSuccess(["classify", "test", model, corpus, "--label-pattern", Self.pattern, "--quiet"])
    #expect(tested.text.hasPrefix("pitch: 6 of 6 right"), "\(tested.text)")
    #expect(try expectSuccess(["inspect", model]).text.contains("int8"))
    try expectSuccess(["export", model, "-o", folder + "/onnx"])
    try expectFailure(
      64, ["export", model, "-o", folder + "/other", "--precision", "f32"], mentions: ["--precision f32", "int8"])
    try expectFailure(
      65, ["compress", "quantize", model, "-o", folder + "/again", "--calibrate", corpus], mentions: ["is quantized"])
    let further = [
      "classify", "train", corpus, "-o", folder + "/further", "--label", "pitch", "--label-pattern", Self.pattern,
      "--from", model, "--quiet",
    ]
    try expectFailure(65, further, mentions: ["is quantized (int8)"])
  }

  @Test func aRunIsResumedAndAModelTakenFurther() throws {
    try withTemporaryFolder { folder in
      let (corpus, run) = (folder + "/train", folder + "/run")
      try writeTones(corpus, takes: 0..<6)
      try expectSuccess(train(corpus, run, ["--epochs", "2", "--quiet"]))
      try expectFailure(73, train(corpus, run, ["--quiet"]), mentions: ["--resume"])
      try expectFailure(
        65, train(corpus, run, ["--resume", "--epochs", "4"]), mentions: ["epochs was 2", "--allow-changes"])
      try expectSuccess(
        [
          "classify", "train", corpus, "-o", folder + "/next", "--label", "pitch", "--label-pattern", Self.pattern,
          "--from", run, "--freeze", "features.*", "--epochs", "1", "--quiet",
        ])
      try expectFailure(
        64, train(corpus, folder + "/b", ["--from", run]), mentions: ["--width", "--from"])
    }
  }

  @Test func whatIsWrongIsNamed() throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/train"
      try writeTones(corpus, takes: 0..<3)
      func fails(_ status: Int32, _ options: [String], _ mentions: [String]) throws {
        try expectFailure(status, ["classify", "train", corpus, "-o", folder + "/run"] + options, mentions: mentions)
      }
      try fails(65, [], ["no label \"label\"", "--label-pattern"])
      try fails(65, ["--label", "mood", "--label-pattern", Self.pattern], ["mood", "pitch"])
      try fails(65, ["--label", "kind", "--label-pattern", "(?<kind>_)"], ["same label", "kind"])
      try fails(64, ["--label", "pitch", "--label-pattern", Self.pattern, "--width", "99"], ["width", "0.25 to 8"])
      try fails(64, ["--label", "pitch", "--label-pattern", Self.pattern, "--epochs", "-1"], ["epochs"])
      try fails(64, ["--network", "unknown"], ["mobile"])
      try expectFailure(66, ["classify", "train", folder + "/none", "-o", folder + "/run"], mentions: ["none"])
      try expectFailure(64, ["classify", "run", folder + "/none"], mentions: ["<files>"])
      try expectFailure(66, ["classify", "run", folder + "/none", corpus], mentions: ["none"])
      #expect(!FileManager.default.fileExists(atPath: folder + "/run/metrics.jsonl"))
    }
  }
}
