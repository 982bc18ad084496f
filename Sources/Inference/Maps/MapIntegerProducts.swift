import CKernels
import KodamaCore
import KodamaLayers
import KodamaTensors

/// Computes the products of integers of a program: of each, the input becomes bytes, the windows of some positions are
/// laid side by side, and the kernels of generation multiply them as so many steps.
final class MapIntegerProducts {
  /// Positions that are computed together: few enough for the first cache.
  private static let positions = 32
  /// All addresses are multiples of this many bytes.
  private static let alignment = 64

  private let kernels: kodama_kernels_f32
  private let generation: kodama_generation
  /// The bytes of a map with its frame.
  private let bytes: UnsafeMutablePointer<CChar>
  /// A buffer for each position: the bytes of its window, and the sums.
  private let buffers: UnsafeMutablePointer<kodama_step_buffer>

  /// Memory for the products of a program: its parts, in bytes.
  struct Layout {
    fileprivate private(set) var map = 0
    fileprivate private(set) var buffer = 0

    init(_ program: MapProgram) {
      for step in program.steps {
        guard case .product(let product) = step.operation, case .integers(let weights) = product.weights else {
          continue
        }
        map = max(map, program.maps[step.inputs[0]].count.roundedUp(toMultipleOf: alignment))
        buffer = max(buffer, Self.sums(weights.form) + weights.form.outputs * MemoryLayout<Float>.stride)
      }
    }

    var size: Int { map + positions * buffer }

    /// The offset of the sums in a buffer.
    fileprivate static func sums(_ form: PackedLayer) -> Int { form.tapInputs.roundedUp(toMultipleOf: alignment) }
  }

  /// - Parameter memory: as the layout of the program asks for, zeros, behind that of the maps.
  init(_ program: MapProgram, memory: UnsafeMutableRawPointer) {
    (kernels, generation) = (program.instructionSet.kernels.pointee, program.instructionSet.generation.pointee)
    let layout = Layout(program)
    bytes = memory.assumingMemoryBound(to: CChar.self)
    buffers = .allocate(capacity: Self.positions)
    for position in 0..<Self.positions {
      let base = bytes + layout.map + position * layout.buffer
      (buffers + position).initialize(to: kodama_step_buffer(base: base, conditions: base))
    }
  }

  deinit { buffers.deallocate() }

  /// Computes a product.
  func multiply(
    _ product: MapProgram.Product, _ weights: MapIntegerWeights, from input: MapProgram.Map, to output: MapProgram.Map,
    adding added: MapProgram.Map?, in maps: UnsafeMutablePointer<Float>
  ) {
    round(input, weights.input, in: maps)
    let offset = Layout.sums(weights.form)
    weights.packed.withUnsafeBuffer { packed in
      guard let header = packed.baseAddress else { return }
      var operation = kodama_operation()
      operation.product = kodama_product()
      operation.product.parts.0 = kodama_part(
        packed: header + weights.form.headerBytes / 4, index: nil, inputs: weights.form.tapInputs, x: 0)
      operation.product.part_count = 1
      operation.product.outputs = weights.form.outputs
      operation.product.bias = header
      operation.product.scales = header + weights.form.outputs
      operation.product.y = offset
      operation.product.accumulation = KODAMA_ACCUMULATE_FROM_ZERO
      operation.product.epilogue = KODAMA_EPILOGUE_BIAS
      let count = output.height * output.width
      for first in stride(from: 0, to: count, by: Self.positions) {
        let places = first..<min(first + Self.positions, count)
        for position in places {
          gather(
            product.windows, at: position.quotientAndRemainder(dividingBy: output.width), input,
            into: buffers[position - first].base)
        }
        generation.product_int8(&operation, places.count, buffers)
        for position in places {
          let (row, column) = position.quotientAndRemainder(dividingBy: output.width)
          let sums = UnsafeRawPointer(buffers[position - first].base + offset).assumingMemoryBound(to: Float.self)
          let target = maps + output.place(row: row, column: column)
          if let added {
            kernels.binary(
              KODAMA_ADD, weights.outputs, maps + added.place(row: row, column: column), 1, sums, 1, target)
          } else {
            target.update(from: sums, count: weights.outputs)
          }
        }
      }
    }
    if product.limits == MapProgram.Limits() { return }
    for row in 0..<output.height {
      let numbers = maps + output.place(row: row, column: 0)
      kernels.unary(
        KODAMA_CLAMP, product.limits.lower, product.limits.upper, output.width * output.channels, numbers, numbers)
    }
  }

  /// Rounds a map with its frame to bytes.
  private func round(_ map: MapProgram.Map, _ input: InputQuantization, in maps: UnsafeMutablePointer<Float>) {
    let numbers = UnsafeMutableRawPointer(maps + map.offset).assumingMemoryBound(to: CChar.self)
    var operation = kodama_operation()
    operation.conversion = kodama_conversion(
      count: map.count.roundedUp(toMultipleOf: PackedLayer.lanes), x: 0, gate: 0,
      y: UnsafeMutablePointer(bytes) - numbers, factor: 1 / input.scale, rectified: 0,
      zero_point: Int32(input.zeroPoint))
    var buffer = kodama_step_buffer(base: numbers, conditions: numbers)
    generation.convert_u8(&operation, 1, &buffer)
  }

  /// Copies the window of a position, tap after tap.
  private func gather(
    _ windows: MapProgram.Windows, at place: (quotient: Int, remainder: Int), _ input: MapProgram.Map,
    into buffer: UnsafeMutablePointer<CChar>
  ) {
    // Taps of a row that lie side by side are copied together.
    let together = windows.dilation.columns == 1 ? windows.kernel.columns : 1
    var target = buffer
    for ky in 0..<windows.kernel.rows {
      for kx in stride(from: 0, to: windows.kernel.columns, by: together) {
        let row = place.quotient * windows.stride.rows + ky * windows.dilation.rows - windows.padding.rows
        let column = place.remainder * windows.stride.columns + kx * windows.dilation.columns - windows.padding.columns
        let source = bytes + (input.place(row: row, column: column) - input.offset)
        target.update(from: source, count: together * input.channels)
        target += together * input.channels
      }
    }
  }
}
