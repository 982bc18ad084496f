import Foundation
import Kodama
import TestSupport
import Testing

#if MPI

  /// Jobs of several processes of the command.
  enum ProcessJob {
    /// What makes a small network, trained in short steps.
    static let network = [
      "--set", "dilations=[1,2,4]", "--set", "residual_channels=4", "--set", "gate_channels=4", "--set",
      "skip_channels=8", "--set", "head_channels=8", "--set", "sample_seconds=0.01", "--crop", "2000", "--threads", "1",
      "--validate-every", "2", "--validation-share", "40", "--log-every", "1",
    ]
    static let batches = network + ["--batch", "8"]
    /// Steps of eight crops in four parts.
    static let training = batches + ["--set", "plan.batch_parts=4"]

    /// A line of `mpirun` with as many processes of this command.
    static func line(_ processes: Int, _ arguments: [String]) -> [String] {
      ["-n", "\(processes)", Command.executable] + arguments
    }

    /// Starts processes by mpirun, of which this machine may have fewer processors.
    static func start(_ line: [String]) throws -> Child {
      try Child(
        "/usr/bin/env", ["mpirun", "--oversubscribe", "--bind-to", "none"] + line,
        environment: ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"])
    }

    /// Trains with several processes, or without mpirun with one.
    @discardableResult static func train(
      _ processes: Int, _ run: String, _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Child.End {
      let arguments = ["train", Fixture.corpus, "-o", run] + arguments
      let end = try processes == 1 ? Command.run(arguments) : start(line(processes, arguments)).end()
      #expect(end.status == 0 && end.signal == nil, "\(processes): \(end.errors)", sourceLocation: sourceLocation)
      return end
    }

    /// Starts processes, and waits until they are there.
    ///
    /// - Returns: the job, and the number of each of its processes.
    static func started(
      _ processes: Int, _ arguments: [String], in folder: String
    ) throws -> (Child, [pid_t]) {
      // Each process writes its number, and is the command then.
      let script = "echo $$ > \(folder)/$OMPI_COMM_WORLD_RANK; exec \"$@\""
      let job = try start(
        ["-n", "\(processes)", "/bin/bash", "-c", script, "kodama", Command.executable] + arguments)
      let numbers = try (0..<processes).map { rank in
        var number: pid_t?
        try job.wait(until: "process \(rank)") {
          let text = try? String(contentsOfFile: folder + "/\(rank)", encoding: .utf8)
          number = text.flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
          return number != nil
        }
        return try #require(number)
      }
      return (job, numbers)
    }

    static func files(_ run: String, step: Int) throws -> [[UInt8]] {
      try ["model", "average", "trainer"].map { try bytes(run + "/checkpoints/step-\(step)/\($0).safetensors") }
    }

    static func weights(_ run: String, step: Int) throws -> [Float] {
      let model = try WaveNetModel.load(run + "/checkpoints/step-\(step)")
      return model.parameters.names.flatMap { model.parameters[$0].elements }
    }

    /// The distance of two vectors relative to the length of the second.
    static func distance(_ a: [Float], _ b: [Float]) -> Double {
      func norm(_ x: some Sequence<Float>) -> Double { x.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
      return norm(zip(a, b).lazy.map(-)) / norm(b)
    }
  }

#endif
