import Kodama

extension FeatureOptions {
  /// The features of a signal that are all there at first; nil where none are given.
  func sequence(for model: InferenceModel) throws -> FeatureSequence? {
    if let file { return try FeatureSequence(file: file, for: model) }
    return try signal.map { try FeatureSequence(signal: $0, for: model) }
  }
}

extension GenerateCommand {
  /// Makes recordings again from their features, and says how far the copies are from them.
  func copy(_ model: InferenceModel, _ sampling: SamplingOptions, _ labels: Conditions) throws {
    guard let recording = features.recording else { return }
    let job = try CopySynthesisJob(
      model: model, named: self.model, of: recording, output: output,
      method: features.griffinLim ? .griffinLim(GriffinLim(seed: seed)) : .model, seed: seed, sampling: sampling,
      labels: labels, workers: threads.workers)
    for path in job.copies { try AtomicFile.check(path, existing: replacing.existing) }
    for warning in job.warnings where !quiet { Terminal.warning(warning) }
    let line = ProgressLine(quiet: quiet)
    let count = job.recordings.count
    let isWhole = try job.write(
      encoding: count == 1 ? AudioEncoding(forName: output, format) : AudioEncoding(.wav, format),
      existing: replacing.existing,
      progress: { done, part in
        let share = Double(part.samples) / Double(max(1, part.total))
        line.update(
          share: count == 1 ? share : Double(done) / Double(count),
          count == 1
            ? "\(Format.count(part.samples)) of \(Format.count(part.total)) samples"
            : "\(done) of \(count) recordings, \(Format.count(part.samples)) samples of the longest of the next")
      }, shouldStop: { Interruption.isRequested })
    line.close()
    if !isWhole { throw Interruption.exitStatus }
    let distances = try job.distances()
    func mean(_ values: [Double?]) -> String {
      let known = values.compactMap { $0 }
      return known.isEmpty ? "-" : Format.decimal(known.reduce(0, +) / Double(known.count), 3)
    }
    try Terminal.data(
      Format.table(
        [
          ["mel-cepstral distortion", mean(distances.map(\.melCepstralDistortion)) + " dB"],
          ["multi-resolution STFT distance", mean(distances.map(\.multiResolutionSTFTDistance))],
        ] + (count == 1 ? [] : [["recordings", Format.count(count)]])))
  }

  /// Generates from frames that come through standard input.
  func generateFromStream(_ model: InferenceModel, _ sampling: SamplingOptions, _ labels: Conditions) throws {
    let job = try FeatureStreamJob(
      model: model, seed: seed, sampling: sampling, labels: labels, workers: threads.workers)
    let milliseconds = 1000 * Double(job.latency) / Double(job.sampleRate)
    if !quiet {
      Terminal.note(
        "samples follow their frames by \(job.features.marginFrames) frames: \(Format.count(job.latency)) samples, "
          + "\(Format.decimal(milliseconds, 1)) ms")
    }
    let writer =
      output == "-"
      ? try AudioWriter(
        to: .standardOutput, encoding: AudioEncoding(raw ? .raw : .wav, format), sampleRate: job.sampleRate)
      : try AudioWriter(
        path: output, encoding: AudioEncoding(forName: output, format), sampleRate: job.sampleRate,
        existing: replacing.existing)
    var rows = try NumpyRows(descriptor: 0, path: "standard input")
    if rows.columns != job.features.channels {
      throw WaveNetFault.featureChannels(found: rows.columns, job.features)
    }
    try job.run(
      frames: { try rows.next() }, shouldStop: { Interruption.isRequested }, output: { try writer.write($0) })
    try writer.finish()
    if Interruption.isRequested { throw Interruption.exitStatus }
  }
}
