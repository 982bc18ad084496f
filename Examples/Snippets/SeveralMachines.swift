import Kodama

/// Trains together with the other processes that mpirun started.
public func trainTogether() throws {
  if let communicator = try Job.start() {
    let group = ProcessGroup(communicator)
    let job = try TrainingJob(
      corpus: "recordings", run: "runs/first", settings: TrainingSettings(.tiny), group: group,
      workers: communicator.workers())
    try job.train()
    communicator.finish()
  }
}
