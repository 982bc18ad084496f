import Foundation
import KodamaInference
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaWaveNets

@Suite struct ConditioningTests {
  static let conditioning = Conditioning(
    channels: 3, labels: [LabelSet("speaker", ["anna", "ben", "a,b:0.5", "x/y"]), LabelSet("digit", ["0", "1"])])

  private func fault(_ body: () throws -> Void) -> WaveNetFault? {
    do { try body() } catch { return error as? WaveNetFault }
    return nil
  }

  @Test func labelsAreFoundByNameInAnyOrder() throws {
    let conditions = try Self.conditioning.conditions(["digit": "1", "speaker": "ben"])
    #expect(conditions == Conditions(labels: [1, 1]))
    #expect(Self.conditioning.description(of: conditions) == "speaker=ben, digit=1")
    #expect(try Conditioning().conditions([:]) == .none)
  }

  @Test func weightsOfMixturesAreDividedByTheirSum() throws {
    let mixed = try Self.conditioning.conditions(["speaker": "anna:3,ben", "digit": "0"])
    #expect(mixed.mixtures[0] == [RowShare(0, 0.75), RowShare(1, 0.25)])
    #expect(mixed.mixtures[1] == [RowShare(0, 1)])
    #expect(try Self.conditioning.conditions(["speaker": "a,b:0.5", "digit": "0"]) == Conditions(labels: [2, 0]))
  }

  @Test func signalsMayHaveLabelsOfTheirOwn() throws {
    func conditions(_ options: [String], _ count: Int? = nil) throws -> [Conditions] {
      try Self.conditioning.conditions(options: options, count: count)
    }
    let expected = [Conditions(labels: [0, 1]), Conditions(labels: [1, 1])]
    #expect(try conditions(["speaker=anna/ben", "digit=1"]) == expected)
    #expect(try conditions(["digit=1", "speaker=anna/ben"], 2) == expected)
    #expect(try conditions(["speaker=x/y", "digit=0"]) == [Conditions(labels: [3, 0])])
    #expect(try conditions(["speaker=ben", "digit=0"], 3) == Array(repeating: Conditions(labels: [1, 0]), count: 3))
    #expect(throws: WaveNetFault.self) { try conditions(["speaker=anna/ben", "digit=1"], 3) }
    #expect(throws: WaveNetFault.self) { try conditions(["speaker=anna/ben", "digit=1/0/1"]) }
    #expect(throws: WaveNetFault.self) { try conditions(["speaker=anna", "speaker=ben", "digit=1"]) }
    #expect(throws: WaveNetFault.self) { try conditions(["speaker", "digit=1"]) }
  }

  @Test func wrongLabelsNameWhatThereIsAndTheNearest() throws {
    let unknown = try #require(fault { _ = try Self.conditioning.conditions(["speaker": "bem", "digit": "0"]) })
    #expect(unknown == .unknownLabel("bem", set: Self.conditioning.labels[0]))
    #expect(unknown.description.contains("did you mean ben? It has anna, ben"))
    let set = try #require(fault { _ = try Self.conditioning.conditions(["speeker": "ben", "digit": "0"]) })
    #expect(set.description.contains("did you mean speaker? It has speaker, digit"))
    let missing = try #require(fault { _ = try Self.conditioning.conditions(["speaker": "ben"]) })
    #expect(missing == .missingLabels([Self.conditioning.labels[1]]))
    #expect(missing.description.contains("digit=… (0, 1)"))
    let none = try #require(fault { _ = try Conditioning().conditions(["speaker": "ben"]) })
    #expect(none == .notConditioned(text: "speaker=ben"))
    for text in ["anna:-1,ben", "anna:nan", "anna:0,ben:0", "anna,anna", "anna:1e308,ben:1e308", ""] {
      #expect(throws: WaveNetFault.self) { try Self.conditioning.mixture(text, of: Self.conditioning.labels[0]) }
    }
    for fault in [unknown, set, missing, none] { #expect(fault.exitStatus == .usage) }
  }

  @Test func numbersGoThroughAllCombinations() {
    let all = (0..<8).map { Self.conditioning.conditions(number: $0) }
    #expect(Set(all).count == 8)
    #expect(all[1] == Conditions(labels: [0, 1]))
    #expect(Self.conditioning.conditions(number: 9) == all[1])
  }

  @Test func labelsOfFilesAreThoseOfTheModel() throws {
    let files: [(path: String, labels: [String: String])] = [
      ("a.wav", ["speaker": "ben", "digit": "1", "room": "x"]), ("b.wav", ["speaker": "anna", "digit": "0"]),
    ]
    #expect(try Self.conditioning.conditions(of: files) == [Conditions(labels: [1, 1]), Conditions(labels: [0, 0])])
    let sets = try LabelSet.sets(named: ["speaker", "digit"], of: files)
    #expect(sets == [LabelSet("speaker", ["anna", "ben"]), LabelSet("digit", ["0", "1"])])
    let missing = LabelFault.filesWithoutLabel(set: "room", files: ["b.wav"], present: ["digit", "room", "speaker"])
    #expect(throws: missing) { try LabelSet.sets(named: ["room"], of: files) }
    let strange = files + [("c.wav", ["speaker": "zoe", "digit": "0"])]
    let unknown = LabelFault.filesWithUnknownLabels(
      set: Self.conditioning.labels[0], values: ["zoe"], files: ["c.wav"])
    #expect(throws: unknown) { try Self.conditioning.conditions(of: strange) }
    for fault in [missing, unknown] { #expect(fault.exitStatus == .badData) }
  }

  @Test func configurationsThatNoModelCanHaveAreRefused() {
    var configuration = Examples.configurations["labels"]!
    func refuses(_ change: (inout Conditioning) -> Void) -> Bool {
      var changed = configuration
      change(&changed.conditioning)
      return fault { try changed.validate() } != nil
    }
    #expect(!refuses { _ in })
    #expect(refuses { $0.channels = 0 })
    #expect(refuses { $0.labels[0].values = [] })
    #expect(refuses { $0.labels[1].name = "speaker" })
    #expect(refuses { $0.labels[0].name = "a=b" })
    #expect(refuses { $0.labels[0].values = ["x", "x"] })
    #expect(refuses { $0.labels[0].values = [""] })
    #expect(refuses { $0.labels = (0..<65).map { LabelSet("\($0)", ["x"]) } })
    configuration.conditioning.labels[0].values = (0..<65_537).map(String.init)
    #expect(throws: WaveNetFault.self) { try configuration.validate() }
  }

  @Test(arguments: ["labels", "labels, everything"]) func foldersKeepSetsLabelsAndTheirOrder(name: String) throws {
    var configuration = Examples.configurations[name]!
    configuration.conditioning.labels[0].values.reverse()
    let model = try WaveNetModel(sampleRate: 8000, configuration: configuration, seed: 1)
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/model")
      #expect(try WaveNetModel.load(folder + "/model") == model)
      #expect(try InferenceModel.load(folder + "/model") == InferenceModel(model))
      try InferenceModel(model).mapLayers { layer in
        guard case .float32(let values) = layer.weights else { return layer }
        return layer.with(.bfloat16(values.map { BFloat16($0).bits }), input: nil)
      }.save(to: folder + "/quantized")
      let quantized = try InferenceModel.load(folder + "/quantized")
      let plain = InferenceModel(model).network
      #expect(quantized.network.tables == plain.tables)
      let projections = plain.layers.filter { $0.path.hasSuffix(".labels") }
      #expect(projections.count == configuration.dilations.count)
      #expect(quantized.network.layers.filter { $0.path.hasSuffix(".labels") } == projections)
      #expect(quantized.configuration.conditioning == configuration.conditioning)
      let size = try bytes(folder + "/quantized/model.safetensors").count
      #expect(quantized.weightBytes < size && quantized.weightBytes > size / 4)
    }
  }

  @Test func malformedSectionsAreRefusedNamingTheKey() throws {
    let model = try WaveNetModel(sampleRate: 8000, configuration: Examples.configurations["labels"]!, seed: 1)
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/model")
      let path = folder + "/model/config.json"
      let text = String(decoding: try bytes(path), as: UTF8.self)
      let replacements = [
        ("\"speaker\"", "7", "conditioning.labels[0].name"), ("\"anna\"", "1", "conditioning.labels[0].values"),
        ("\"channels\": 3", "\"channels\": 0", "conditioning.channels"),
        ("\"channels\": 3", "\"channels\": 3, \"chanels\": 1", "conditioning.chanels"),
        ("\"anna\"", "\"ben\"", "conditioning.labels[0].values"),
        ("\"name\": \"digit\"", "\"nam\": \"digit\"", "conditioning.labels[1].nam"),
      ]
      for (old, new, key) in replacements {
        #expect(text.contains(old))
        try write(text.replacing(old, with: new).utf8, to: path)
        let error = #expect(throws: (any Error).self) { try WaveNetModel.load(folder + "/model") }
        #expect(error is any Fault)
        #expect(error.map { "\($0)".contains(key) } == true, "\(String(describing: error))")
      }
    }
  }

  @Test func addedLabelsBeginAsTheMeanAndNothingElseChanges() throws {
    let model = try WaveNetModel(sampleRate: 8000, configuration: Examples.configurations["labels"]!, seed: 1)
    let larger = try model.adding(labels: ["speaker=dora", "speaker=emil"])
    #expect(larger.configuration.conditioning.labels[0].values == ["anna", "ben", "cleo", "dora", "emil"])
    let (before, after) = (model.parameters["labels.0.weight"].elements, larger.parameters["labels.0.weight"])
    #expect(after.shape == [5, 3])
    #expect(Array(after.elements.prefix(9)) == before)
    let mean: [Float] = (0..<3).map { (column: Int) -> Float in
      let sum: Float = before[column] + before[3 + column] + before[6 + column]
      return sum / 3
    }
    expectClose(Tensor([6], Array(after.elements.suffix(6))), Tensor([6], mean + mean), tolerance: 1e-6)
    for name in model.parameters.names where name != "labels.0.weight" {
      #expect(larger.parameters[name] == model.parameters[name], "\(name)")
    }
    #expect(
      try larger.configuration.embeddingRows(of: ["speaker=emil", "digit=0"])
        == ["labels.0.weight": [4], "labels.1.weight": [0]])
    for text in ["speaker=anna", "speaker", "speaker=", "spaeker=dora"] {
      #expect(throws: WaveNetFault.self) { try model.adding(labels: [text]) }
    }
  }

  @Test func configurationsFromBeforeThereWereLabelsHaveNone() throws {
    let configuration = Examples.configurations["labels"]!
    let document = SettingsText.of(configuration)
    #expect(try document["conditioning"] != nil && SettingsText.configuration(document) == configuration)
    let old = try SettingsText.configuration(document.without(["conditioning"]))
    #expect(old.conditioning == Conditioning() && old.dilations == configuration.dilations)
  }

  @Test func mixturesGiveTheWeightedMeanOfEmbeddings() throws {
    let configuration = Examples.configurations["labels"]!
    let model = InferenceModel(try WaveNetModel(sampleRate: 8000, configuration: configuration, seed: 3))
    func offsets(_ speaker: String) throws -> [Float] {
      let conditions = try configuration.conditioning.conditions(["speaker": speaker, "digit": "1"])
      let values = model.network.signalValues(conditions.mixtures)
      return values.keys.sorted { $0.index < $1.index }.flatMap { values[$0] ?? [] }
    }
    let (anna, ben, mixed) = (try offsets("anna"), try offsets("ben"), try offsets("anna:1,ben:3"))
    let expected = zip(anna, ben).map { 0.25 * $0 + 0.75 * $1 }
    expectClose(Tensor([mixed.count], mixed), Tensor([mixed.count], expected), tolerance: 1e-6)
    #expect(anna != ben)
  }
}
