import CKernels
import KodamaInference
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaGeneration

/// A graph that is no WaveNet, compiled and run.
@Suite struct ProgramTests {
  /// The example with its layers in one precision.
  private func network(_ precision: Precision) -> InferenceNetwork {
    let network = GraphExample.network
    let zeroPoints = Dictionary(
      uniqueKeysWithValues: network.graph.layers.indices.map {
        (network.graph.layers[$0].path, network.graph.zeroPoint(ofLayer: $0))
      })
    return network.mapLayers { layer in
      guard let range = precision.weightRange else {
        if precision == .float32 { return layer }
        return layer.with(.bfloat16(layer.dequantized.map { UInt16(($0.bitPattern + 0x8000) >> 16) }), input: nil)
      }
      let (weights, scale) = (layer.dequantized, 1 / Float(range.upperBound))
      let scales = precision.scaleCount(outputs: layer.outputs, channels: layer.channels, taps: layer.taps)
      return layer.with(
        .integers(
          precision, weights.map { Int8(max(-1, min(1, $0)) / scale) }, scales: Array(repeating: scale, count: scales)),
        input: InputQuantization(scale: 0.02, zeroPoint: zeroPoints[layer.path] ?? 0))
    }
  }

  private enum Order: CaseIterable {
    /// Stage by stage.
    case whole
    /// As for one step.
    case stack
    /// As for one step of a network whose weights exceed the cache.
    case interleavedStack
    /// As two threads run it.
    case twoThreads
    /// With conversions of their own.
    case apart
  }

  /// The outputs of some steps.
  private func run(_ network: InferenceNetwork, rows: [Int], order: Order, kernels: kodama_generation) -> [[Float]] {
    let program = Program(
      network, kernels: kernels, prefetches: order == .interleavedStack, fuses: order != .apart)
    let buffer = StepBuffers(count: 1, bytes: program.layout.byteCount)
    program.layout.clear(buffer[0])
    let values = network.signalValues(GraphExample.mixtures)
    for value in program.layout.signalValues {
      let (numbers, parts) = (values[value] ?? [], program.layout.parts(of: value))
      for (index, number) in numbers.enumerated() {
        let channels = numbers.count / parts
        let offset =
          program.layout.offset(of: value) + index / channels * StepBufferLayout.halfBytes(channels: channels)
          + 4 * (index % channels)
        (buffer[0] + offset).storeBytes(of: number, as: Float.self)
      }
    }
    let input = network.graph.values[0]
    return rows.map { row in
      program.run(program.gather, steps: 1, buffer.descriptors)
      for (channel, number) in network.tables[0].row(row).enumerated() {
        (buffer[0] + program.layout.offset(of: input) + 4 * channel).storeBytes(of: number, as: Float.self)
      }
      program.run(program.conditions, steps: 1, buffer.descriptors)
      if order == .twoThreads { program.run(program.pasts, steps: 1, buffer.descriptors) }
      program.run(program.input, steps: 1, buffer.descriptors)
      switch order {
      case .whole, .apart: for stage in program.stages { program.run(stage.whole, steps: 1, buffer.descriptors) }
      case .stack, .interleavedStack: program.run(program.stack, steps: 1, buffer.descriptors)
      case .twoThreads:
        for stage in program.stages { program.run(stage.lead, steps: 1, buffer.descriptors) }
        for stage in program.stages { program.run(stage.follow, steps: 1, buffer.descriptors) }
      }
      program.run(program.head, steps: 1, buffer.descriptors)
      program.run(program.keep, steps: 1, buffer.descriptors)
      return (0..<4).map {
        (buffer[0] + program.layout.output + 4 * $0).load(as: Float.self)
      }
    }
  }

  @Test(arguments: Precision.allCases, InstructionSet.available)
  func aGraphIsComputedAsItsFormulasSay(precision: Precision, entry: InstructionSet) throws {
    let network = network(precision)
    let kernels = kodama_generation_entry(entry.index).pointee
    let rows = (0..<20).map { $0 * 7 % 5 }
    var plain = PlainGraph(network, mixtures: GraphExample.mixtures)
    let expected = rows.flatMap { plain.step(.row($0)).map { Float($0) } }
    let outputs = Order.allCases.map { run(network, rows: rows, order: $0, kernels: kernels) }
    expectClose(Tensor([20, 4], outputs[0].flatMap { $0 }), Tensor([20, 4], expected), tolerance: 1e-2)
    if precision == .float32 {
      expectClose(Tensor([20, 4], outputs[0].flatMap { $0 }), Tensor([20, 4], expected), tolerance: 1e-5)
    }
    #expect(outputs.nonemptyAllSatisfy { $0 == outputs[0] })
  }
}
