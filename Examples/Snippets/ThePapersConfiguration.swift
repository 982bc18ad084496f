import Kodama

/// The settings of a network with four cycles.
public func fourCycles() -> TrainingSettings {
  let configuration = WaveNetConfiguration(
    dilations: WaveNetConfiguration.cyclicDilations(cycles: 4, blocksPerCycle: 10),
    residualChannels: 64, gateChannels: 64, skipChannels: 256)
  let settings = TrainingSettings(architecture: configuration, plan: TrainingPlan())
  return settings
}
