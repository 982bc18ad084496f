import CKernels
import KodamaCore
import KodamaLayers
import KodamaTensors

/// Runs a program on one thread, in memory of its own: one map at a time, without allocating.
///
/// ```swift
/// let graph = MapGraph(of: parameters, input: [1, 9, 9, 17]) { [network.forward($0, $1)] }
/// let engine = MapEngine(MapProgram(graph))
/// let outputs = engine.run(map)
/// ```
public final class MapEngine {
  private let program: MapProgram
  private let memory: UnsafeMutablePointer<Float>
  /// The addresses that each step's products read and write.
  private let products: [ProductAddresses?]
  /// Of the products of integers.
  private let integers: MapIntegerProducts
  private let memoryBytes: Int
  private let scratch: UnsafeMutablePointer<Float>

  /// Rows of a product that are computed together: few enough for the first cache.
  private static let rowsPerBlock = 96

  /// An engine for a program.
  public init(_ program: MapProgram) {
    self.program = program
    let mapBytes = program.count * MemoryLayout<Float>.stride
    memoryBytes = mapBytes + MapIntegerProducts.Layout(program).size
    let raw = AlignedMemory.allocate(bytes: memoryBytes)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: memoryBytes)
    let memory = raw.bindMemory(to: Float.self, capacity: program.count)
    self.memory = memory
    let scratchCount = Self.rowsPerBlock * program.instructionSet.kernels.pointee.block_outputs
    scratch = AlignedMemory.allocate(bytes: scratchCount * 4).bindMemory(to: Float.self, capacity: scratchCount)
    integers = MapIntegerProducts(program, memory: raw + mapBytes)
    products = program.steps.map { step in
      guard case .product(let product) = step.operation, case .dense = product.weights else { return nil }
      return ProductAddresses(
        product, program.maps[step.inputs[0]], program.maps[step.output], product.added.map { program.maps[$0] },
        memory, rowsPerBlock: Self.rowsPerBlock)
    }
  }

  deinit {
    AlignedMemory.deallocate(memory, bytes: memoryBytes)
    AlignedMemory.deallocate(
      scratch, bytes: Self.rowsPerBlock * program.instructionSet.kernels.pointee.block_outputs * 4)
  }

  /// Computes the network.
  ///
  /// - Parameters:
  ///   - map: [H, W, C], of the shape that the graph has.
  ///   - observe: called before each convolution and linear layer with its path and the rows of its input, [W, C] each.
  /// - Returns: the outputs of the graph, each [H, W, C] or [C].
  /// - Precondition: the map has as many numbers as the graph's input.
  public func run(
    _ map: [Float], observe: ((_ layer: String, _ rows: [UnsafeBufferPointer<Float>]) -> Void)? = nil
  ) -> [[Float]] {
    let input = program.maps[0]
    precondition(
      map.count == input.height * input.width * input.channels, "a map of \(map.count) numbers for \(input)")
    let row = input.width * input.channels
    map.withUnsafeBufferPointer { numbers in
      for y in 0..<input.height {
        (memory + input.place(row: y, column: 0)).update(from: numbers.baseAddress! + y * row, count: row)
      }
    }
    for (index, step) in program.steps.enumerated() {
      if let observe, case .product(let product) = step.operation {
        let input = program.maps[step.inputs[0]]
        observe(
          product.name,
          (0..<input.height).map { y in
            UnsafeBufferPointer(start: memory + input.place(row: y, column: 0), count: input.width * input.channels)
          })
      }
      run(step, products[index])
    }
    return program.outputs.map { output in
      let map = program.maps[output]
      return (0..<map.height).flatMap { row in
        UnsafeBufferPointer(start: memory + map.place(row: row, column: 0), count: map.width * map.channels)
      }
    }
  }

  private func run(_ step: MapProgram.Step, _ addresses: ProductAddresses?) {
    let output = program.maps[step.output]
    let kernels = program.instructionSet.kernels.pointee
    func input(_ index: Int = 0) -> MapProgram.Map { program.maps[step.inputs[index]] }
    /// Calls `body` with each row of the output and of an input of its size.
    func eachRow(_ input: MapProgram.Map, _ body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void) {
      for row in 0..<output.height {
        body(memory + input.place(row: row, column: 0), memory + output.place(row: row, column: 0))
      }
    }

    switch step.operation {
    case .product(let product):
      switch product.weights {
      case .dense(let weight, let bias):
        if let addresses { multiply(product, weight, bias, addresses, kernels) }
      case .depthwise(let weight, let bias): filter(product, weight, bias, input(), output, kernels)
      case .integers(let weights):
        integers.multiply(
          product, weights, from: input(), to: output, adding: product.added.map { program.maps[$0] }, in: memory)
      }
    case .affine(let scale, let shift, let limits):
      var finish = kodama_finish(lower: limits.lower, upper: limits.upper, added: nil)
      eachRow(input()) { x, y in
        kernels.transform_rows(output.width, output.channels, x, scale, shift, &finish, y)
      }
    case .activation(let function):
      let (code, p, q) = function.kernel
      eachRow(input()) { x, y in kernels.unary(code, p, q, output.width * output.channels, x, y) }
    case .sum(let limits):
      let count = output.width * output.channels
      eachRow(input()) { x, y in y.update(from: x, count: count) }
      eachRow(input(1)) { x, y in
        kernels.binary(KODAMA_ADD, count, y, 1, x, 1, y)
        if limits != MapProgram.Limits() { kernels.unary(KODAMA_CLAMP, limits.lower, limits.upper, count, y, y) }
      }
    case .concatenation:
      var first = 0
      for index in step.inputs.indices {
        let part = input(index)
        for row in 0..<output.height {
          var (x, y) = (memory + part.place(row: row, column: 0), memory + output.place(row: row, column: 0) + first)
          for _ in 0..<output.width {
            y.update(from: x, count: part.channels)
            (x, y) = (x + part.channels, y + output.channels)
          }
        }
        first += part.channels
      }
    case .pooling(let kind, let windows): pool(kind, windows, input(), output, kernels)
    case .average:
      let (map, sums) = (input(), memory + output.place(row: 0, column: 0))
      sums.update(repeating: 0, count: map.channels)
      for row in 0..<map.height {
        kernels.sum_rows(map.width, map.channels, memory + map.place(row: row, column: 0), sums)
      }
      kernels.scale(map.channels, 1 / Float(map.height * map.width), sums, sums)
    }
  }

  private func multiply(
    _ product: MapProgram.Product, _ weight: Tensor<Float>, _ bias: [Float], _ addresses: ProductAddresses,
    _ kernels: kodama_kernels_f32
  ) {
    weight.withUnsafeBuffer { weight in
      bias.withUnsafeBufferPointer { bias in
        for block in addresses.blocks {
          var runs = kodama_runs(
            rows: block.rows, runs: addresses.runs, length: addresses.length, starts: block.starts)
          var finish = kodama_finish(
            lower: product.limits.lower, upper: product.limits.upper, added: block.added)
          kernels.multiply_runs(
            &runs, addresses.outputs, weight.baseAddress, bias.isEmpty ? nil : bias.baseAddress, &finish,
            block.out, scratch, 0)
        }
      }
    }
  }

  /// A depthwise convolution.
  private func filter(
    _ product: MapProgram.Product, _ weight: Tensor<Float>, _ bias: [Float], _ input: MapProgram.Map,
    _ output: MapProgram.Map, _ kernels: kodama_kernels_f32
  ) {
    let windows = product.windows
    // The map begins where the first window does, so that every window lies on it.
    let map = memory + input.place(row: -windows.padding.rows, column: -windows.padding.columns)
    var form = kodama_windows(
      height: input.top + input.height + input.bottom, width: input.left + input.width + input.right,
      channels: input.channels, out_height: output.height, out_width: output.width,
      kernel_height: windows.kernel.rows, kernel_width: windows.kernel.columns, stride_height: windows.stride.rows,
      stride_width: windows.stride.columns, dilation_height: windows.dilation.rows,
      dilation_width: windows.dilation.columns, padding_height: 0, padding_width: 0)
    var finish = kodama_finish(lower: product.limits.lower, upper: product.limits.upper, added: nil)
    weight.withUnsafeBuffer { weight in
      bias.withUnsafeBufferPointer { bias in
        kernels.depthwise_forward(
          &form, 0, output.height * output.width, map, weight.baseAddress,
          bias.isEmpty ? nil : bias.baseAddress, &finish, memory + output.place(row: 0, column: 0),
          output.line, output.channels, 0)
      }
    }
  }

  private func pool(
    _ kind: PoolingGeometry.Kind, _ windows: MapProgram.Windows, _ input: MapProgram.Map, _ output: MapProgram.Map,
    _ kernels: kodama_kernels_f32
  ) {
    let channels = output.channels
    for row in 0..<output.height {
      for column in 0..<output.width {
        let y = memory + output.place(row: row, column: column)
        var inside = 0
        for tap in 0..<windows.kernel.rows * windows.kernel.columns {
          let (ky, kx) = tap.quotientAndRemainder(dividingBy: windows.kernel.columns)
          let place = (
            row: row * windows.stride.rows + ky * windows.dilation.rows - windows.padding.rows,
            column: column * windows.stride.columns + kx * windows.dilation.columns - windows.padding.columns
          )
          if !(0..<input.height).contains(place.row) || !(0..<input.width).contains(place.column) { continue }
          let x = memory + input.place(row: place.row, column: place.column)
          if inside == 0 {
            y.update(from: x, count: channels)
          } else {
            kernels.binary(kind == .maximum ? KODAMA_MAXIMUM : KODAMA_ADD, channels, x, 1, y, 1, y)
          }
          inside += 1
        }
        if case .average(let countingPadding) = kind {
          let count = countingPadding ? windows.kernel.rows * windows.kernel.columns : inside
          kernels.scale(channels, 1 / Float(count), y, y)
        }
      }
    }
  }
}

/// The addresses of the rows of a product, in blocks.
private final class ProductAddresses {
  struct Block {
    let rows: Int
    let starts: UnsafePointer<UnsafeRawPointer?>
    let out: UnsafePointer<UnsafeMutableRawPointer?>
    let added: UnsafePointer<UnsafeRawPointer?>?
  }

  let runs, length, outputs: Int
  private(set) var blocks: [Block] = []
  private let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer?>

  init(
    _ product: MapProgram.Product, _ input: MapProgram.Map, _ output: MapProgram.Map, _ added: MapProgram.Map?,
    _ memory: UnsafeMutablePointer<Float>, rowsPerBlock: Int
  ) {
    let windows = product.windows
    // Taps of a row that lie side by side are one run.
    let together = windows.dilation.columns == 1 ? windows.kernel.columns : 1
    let perRow = windows.kernel.columns / together
    runs = windows.kernel.rows * perRow
    length = together * input.channels
    outputs = output.channels
    let rows = output.height * output.width
    pointers = .allocate(capacity: rows * (runs + (added == nil ? 1 : 2)))
    var next = pointers
    for first in stride(from: 0, to: rows, by: rowsPerBlock) {
      let count = min(rowsPerBlock, rows - first)
      /// Writes an address for every row of the block.
      func addresses(_ place: (_ row: Int, _ column: Int) -> Int) -> UnsafeMutablePointer<UnsafeMutableRawPointer?> {
        let start = next
        for position in first..<first + count {
          let (row, column) = position.quotientAndRemainder(dividingBy: output.width)
          next.initialize(to: UnsafeMutableRawPointer(memory + place(row, column)))
          next += 1
        }
        return start
      }
      let starts = next
      for run in 0..<runs {
        let (ky, kx) = run.quotientAndRemainder(dividingBy: perRow)
        _ = addresses { row, column in
          input.place(
            row: row * windows.stride.rows + ky * windows.dilation.rows - windows.padding.rows,
            column: column * windows.stride.columns + kx * windows.dilation.columns - windows.padding.columns)
        }
      }
      let out = addresses { output.place(row: $0, column: $1) }
      let others = added.map { map in addresses { map.place(row: $0, column: $1) } }
      func read(
        _ pointer: UnsafeMutablePointer<UnsafeMutableRawPointer?>
      ) -> UnsafePointer<UnsafeRawPointer?> {
        UnsafeRawPointer(pointer).assumingMemoryBound(to: UnsafeRawPointer?.self)
      }
      blocks.append(Block(rows: count, starts: read(starts), out: UnsafePointer(out), added: others.map(read)))
    }
  }

  deinit { pointers.deallocate() }
}

extension Activation {
  /// The kernel's function with its constants.
  fileprivate var kernel: (kodama_unary, Float, Float) {
    switch self {
    case .relu: (KODAMA_LEAKY_RELU, 0, 0)
    case .relu6: (KODAMA_CLAMP, 0, 6)
    case .silu: (KODAMA_SILU, 0, 0)
    }
  }
}

/// The engines of a program that wait for their next map: as many as were in use at once.
public final class MapEngines: Sendable {
  /// An engine that changes hands: only its present holder runs it.
  private struct Idle: @unchecked Sendable {
    let engine: MapEngine
  }

  private let program: MapProgram
  private let idle = Locked<[Idle]>([])

  /// Engines of a program, none yet.
  public init(_ program: MapProgram) { self.program = program }

  /// Calls `body` with an engine that nobody else uses meanwhile.
  public func use<Result>(_ body: (MapEngine) throws -> Result) rethrows -> Result {
    let engine = idle.withLock { $0.popLast() } ?? Idle(engine: MapEngine(program))
    defer { idle.withLock { $0.append(engine) } }
    return try body(engine.engine)
  }
}
