import KodamaCore
import KodamaLayers
import KodamaTensors

/// Brings many known inputs through the blocks and into a stream's caches with the operators of training.
///
/// Block by block the past inputs that the cache holds are put before the new ones, so that the causal convolution sees
/// them; what it says of the past is dropped. Neither skip connections nor head are computed. Memory is bounded by a
/// multiple of the caches' size, however many inputs there are.
struct Priming {
  private let engine: WaveNetEngine
  private let workspace: Workspace

  init(_ engine: WaveNetEngine, workers: Workers) {
    self.engine = engine
    workspace = Workspace(workers: workers)
  }

  /// Takes codes as the next of the signal.
  func feed(_ codes: [Int32], to memory: StreamMemory) {
    guard let last = codes.last else { return }
    // What the caches hold in the end depends on no more inputs than these.
    let seen = engine.network.configuration.lookback
    var inputs = codes.dropLast().suffix(seen).map { Int($0) as Int? }
    if memory.progress == .pending { inputs.insert(memory.input, at: 0) }
    inputs.removeFirst(max(0, inputs.count - seen))

    let steps = max(1 << 12, engine.blocks.reduce(0) { max($0, $1.history) })
    for first in stride(from: 0, to: inputs.count, by: steps) {
      advance(memory, through: inputs[first..<min(first + steps, inputs.count)])
    }
    memory.accept(Int(last))
  }

  /// - Parameter inputs: nil is the beginning of a signal.
  private func advance(_ memory: StreamMemory, through inputs: ArraySlice<Int?>) {
    let pass = Pass(engine.parameters, workspace: workspace)
    var x = embedded(inputs, pass)
    for (index, block) in engine.network.blocks.enumerated() {
      let extended = history(ofBlock: index, memory, before: x)
      keep(extended, ofBlock: index, memory)
      guard let residual = block.residual else { return }
      let gated = block.dilated.forward(pass.tape.constant(extended), pass).gated()
      let present = pass.tape.constant(lastSteps(inputs.count, of: gated.value))
      let sum = residual.forward(present, pass) + pass.tape.constant(x)
      x = block.residualScale == 1 ? sum.value : (sum * Float(block.residualScale)).value
    }
  }

  /// [1, T, residual channels].
  private func embedded(_ inputs: ArraySlice<Int?>, _ pass: Pass<Float>) -> Tensor<Float> {
    if let embedding = engine.network.embedding {
      return embedding.forward(inputs.map { Int32($0 ?? engine.silence) }, shape: [1, inputs.count], pass).value
    }
    guard let convolution = engine.network.inputConvolution else {
      preconditionFailure("a WaveNet has an embedding or an input convolution")
    }
    let samples = inputs.map { code in code.map { engine.decodingTable[$0] } ?? 0 }
    return convolution.forward(pass.tape.constant(Tensor([1, inputs.count, 1], samples)), pass).value
  }

  /// What the block's cache holds, oldest first, and after it the new inputs: [1, history + T, channels].
  private func history(ofBlock index: Int, _ memory: StreamMemory, before x: Tensor<Float>) -> Tensor<Float> {
    let (history, steps, channels) = (engine.blocks[index].history, x.shape[1], x.shape[2])
    var extended = Tensor<Float>(undefined: [1, history + steps, channels], workspace: workspace)
    let ring = memory.numbers.base + engine.layout.rings[index]
    let (oldest, target) = (memory.slots[index] * channels, extended.mutable.base)
    target.update(from: ring + oldest, count: history * channels - oldest)
    (target + history * channels - oldest).update(from: ring, count: oldest)
    x.withUnsafeBuffer { (target + history * channels).update(from: $0.baseAddress!, count: steps * channels) }
    return extended
  }

  /// Writes the last inputs into the block's cache, oldest first.
  private func keep(_ extended: Tensor<Float>, ofBlock index: Int, _ memory: StreamMemory) {
    let ring = memory.numbers.base + engine.layout.rings[index]
    extended.withUnsafeBuffer { inputs in
      let count = engine.blocks[index].history * extended.shape.last
      ring.update(from: inputs.baseAddress! + inputs.count - count, count: count)
    }
    memory.slots[index] = 0
  }

  private func lastSteps(_ steps: Int, of x: Tensor<Float>) -> Tensor<Float> {
    var result = Tensor<Float>(undefined: [1, steps, x.shape[2]], workspace: workspace)
    let (target, count) = (result.mutable.base, result.count)
    x.withUnsafeBuffer { target.update(from: $0.baseAddress! + $0.count - count, count: count) }
    return result
  }
}
