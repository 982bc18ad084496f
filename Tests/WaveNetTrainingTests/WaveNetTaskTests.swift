import Kodama
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaAudio
@testable import KodamaWaveNetTraining

@Suite struct WaveNetTaskTests {
  private static let configuration = WaveNetConfiguration(
    dilations: [1, 2, 4], residualChannels: 4, gateChannels: 4, skipChannels: 8, classes: 64)
  private let network = WaveNet(configuration)
  private let parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: 3)

  private var task: WaveNetTask {
    WaveNetTask(
      network: network,
      record: RunRecord(
        settings: TrainingSettings(architecture: Self.configuration, plan: TrainingPlan()), sampleRate: 8000,
        corpus: StableHash(""), validation: nil),
      conditions: [.none], trainedRows: nil)
  }

  private func crop(_ samples: [Float], valid: Int? = nil, previous: Float? = nil) -> CropSamples {
    CropSamples(
      crop: Crop(recording: 0, start: previous == nil ? 0 : 1, validCount: valid ?? samples.count), samples: samples,
      previous: previous)
  }

  private func loss(_ batch: [CropSamples]) -> Double {
    Double(task.loss(batch, Pass(parameters)).loss.value.item)
  }

  private func noise(_ count: Int, seed: UInt64 = 1) -> [Float] {
    var random = Philox(seed: seed)
    return (0..<count).map { _ in Float(2 * random.uniform() - 1) }
  }

  @Test func theLossOfARecordingIsItsBitsPerSample() {
    let samples = noise(300)
    var scorer = SequenceScorer(network: network, parameters: parameters, workspace: Workspace())
    scorer.add(samples)
    scorer.finish()
    #expect(abs(loss([crop(samples)]) / 0.693_147_180_559_945_3 - scorer.bits / 300) < 1e-5)
  }

  @Test func paddingIsNoPartOfTheLoss() {
    let samples = noise(40)
    let padded = crop(samples + [Float](repeating: 0, count: 60), valid: 40)
    let otherwise = crop(samples + noise(60, seed: 2), valid: 40)
    #expect(loss([padded]) == loss([otherwise]))
    #expect(abs(loss([padded]) - loss([crop(samples)])) < 1e-5)
  }

  @Test func cropsCountByTheirValidSamples() {
    let (long, short) = (noise(100), noise(20, seed: 2))
    let batch = loss([crop(long), crop(short + [Float](repeating: 0, count: 80), valid: 20)])
    #expect(abs(batch - (100 * loss([crop(long)]) + 20 * loss([crop(short)])) / 120) < 1e-5)
  }

  @Test func aCropFromTheMiddleIsFedWithTheSampleBefore() {
    let samples = noise(50)
    // Silence before is what the beginning of a recording has.
    #expect(loss([crop(samples, previous: 0)]) == loss([crop(samples)]))
    #expect(loss([crop(samples, previous: 0.9)]) != loss([crop(samples)]))
  }
}
