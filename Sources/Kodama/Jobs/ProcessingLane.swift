import KodamaAmplifiers
import KodamaAudio

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A processor with what is around it: conversion of the rate, gains and the dry sound.
final class ProcessingLane {
  private let processor: AmplifierProcessor
  private let choices: [ChannelChoice]
  private let toModel: [Resampler]
  private let fromModel: [Resampler]
  private let settings: ProcessingJob.Settings
  private let (inputGain, outputGain): (Float, Float)
  /// Frames of the input that have no output yet, of the first channel, for the mix.
  private var dry: [Float] = []

  init(
    _ model: AmplifierModel, _ settings: ProcessingJob.Settings, outputGain: Double, choices: [ChannelChoice], rate: Int
  ) {
    processor = AmplifierProcessor(model)
    processor.size = settings.size
    (self.choices, self.settings) = (choices, settings)
    let modelRate = Int(model.effectiveSampleRate)
    toModel = choices.map { _ in Resampler(from: rate, to: modelRate) }
    fromModel = (0..<processor.outputChannels).map { _ in Resampler(from: modelRate, to: rate) }
    (inputGain, self.outputGain) = (Self.factor(settings.inputGain), Self.factor(outputGain))
  }

  /// The factor of a gain in dB.
  private static func factor(_ gain: Double) -> Float { Float(pow(10, gain / 20)) }

  func process(_ block: [Float], channels: Int) -> [[Float]] {
    let inputs = choices.map { $0.mono(block, channels: channels) }
    if settings.mix < 1 { dry += inputs[0] }
    let converted = zip(toModel, inputs).map { resampler, input in
      resampler.process(inputGain == 1 ? input : input.map { $0 * inputGain })
    }
    return mixed(zip(fromModel, wet(converted)).map { $0.process($1) })
  }

  func finish() -> [[Float]] {
    let rest = wet(toModel.map { $0.finish() })
    var outputs = zip(fromModel, rest).map { resampler, wet in resampler.process(wet) + resampler.finish() }
    // Two conversions of the rate may round to a frame more than there was.
    if settings.mix < 1 { outputs = outputs.map { Array($0.prefix(dry.count)) } }
    return mixed(outputs)
  }

  /// Runs the model in blocks.
  private func wet(_ inputs: [[Float]]) -> [[Float]] {
    let frames = inputs[0].count
    var outputs = (0..<processor.outputChannels).map { _ in [Float](repeating: 0, count: frames) }
    for start in stride(from: 0, to: frames, by: settings.block) {
      let count = min(settings.block, frames - start)
      if inputs.count == 1 && outputs.count == 1 {
        inputs[0].withUnsafeBufferPointer { input in
          outputs[0].withUnsafeMutableBufferPointer { output in
            processor.process(input.baseAddress! + start, into: output.baseAddress! + start, frames: count)
          }
        }
        continue
      }
      let parts = processor.process(inputs.map { Array($0[start..<start + count]) })
      for (index, part) in parts.enumerated() { outputs[index].replaceSubrange(start..<start + count, with: part) }
    }
    return outputs
  }

  /// Applies the gain, and adds the dry sound.
  private func mixed(_ outputs: [[Float]]) -> [[Float]] {
    let (wet, dryShare) = (outputGain * Float(settings.mix), 1 - Float(settings.mix))
    let count = outputs[0].count
    let result = outputs.map { output in
      output.indices.map { output[$0] * wet + (dryShare > 0 && $0 < dry.count ? dry[$0] * dryShare : 0) }
    }
    if dryShare > 0 { dry.removeFirst(min(count, dry.count)) }
    return result
  }
}
