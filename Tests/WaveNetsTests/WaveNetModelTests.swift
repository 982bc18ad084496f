import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import TestSupport
import Testing

@testable import KodamaWaveNets

@Suite struct WaveNetModelTests {
  private func model(_ name: String = "plain") throws -> WaveNetModel {
    try WaveNetModel(sampleRate: 8000, configuration: Examples.configurations[name]!, seed: 3)
  }

  @Test(arguments: Examples.names) func loadingGivesWhatWasSaved(name: String) throws {
    let model = try model(name)
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/model")
      #expect(try names(in: folder + "/model") == ["config.json", "model.safetensors"])
      #expect(try WaveNetModel.load(folder + "/model") == model)
      #expect(try WaveNetModel.load(folder + "/model").sampleRate == 8000)
    }
  }

  @Test func theConfigurationIsDocumentedText() throws {
    let text = """
      {
        "format_version": 1,
        "model_type": "wavenet",
        "sample_rate": 8000,
        "architecture": {
          "kernel_size": 2,
          "dilations": [1, 2, 4, 1, 2],
          "residual_channels": 5,
          "gate_channels": 4,
          "skip_channels": 6,
          "head_channels": 7,
          "input": "embedding",
          "bias": true,
          "weight_normalization": false,
          "dropout": 0,
          "residual_scale": 1,
          "skip_scale": 1
        },
        "companding": {
          "type": "mu_law",
          "classes": 9
        }
      }

      """
    let model = try model()
    #expect(WaveNetModel.configurationText(sampleRate: model.sampleRate, model.configuration) == text)
  }

  @Test func theConfigurationOfAMixtureSaysIt() throws {
    let model = try model("mixture")
    let text = WaveNetModel.configurationText(sampleRate: model.sampleRate, model.configuration)
    #expect(
      text.contains(
        """
            "output": "gaussians",
            "mixture_components": 2,
            "mixture_gain": 2,
            "log_scale_floor": -8,
            "preemphasis": 0.95
          },
          "companding": {
            "type": "linear",
            "bits": 16
          }
        """))
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/m")
      #expect(try WaveNetModel.load(folder + "/m") == model)
    }
  }

  @Test(arguments: [
    (#""bits": 16"#, #""bits": 8"#, "config.json: companding.bits is 8; it must be 16"),
    (#""bits": 16"#, #""classes": 256"#, "there is no key \"companding.classes\""),
    (#""type": "linear""#, #""type": "mu_law""#, "there is no key \"companding.bits\""),
    (
      #""output": "gaussians""#, #""output": "softmax""#,
      "config.json: companding.type is linear where architecture.output is softmax; softmax goes with mu_law, logistics "
        + "and gaussians with linear"
    ),
    (
      #""output": "gaussians""#, #""output": "normal""#,
      "config.json: architecture.output is \"normal\"; it must be \"softmax\" or"
    ),
    (#""input": "scalar""#, #""input": "embedding""#, "architecture.input is embedding where architecture.output is"),
    (
      #""mixture_components": 2"#, #""mixture_components": 3"#, "head.1.weight must have shape [9, 5, 1], not [6, 5, 1]"
    ),
  ]) func aWrongMixtureIsNamed(old: String, new: String, expected: String) throws {
    let message = try message(of: "mixture", replacing: old, by: new)
    #expect(message.contains(expected))
  }

  @Test func anExistingModelIsReplacedOnRequestAlone() throws {
    let (first, second) = (try model(), try model("scaled"))
    try withTemporaryFolder { folder in
      let path = folder + "/model"
      try first.save(to: path)
      #expect(throws: FileFault.exists(path: path)) { try second.save(to: path) }
      #expect(try WaveNetModel.load(path) == first)
      try second.save(to: path, existing: .replace)
      #expect(try WaveNetModel.load(path) == second)
    }
  }

  @Test func rawOrAverageWeightsAreLoaded() throws {
    let model = try model()
    let average = model.parameters.zeros
    try withTemporaryFolder { run in
      let path = RunFolder(run).checkpointPath(step: 5)
      try write([], to: RunFolder(run).checkpointsPath + "/note")
      try AtomicFolder.write(to: path, existing: .refuse, replaceable: ModelFiles.names) {
        try model.write(into: $0, average: average)
      }
      #expect(try WaveNetModel.load(run).parameters == average)
      #expect(try WaveNetModel.load(run, weights: .raw).parameters == model.parameters)
    }
  }

  /// Loads a model with a part of its config.json replaced, and gives the message.
  private func message(of name: String = "plain", replacing old: String, by new: String) throws -> String {
    try withTemporaryFolder { folder in
      let model = try model(name)
      try model.save(to: folder + "/m")
      let text = WaveNetModel.configurationText(sampleRate: model.sampleRate, model.configuration)
      #expect(text.contains(old))
      var changed = text
      changed.replace(old, with: new, maxReplacements: 1)
      try write(changed.utf8, to: folder + "/m/config.json")
      do {
        _ = try WaveNetModel.load(folder + "/m")
        return "nothing was thrown"
      } catch let fault as any Fault {
        #expect(fault.exitStatus == .badData)
        #expect(fault.description.hasPrefix(folder + "/m/"))
        return fault.description.replacing(folder + "/m/", with: "")
      }
    }
  }

  @Test(arguments: [
    (
      "[1, 2, 4, 1, 2]", "[1, 1e9]",
      "config.json: architecture.dilations[1] is 1000000000; it must be from 1 to 1048576"
    ),
    ("[1, 2, 4, 1, 2]", "[]", "config.json: the number of architecture.dilations is 0; it must be from 1 to 1024"),
    ("[1, 2, 4, 1, 2]", "[-1]", "config.json: architecture.dilations[0] is -1; it must be from 1 to 1048576"),
    (
      "\"residual_channels\": 5", "\"residual_channels\": 1000000000000",
      "config.json: architecture.residual_channels is 1000000000000; it must be from 1 to 65536"
    ),
    (
      "\"residual_channels\": 5", "\"residual_channels\": 1e300",
      "config.json: architecture.residual_channels is 1e300; it must be a whole number"
    ),
    ("\"kernel_size\": 2", "\"kernel_size\": 0", "config.json: architecture.kernel_size is 0; it must be from 1 to 64"),
    ("\"classes\": 9", "\"classes\": 1", "config.json: companding.classes is 1; it must be from 2 to 65536"),
    (
      "\"dropout\": 0", "\"dropout\": 1",
      "config.json: architecture.dropout is 1.0; it must be at least 0 and less than 1"
    ),
    (
      "\"skip_scale\": 1", "\"skip_scale\": -2",
      "config.json: architecture.skip_scale is -2.0; it must be more than 0 and at most 1000"
    ),
    (
      "\"sample_rate\": 8000", "\"sample_rate\": 0", "config.json: sample_rate is 0; it must be from 1000 to 768000 Hz"
    ),
    (
      "\"model_type\": \"wavenet\"", "\"model_type\": \"gpt\"",
      "config.json: model_type is \"gpt\"; it must be \"wavenet\" or \"recurrent\"; did you mean \"wavenet\"?"
    ),
    (
      "\"type\": \"mu_law\"", "\"type\": \"a_law\"",
      "config.json: companding.type is \"a_law\"; it must be \"mu_law\" or \"linear\""
    ),
    (
      "\"skip_channels\"", "\"skip_chanels\"",
      "config.json: there is no key \"architecture.skip_chanels\"; did you mean \"architecture.skip_channels\"?"
    ),
    (
      "\"format_version\": 1", "\"format_version\": 3",
      "config.json: format_version is 3, and this version of Kodama reads up to 2; install a later one"
    ),
    (
      "\"format_version\": 1", "\"format_version\": 2", "config.json: the key \"quantization\" is missing; add it"
    ),
  ]) func aWrongConfigurationIsNamed(old: String, new: String, expected: String) throws {
    #expect(try message(replacing: old, by: new) == expected)
  }

  @Test func weightsOfAnotherNetworkAreNamed() throws {
    #expect(
      try message(replacing: "\"gate_channels\": 4", by: "\"gate_channels\": 3").contains(
        "blocks.0.dilated.weight must have shape [6, 5, 2], not [8, 5, 2]"))
    #expect(
      try message(replacing: "[1, 2, 4, 1, 2]", by: "[1, 2, 4, 1]").contains("blocks.4.dilated.weight [8, 5, 2] is not")
    )
    let biases = try message(replacing: "\"bias\": true", by: "\"bias\": false")
    #expect(biases.contains("blocks.0.dilated.bias [8] is not expected"))
    #expect(biases.contains("; and 8 more; "))
  }

  @Test func weightsThatAreNotFiniteAreNamed() throws {
    var model = try model()
    model.parameters["head.0.bias"][2] = .nan
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/m")
      #expect(
        throws: CheckpointFault.notFinite(path: folder + "/m/model.safetensors", tensor: "head.0.bias", index: 2)
      ) { try WaveNetModel.load(folder + "/m") }
    }
  }
}
