import KodamaTensors

/// A model in real time: frames in, as many frames out, in calls of any number of frames.
///
/// After creation nothing allocates, locks or calls the system: `process`, `reset` and a change of `size` may run on an
/// audio thread. The result does not depend on how the frames are divided among calls. Denormal numbers count as zeros.
/// One processor is for one stream of sound and one thread at a time; any number of them may exist.
///
/// ```swift
/// let processor = AmplifierProcessor(try AmplifierModel(contentsOf: "amp.nam"))
/// processor.process(samples, into: &output)
/// ```
public final class AmplifierProcessor {
  private let programs: [AmplifierProgram]
  private let steps: [Double]
  private var current: Int
  /// Channels of the input.
  public let inputChannels: Int
  /// Channels of the output.
  public let outputChannels: Int
  /// The sample rate in Hz of the sound.
  public let sampleRate: Double

  /// A model with the state after silence.
  ///
  /// - Parameter instructionSet: the kernels; every instruction set gives other roundings.
  public init(_ model: AmplifierModel, instructionSet: InstructionSet = .current) {
    steps = model.sizeSteps
    // A size within each interval between steps, not at its ends, where rounding would decide.
    let ends = [0] + steps + [max(1, steps.last ?? 0) + 1]
    let sizes = zip(ends, ends.dropFirst()).map { ($0 + min($1, 1 + $0)) / 2 }
    programs = sizes.map { AmplifierProgram(model.sized($0), instructionSet) }
    current = programs.count - 1
    (inputChannels, outputChannels) = (model.architecture.inputChannels, model.architecture.outputChannels)
    sampleRate = model.effectiveSampleRate
  }

  /// The samples that the output is behind the input: none, the networks are causal without delay.
  public var latency: Int { 0 }

  /// The size of the network, from 0 to 1, of a model of several sizes; another network begins after silence.
  public var size: Double = 1 {
    didSet {
      let next = steps.count { $0 <= size }
      if next != current {
        current = next
        programs[next].reset()
      }
    }
  }

  /// Returns to the state after silence.
  public func reset() { programs[current].reset() }

  /// Processes planar channels.
  ///
  /// - Parameters:
  ///   - inputs: `inputChannels` pointers to `frames` samples each.
  ///   - outputs: `outputChannels` pointers to `frames` samples each; may be those of the inputs.
  public func process(
    _ inputs: UnsafePointer<UnsafePointer<Float>>, into outputs: UnsafePointer<UnsafeMutablePointer<Float>>,
    frames: Int
  ) {
    programs[current].run(inputs, outputs, frames: frames)
  }

  /// Processes samples of a model with one input and one output.
  ///
  /// - Precondition: the model has one input and one output.
  /// - Parameter output: may be the memory of the input.
  public func process(_ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, frames: Int) {
    precondition(inputChannels == 1 && outputChannels == 1, "the model has more than one channel")
    withUnsafePointer(to: input) { inputs in
      withUnsafePointer(to: output) { outputs in programs[current].run(inputs, outputs, frames: frames) }
    }
  }

  /// The outputs for planar channels of equal length.
  ///
  /// - Precondition: there are `inputChannels`.
  public func process(_ channels: [[Float]]) -> [[Float]] {
    precondition(channels.count == inputChannels, "\(channels.count) channels, not \(inputChannels)")
    let frames = channels[0].count
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: max(1, (inputChannels + outputChannels) * frames))
    defer { memory.deallocate() }
    for (index, channel) in channels.enumerated() { (memory + index * frames).update(from: channel, count: frames) }
    let inputs = (0..<inputChannels).map { UnsafePointer(memory + $0 * frames) }
    let outputs = (0..<outputChannels).map { memory + (inputChannels + $0) * frames }
    process(inputs, into: outputs, frames: frames)
    return outputs.map { Array(UnsafeBufferPointer(start: $0, count: frames)) }
  }

  /// The output for samples of a model with one input and one output.
  ///
  /// - Precondition: the model has one input and one output.
  public func process(_ input: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: input.count) { output, count in
      if let start = output.baseAddress, !input.isEmpty { process(input, into: start, frames: input.count) }
      count = input.count
    }
  }
}
