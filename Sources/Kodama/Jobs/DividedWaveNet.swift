import KodamaDistributed
import KodamaTraining
import KodamaWaveNetTraining
import KodamaWaveNets

/// A network of which this process has a part, and the processes that have the rest.
struct DividedWaveNet {
  /// What this process has.
  let network: WaveNet
  let processes: ProcessDivision

  /// The part of a process of a group; nil where each has all of the network.
  ///
  /// - Throws: `DistributedFault.together` for what is not divided, `.tooFew` where there are more processes than parts.
  init?(_ group: ProcessGroup?, _ settings: TrainingSettings) throws {
    guard let group, let division = group.division else { return nil }
    try Self.check(group, settings)
    let c = settings.architecture
    let (waiting, rank) = (WaitingTime(), group.communicator.rank)
    let part: WaveNetPart
    switch division {
    case .layers:
      let stages = WaveNetPart.stages(of: c, count: group.processes)
      part = WaveNetPart(stage: stages[rank], of: c, NeighborLink(group.communicator, waiting))
      processes = ProcessDivision(
        group, shares: stages.map { WaveNetPart.share(of: c, stage: $0) }, hasMeasures: part.hasMeasures,
        partsAhead: group.processes - 1 - rank, waiting: waiting)
    case .channels:
      part = WaveNetPart(channels: rank, of: group.processes, c, ExchangedSum(group.communicator, waiting))
      processes = ProcessDivision(
        group, shares: (0..<group.processes).map { WaveNetPart.share(of: c, channels: $0, of: group.processes) },
        hasMeasures: part.hasMeasures, partsAhead: 0, waiting: waiting)
    }
    network = WaveNet(c, part: part)
  }

  /// Throws where the network of settings is to be divided and cannot be.
  ///
  /// - Throws: `DistributedFault`.
  static func check(_ group: ProcessGroup?, _ settings: TrainingSettings) throws {
    guard let group, let division = group.division else { return }
    let processes = group.processes
    let (c, plan) = (settings.architecture, settings.plan.training)
    func refuse(_ what: String, _ advice: String) throws -> Never {
      throw DistributedFault.together(what: "\(what) in a divided network", advice: advice)
    }
    if c.isRecurrent { try refuse("the layer of a recurrent network", "divide the examples instead") }
    if settings.distillation != nil { try refuse("a teacher", "train without it, or divide the examples") }
    if plan.pruning != nil { try refuse("pruning", "train without it, or divide the examples") }
    if plan.rounding != nil { try refuse("rounding", "train without it, or divide the examples") }
    if let cooperation = plan.cooperation {
      try refuse("the mode \(cooperation.mode.rawValue)", "train synchronously, or divide the examples")
    }
    guard division == .channels else {
      if c.dilations.count < processes {
        throw DistributedFault.tooFew(what: "blocks", count: c.dilations.count, processes: processes)
      }
      return
    }
    for (what, count) in [("gate_channels", c.gateChannels), ("head_channels", c.headChannels)] where count < processes
    {
      throw DistributedFault.tooFew(what: what, count: count, processes: processes)
    }
    if c.weightNormalization {
      try refuse("weight normalization of some of the channels", "train without it, or divide the layers")
    }
    if settings.plan.training.algorithm.name == "muon" {
      try refuse("muon, which is for whole matrices,", "train with another optimizer, or divide the layers")
    }
  }
}
