import KodamaCore
import KodamaTraining

@testable import KodamaAudio

/// Recordings of noise in memory, some shorter than a crop.
struct NoiseCorpus: Sendable {
  private let recordings: [[Float]]
  private let sampler: CropSampler

  init(frames: [Int] = [50, 21, 90, 7], cropLength: Int = 20) {
    var random = Philox(seed: 3)
    recordings = frames.map { count in (0..<count).map { _ in Float(2 * random.uniform() - 1) } }
    sampler = CropSampler(frames: frames, cropLength: cropLength, seed: 4)
  }

  var cropsPerEpoch: Int { sampler.cropsPerEpoch }

  func crops(from first: Int) -> NoiseCrops { NoiseCrops(corpus: self, number: first) }

  fileprivate func crop(_ number: Int) -> CropSamples {
    let crop = sampler.crop(number)
    let recording = recordings[crop.recording]
    let samples = Array(recording[crop.start..<crop.start + crop.validCount])
    return CropSamples(
      crop: crop, samples: samples + [Float](repeating: 0, count: sampler.cropLength - crop.validCount),
      previous: crop.start > 0 ? recording[crop.start - 1] : nil)
  }
}

/// The crops of a corpus in order.
final class NoiseCrops: CropSource {
  private let corpus: NoiseCorpus
  private var number: Int

  init(corpus: NoiseCorpus, number: Int) {
    self.corpus = corpus
    self.number = number
  }

  func next() -> CropSamples {
    number += 1
    return corpus.crop(number - 1)
  }
}
