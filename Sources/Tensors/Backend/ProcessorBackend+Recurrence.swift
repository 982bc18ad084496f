import KodamaCore

/// Recurrences over time: each thread takes some signals of the batch through all steps. A signal's numbers do not
/// depend on those beside it, so neither do they depend on the number of threads.
extension ProcessorBackend {
  func recurrence<S>(
    _ gates: consuming Tensor<S>, _ recurrence: Recurrence<S>, in resources: Resources
  ) -> RecurrenceTrace<S> {
    let (shape, unit, primitives) = (
      Shape([gates.shape[0], gates.shape[1], recurrence.units]), recurrence.unit,
      S.recurrentPrimitives
    )
    func states() -> Tensor<S> { Tensor(undefined: shape, memory: resources.memory) }
    var (outputs, cells, products) = (states(), unit.hasCell ? states() : nil, unit == .gru ? states() : nil)
    let (y, c, q) = (outputs.mutable, cells?.mutable, products?.mutable)
    let trace = RecurrenceTrace(gates: gates, outputs: outputs, cells: cells, products: products)
    let packed = primitives.packed(recurrence.weight, memory: resources.memory)
    let steps = RecurrenceSteps(
      recurrence, weight: packed.region, gates: trace.gates.mutable, outputs: y, cells: c, products: q, shape: shape)
    let columns = primitives.padded(unit.gates * steps.units)
    steps.forEachPart(of: resources) { signals in
      resources.memory.withScratch(bytes: signals.count * columns * MemoryLayout<S>.stride) { memory in
        let scratch = memory.bindMemory(to: S.self, capacity: signals.count * columns)
        for number in 0..<steps.time { primitives.forward(steps.step(number, signals), scratch: scratch) }
      }
    }
    withExtendedLifetime((packed, recurrence)) {}
    return trace
  }

  func recurrenceGradients<S>(
    _ recurrence: Recurrence<S>, _ trace: RecurrenceTrace<S>, _ upstream: RecurrenceUpstream<S>, needsWeight: Bool,
    in resources: Resources
  ) -> RecurrenceGradients<S> {
    let (shape, unit, units, primitives) = (
      trace.outputs.shape, recurrence.unit, recurrence.units,
      S.recurrentPrimitives
    )
    let (batch, time, width) = (shape[0], shape[1], primitives.padded(units))
    let packed = primitives.packed(recurrence.weight, transposed: true, memory: resources.memory)
    // The products of the GRU have gradients of their own.
    var products: Tensor<S>? =
      unit == .gru ? Tensor(undefined: trace.gates.shape, memory: resources.memory) : nil
    var hidden = Tensor<S>([batch, width], memory: resources.memory)
    var cell: Tensor<S>? = unit.hasCell ? Tensor([batch, units], memory: resources.memory) : nil
    var peepholes: Tensor<S>? =
      recurrence.peepholes == nil ? nil : Tensor([batch, 3 * units], memory: resources.memory)
    if let last = upstream.hidden {
      write(last, to: &hidden, through: StridedLayout(hidden.shape).sliced(axis: 1, 0..<units), in: resources)
    }
    if let last = upstream.cell { cell = last }
    let steps = RecurrenceSteps(
      recurrence, weight: packed.region, gates: trace.gates.mutable, outputs: MutableRegion(reading: trace.outputs),
      cells: trace.cells.map(MutableRegion.init(reading:)), products: trace.products.map(MutableRegion.init(reading:)),
      shape: shape)
    let (dh, dc, dq, dp) = (hidden.mutable, cell?.mutable, products?.mutable, peepholes?.mutable)
    let dy = upstream.outputs.map(MutableRegion.init(reading:))
    steps.forEachPart(of: resources) { signals in
      let first = signals.lowerBound
      for number in (0..<time).reversed() {
        let at = steps.time(number)
        primitives.backward(
          steps.step(number, signals),
          RecurrentStepGradients(
            output: dy.map { steps.rows($0, at, first) },
            state: RecurrentState(
              hidden: SignalRows(dh.base + first * width, stride: width),
              cell: dc.map { SignalRows($0.base + first * units, stride: units) }),
            products: dq.map { steps.rows($0, at, first, width: 3 * units) },
            peepholes: dp.map { $0.base + first * 3 * units }))
      }
    }
    withExtendedLifetime((packed, recurrence, upstream)) {}

    // [1, B · T, ..], as a convolution of one tap.
    let rows = [1, batch * time]
    let upstreamOfProducts = (products ?? trace.gates).reshaped(Shape(rows + [unit.gates * units]))
    var weight: Tensor<S>?
    if needsWeight {
      let geometry = ConvolutionGeometry(inputChannels: units, outputChannels: unit.gates * units)
      let previous = previousStates(steps, in: resources).reshaped(Shape(rows + [units]))
      weight = convolutionWeightGradient(upstreamOfProducts, input: previous, geometry, in: resources)
        .reshaped(recurrence.weight.shape)
    }
    let productBias = recurrence.productBias.map { _ in
      let sums = convolutionBiasGradient(upstreamOfProducts, in: resources)
      return read(sums, through: StridedLayout(sums.shape).sliced(axis: 0, 2 * units..<3 * units), in: resources)
    }
    let initial = read(hidden, through: StridedLayout(hidden.shape).sliced(axis: 1, 0..<units), in: resources)
    return RecurrenceGradients(
      gates: trace.gates, weight: weight, productBias: productBias,
      peepholes: peepholes.map { reduce(.sum, $0, axes: [0], in: resources).reshaped([3, units]) },
      initial: RecurrentState(hidden: initial, cell: cell))
  }

  /// The hidden states before each step, [B, T, H].
  private func previousStates<S>(_ steps: RecurrenceSteps<S>, in resources: Resources) -> Tensor<S> {
    let units = steps.units
    var result = Tensor<S>(undefined: steps.shape, memory: resources.memory)
    let target = result.mutable
    resources.workers.forEach(parts: steps.batch) { signal in
      let (count, after) = ((steps.time - 1) * units, steps.isReversed ? 0 : units)
      let (from, to) = (steps.outputs.base, target.base)
      let first = signal * steps.time * units
      (to + first + after).update(from: from + first + units - after, count: count)
      (to + first + (steps.isReversed ? count : 0)).update(
        from: steps.initial.hidden.base + signal * units, count: units)
    }
    return result
  }
}

extension MutableRegion {
  /// The elements of a tensor that are only read.
  fileprivate init(reading tensor: Tensor<S>) {
    self.init(base: UnsafeMutablePointer(mutating: tensor.region.base), count: tensor.count)
  }
}

/// The memory of all steps of a recurrence; the owners of its tensors keep them alive.
private struct RecurrenceSteps<S: Scalar>: Sendable {
  let unit: RecurrentUnit
  let isReversed: Bool
  /// [B, T, H].
  let shape: Shape
  let initial: RecurrentState<Region<S>>
  let outputs: MutableRegion<S>
  private let weight: Region<S>
  private let productBias, peepholes: Region<S>?
  private let gates: MutableRegion<S>
  private let cells, products: MutableRegion<S>?

  init(
    _ recurrence: Recurrence<S>, weight: Region<S>, gates: MutableRegion<S>, outputs: MutableRegion<S>,
    cells: MutableRegion<S>?, products: MutableRegion<S>?, shape: Shape
  ) {
    (unit, isReversed) = (recurrence.unit, recurrence.isReversed)
    (productBias, peepholes) = (recurrence.productBias?.region, recurrence.peepholes?.region)
    initial = recurrence.initial.map(\.region)
    (self.weight, self.gates, self.outputs, self.cells, self.products) = (weight, gates, outputs, cells, products)
    self.shape = shape
  }

  var batch: Int { shape[0] }
  var time: Int { shape[1] }
  var units: Int { shape[2] }

  /// The time of a step.
  func time(_ number: Int) -> Int { isReversed ? time - 1 - number : number }

  /// Calls `body` in parallel for runs of signals that cover the batch.
  func forEachPart(of resources: Resources, _ body: @Sendable (_ signals: Range<Int>) -> Void) {
    let parts = min(resources.workers.threads, batch)
    resources.workers.forEach(parts: parts) { body(Workers.range(of: $0, parts: parts, count: batch)) }
  }

  /// The rows of signals from one on at a time.
  func rows(_ region: MutableRegion<S>, _ time: Int, _ signal: Int, width: Int? = nil) -> SignalRows<S> {
    let width = width ?? units
    return SignalRows(region.base + (signal * self.time + time) * width, stride: self.time * width)
  }

  /// A step for some signals.
  func step(_ number: Int, _ signals: Range<Int>) -> RecurrentStep<S> {
    let (first, now) = (signals.lowerBound, time(number))
    let before = isReversed ? now + 1 : now - 1
    func previous(_ region: MutableRegion<S>, _ initial: Region<S>) -> SignalRows<S> {
      number == 0 ? SignalRows(initial.base + first * units, stride: units) : rows(region, before, first)
    }
    let cellBefore = cells.flatMap { cells in initial.cell.map { previous(cells, $0) } }
    return RecurrentStep(
      unit: unit, rows: signals.count, units: units, weight: weight.base, productBias: productBias?.base,
      peepholes: peepholes?.base, gates: rows(gates, now, first, width: unit.gates * units),
      previous: RecurrentState(hidden: previous(outputs, initial.hidden), cell: cellBefore),
      next: RecurrentState(hidden: rows(outputs, now, first), cell: cells.map { rows($0, now, first) }),
      product: products.map { rows($0, now, first) })
  }
}
