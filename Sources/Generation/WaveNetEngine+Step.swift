import CKernels

extension WaveNetEngine {
  /// Brings the present input through all blocks and into their caches. Takes no memory.
  func advance(_ memory: StreamMemory) {
    let (numbers, table) = (memory.numbers.base, kernels.pointee)
    gatherTaps(memory)
    embed(memory.input, numbers + present(ofBlock: 0))

    let c = network.configuration
    let (filter, gate) = (numbers + layout.gates, numbers + layout.gates + layout.gateStride)
    for index in blocks.indices {
      let block = blocks[index]
      let gated = numbers + layout.gated + index * c.gateChannels
      table.product(
        block.gates.outputs, block.gates.inputs, weights + block.gates.offset, numbers + layout.taps[index], filter)
      table.gate(c.gateChannels, filter, gate, gated)
      if let residual = block.residual {
        table.residual_product(
          residual.outputs, residual.inputs, weights + residual.offset, gated, Float(c.residualScale),
          numbers + present(ofBlock: index), numbers + present(ofBlock: index + 1))
      }
    }
    keepInputs(memory)
  }

  /// The logits of the present step, after `advance`. Takes no memory.
  func evaluateHead(_ memory: StreamMemory) {
    let (numbers, table) = (memory.numbers.base, kernels.pointee)
    table.rectified_product(
      skip.outputs, skip.inputs, weights + skip.offset, numbers + layout.gated, numbers + layout.skip)
    table.rectified_product(
      head.hidden.outputs, head.hidden.inputs, weights + head.hidden.offset, numbers + layout.skip,
      numbers + layout.hidden)
    table.product(
      head.logits.outputs, head.logits.inputs, weights + head.logits.offset, numbers + layout.hidden,
      numbers + layout.logits)
  }

  /// The present input of a block: the last of its taps.
  private func present(ofBlock index: Int) -> Int {
    layout.taps[index] + (network.configuration.kernelSize - 1) * network.configuration.residualChannels
  }

  /// The first block's input; at the beginning of a signal that is the code of silence, or the sample 0.
  private func embed(_ code: Int?, _ output: UnsafeMutablePointer<Float>) {
    if let embedding {
      let channels = network.configuration.residualChannels
      output.update(from: embedding + (code ?? silence) * channels, count: channels)
    } else if let input {
      var sample = code.map { decodingTable[$0] } ?? 0
      kernels.pointee.product(input.outputs, input.inputs, weights + input.offset, &sample, output)
    }
  }

  /// The past inputs that the taps of this step see. All at once, so that waiting for one line of memory is waiting for
  /// all: they were last touched a dilation ago.
  private func gatherTaps(_ memory: StreamMemory) {
    let numbers = memory.numbers.base
    let (taps, channels) = (network.configuration.kernelSize - 1, network.configuration.residualChannels)
    for index in blocks.indices {
      let block = blocks[index]
      var slot = memory.slots[index]
      for tap in 0..<taps {
        (numbers + layout.taps[index] + tap * channels)
          .update(from: numbers + layout.rings[index] + slot * channels, count: channels)
        slot += block.dilation
        if slot >= block.history { slot -= block.history }
      }
    }
  }

  private func keepInputs(_ memory: StreamMemory) {
    let (numbers, channels) = (memory.numbers.base, network.configuration.residualChannels)
    for index in blocks.indices where blocks[index].history > 0 {
      let slot = memory.slots[index]
      (numbers + layout.rings[index] + slot * channels)
        .update(from: numbers + present(ofBlock: index), count: channels)
      memory.slots[index] = slot + 1 == blocks[index].history ? 0 : slot + 1
    }
  }
}
