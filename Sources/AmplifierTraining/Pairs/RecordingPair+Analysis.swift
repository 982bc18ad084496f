import KodamaAudio
import KodamaCore

extension RecordingPair {
  /// Checks the recordings, and finds latency, polarity, drift and levels.
  ///
  /// The latency is found three times: roughly, by the largest correlation; exactly, by the start of the impulse response
  /// that the cross-spectrum around it gives; and by the two clicks at the start of the dry recording, where there are any.
  /// The clicks count where both agree within 100 samples.
  ///
  /// - Throws: `PairFault`, all but `.differentRates` and `.severalChannels`; `AudioFault.notFinite` for recordings that
  ///   were given in memory.
  public func analysis(limits: PairLimits = PairLimits(), workers: Workers = .all) throws -> PairAnalysis {
    let (dryLevels, wetLevels) = (
      SoundLevels(of: dry.samples, sampleRate: sampleRate), SoundLevels(of: wet.samples, sampleRate: sampleRate)
    )
    try checkLevels([(dry, dryLevels), (wet, wetLevels)], limits)
    var remarks: [String] = []
    if dryLevels.clippedPlaces > limits.dryClippedPlaces { throw clipping(dry, dryLevels) }
    if wetLevels.clippedPlaces > 0 { throw clipping(wet, wetLevels) }
    if dryLevels.clippedPlaces > 0 { remarks.append("\(clipping(dry, dryLevels))") }
    if wetLevels.peak < 0.03 {
      remarks.append("\(wet.path): it is quiet, by which noise counts more; record at a higher level")
    }

    let longest = min(
      max(1, Int(limits.longestLatency * Double(sampleRate))), max(dry.samples.count, wet.samples.count) - 1)
    let correlation = CorrelationCurve(self, longest: longest, workers: workers)
    let delay = try Delay(self, around: correlation.peakLag, limits, workers: workers)
    remarks += delay.remarks(self)

    let clicks = Blips(in: dry.samples, sampleRate: sampleRate)?.latency(of: wet.samples, sampleRate: sampleRate)
    let agree = clicks.map { abs($0 - delay.latency) <= 100 } ?? false
    if let clicks, !agree {
      remarks.append(
        "the clicks give a latency of \(clicks) samples, and correlation \(delay.latency), which is used; look at the picture"
      )
    }
    let latency = agree ? clicks ?? delay.latency : delay.latency
    let (dryRange, wetRange) = try commonRanges(latency: latency, limits, remarks: &remarks)
    let noise = noise(dryLevels, latency: latency)
    if let noise, let level = SoundLevels.decibels(wetLevels.level), level - noise < 40 {
      remarks.append(
        "\(wet.path): the noise before the first sound is only \(Decibels.text(level - noise)) below the signal; a model "
          + "cannot have a smaller error than that")
    }
    return PairAnalysis(
      dry: facts(dry, dryLevels), wet: facts(wet, wetLevels), sampleRate: sampleRate, latency: latency,
      method: agree ? .clicks : .correlation, latencyByClicks: clicks, latencyByCorrelation: delay.latency,
      isInverted: delay.isInverted, coherence: delay.coherence, latencyChanges: delay.changes, drift: delay.drift,
      noise: noise, dryRange: dryRange, wetRange: wetRange, remarks: remarks, correlation: correlation)
  }

  private func checkLevels(_ recordings: [(Recording, SoundLevels)], _ limits: PairLimits) throws {
    for (recording, levels) in recordings {
      if let bad = recording.samples.firstIndex(where: { !$0.isFinite }) {
        throw AudioFault.notFinite(path: recording.path, frame: bad, channel: 0)
      }
      let seconds = seconds(recording.samples.count)
      if seconds < limits.shortest {
        throw PairFault.tooShort(path: recording.path, seconds: seconds, needed: limits.shortest)
      }
      let peak = SoundLevels.decibels(Double(levels.peak))
      if peak ?? -.infinity < limits.silence { throw PairFault.silent(path: recording.path, peak: peak) }
    }
  }

  private func clipping(_ recording: Recording, _ levels: SoundLevels) -> PairFault {
    .clipped(path: recording.path, places: levels.clippedPlaces, seconds: seconds(levels.firstClipped ?? 0))
  }

  private func facts(_ recording: Recording, _ levels: SoundLevels) -> PairAnalysis.Recording {
    PairAnalysis.Recording(
      path: recording.path, samples: recording.samples.count,
      peak: SoundLevels.decibels(Double(levels.peak)) ?? -200, level: SoundLevels.decibels(levels.level) ?? -200,
      clippedPlaces: levels.clippedPlaces, firstSound: levels.firstSound)
  }

  /// The ranges of both that belong together: the wet one starts a sample earlier than the latency, so that no model needs
  /// a sample that is still to come.
  private func commonRanges(
    latency: Int, _ limits: PairLimits, remarks: inout [String]
  ) throws -> (dry: Range<Int>, wet: Range<Int>) {
    let shift = latency - 1
    let (dryStart, wetStart) = (max(0, -shift), max(0, shift))
    let count = min(dry.samples.count - dryStart, wet.samples.count - wetStart)
    if seconds(max(0, count)) < limits.shortest {
      throw PairFault.tooShort(path: wet.path, seconds: seconds(max(0, count)), needed: limits.shortest)
    }
    let missing = dry.samples.count - dryStart - count
    if seconds(missing) > limits.longestMissing {
      throw PairFault.wetEndsEarly(
        dry: dry.path, wet: wet.path, missing: seconds(missing), allowed: limits.longestMissing)
    }
    // A latency leaves that much of the dry recording without an answer.
    if missing > max(0, latency) {
      remarks.append(
        "\(wet.path): it ends early; the last \(PairFault.seconds(seconds(missing))) of \(dry.path) are left out")
    }
    let rest = wet.samples.count - wetStart - count
    if seconds(rest) > 1 {
      remarks.append(
        "\(wet.path): its last \(PairFault.seconds(seconds(rest))) follow the end of \(dry.path) and are left out")
    }
    return (dryStart..<dryStart + count, wetStart..<wetStart + count)
  }

  /// The level of the wet recording before its first sound, which is that of the dry one and the latency.
  private func noise(_ dryLevels: SoundLevels, latency: Int) -> Double? {
    let guardTime = sampleRate / 100
    let end = min(wet.samples.count, dryLevels.firstSound + latency - guardTime)
    if end < sampleRate / 20 { return nil }
    return SoundLevels.decibels(SoundLevels.rootMeanSquare(wet.samples[0..<end]))
  }
}
