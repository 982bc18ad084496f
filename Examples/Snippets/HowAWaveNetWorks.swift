import Kodama

/// From samples to codes and back.
public func compand() -> [Float] {
  let law = MuLaw()
  let codes: [Int32] = law.encode([0, 0.01, -0.5, 1])
  let samples: [Float] = codes.map { law.decode(Int($0)) }
  return samples
}

/// The receptive field of a configuration, in milliseconds at 16 kHz.
public func receptiveField() -> Double {
  let dilations = WaveNetConfiguration.cyclicDilations(cycles: 2, blocksPerCycle: 10)
  let configuration = WaveNetConfiguration(
    dilations: dilations, residualChannels: 32, gateChannels: 32, skipChannels: 128)
  let field: Int = configuration.receptiveField  // 2047
  let milliseconds = 1000 * Double(field) / 16_000
  return milliseconds
}
