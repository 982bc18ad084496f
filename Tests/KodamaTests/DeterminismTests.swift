import COpenBLAS
import Kodama
import TestSupport
import Testing

@Suite struct DeterminismTests {
  /// In a process of its own, because the number of OpenBLAS's threads is the whole process's.
  @Test func aProgramThatAsksForOneThreadGetsTheSameBitsWhateverTheHostHasSet() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { folder in
        try Sounds.writeCorpus(folder + "/corpus", samples: [4000, 4000, 4000])
        var settings = TrainingSettings(.tiny)
        (settings.plan.batchSize, settings.plan.cropSamples, settings.sampleSeconds) = (4, 1000, 0.01)
        func train(_ run: String, workers: Workers) throws -> Parameters<Float> {
          let job = try TrainingJob(
            corpus: folder + "/corpus", run: folder + "/" + run, settings: settings, workers: workers)
          try job.train(until: .steps(2))
          return try WaveNetModel.load(folder + "/" + run).parameters
        }
        openblas_set_num_threads(1)
        let expected = try train("one", workers: .serial)
        openblas_set_num_threads(2)
        try #require(MatrixLibrary.threads == 2)
        MatrixLibrary.useOneThread()
        try #require(MatrixLibrary.threads == 1)
        let trained = try train("two", workers: Workers(threads: 2))
        try #require(trained.names == expected.names)
        for name in trained.names { try #require(trained[name] == expected[name], "\(name)") }
      }
    }
  }
}
