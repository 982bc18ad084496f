import Foundation
import Kodama
import TestSupport
import Testing

/// `kodama generate --features -`: samples as soon as the frames that they need are there.
@Suite struct FeatureStreamTests {
  private let hop = FeatureModels.convention.hopLength
  private let channels = FeatureModels.convention.bands

  /// The header of a stream, of unknown length where no rows are said, as numpy writes it.
  private func header(rows: Int = -1, channels: Int) -> [UInt8] {
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(channels)), }\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
  }

  private func bytes(of frame: some Collection<Float>) -> [UInt8] {
    frame.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) }
  }

  private func frames(_ matrix: NumpyMatrix) -> [[UInt8]] {
    (0..<matrix.rows).map { bytes(of: matrix.values[$0 * matrix.columns..<($0 + 1) * matrix.columns]) }
  }

  /// How many bytes a child has written when it has read all of its input and waits for more.
  private func settled(_ child: Child, reading input: PipeWriter) throws -> Int {
    try child.waitUntilIdle(reading: input)
    return try child.output().count
  }

  private let arguments = ["generate", FeatureModels.mel, "--features", "-", "-o", "-", "--raw"]

  @Test func samplesFollowTheirFramesByTheMarginAndNoMore() throws {
    let path = FeatureModels.features + "/deep/b.npy"
    let matrix = try NumpyMatrix(contentsOf: path)
    let expected = try expectSuccess(
      ["generate", FeatureModels.mel, "--features", path, "-o", "-", "--raw", "--quiet"]
    ).output
    #expect(expected.count == 2 * matrix.rows * hop)
    let pipe = try PipeWriter()
    let child = try Child(Command.executable, arguments, input: pipe)
    try pipe.write(header(channels: channels))
    for (number, frame) in frames(matrix).enumerated() {
      try pipe.write(frame)
      let whole = max(0, number + 1 - FeatureModels.marginFrames) * hop
      #expect(try settled(child, reading: pipe) == 2 * whole, "after frame \(number)")
    }
    pipe.close()
    let end = try child.end()
    #expect(end.status == 0 && end.output == expected, "\(end.errors)")
    #expect(
      end.errors.contains("samples follow their frames by 2 frames: 64 samples, 8.0 ms"), "\(end.errors)")
  }

  @Test(arguments: [[], ["--label", "speaker=ben"]]) func aStreamIsWhatItsFileIs(label: [String]) throws {
    try withTemporaryFolder { folder in
      let path = FeatureModels.features + "/a.npy"
      let model = label.isEmpty ? FeatureModels.mel : FeatureModels.labelled
      let start = ["generate", model, "--quiet", "--seed", "3"] + label
      try expectSuccess(start + ["--features", path, "-o", folder + "/file.wav"])
      let pipe = try PipeWriter()
      let child = try Child(Command.executable, start + ["--features", "-", "-o", folder + "/stream.wav"], input: pipe)
      try pipe.write(TestSupport.bytes(path))
      pipe.close()
      let end = try child.end()
      #expect(end.status == 0 && end.errors.isEmpty && end.output.isEmpty, "\(end.errors)")
      #expect(try TestSupport.bytes(folder + "/stream.wav") == TestSupport.bytes(folder + "/file.wav"))
    }
  }

  @Test func aSecondRecordingMayArriveSampleBySample() throws {
    try withTemporaryFolder { folder in
      let sound = try AudioFile.read(FeatureModels.sounds + "/a.wav")
      let pipe = try PipeWriter()
      let child = try Child(
        Command.executable, ["generate", FeatureModels.signal, "--features", "-", "-o", folder + "/a.wav"], input: pipe)
      try pipe.write(header(channels: 1) + bytes(of: sound.mono))
      pipe.close()
      let end = try child.end()
      #expect(end.status == 0 && end.errors.contains("0 frames: 0 samples"), "\(end.errors)")
      try expectSuccess([
        "generate", FeatureModels.signal, "--signal", FeatureModels.sounds + "/a.wav", "-o", folder + "/b.wav",
        "--quiet",
      ])
      #expect(try TestSupport.bytes(folder + "/a.wav") == TestSupport.bytes(folder + "/b.wav"))
    }
  }

  @Test func aStreamThatCannotBeTakenLeavesNothing() throws {
    let frame = [Float](repeating: -1, count: channels)
    var broken = frame
    broken[4] = .nan
    let cases: [(what: String, stream: [UInt8], mentions: [String])] = [
      ("nothing", [], ["standard input", "header"]),
      ("no .npy", Array("mel, mel, mel, mel".utf8), ["standard input", "not those of a .npy file"]),
      ("no frames", header(channels: channels), ["standard input", "no frames"]),
      ("no rows", header(rows: 0, channels: channels), ["standard input", "no frames"]),
      (
        "other channels", header(channels: 7) + bytes(of: frame.prefix(7)),
        ["7 numbers a frame", "log-mel features of 12 bands", "made for the model"]
      ),
      ("not finite", header(channels: channels) + bytes(of: broken), ["standard input", "frame 0, channel 4"]),
      ("cut", header(channels: channels) + bytes(of: frame.dropLast()), ["ends within the row after 0 rows"]),
    ]
    try withTemporaryFolder { folder in
      for (what, stream, mentions) in cases {
        for output in ["-", folder + "/out.wav"] {
          let pipe = try PipeWriter()
          let arguments = ["generate", FeatureModels.mel, "--features", "-", "-o", output, "--quiet"]
          let child = try Child(Command.executable, arguments, input: pipe)
          try pipe.write(stream)
          pipe.close()
          try expectFailure(65, try child.end(), mentions: mentions, what)
        }
      }
      // What fails later leaves no file either.
      let pipe = try PipeWriter()
      let child = try Child(
        Command.executable, ["generate", FeatureModels.mel, "--features", "-", "-o", folder + "/out.wav", "--quiet"],
        input: pipe)
      try pipe.write(header(rows: 9, channels: channels) + (0..<5).flatMap { _ in bytes(of: frame) })
      pipe.close()
      try expectFailure(65, try child.end(), mentions: ["standard input", "5 of 9 rows"])
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test func wrongRequestsDoNotWaitForAStream() throws {
    try withTemporaryFolder { folder in
      func fail(_ status: Int32, _ model: String, _ options: [String], _ mentions: [String]) throws {
        let pipe = try PipeWriter()
        let child = try Child(
          Command.executable, ["generate", model, "--features", "-", "-o", folder + "/out.wav"] + options, input: pipe)
        try expectFailure(status, try child.end(), mentions: mentions, options.joined(separator: " "))
      }
      try fail(64, Fixture.model, [], ["not conditioned on features", "train --features makes one"])
      try fail(64, FeatureModels.labelled, [], ["--label speaker=… (anna, ben)"])
      try fail(64, FeatureModels.labelled, ["--label", "speaker=anna/ben"], ["give one label of each set"])
      try fail(64, FeatureModels.mel, ["--samples", "5"], ["as long as the features"])
      try fail(64, FeatureModels.mel, ["--streams", "2"], ["--streams"])
      try fail(64, FeatureModels.mel, ["--prime", Fixture.recording], ["--prime"])
      #expect(try names(in: folder).isEmpty)
      try write([1], to: folder + "/out.wav")
      try fail(73, FeatureModels.labelled, ["--label", "speaker=anna"], ["out.wav exists already", "--force"])
    }
  }

  /// A stream may be silent for long: a request to end is heard all the same, and what is there is kept.
  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func aWaitingStreamEndsOnRequest(signal: Int32, status: Int32) throws {
    try withTemporaryFolder { folder in
      let matrix = try NumpyMatrix(contentsOf: FeatureModels.features + "/a.npy")
      for output in ["-", folder + "/out.raw"] {
        let pipe = try PipeWriter()
        let child = try Child(
          Command.executable,
          ["generate", FeatureModels.mel, "--features", "-", "-o", output] + (output == "-" ? ["--raw"] : []),
          input: pipe)
        try pipe.write(header(channels: channels) + frames(matrix)[..<10].joined())
        // The file grows under another name.
        func written() throws -> Int {
          try child.output().count
            + names(in: folder).reduce(0) { try $0 + TestSupport.bytes(folder + "/" + $1).count }
        }
        try child.wait(until: "samples are written") { try written() >= 2 * 8 * hop }
        try child.waitUntilIdle(reading: pipe)
        child.send(signal)
        let end = try child.end(within: 20)
        #expect(end.status == status, "\(end.errors)")
        #expect(try (output == "-" ? end.output : TestSupport.bytes(output)).count == 2 * 8 * hop)
      }
      #expect(try names(in: folder) == ["out.raw"])
    }
  }
}
