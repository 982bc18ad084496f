import KodamaCheckpoints
import KodamaCore

/// Reading `.nam` files, versions 0.5 to 0.7 of the format.
extension AmplifierModel {
  /// The bytes of the largest file that is read.
  static let sizeLimit = 256 << 20
  /// The numbers of the largest file.
  private static let valueLimit = 1 << 24
  /// The most samples of the past, over all layers and channels: 128 MiB.
  static let historyLimit = 1 << 25
  /// The most samples of the past of one channel: 87 s at 48 kHz.
  static let lookbackLimit = 1 << 22

  /// Reads a `.nam` file. Everything is checked before memory is allocated for the network.
  ///
  /// - Throws: `AmplifierFault` and `JSONFault` with the file and the key; `FileFault.cannotRead`.
  public init(contentsOf path: String) throws {
    let file = try InputFile(path)
    if file.size > Self.sizeLimit {
      throw AmplifierFault.wrongValue(
        path: path, key: "the size", found: "\(file.size) bytes", expected: "at most \(Self.sizeLimit)")
    }
    try self.init(parsing: try file.bytes(0..<file.size), path: path)
  }

  /// Reads the bytes of a `.nam` file; `path` is for messages.
  ///
  /// - Throws: `AmplifierFault` and `JSONFault` with the file and the key.
  public init(parsing bytes: [UInt8], path: String) throws {
    let json = try JSON(parsing: bytes, path: path, valueLimit: Self.valueLimit)
    try self.init(AmplifierObject(json, path: path, key: ""), rate: nil)
  }

  /// - Parameter rate: the sample rate of the model around it, which its own must be.
  init(_ object: AmplifierObject, rate: Double?) throws {
    try Self.checkVersion(object)
    let (architecture, rate) = try Self.description(object, rate: rate)
    let weights = try Self.weights(object, of: architecture)
    self.init(architecture, weights: weights, sampleRate: rate, metadata: try AmplifierMetadata(object))
  }

  /// The network and the sample rate in Hz.
  static func description(
    _ object: AmplifierObject, rate outer: Double?
  ) throws -> (AmplifierArchitecture, sampleRate: Double?) {
    var rate: Double?
    if let found = object.value("sample_rate") {
      guard let number = found.double, (1...10_000_000).contains(number) else {
        throw object.wrong("sample_rate", found, expected: "a number of Hz")
      }
      rate = number
    }
    if let rate, let outer, rate != outer {
      throw AmplifierFault.disagreement(
        path: object.path, key: object.prefix + "sample_rate", found: "\(rate) Hz",
        needed: "that of the model around it is \(outer) Hz")
    }
    let name = try object.string("architecture")
    guard let config = try object.object("config") else {
      throw AmplifierFault.missingKey(path: object.path, key: object.prefix + "config")
    }
    let architecture: AmplifierArchitecture
    switch name {
    case "WaveNet": architecture = .waveNet(try AmplifierWaveNet(config, rate: rate))
    case "LSTM": architecture = .lstm(try AmplifierLSTM(config))
    case "ConvNet": architecture = .convNet(try AmplifierConvNet(config))
    case "Linear": architecture = .linear(try AmplifierLinear(config))
    case "SlimmableContainer":
      architecture = try container(config, rate: rate)
      if case .container(let models) = architecture { rate = rate ?? models.last?.model.sampleRate }
    default:
      throw AmplifierFault.wrongValue(
        path: object.path, key: object.prefix + "architecture", found: "\"\(name.visible().excerpt(40))\"",
        expected: "WaveNet, LSTM, ConvNet, Linear or SlimmableContainer")
    }
    return (architecture, rate)
  }

  private static func checkVersion(_ object: AmplifierObject) throws {
    let version = try object.string("version")
    let parts = version.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 3, parts[0] == 0, let minor = parts[1], (5...7).contains(minor), parts[2] != nil else {
      throw AmplifierFault.unsupportedVersion(path: object.path, version: version.visible().excerpt(40))
    }
  }

  private static func weights(_ object: AmplifierObject, of architecture: AmplifierArchitecture) throws -> [Float] {
    if case .container = architecture { return [] }
    let found = try object.required("weights")
    guard let numbers = found.array else { throw object.wrong("weights", found, expected: "a list of numbers") }
    let needed = architecture.weightCount
    if numbers.count != needed {
      throw AmplifierFault.weightCount(
        path: object.path, key: object.prefix + "weights", found: numbers.count, needed: needed)
    }
    return try numbers.enumerated().map { index, number in
      guard let value = number.double, Float(value).isFinite else {
        throw AmplifierFault.weightNotFinite(path: object.path, key: object.prefix + "weights", index: index)
      }
      return Float(value)
    }
  }

  private static func container(_ config: AmplifierObject, rate: Double?) throws -> AmplifierArchitecture {
    var (models, last): ([AmplifierArchitecture.SizedModel], Double) = ([], -.infinity)
    for entry in try config.objects("submodels") {
      let limit = try entry.number("max_value")
      if limit <= last {
        throw AmplifierFault.disagreement(
          path: config.path, key: entry.prefix + "max_value", found: "\(limit)",
          needed: "it must be above that of the model before, \(last)")
      }
      guard let inner = try entry.object("model") else {
        throw AmplifierFault.missingKey(path: config.path, key: entry.prefix + "model")
      }
      let model = try AmplifierModel(inner, rate: rate ?? models.first?.model.sampleRate)
      try inner.check(
        "architecture's input channels", model.architecture.inputChannels, is: 1, "the number in a container")
      try inner.check(
        "architecture's output channels", model.architecture.outputChannels, is: 1, "the number in a container")
      models.append(.init(limit: limit, model: model))
      last = limit
    }
    if last < 1 {
      throw AmplifierFault.disagreement(
        path: config.path, key: "\(config.prefix)submodels[\(models.count - 1)].max_value", found: "\(last)",
        needed: "that of the last model must be at least 1")
    }
    return .container(models)
  }
}

extension AmplifierMetadata {
  init(_ model: AmplifierObject) throws {
    guard let object = try model.object("metadata") else {
      self.init()
      return
    }
    func number(_ key: String) throws -> Double? { object.value(key) == nil ? nil : try object.number(key) }
    self.init(
      loudness: try number("loudness"), gain: try number("gain"), inputLevel: try number("input_level_dbu"),
      outputLevel: try number("output_level_dbu"))
    other = model.value("metadata").flatMap { $0.members?.isEmpty == true ? nil : $0 }
    for name in Name.allCases { names[name] = object.value(name.rawValue)?.string }
  }
}
