import KodamaAudio
import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaSignal
import KodamaTensors
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaCompression

@Suite struct CalibrationTests {
  /// The layers' own arithmetic on what was seen gives the network's logits: every site sees what its layer is fed with.
  @Test(arguments: Examples.names) func whatIsSeenIsWhatLayersTakeIn(name: String) throws {
    let model = Examples.model(name)
    let (network, parameters) = (model.network, model.parameters)
    let codes = Examples.codes(model.configuration, count: 50)
    let input = network.input(previous: [WaveNet.start] + codes.dropLast(), shape: [1, 50])
    let pass = Pass(parameters)
    let inference = InferenceModel(model).network
    var sequence = SequenceInput(steps: 50)
    switch input.values {
    case .codes(let codes): sequence.rows = codes
    case .samples(let samples): sequence.samples = samples
    }
    var seen: [String: Tensor<Float>] = [:]
    _ = inference.evaluate(sequence, workspace: pass.tape.workspace) { seen[inference.graph.layers[$0].path] = $1 }
    #expect(Set(seen.keys) == Set(inference.graph.layers.map(\.path)))
    let last = try #require(seen["head.1"])
    let logits = network.head[1].forward(pass.tape.constant(last), pass).value
    expectClose(logits, network.logits(input, Pass(parameters)).value, tolerance: 1e-5)
  }

  @Test func tapsAreSeenOldestFirstWithNothingBeforeTheBeginning() {
    var inputs = LayerInputs(width: 6)
    let signal: [Float] = [1, 10, 2, 20, 3, 30, 4, 40, 5, 50]
    signal.withUnsafeBufferPointer { inputs.add($0, channels: 2, dilation: 2, at: [0, 3, 4]) }
    #expect(inputs.steps == 3)
    #expect(inputs.values == [0, 0, 0, 0, 1, 10, 0, 0, 2, 20, 4, 40, 1, 10, 3, 30, 5, 50])
  }

  @Test(arguments: Examples.names) func scalesReachWhatWasSeen(name: String) throws {
    let model = Examples.model(name)
    let calibration = try Examples.calibration(model)
    for layer in InferenceModel(model).layers {
      let quantization = calibration.quantization(ofLayer: layer.path)
      // The head of a recurrent network takes states, of both signs.
      let isRectified = layer.path.hasPrefix("head") && !(model.configuration.isRecurrent && layer.path == "head.0")
      #expect(quantization.zeroPoint == (isRectified ? 0 : 128))
      let seen = calibration.inputs(ofLayer: layer.path)
      #expect(seen.width == layer.channels * layer.taps && seen.steps == 400)
      let largest = seen.values.reduce(0) { max($0, abs($1)) }
      #expect(quantization.limit <= largest * 1.0001 && quantization.limit > 0.29 * largest, "\(layer.path)")
      if quantization.zeroPoint == 0 { #expect(seen.values.nonemptyAllSatisfy { $0 >= 0 }) }
    }
  }

  @Test func layersOfOneInputGetOneScale() throws {
    let calibration = try Examples.calibration(Examples.model())
    #expect(
      calibration.quantization(ofLayer: "blocks.1.skip") == calibration.quantization(ofLayer: "blocks.1.residual"))
  }

  @Test func stretchesAreSpreadAndHaveTheirPast() throws {
    try withTemporaryFolder { folder in
      let model = Examples.model()
      let samples = (0..<40_000).map { Float($0 % 100) / 100 }
      try AudioWriter.write(Waveform(samples, sampleRate: 8000), to: folder + "/long.wav", existing: .refuse)
      try AudioWriter.write(Waveform([0.5], sampleRate: 8000), to: folder + "/one.wav", existing: .refuse)
      let recordings = try Recordings(CorpusIndex.scan(folder), sampleRate: 8000)
      let stretches = try CalibrationSignal(recordings, for: model).stretches
      #expect(stretches.count == 32)
      for (index, stretch) in stretches.enumerated() {
        // The code before a step is that of the sample before it.
        let first = 40_001 * (2 * index + 1) / 64
        let codes = model.companding.encode(try recordings.read(0, 0..<min(40_000, first + 2048)))
        #expect(stretch.observed.lowerBound == model.configuration.lookback)
        #expect(stretch.previous[stretch.observed.lowerBound] == codes[first - 1])
        #expect(stretch.previous.last == codes[codes.count - 2])
        #expect(stretch.observed.upperBound == stretch.previous.count)
      }
    }
  }

  @Test func recordingsOfASampleAreStretchesToo() throws {
    try withTemporaryFolder { folder in
      try AudioWriter.write(Waveform([0.5], sampleRate: 8000), to: folder + "/one.wav", existing: .refuse)
      let recordings = try Recordings(CorpusIndex.scan(folder), sampleRate: 8000)
      let model = Examples.model()
      let stretches = try CalibrationSignal(recordings, for: model).stretches
      #expect(stretches.nonemptyAllSatisfy { $0.previous == [WaveNet.start] && $0.observed == 0..<1 })
      _ = try Calibration(model, on: recordings)
    }
  }

  @Test func stepsAreEvenlySpread() {
    let stretch = CalibrationSignal.Stretch(previous: [Int32](repeating: 0, count: 110), observed: 10..<110)
    #expect(stretch.times(4) == [22, 47, 72, 97])
    #expect(stretch.times(1000) == Array(10..<110))
  }

  @Test func weightsOutOfAllRangeAreRefused() throws {
    var model = Examples.model()
    model.parameters.scale(by: 1e30)
    #expect(throws: CompressionFault.self) { try Examples.calibration(model) }
  }
}
