import KodamaCore
import KodamaLayers
import KodamaSignal
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaWaveNets

@Suite struct FeatureUpsamplerTests {
  typealias Upsampling = FeatureConditioning.Upsampling

  private func network(_ features: FeatureConditioning) -> WaveNet {
    WaveNet(
      WaveNetConfiguration(
        dilations: [1], residualChannels: 2, gateChannels: 2, skipChannels: 2, classes: 2,
        conditioning: Conditioning(features: features)))
  }

  private func random(_ count: Int) -> [Float] {
    var random = Philox(seed: 11)
    return (0..<count).map { _ in Float(random.normal()) }
  }

  /// [T, C] of one signal, in a pass through the network's layer.
  private func steps(
    _ network: WaveNet, _ parameters: Parameters<Float>, _ frames: [Float], count: Int
  ) throws -> [Float] {
    let layer = try #require(network.features)
    let channels = layer.features.channels
    let window = FeatureWindow(frames, shape: [1, frames.count / channels, channels])
    return layer.forward(window, steps: count, Pass(parameters)).value.elements
  }

  @Test func nearestRepeatsFramesAndLinearGoesStraightFromOneToTheNext() throws {
    let nearest = network(
      FeatureConditioning(.frames(channels: 2, hopLength: 3), upsampling: Upsampling(.nearest, factors: [3])))
    let parameters = Parameters<Float>(nearest.declarations, seed: 1)
    #expect(
      try steps(nearest, parameters, [1, -1, 2, -2], count: 5) == [1, -1, 1, -1, 1, -1, 2, -2, 2, -2])
    for factors in [[4], [2, 2]] {
      let linear = network(
        FeatureConditioning(.frames(channels: 1, hopLength: 4), upsampling: Upsampling(.linear, factors: factors)))
      #expect(try steps(linear, parameters, [9, 0, 4, -4], count: 8) == [0, 1, 2, 3, 4, 2, 0, -2])
    }
  }

  @Test(arguments: [[4], [2, 2], [3], [5, 2], [2, 3]])
  func learnedUpsamplingBeginsAsLinearBetweenTheMiddlesOfFrames(factors: [Int]) throws {
    let hop = factors.reduce(1, *)
    let learned = network(
      FeatureConditioning(.frames(channels: 1, hopLength: hop), upsampling: Upsampling(.transposed, factors: factors)))
    let parameters = Parameters<Float>(learned.declarations, seed: 1)
    // What is linear over frames is linear over steps.
    let values = try steps(learned, parameters, (0..<7).map { Float($0 * hop) }, count: 5 * hop)
    let differences = zip(values.dropFirst(), values).map { $0 - $1 }
    #expect(differences.nonemptyAllSatisfy { abs($0 - 1) < 1e-5 }, "\(differences)")
    let constant = try steps(learned, parameters, [Float](repeating: 3, count: 4), count: 2 * hop)
    #expect(constant.nonemptyAllSatisfy { abs($0 - 3) < 1e-6 })
  }

  static let features: [FeatureConditioning] = [
    FeatureConditioning(.frames(channels: 40, hopLength: 64), contextFrames: 2),
    FeatureConditioning(
      .frames(channels: 3, hopLength: 30), contextFrames: 1, upsampling: Upsampling(.transposed, factors: [3, 2, 5])),
    FeatureConditioning(.frames(channels: 5, hopLength: 12), upsampling: Upsampling(.linear, factors: [12])),
    FeatureConditioning(
      .frames(channels: 7, hopLength: 8), contextFrames: 3, upsampling: Upsampling(.nearest, factors: [2, 4])),
    FeatureConditioning(.signal), FeatureConditioning(.signal, contextFrames: 4),
  ]

  @Test(arguments: features) func aSignalInPiecesHasTheBitsOfTheWhole(features: FeatureConditioning) throws {
    let network = network(features)
    let layer = try #require(network.features)
    let parameters = Parameters<Float>(network.declarations, seed: 2)
    let (margin, channels, hop) = (features.marginFrames, features.channels, features.hopLength)
    let frames = random((29 + 2 * margin) * channels)
    let whole = layer.steps(of: frames, parameters)
    #expect(whole.count == 29 * hop * channels)
    for cuts in [[0, 1, 2, 29], [0, 13, 20, 21, 29], [0, 28, 28, 29]] {
      let pieces = zip(cuts, cuts.dropFirst()).flatMap { start, end in
        layer.steps(of: Array(frames[start * channels..<(end + 2 * margin) * channels]), parameters)
      }
      #expect(pieces == whole, "cut at \(cuts)")
    }
    expectClose(
      Tensor([whole.count], try steps(network, parameters, frames, count: 29 * hop)), Tensor([whole.count], whole),
      tolerance: 1e-6, "in a pass")
    // A pass may end within a frame.
    let short = try steps(network, parameters, Array(frames.prefix((4 + 2 * margin) * channels)), count: 3 * hop + 1)
    expectClose(
      Tensor([short.count], short), Tensor([short.count], Array(whole.prefix(short.count))), tolerance: 1e-6, "a part")
  }
}
