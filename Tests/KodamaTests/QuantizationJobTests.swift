import Foundation
import TestSupport
import Testing

@testable import Kodama

@Suite struct QuantizationJobTests {
  @Test func theReportIsOfTheWholeComparison() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder)
      let model = Sounds.model()
      let job = try QuantizationJob(model: model, quantization: Quantization(.int4), calibration: folder)
      let quantized = try job.quantize()
      var progress: [Int] = []
      let report = try job.compare(quantized, sensitivity: true) { done, total in
        #expect(total == quantized.layers.count + 1)
        progress.append(done)
      }
      #expect(progress == Array(1...quantized.layers.count + 1))
      #expect(report.bytesBefore == InferenceModel(model).weightBytes && report.bytesAfter == quantized.weightBytes)
      #expect(report.samples == 4450 && report.comparedOn == folder)
      let (before, after) = (
        try ScoreJob(model: model, corpus: folder).score(), try ScoreJob(model: quantized, corpus: folder).score()
      )
      #expect(abs(report.bitsPerSampleBefore - before.bitsPerSample) < 1e-9)
      #expect(abs(report.bitsPerSampleAfter - after.bitsPerSample) < 1e-9)
      #expect(report.layers?.map(\.path) == quantized.layers.map(\.path))
      #expect(try job.quantize() == quantized)
    }
  }

  @Test func otherRecordingsMayBeComparedOn() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/a")
      try Sounds.writeCorpus(folder + "/b", samples: [700])
      let job = try QuantizationJob(
        model: Sounds.model(), quantization: Quantization(.int8), calibration: folder + "/a", scored: folder + "/b")
      let quantized = try job.quantize()
      let report = try job.compare(quantized, seconds: 500 / 8000)
      #expect(report.samples == 500 && report.comparedOn == folder + "/b" && report.layers == nil)
    }
  }

  @Test func withoutRecordingsTheModelsOwnSoundIsTaken() throws {
    let job = try QuantizationJob(model: Sounds.model(), quantization: Quantization(.bfloat16))
    let report = try job.compare(job.quantize())
    #expect(report.samples == 4 * Sounds.sampleRate && report.comparedOn == nil)
    #expect(report.signalToNoiseDecibels ?? 0 > 20)
  }

  @Test func theKeysOfTheReportAreStable() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder)
      let job = try QuantizationJob(
        model: Sounds.model(), quantization: Quantization(.int8, keeping: ["head": .float32]), calibration: folder)
      let data = try JSONEncoder().encode(job.compare(job.quantize(), sensitivity: true))
      let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect(
        object.keys.sorted() == [
          "bitsPerSampleAfter", "bitsPerSampleBefore", "bytesAfter", "bytesBefore", "comparedOn", "kept", "layers",
          "samples", "samplesPerSecondAfter", "samplesPerSecondBefore", "scheme", "signalToNoiseDecibels",
        ])
      #expect(object["kept"] as? [String: String] == ["head": "f32"] && object["scheme"] as? String == "int8")
      let layers = try #require(object["layers"] as? [[String: Any]])
      #expect(layers[0].keys.sorted() == ["bitsPerSampleLost", "path", "precision"])
    }
  }
}
