import ArgumentParser
import Kodama

extension FeatureOptions {
  /// The complete features of a signal; nil where none are given.
  func sequence(for model: InferenceModel, channel: ChannelChoice, quiet: Bool) throws -> FeatureSequence? {
    if let file { return try FeatureSequence(file: file, for: model) }
    guard let signal else { return nil }
    let sequence = try FeatureSequence(signal: signal, channel: channel, for: model)
    let remarks = try FileSource(signal).remarks(sampleRate: model.sampleRate, channel: channel)
    for remark in remarks where !quiet { Terminal.warning(remark) }
    return sequence
  }
}

extension GenerateCommand {
  /// Copies recordings from their features, and prints the distances of the copies.
  func copy(_ model: InferenceModel, _ sampling: SamplingOptions, _ labels: Conditions) throws {
    guard let recording = features.recording else { return }
    let job = try CopySynthesisJob(
      model: model, of: recording, output: output,
      method: features.griffinLim ? .griffinLim(GriffinLim(seed: seed)) : .model(refinement: features.refinement),
      seed: seed, sampling: sampling, channel: channels.choice, labels: labels, workers: threads.workers)
    let encoding = try job.isOfFolder ? AudioEncoding(.wav, format) : AudioEncoding(forName: output, format)
    if encoding.container == .raw {
      throw ValidationError("a copy is compared with its recording, and raw samples have no rate; write .wav or .flac")
    }
    if encoding.container.isLossy {
      throw ValidationError(
        "a copy is compared with its recording, and coding would add to the distance; write .wav or .flac")
    }
    try job.prepare(existing: replacing.existing)
    for warning in job.warnings where !quiet { Terminal.warning(warning) }
    let line = ProgressLine(quiet: quiet)
    let count = job.recordings.count
    let isWhole = try job.write(
      encoding: encoding, existing: replacing.existing,
      progress: { done, part in
        let share = Double(part.samples) / Double(max(1, part.total))
        line.update(
          share: count == 1 ? share : Double(done) / Double(count),
          count == 1
            ? "\(Format.count(part.samples)) of \(Plural.grouped(part.total, "sample"))"
            : "\(done) of \(count) recordings, \(Plural.grouped(part.samples, "sample")) of the longest of the next")
      }, shouldStop: { Interruption.isRequested })
    line.close()
    if !isWhole || Interruption.isRequested { throw Interruption.exitStatus }
    let distances = try job.distances()
    func mean(_ values: [Double?], _ unit: String = "") -> String {
      Self.mean(values).map { Format.decimal($0, 3) + unit } ?? "-"
    }
    try Terminal.data(
      Format.table(
        [
          ["mel-cepstral distortion", mean(distances.map(\.melCepstralDistortion), " dB")],
          ["multi-resolution STFT distance", mean(distances.map(\.multiResolutionSTFTDistance))],
        ] + (job.isOfFolder ? [["recordings", Format.count(count)]] : [])))
    if !features.griffinLim && !quiet { try compareWithBaseline(distances, of: job) }
  }

  private static func mean(_ values: [Double?]) -> Double? {
    let known = values.compactMap { $0 }
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }

  /// Says where the copies are farther from their recordings than what an algorithm without the network makes.
  private func compareWithBaseline(_ distances: [CopySynthesisJob.Distance], of job: CopySynthesisJob) throws {
    guard
      let others = try job.baselineDistances(
        phases: GriffinLim(seed: seed), shouldStop: { Interruption.isRequested })
    else { return }
    let measures: [(name: String, value: (CopySynthesisJob.Distance) -> Double?)] = [
      ("mel-cepstral distortion, dB", \.melCepstralDistortion),
      ("multi-resolution STFT distance", \.multiResolutionSTFTDistance),
    ]
    let worse = measures.compactMap { name, value -> String? in
      guard let own = Self.mean(distances.map(value)), let other = Self.mean(others.map(value)), own > other else {
        return nil
      }
      return "\(Format.decimal(own, 3)) against \(Format.decimal(other, 3)) (\(name))"
    }
    if worse.isEmpty { return }
    Terminal.warning(
      "\(Plural.word(distances.count, "the copy is", "the copies are")) farther from the "
        + "\(Plural.word(distances.count, "recording")) than what Griffin and Lim's algorithm makes of the same features "
        + "without the model: \(worse.joined(separator: ", ")); train longer, or use --griffin-lim")
  }

  /// Generates from frames on standard input.
  func generateFromStream(
    _ model: InferenceModel, _ sampling: SamplingOptions, _ labels: Conditions, _ encoding: AudioEncoding
  ) throws {
    let job = try FeatureStreamJob(
      model: model, seed: seed, sampling: sampling, labels: labels, workers: threads.workers)
    let milliseconds = 1000 * Double(job.latency) / Double(job.sampleRate)
    if !quiet {
      Terminal.note(
        "samples follow their frames by \(Plural.text(job.features.marginFrames, "frame")): "
          + "\(Plural.grouped(job.latency, "sample")), "
          + "\(Format.decimal(milliseconds, 1)) ms")
    }
    // A wrong name, and an unsuitable stream, are reported before anything is written.
    if output != "-" { try AtomicFile.check(output, existing: replacing.existing) }
    var rows = try NumpyRows(path: StandardInput.path, read: StandardInput.read)
    if rows.columns != job.features.channels {
      throw WaveNetFault.featureChannels(found: rows.columns, job.features)
    }
    guard let beginning = try rows.next() else { throw FeatureFault.noFrames(path: rows.path) }
    let writer =
      output == "-"
      ? try AudioWriter(
        to: .standardOutput, encoding: encoding, sampleRate: job.sampleRate)
      : try AudioWriter(
        path: output, encoding: encoding, sampleRate: job.sampleRate, existing: replacing.existing)
    var first: [Float]? = beginning
    try job.run(
      frames: {
        if let frame = first {
          first = nil
          return frame
        }
        // On interruption the samples so far are kept.
        do { return try rows.next() } catch is ExitStatus { return nil }
      }, shouldStop: { Interruption.isRequested }, output: { try writer.write($0) })
    try writer.finish()
    if Interruption.isRequested { throw Interruption.exitStatus }
  }
}
