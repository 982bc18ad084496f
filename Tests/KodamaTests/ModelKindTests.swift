import Kodama
import TestSupport
import Testing

/// A kind of model beside the product's: a dense layer of some units.
private struct Toy: ModelKind {
  let name = "toy"
  let formatVersion = 1
  let keys = ["architecture", "architecture.units", "architecture.rate"]

  struct Summary: ModelSummary {
    let units: Int
    var lines: [(label: String, text: String)] { [("units", "\(units)")] }
    var cost: NetworkCost {
      NetworkCost(layers: [LayerCost(path: "dense", multiplyAdds: 2 * units, parameters: units, activations: units)])
    }
    private enum CodingKeys: CodingKey { case units }
  }

  func load(_ location: ModelLocation) throws -> any ModelSummary {
    let file = try location.configuration(kinds: [name], version: formatVersion, keys: ["architecture"])
    return Summary(units: try file.section("architecture", keys: ["units", "rate"]).integer("units"))
  }
}

@Suite struct ModelKindTests {
  private static let kinds = ModelKinds(ModelKinds.standard.all + [Toy()])

  /// Inspects a folder with some `config.json`.
  private func inspect(_ text: String, kinds: ModelKinds = kinds) throws -> ModelInspection {
    try withTemporaryFolder { folder in
      try write(text.utf8, to: folder + "/config.json")
      try write([], to: folder + "/model.safetensors")
      return try ModelInspection(folder, kinds: kinds)
    }
  }

  private func message(_ text: String, kinds: ModelKinds = kinds) -> String {
    let fault = #expect(throws: CheckpointFault.self) { try inspect(text, kinds: kinds) }
    #expect(fault?.exitStatus == .badData)
    return fault.flatMap { "\($0)".split(separator: "config.json: ").last.map(String.init) } ?? ""
  }

  private static func toy(_ architecture: String = #""units": 3"#, type: String = "toy", version: Int = 1) -> String {
    #"{"format_version": \#(version), "model_type": "\#(type)", "architecture": {\#(architecture)}}"#
  }

  @Test func aKindIsFoundLoadedDescribedAndItsCostCounted() throws {
    let inspection = try inspect(Self.toy())
    #expect(inspection.kind == "toy" && inspection.cost.multiplyAdds == 6 && inspection.weights == .raw)
    #expect(inspection.lines.map(\.label) == ["model", "type", "units", "work", "kernels"])
    #expect(inspection.lines[1].text == "toy" && inspection.lines[2].text == "3")
    #expect(inspection.lines[3].text == "6 multiply-adds a sample")
  }

  @Test func theOtherKindIsStillFound() throws {
    let model = try WaveNetModel(sampleRate: 8000, configuration: Preset.tiny.configuration, seed: 1)
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/m")
      let inspection = try ModelInspection(folder + "/m", kinds: Self.kinds)
      #expect(inspection.kind == "wavenet" && inspection.cost == model.network.cost)
      #expect(inspection.lines.contains { $0 == ("sample rate", "8,000 Hz") })
    }
  }

  @Test func anUnknownKindIsNamedWithTheKnownOnes() {
    #expect(
      message(Self.toy(type: "wavenett"))
        == #"model_type is "wavenett"; it must be "wavenet" or "recurrent" or "classifier" or "amplifier" or "toy"; did you mean "wavenet"?"#
    )
    #expect(message(Self.toy(type: "tot")).hasSuffix(#"did you mean "toy"?"#))
    // Keys of the unknown kind are not what is wrong.
    #expect(
      message(Self.toy(), kinds: .standard)
        == #"model_type is "toy"; it must be "wavenet" or "recurrent" or "classifier" or "amplifier"; did you mean "wavenet"?"#
    )
    #expect(message(#"{"format_version": 1, "model_type": 7}"#).hasPrefix("model_type is 7; it must be "))
    #expect(message(#"{"format_version": 1}"#) == "the key \"model_type\" is missing; add it")
  }

  @Test func aLaterVersionIsSaidBeforeTheKind() {
    #expect(
      message(Self.toy(type: "diffusion", version: 9))
        == "format_version is 9, and this version of Kodama reads up to 2; install a later one")
    // Each kind has versions of its own.
    #expect(message(Self.toy(version: 2)).hasPrefix("format_version is 2, and this version of Kodama reads up to 1"))
  }

  @Test func settingsOfTwoKindsDoNotMix() throws {
    #expect(
      message(Self.toy(#""units": 3, "kernel_size": 2"#))
        == #"the key "architecture.kernel_size" belongs to models of the type "wavenet", and model_type is "toy"; "#
        + "leave it out, or correct model_type")
    let text = WaveNetModel.configurationText(sampleRate: 8000, Preset.tiny.configuration)
    let mixed = text.replacing("\"kernel_size\": 2", with: "\"kernel_size\": 2, \"units\": 3")
    #expect(mixed != text)
    #expect(message(mixed).hasPrefix(#"the key "architecture.units" belongs to models of the type "toy""#))
    // Of neither kind.
    #expect(message(Self.toy(#""unit": 3"#)).hasPrefix(#"there is no key "architecture.unit"; did you mean"#))
  }
}
