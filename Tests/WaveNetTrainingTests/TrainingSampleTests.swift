import Kodama
import TestSupport
import Testing

@Suite struct TrainingSampleTests {
  private static let labels = [
    [], ["george"], ["george", "0"], ["../x y", String(repeating: "é", count: 500)], ["Ä-b"],
  ]

  @Test func namesHoldLettersAndDigitsAlone() throws {
    try withTemporaryFolder { folder in
      let run = try TrainingRun(folder + "/run", resuming: false)
      let path = try run.samplePath(step: 7, labels: ["george", "../x y", String(repeating: "é", count: 500)])
      #expect(path == run.path + "/samples/step-7-george-___x_y-" + String(repeating: "_", count: 24) + ".wav")
      #expect(try run.samplePath(step: 8) == run.path + "/samples/step-8.wav")
    }
  }

  @Test(arguments: labels) func aNameThatIsWrittenIsRead(labels: [String]) throws {
    for step in [0, 1, 1_000_000, .max] {
      let sample = TrainingSample(step: step, labels: labels)
      #expect(TrainingSample(fileName: sample.fileName) == sample)
      #expect(sample.labels(among: labels.map { [$0, "other"] }) == labels)
    }
  }

  @Test(arguments: [
    "step-.wav", "step-1", "step-01.wav", "step--1.wav", "step-1.mp3", "step-1-.wav.wav", "step-1-a b.wav", "other.wav",
    "step-1-é.wav", "step-1-a-b-c-d-e.wav", "step-99999999999999999999.wav",
  ]) func anyOtherNameIsNone(name: String) { #expect(TrainingSample(fileName: name) == nil) }

  @Test func samplesAreListedInTheOrderOfTheirSteps() throws {
    try withTemporaryFolder { run in
      #expect(try TrainingSample.all(run: run).isEmpty)
      for name in ["step-10.wav", "step-9-b.wav", "step-9-a.wav", "notes.txt"] {
        try write([], to: run + "/samples/" + name)
      }
      #expect(
        try TrainingSample.all(run: run + "/").map(\.fileName) == ["step-9-a.wav", "step-9-b.wav", "step-10.wav"])
    }
  }

  @Test func wordsThatSeveralLabelsHaveStayWords() {
    let sample = TrainingSample(step: 1, labels: ["a b", "x"])
    #expect(sample.labels(among: [["a b", "a-b"], ["y"]]) == ["a_b", "x"])
    #expect(sample.labels(among: []) == ["a_b", "x"])
  }
}
