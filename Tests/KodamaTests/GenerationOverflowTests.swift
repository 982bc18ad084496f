import KodamaCore
import TestSupport
import Testing

@testable import Kodama

@Suite struct GenerationOverflowTests {
  /// A network whose weights are all finite and whose sums are not.
  private func overflowingModel() throws -> WaveNetModel {
    let configuration = WaveNetConfiguration(
      dilations: [1, 2], residualChannels: 4, gateChannels: 4, skipChannels: 4, classes: 8)
    var parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: 1)
    for name in ["head.0.weight", "head.1.weight"] {
      parameters[name].changeElements { for index in $0.indices { $0[index] = 1e30 } }
    }
    parameters["head.0.bias"].changeElements { for index in $0.indices { $0[index] = 1e30 } }
    return WaveNetModel(sampleRate: 8000, configuration: configuration, parameters: parameters)
  }

  @Test func aNetworkThatOverflowsIsSaidInsteadOfWritten() throws {
    let job = try GenerationJob(model: overflowingModel(), samples: 3000)
    #expect(throws: GenerationFault.overflow(samples: 1024)) { try job.waveforms(streams: 2) }
    #expect(GenerationFault.overflow(samples: 1024).exitStatus == .badData)
    try withTemporaryFolder { folder in
      #expect(throws: GenerationFault.self) { try job.write(to: [folder + "/out.wav"]) }
      #expect(!Folder.hasFile(folder + "/out.wav"))
    }
  }
}
