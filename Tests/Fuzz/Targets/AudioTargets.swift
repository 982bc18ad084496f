import Kodama

extension FuzzTarget {
  /// Sound files, and lists of them.
  static let audioTargets =
    ExampleSounds.formats.map { format in
      FuzzTarget(format.name, "a sound file: \(format.summary)", seeds: format.seeds, read: readSound)
    } + [
      FuzzTarget("csv", "labels from a CSV file", form: .text, seeds: { ExampleBytes.csv }) { bytes, folder in
        try writeCorpus(folder)
        try write(bytes, to: folder + "/labels.csv")
        let index = try CorpusIndex.scan(folder, labels: .csv(path: folder + "/labels.csv"), workers: .serial)
        _ = CorpusReport(index).description
      },
      FuzzTarget("label-pattern", "a pattern on file names", form: .text, seeds: { ExampleBytes.patterns }) {
        bytes, folder in
        try writeCorpus(folder)
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        // What a person would wait for.
        if text.utf8.count > 40 { return }
        let pattern = try LabelPattern(text)
        _ = CorpusReport(try CorpusIndex.scan(folder, labels: .pattern(pattern), workers: .serial)).description
      },
      FuzzTarget("corpus", "corpus.json, the index of a corpus", form: .text, seeds: { try ExampleRun.corpusIndex }) {
        bytes, folder in
        try ExampleRun.writeCorpus(folder)
        try write(bytes, to: folder + "/corpus.json")
        let index = try CorpusIndex.load(folder + "/corpus.json", folder: folder)
        _ = CorpusReport(index).description
        let split = Split(index)
        _ = (split.training.fingerprint, index.changes(since: split.validation))
        let recordings = try Recordings(index, workers: .serial)
        _ = CropSampler(frames: recordings.items.map(\.frames), cropLength: 100, seed: 1).crop(7)
        _ = try recordings.read(0, 0..<min(10, recordings.frames(of: 0)))
      },
    ]

  private static func readSound(_ bytes: [UInt8], _ folder: String) throws {
    let path = folder + "/sound"
    try write(bytes, to: path)
    let file = try AudioFile(path)
    // A file of silence of some bytes may hold hours.
    var frames = 0
    while frames < 200_000 {
      let block = try file.read(frames: 777)
      precondition(block.allSatisfy(\.isFinite), "a sample is not finite")
      if block.isEmpty { break }
      frames += block.count / file.channels
    }
    _ = file.warnings.map(\.description)
    if frames > 5 { try file.seek(to: 5) }
    _ = try file.read(frames: 10)
  }

  /// A corpus of two recordings, where there is none yet.
  private static func writeCorpus(_ folder: String) throws {
    if AtomicFile.exists(folder + "/7_george_1.wav") { return }
    try Folder.create(folder + "/low")
    for name in ["7_george_1", "low/b"] {
      try AudioWriter.write(
        Waveform([0.5, 0.25, -0.5], sampleRate: 8000), to: folder + "/\(name).wav", existing: .replace)
    }
  }
}
