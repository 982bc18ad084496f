import CKernels
import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Residual stacks: each thread takes some signals of the batch through all layers, in chunks of time steps. A signal's
/// numbers do not depend on those beside it, and gradients of weights are added in the order of the signals, so that
/// nothing depends on the number of threads.
extension ProcessorBackend: ResidualStackBackend {
  var residualStacks: (any ResidualStackBackend)? { self }

  func residualStack<S>(
    _ x: Tensor<S>, _ layers: [ResidualStackLayer<Tensor<S>>], condition: Tensor<S>, in resources: Resources
  ) -> ResidualStackResults<S> {
    let stack = StackActivations(x.shape, layers, conditions: condition.shape.last, memory: resources.memory)
    var (next, sum) = (
      Tensor<S>(undefined: [stack.batch, stack.outputs, stack.channels], memory: resources.memory),
      Tensor<S>(undefined: [stack.batch, stack.outputs, stack.gates], memory: resources.memory)
    )
    let (xs, conditions, nexts, sums) = (x.region, condition.region, next.mutable, sum.mutable)
    resources.workers.forEach(parts: stack.batch) {
      stack.forward($0, xs, condition: conditions, next: nexts, sum: sums)
    }
    withExtendedLifetime((x, condition)) {}
    return ResidualStackResults(next: next, sum: sum) { next, sum, needsInput in
      var input = needsInput ? Tensor<S>(undefined: x.shape, memory: resources.memory) : nil
      var partial = PartialSums<S>([stack.parameters], count: stack.batch, memory: resources.memory)
      let (dx, region, nexts, sums) = (input?.mutable, partial.region, next?.region, sum?.region)
      resources.workers.forEach(parts: stack.batch) {
        stack.backward($0, next: nexts, sum: sums, input: dx, sums: region.base + $0 * stack.parameters)
      }
      withExtendedLifetime((next, sum)) {}
      return ResidualStackGradients(input: input, layers: stack.divided(partial.total()))
    }
  }
}

/// The activations of a residual stack in rows of frames, one channel each: of every signal the condition, the inputs of
/// all layers and their gates. Signals lie at the ends of their rows, which are a multiple of 16 frames.
private struct StackActivations<S: Scalar>: Sendable {
  /// Frames before and after those of a row.
  private static var margins: (before: Int, after: Int) { (16, 64) }
  /// Frames that go through all layers before the next: with 16 channels, their rows stay in the second cache.
  private static var chunk: Int { 512 }

  let batch, channels, gates: Int
  /// Time steps of the results, T′.
  let outputs: Int
  /// Numbers in all parameters.
  let parameters: Int
  private let layers: [ResidualStackLayer<Tensor<S>>]
  private let packed: [ResidualLayerWeights<Tensor<S>>]
  private let conditions, time, frames, stride: Int
  private let memory: MemoryPool
  /// [B, D + layers · (R + G), stride]
  private let rows: Storage<S>
  /// The frame from which on each layer's input is computed, and the last one's output: multiples of 16.
  private let begins: [Int]
  private let primitives: ResidualStackPrimitives<S>

  init(_ shape: Shape, _ layers: [ResidualStackLayer<Tensor<S>>], conditions: Int, memory: MemoryPool) {
    primitives = S.residualStackPrimitives
    (batch, time, channels, gates) = (shape[0], shape[1], shape[2], layers[0].weight.shape[0])
    (self.layers, self.conditions, self.memory) = (layers, conditions, memory)
    frames = (time + 15) / 16 * 16
    stride = Self.margins.before + frames + Self.margins.after
    let offset = frames - time
    var (start, begins) = (offset, [Int]())
    for layer in layers {
      begins.append(start / 16 * 16)
      start += layer.lookback
    }
    self.begins = begins + [start / 16 * 16]
    outputs = frames - start
    parameters = layers.reduce(0) { $0 + $1.all.reduce(0) { $0 + $1.count } }
    packed = layers.map(primitives.packed)
    rows = Storage(
      count: batch * (conditions + layers.count * (shape[2] + layers[0].weight.shape[0])) * stride, memory: memory)
  }

  /// The first frame of a signal's row.
  private func row(_ signal: Int, _ number: Int) -> UnsafeMutablePointer<S> {
    let perSignal = conditions + layers.count * (channels + gates)
    return rows.base + (signal * perSignal + number) * stride + Self.margins.before
  }

  private func input(_ layer: Int, of signal: Int) -> UnsafeMutablePointer<S> {
    row(signal, conditions + layer * (channels + gates))
  }

  private func gate(_ layer: Int, of signal: Int) -> UnsafeMutablePointer<S> {
    row(signal, conditions + layer * (channels + gates) + channels)
  }

  /// A layer of a signal.
  private func layer(_ number: Int, of signal: Int) -> ResidualLayerRows<S> {
    let layer = layers[number]
    return ResidualLayerRows(
      channels: channels, gates: gates, conditions: conditions, taps: layer.taps, dilation: layer.dilation,
      activation: layer.activation, frames: frames, stride: stride, input: UnsafePointer(input(number, of: signal)),
      condition: UnsafePointer(row(signal, 0)), gate: gate(number, of: signal),
      weights: packed[number].map { $0.region.base })
  }

  /// Clears frames of rows.
  private func clear(_ first: UnsafeMutablePointer<S>, rows: Int, _ frames: Range<Int>) {
    for row in 0..<rows { Self.clear(first + row * stride + frames.lowerBound, count: frames.count) }
  }

  private static func clear(_ numbers: UnsafeMutablePointer<S>, count: Int) {
    memset(numbers, 0, count * MemoryLayout<S>.stride)
  }

  /// Puts the time steps of a signal at the ends of rows.
  private func write(_ steps: UnsafePointer<S>, channels: Int, to first: UnsafeMutablePointer<S>) {
    clear(first, rows: channels, -Self.margins.before..<frames - time)
    kodama_frames_to_rows(MemoryLayout<S>.stride, time, channels, steps, first + frames - time, stride)
  }

  /// Forward over one signal.
  func forward(
    _ signal: Int, _ x: Region<S>, condition: Region<S>, next: MutableRegion<S>, sum: MutableRegion<S>
  ) {
    write(x.base + signal * time * channels, channels: channels, to: input(0, of: signal))
    write(condition.base + signal * time * conditions, channels: conditions, to: row(signal, 0))
    for number in layers.indices {
      let begin = begins[number + 1]
      // What is read before the first frames is finite, and gates are 0 where they are not computed.
      if number > 0 {
        clear(input(number, of: signal), rows: channels, begins[number] - 16..<begins[number])
      }
      clear(gate(number, of: signal), rows: gates, begins[number]..<begin)
      clear(gate(number, of: signal), rows: gates, frames..<frames + Self.margins.after)
    }
    let rows = layers.indices.map { layer($0, of: signal) }
    memory.withScratch(bytes: (channels + gates) * stride * MemoryLayout<S>.stride) { scratch in
      let last = scratch.bindMemory(to: S.self, capacity: (channels + gates) * stride) + Self.margins.before
      let total = last + channels * stride
      forEachChunk { chunk in
        for number in layers.indices {
          let begin = max(begins[number + 1], chunk.lowerBound)
          if begin >= chunk.upperBound { break }
          primitives.forward(
            rows[number],
            ResidualLayerOutputs(
              frames: begin..<chunk.upperBound,
              output: number + 1 < layers.count ? input(number + 1, of: signal) : last, sum: total,
              begins: number == 0))
        }
      }
      let first = frames - outputs
      kodama_rows_to_frames(
        MemoryLayout<S>.stride, outputs, channels, last + first, stride, next.base + signal * outputs * channels)
      kodama_rows_to_frames(
        MemoryLayout<S>.stride, outputs, gates, total + first, stride, sum.base + signal * outputs * gates)
    }
  }

  /// Calls `body` for chunks of frames in order, or in reverse.
  private func forEachChunk(reversed: Bool = false, _ body: (Range<Int>) -> Void) {
    let count = (frames + Self.chunk - 1) / Self.chunk
    for number in 0..<count {
      let first = (reversed ? count - 1 - number : number) * Self.chunk
      body(first..<min(frames, first + Self.chunk))
    }
  }

  /// Backward over one signal.
  ///
  /// - Parameters:
  ///   - next: the gradient of the next layer's input, nil for 0.
  ///   - sum: that of the sum, nil for 0.
  ///   - input: receives that of the input.
  ///   - sums: those of all parameters are added here.
  func backward(
    _ signal: Int, next: Region<S>?, sum: Region<S>?, input: MutableRegion<S>?, sums: UnsafeMutablePointer<S>
  ) {
    let (chunk, width) = (Self.chunk, MemoryLayout<S>.stride)
    var places: [ResidualStackLayer<UnsafeMutablePointer<S>>] = []
    var place = sums
    for layer in layers {
      places.append(
        layer.map { parameter in
          defer { place += parameter.count }
          return place
        })
    }
    let rows = layers.indices.map { layer($0, of: signal) }
    memory.withScratch(bytes: (channels + gates) * chunk * width) { scratch in
      let output = scratch.bindMemory(to: S.self, capacity: (channels + gates) * chunk)
      let total = output + channels * chunk
      forEachChunk(reversed: true) { range in
        // The results' frames of this chunk; before them gradients are 0.
        Self.clear(output, count: (channels + gates) * chunk)
        let first = frames - outputs
        let begin = max(first, range.lowerBound)
        if begin < range.upperBound {
          let (at, count) = (signal * outputs + begin - first, range.upperBound - begin)
          if let next {
            kodama_frames_to_rows(
              width, count, channels, next.base + at * channels, output + begin - range.lowerBound, chunk)
          }
          if let sum {
            kodama_frames_to_rows(width, count, gates, sum.base + at * gates, total + begin - range.lowerBound, chunk)
          }
        }
        for number in layers.indices.reversed() {
          let inputBegin = max(begins[number], range.lowerBound)
          if inputBegin >= range.upperBound { continue }
          let begin = min(max(begins[number + 1], range.lowerBound), range.upperBound)
          primitives.backward(
            rows[number],
            ResidualLayerGradients(
              first: range.lowerBound, chunk: chunk, frames: begin..<range.upperBound, inputBegin: inputBegin,
              output: output, isZero: next == nil && number + 1 == layers.count, sum: UnsafePointer(total),
              sums: places[number]))
        }
        guard let input else { return }
        let start = max(frames - time, range.lowerBound)
        if start >= range.upperBound { return }
        kodama_rows_to_frames(
          width, range.upperBound - start, channels, output + start - range.lowerBound, chunk,
          input.base + (signal * time + start - (frames - time)) * channels)
      }
    }
  }

  /// The gradients of all parameters from one row of numbers.
  func divided(_ total: Tensor<S>) -> [ResidualStackLayer<Tensor<S>>] {
    var first = 0
    return total.withUnsafeBuffer { numbers in
      layers.map { layer in
        layer.map { parameter in
          defer { first += parameter.count }
          return Tensor(parameter.shape, numbers[first..<first + parameter.count])
        }
      }
    }
  }
}
