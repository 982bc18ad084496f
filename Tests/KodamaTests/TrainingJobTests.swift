import Foundation
import TestSupport
import Testing

@testable import Kodama

@Suite struct TrainingJobTests {
  private static let files = ["model.safetensors", "average.safetensors", "trainer.safetensors"]

  /// Hears everything.
  private final class Listener: TrainingObserver {
    private(set) var events: [TrainingEvent] = []

    func trainingDid(_ event: TrainingEvent) { events.append(event) }
  }

  private func state(_ run: String, step: Int) throws -> [[UInt8]] {
    try Self.files.map { try bytes(run + "/checkpoints/step-\(step)/" + $0) }
  }

  /// A corpus of several rates, which are converted.
  private func writeMixedCorpus(_ folder: String) throws {
    try Sounds.writeCorpus(folder)
    try Sounds.write(folder + "/fast.wav", samples: 5000, sampleRate: 22_050, seed: 7)
    try Sounds.write(folder + "/stereo.wav", samples: 1700, channels: 2, seed: 8)
  }

  private func job(
    _ folder: String, run: String, resuming: Bool = false, workers: Workers = .serial,
    _ change: (inout TrainingSettings) -> Void = { _ in }
  ) throws -> TrainingJob {
    var settings = Sounds.settings
    settings.sampleRate = Sounds.sampleRate
    settings.architecture.dropout = 0.1
    settings.plan.accumulation = 2
    change(&settings)
    return try TrainingJob(
      corpus: folder + "/corpus", run: folder + "/" + run, settings: settings, resuming: resuming, workers: workers)
  }

  @Test func threadsAndInterruptionsChangeNoBit() throws {
    try withTemporaryFolder { folder in
      try writeMixedCorpus(folder + "/corpus")
      try job(folder, run: "whole").train(until: .steps(11))
      try job(folder, run: "threads", workers: Workers(threads: 3)).train(until: .steps(11))
      for (first, steps) in [(0, 3), (3, 7), (7, 11)] {
        let job = try job(folder, run: "parts", resuming: first > 0, workers: Workers(threads: 1 + first % 2))
        #expect(job.firstStep == first)
        #expect(first == 0 || first * 4 % job.cropsPerEpoch != 0, "in the middle of an epoch")
        try job.train(until: .steps(steps))
      }
      let whole = try state(folder + "/whole", step: 11)
      #expect(try state(folder + "/threads", step: 11) == whole)
      #expect(try state(folder + "/parts", step: 11) == whole)
    }
  }

  @Test func validationAndAudioComeAtTheirSteps() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let listener = Listener()
      let job = try job(folder, run: "run") {
        ($0.validationInterval, $0.sampleInterval, $0.checkpointInterval) = (2, 3, 4)
      }
      try job.train(until: .steps(5), observers: [listener])
      let heard = listener.events.compactMap { event -> String? in
        switch event {
        case .step(let report): "step \(report.step)"
        case .validation(let report):
          // Six bits are what 64 classes cost an untrained network.
          (report.weights + report.average).filter { abs($0.value - 6) < 0.3 }.count == 2
            ? "validation \(report.step)" : "\(report)"
        case .checkpoint(let step, _): "checkpoint \(step)"
        case .best(let best): "best \(best.step)"
        case .working(let work, let share):
          (0...1).contains(share) && ["validation", "a sample of audio"].contains(work) ? nil : "\(event)"
        case .sample(let report, _): "sample \(report.step)"
        case .rollback: "rollback"
        case .left(let path, _): "left \(path)"
        }
      }
      #expect(
        heard == [
          "checkpoint 0", "step 1", "step 2", "checkpoint 2", "best 2", "validation 2", "step 3", "sample 3", "step 4",
          "checkpoint 4", "best 4", "validation 4", "step 5", "checkpoint 5", "best 5", "validation 5", "sample 5",
        ])
      for step in [3, 5] {
        let sample = try AudioFile.read(folder + "/run/samples/step-\(step).wav")
        #expect(sample.frames == 80 && sample.sampleRate == Sounds.sampleRate)
      }
    }
  }

  @Test func samplesAreMeasuredBesideTheRecordings() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try Sounds.write(folder + "/corpus/long.wav", samples: 4000, seed: 9)
      let job = try job(folder, run: "run") {
        ($0.sampleInterval, $0.sampleSeconds) = (2, 0.25)
        $0.validationPercent = 0
      }
      try job.train(until: .steps(3))
      let history = try TrainingHistory(run: folder + "/run")
      #expect(history.samples.map(\.step) == [2, 3])
      let measures = TaskMeasures.ofSamples.samples
      for report in history.samples {
        #expect(report.generated.map(\.measure) == measures && report.recorded.map(\.measure) == measures)
        // An untrained network plays noise.
        let (share, ratio, flatness) = (
          report.generated[measures[0]] ?? .nan, report.generated[measures[1]] ?? .nan,
          report.generated[measures[2]] ?? .nan
        )
        #expect((0...100).contains(share) && ratio < 5 && (-10 ..< -1).contains(flatness), "\(report)")
      }
      #expect(history.samples[0].recorded == history.samples[1].recorded)
      // The same in the run's report.
      let facts = try RunReportJob(run: folder + "/run").report.facts.map(\.name)
      #expect(facts.contains("Harmonics to noise ratio of the last sample"))
    }
  }

  @Test func measuringAStepTakesNone() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try job(folder, run: "a").train(until: .steps(2))
      let measured = try job(folder, run: "b")
      #expect(try measured.setup.measureStep() > 0)
      try measured.train(until: .steps(2))
      #expect(try state(folder + "/a", step: 2) == state(folder + "/b", step: 2))
    }
  }

  @Test func theRateIsTheCorpussUnlessItIsGivenOrMixed() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      #expect(try job(folder, run: "a") { $0.sampleRate = nil }.sampleRate == 8000)
      #expect(try job(folder, run: "b") { $0.sampleRate = 11_025 }.sampleRate == 11_025)
      try Sounds.write(folder + "/corpus/fast.wav", samples: 500, sampleRate: 44_100)
      #expect(try job(folder, run: "c") { $0.sampleRate = nil }.sampleRate == 16_000)
    }
  }

  @Test func whatIsNotAsItShouldBeIsListed() throws {
    try withTemporaryFolder { folder in
      try writeMixedCorpus(folder + "/corpus")
      try write("<html>".utf8, to: folder + "/corpus/page.wav")
      try Sounds.write(folder + "/corpus/none.wav", samples: 0)
      let warnings = try job(folder, run: "run").warnings
      #expect(warnings.count == 3)
      #expect(warnings[0].hasPrefix("1 unusable file left out: \(folder)/corpus/page.wav"))
      #expect(warnings[1] == "1 empty or silent file left out: none.wav: no samples")
      #expect(warnings[2] == "2 files converted to 8000 Hz mono: fast.wav; stereo.wav")
    }
  }

  @Test func theRemarksOfAValidationFolderAreListedToo() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try Sounds.write(folder + "/other/a.wav", samples: 800, channels: 2)
      let job = try TrainingJob(
        corpus: folder + "/corpus", validationFolder: folder + "/other", run: folder + "/run",
        settings: Sounds.settings)
      #expect(job.warnings == ["1 file converted to 8000 Hz mono: a.wav"])
      #expect(job.training.count == 4 && job.validation?.count == 1)
    }
  }

  @Test func silenceAtTheEndsIsCutOnRequestAndCounted() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let tone = try AudioFile.read(folder + "/corpus/1.wav").mono
      let silence = [Float](repeating: 0, count: 4000)
      try AudioWriter.write(
        Waveform(silence + tone + silence, sampleRate: 8000), to: folder + "/corpus/1.wav", existing: .replace)
      let job = try job(folder, run: "run") { $0.trimming = SilenceTrimming(marginSeconds: 0.1) }
      #expect(job.warnings.count == 1)
      #expect(job.warnings[0].hasPrefix("1 file lost silence at its ends, 0.8 s in all: 1.wav"))
    }
  }

  @Test func theSettingsOfARunAreKnownWithoutItsCorpus() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let begun = try job(folder, run: "run") { $0.plan.batchSize = 3 }
      #expect(throws: TrainingFault.noRun(run: folder + "/run")) { try TrainingJob.settings(ofRun: folder + "/run") }
      try begun.train(until: .steps(0))
      #expect(try TrainingJob.settings(ofRun: folder + "/run") == begun.settings)
      #expect(throws: TrainingFault.noRun(run: folder)) { try TrainingJob.settings(ofRun: folder) }
    }
  }

  @Test func aFileThatChangesWhileItIsReadIsSaid() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let job = try job(folder, run: "run")
      for number in 0..<4 { try Sounds.write(folder + "/corpus/\(number).wav", samples: 10, channels: 2) }
      #expect { try job.train(until: .steps(5)) } throws: {
        guard case AudioFault.changed(let path, _) = $0 else { return false }
        return path.hasPrefix(folder + "/corpus/")
      }
    }
  }
}
