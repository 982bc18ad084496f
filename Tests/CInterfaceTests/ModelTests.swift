import CKodama
import Kodama
import TestSupport
import Testing

@Suite struct ModelTests {
  /// The status and message of loading, and whether a model came of it.
  private func load(_ path: String?) -> (status: kodama_status, message: String?, made: Bool) {
    var (model, error) = (OpaquePointer(bitPattern: 1), kodama_error.unwritten)
    let status = kodama_model_load(path, &model, &error)
    defer { kodama_model_free(model) }
    return (status, error.text, model != nil)
  }

  @Test func aModelSaysWhatItIs() throws {
    try Models.withLoaded { model in
      #expect(kodama_model_sample_rate(model) == 8000)
      #expect(kodama_model_classes(model) == 40)
      #expect(kodama_model_receptive_field(model) == UInt32(Models.configuration.receptiveField))
    }
  }

  @Test func aModelSaysWhatFeaturesItTakes() throws {
    func features(_ model: OpaquePointer?) -> [UInt32] {
      [
        kodama_model_feature_channels(model), kodama_model_feature_hop_length(model),
        kodama_model_feature_margin_frames(model),
      ]
    }
    for (name, expected) in [
      "nearest": [3, 5, 0], "linear, context": [3, 70, 2], "transposed, context": [3, 6, 3], "labels": [3, 80, 1],
    ] as [String: [UInt32]] {
      try Models.withLoaded(#require(Models.vocoders[name])) { #expect(features($0) == expected, "\(name)") }
    }
    try Models.withLoaded { #expect(features($0) == [0, 0, 0]) }
    #expect(features(nil) == [0, 0, 0])
  }

  @Test func aModelSaysWhatLabelsItTakes() throws {
    func sets(_ model: OpaquePointer?) -> [[String?]] {
      (0..<kodama_model_label_sets(model)).map { set in
        [kodama_model_label_set(model, set)].map { $0.map { String(cString: $0) } }
          + (0..<kodama_model_labels(model, set)).map { kodama_model_label(model, set, $0).map { String(cString: $0) } }
      }
    }
    try Models.withLoaded(Models.conditioned) { model in
      #expect(sets(model) == [["speaker", "anna", "ben"], ["digit", "0", "1", "2"]])
      for set: UInt32 in [2, .max] {
        #expect(kodama_model_label_set(model, set) == nil && kodama_model_labels(model, set) == 0)
        #expect(kodama_model_label(model, set, 0) == nil)
      }
      for label: UInt32 in [2, .max] { #expect(kodama_model_label(model, 0, label) == nil) }
    }
    try Models.withLoaded { #expect(sets($0) == []) }
    #expect(sets(nil) == [] && kodama_model_label_set(nil, 0) == nil)
    #expect(kodama_model_labels(nil, 0) == 0 && kodama_model_label(nil, 0, 0) == nil)
  }

  @Test(arguments: Precision.allCases) func aModelSaysItsPrecision(precision: Precision) throws {
    try Models.withLoaded(Models.model(precision)) { model in
      #expect(kodama_model_precision(model).map { String(cString: $0) } == precision.rawValue)
    }
    #expect(kodama_model_precision(nil) == nil)
  }

  @Test func successLeavesAnEmptyMessage() throws {
    try Models.withFolder { folder in
      let result = load(folder)
      #expect(result == (KODAMA_OK, "", true))
    }
  }

  @Test func aFolderThatIsNotThereIsNoInput() {
    let result = load("/nowhere/model")
    #expect(result.status == KODAMA_NO_INPUT && !result.made)
    #expect(result.message?.contains("/nowhere/model") == true)
    #expect(load("").status != KODAMA_OK)
  }

  @Test(arguments: ["config.json", "model.safetensors"]) func aDamagedFileIsBadDataAndNamed(name: String) throws {
    try Models.withFolder { folder in
      let path = folder + "/" + name
      try write(try bytes(path).dropLast(9), to: path)
      let result = load(folder)
      #expect(result.status == KODAMA_BAD_DATA && !result.made)
      #expect(result.message?.contains(name) == true)
    }
  }

  @Test func weightsThatAreNotFiniteAreBadData() throws {
    try Models.withFolder { folder in
      let path = folder + "/model.safetensors"
      let content = try bytes(path)
      try write(content.dropLast(4) + [0, 0, 0xC0, 0x7F], to: path)
      #expect(load(folder).status == KODAMA_BAD_DATA)
    }
  }

  @Test func aLongMessageIsCutAtAWholeCharacter() {
    for extra in 0..<4 {
      let path = "/nowhere/" + String(repeating: "x", count: extra) + String(repeating: "木", count: 400)
      let result = load(path)
      #expect(result.status == KODAMA_NO_INPUT)
      #expect(result.message.map { (1021...1023).contains($0.utf8.count) && path.hasPrefix($0) } == true)
    }
  }

  @Test func whatIsMissingIsSaidAndNothingCrashes() throws {
    let noPath = load(nil)
    #expect(noPath == (KODAMA_USAGE, "path is NULL", false))
    try Models.withFolder { folder in
      var error = kodama_error.unwritten
      #expect(kodama_model_load(folder, nil, &error) == KODAMA_USAGE)
      #expect(error.text == "model is NULL")
      #expect(kodama_model_load(folder, nil, nil) == KODAMA_USAGE)
    }
    #expect(kodama_model_sample_rate(nil) == 0)
    #expect(kodama_model_classes(nil) == 0)
    #expect(kodama_model_receptive_field(nil) == 0)
    kodama_model_free(nil)
  }

  @Test func thereIsOneVersion() {
    #expect(String(cString: kodama_version()) == KODAMA_VERSION)
    #expect(KODAMA_VERSION == Version.description)
  }
}
