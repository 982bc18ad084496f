// swift-tools-version: 6.2
import PackageDescription

// Floors of the house, lowest first: a target imports only what stands on a lower floor. Folders carry short names
// (Sources/Tensors), modules the prefix (KodamaTensors), because bare names collide with other packages' targets.

/// Warnings are errors where `scripts/test` builds, never for a package that depends on this one.
let strict = Context.environment["KODAMA_STRICT"] != nil
let swiftSettings: [SwiftSetting] = strict ? [.treatAllWarnings(as: .error)] : []
let cSettings: [CSetting] = strict ? [.treatAllWarnings(as: .error)] : []

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

/// A library target `Kodama<name>` in `Sources/<name>`.
func room(
  _ name: String, _ dependencies: [String], products: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
  .target(
    name: "Kodama" + name, dependencies: dependencies.map { .init(stringLiteral: $0) } + products,
    path: "Sources/" + name, exclude: exclude, swiftSettings: swiftSettings)
}

/// A test target in `Tests/<name>Tests`.
func tests(_ name: String, _ dependencies: [String], exclude: [String] = [], resources: [Resource] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: dependencies.map { .init(stringLiteral: $0) }, path: "Tests/\(name)Tests",
    exclude: exclude, resources: resources, swiftSettings: swiftSettings)
}

/// A system library found by pkg-config in `Sources/C<name>`.
func system(_ name: String, pkgConfig: String, apt: String, brew: String) -> Target {
  .systemLibrary(name: name, path: "Sources/" + name, pkgConfig: pkgConfig, providers: [.apt([apt]), .brew([brew])])
}

let package = Package(
  name: "kodama",
  products: [
    .library(name: "Kodama", targets: ["Kodama"]),
    .library(name: "KodamaGeneration", targets: ["KodamaGeneration"]),
    .library(name: "KodamaC", type: .dynamic, targets: ["KodamaC"]),
    .library(name: "KodamaLV2", type: .dynamic, targets: ["KodamaLV2"]),
    .executable(name: "kodama", targets: ["KodamaCommand"]),
  ],
  traits: [
    .trait(name: "LV2", description: "The LV2 plug-in for models of amplifiers. Needs the headers of LV2."),
    .trait(name: "MPI", description: "Training on several machines. Needs Open MPI."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    // Floor 0
    .target(
      name: "CKernels", path: "Sources/CKernels",
      exclude: [
        "Amplifiers.inc", "Convolutions.inc", "Depthwise.inc", "EachFrames.inc", "Elements.inc", "Frames.inc",
        "FramesEnd.inc", "Generation.inc", "GenerationRecurrence.inc", "Matrices.inc", "Normalization.inc",
        "Products.inc", "Recurrent.inc", "ResidualStacks.inc", "Template.inc",
      ],
      cSettings: cSettings),
    system("COpenBLAS", pkgConfig: "openblas", apt: "libopenblas-dev", brew: "openblas"),
    system("CFFTW", pkgConfig: "fftw3", apt: "libfftw3-dev", brew: "fftw"),
    system("CSndfile", pkgConfig: "sndfile", apt: "libsndfile1-dev", brew: "libsndfile"),
    system("CSoxr", pkgConfig: "soxr", apt: "libsoxr-dev", brew: "libsoxr"),
    system("CCairo", pkgConfig: "cairo", apt: "libcairo2-dev", brew: "cairo"),
    system("CEBUR128", pkgConfig: "libebur128", apt: "libebur128-dev", brew: "libebur128"),
    system("CLV2", pkgConfig: "lv2", apt: "lv2-dev", brew: "lv2"),
    system("CMPI", pkgConfig: "ompi-c", apt: "libopenmpi-dev", brew: "open-mpi"),
    .target(name: "CSpectra", path: "Sources/CSpectra", exclude: ["kernels.inc"], cSettings: cSettings),
    .target(name: "CStartup", path: "Sources/CStartup", cSettings: cSettings),
    .target(name: "CKodama", path: "Sources/CKodama", cSettings: cSettings),
    // Floor 1
    room("Core", ["CKernels"]),
    // Floor 2
    room("Coding", ["KodamaCore"]),
    room("Signal", []),
    room("Tensors", ["KodamaCore", "CKernels", "COpenBLAS"]),
    // Floor 3
    room("Audio", ["KodamaCoding", "KodamaCore", "KodamaSignal", "CSndfile", "CSoxr"]),
    room("Spectra", ["KodamaCoding", "KodamaCore", "KodamaSignal", "CEBUR128", "CFFTW", "CSpectra"]),
    room("Layers", ["KodamaCore", "KodamaTensors"]),
    // Floor 4
    room("Checkpoints", ["KodamaCore", "KodamaSignal", "KodamaTensors", "KodamaLayers"]),
    room(
      "Reports", ["KodamaCore", "KodamaSignal", "KodamaSpectra", "CCairo"], products: [protobuf],
      exclude: ["TensorBoard/tensorboard.proto"]),
    room("Networks", ["KodamaCore", "KodamaTensors", "KodamaLayers"]),
    // Floor 5
    room("Inference", ["KodamaCore", "KodamaTensors", "KodamaLayers", "KodamaCheckpoints", "CKernels"]),
    room("Reinforcement", ["KodamaCore", "KodamaLayers", "KodamaTensors"]),
    room("Training", ["KodamaCoding", "KodamaCore", "KodamaTensors", "KodamaLayers", "KodamaCheckpoints"]),
    // Floor 6
    room(
      "WaveNets",
      ["KodamaCore", "KodamaSignal", "KodamaTensors", "KodamaLayers", "KodamaCheckpoints", "KodamaInference"]),
    room(
      "Classifiers",
      [
        "KodamaCore", "KodamaSignal", "KodamaSpectra", "KodamaTensors", "KodamaLayers", "KodamaCheckpoints",
        "KodamaInference", "KodamaNetworks",
      ]),
    room("Amplifiers", ["KodamaCore", "KodamaTensors", "KodamaLayers", "KodamaCheckpoints", "CKernels"]),
    // Without its trait it has no messages: what takes part in a job of several processes is refused.
    .target(
      name: "KodamaDistributed",
      dependencies: [
        .target(name: "CMPI", condition: .when(traits: ["MPI"])), "KodamaCore", "KodamaLayers", "KodamaTensors",
        "KodamaTraining",
      ], path: "Sources/Distributed", swiftSettings: swiftSettings),
    room("TrainingReports", ["KodamaCore", "KodamaAudio", "KodamaReports", "KodamaTraining"]),
    // Floor 7
    room(
      "Features",
      [
        "KodamaCore", "KodamaSignal", "KodamaSpectra", "KodamaAudio", "KodamaTensors", "KodamaCheckpoints",
        "KodamaWaveNets",
      ]),
    room(
      "Generation",
      [
        "KodamaCore", "KodamaSignal", "KodamaTensors", "KodamaLayers", "KodamaCheckpoints", "KodamaInference",
        "KodamaWaveNets", "CKernels",
      ]),
    // Floor 8
    room(
      "WaveNetTraining",
      [
        "KodamaCore", "KodamaSignal", "KodamaTensors", "KodamaAudio", "KodamaLayers", "KodamaCheckpoints",
        "KodamaWaveNets", "KodamaTraining", "KodamaFeatures",
      ]),
    room(
      "ClassifierTraining",
      [
        "KodamaCore", "KodamaSignal", "KodamaTensors", "KodamaAudio", "KodamaLayers", "KodamaCheckpoints",
        "KodamaNetworks", "KodamaClassifiers", "KodamaTraining",
      ]),
    room(
      "AmplifierTraining",
      [
        "KodamaCore", "KodamaSignal", "KodamaSpectra", "KodamaTensors", "KodamaAudio", "KodamaLayers",
        "KodamaCheckpoints", "KodamaReports", "KodamaTraining", "KodamaAmplifiers",
      ]),
    room(
      "Compression",
      [
        "KodamaCore", "KodamaTensors", "KodamaLayers", "KodamaCheckpoints", "KodamaAudio", "KodamaInference",
        "KodamaWaveNets", "KodamaClassifiers", "KodamaFeatures", "KodamaGeneration", "KodamaReinforcement",
      ]),
    room(
      "Export",
      [
        "KodamaCore", "KodamaSignal", "KodamaTensors", "KodamaLayers", "KodamaCheckpoints", "KodamaClassifiers",
        "KodamaInference", "KodamaWaveNets",
      ],
      products: [protobuf],
      exclude: ["ONNX/onnx.proto"]),
    .target(
      name: "KodamaC",
      dependencies: ["CKodama", "KodamaAmplifiers", "KodamaCore", "KodamaGeneration"],
      path: "Sources/KodamaC", exclude: ["exports.map"], swiftSettings: swiftSettings),
    // Floor 9
    // Without its trait the plug-in is an empty library: its sources are built where all targets are, and neither LV2's
    // headers nor KodamaC are asked for.
    .target(
      name: "KodamaLV2",
      dependencies: [
        "CKodama", .target(name: "CLV2", condition: .when(traits: ["LV2"])),
        .target(name: "KodamaC", condition: .when(traits: ["LV2"])),
      ],
      path: "Sources/LV2", exclude: ["Bundle", "exports.map"], publicHeadersPath: ".",
      cSettings: cSettings + [.define("KODAMA_LV2", .when(traits: ["LV2"])), .define("_GNU_SOURCE")]),
    room(
      "Tuning",
      [
        "KodamaCore", "KodamaSignal", "KodamaSpectra", "KodamaTensors", "KodamaAudio", "KodamaLayers",
        "KodamaCheckpoints", "KodamaTraining", "KodamaWaveNets", "KodamaClassifiers", "KodamaGeneration",
      ]),
    // Floor 10
    .target(
      name: "Kodama",
      dependencies: [
        "KodamaAmplifierTraining", "KodamaAmplifiers", "KodamaAudio", "KodamaCheckpoints", "KodamaClassifierTraining",
        "KodamaClassifiers", "KodamaCompression", "KodamaCore", "KodamaDistributed", "KodamaExport", "KodamaFeatures",
        "KodamaGeneration", "KodamaInference", "KodamaLayers", "KodamaNetworks", "KodamaReinforcement",
        "KodamaReports", "KodamaSignal", "KodamaSpectra",
        "KodamaTensors",
        "KodamaTraining", "KodamaTrainingReports", "KodamaTuning", "KodamaWaveNets", "KodamaWaveNetTraining",
      ], path: "Sources/Kodama", swiftSettings: swiftSettings),
    // Floor 11
    .executableTarget(
      name: "KodamaCommand", dependencies: ["CStartup", "Kodama", "KodamaCoding", argumentParser],
      path: "Sources/KodamaCommand",
      swiftSettings: swiftSettings),

    // Examples: what the documentation shows, compiled
    .executableTarget(
      name: "FirstModel", dependencies: ["Kodama"], path: "Examples/FirstModel", swiftSettings: swiftSettings),
    .executableTarget(
      name: "Normalization", dependencies: ["Kodama"], path: "Examples/Normalization", swiftSettings: swiftSettings),
    .target(
      name: "LessonBook", dependencies: ["Kodama"], path: "Examples/Lessons/Book",
      resources: [.embedInCode("iris.csv")], swiftSettings: swiftSettings),
    .executableTarget(
      name: "Lessons", dependencies: ["LessonBook"], path: "Examples/Lessons/Command", swiftSettings: swiftSettings),
    .target(
      name: "GoGame", dependencies: ["KodamaCore"], path: "Examples/AlphaGo/Game", swiftSettings: swiftSettings),
    .target(
      name: "GoNetworks",
      dependencies: [
        "GoGame", "KodamaCheckpoints", "KodamaCore", "KodamaInference", "KodamaLayers", "KodamaNetworks",
        "KodamaTensors",
      ], path: "Examples/AlphaGo/Networks", swiftSettings: swiftSettings),
    .target(
      name: "GoPlayers", dependencies: ["GoGame", "GoNetworks", "KodamaCore", "KodamaReinforcement"],
      path: "Examples/AlphaGo/Players", swiftSettings: swiftSettings),
    .target(
      name: "GoLearning",
      dependencies: [
        "GoGame", "GoNetworks", "GoPlayers", "KodamaCheckpoints", "KodamaCore", "KodamaLayers", "KodamaReinforcement",
        "KodamaReports", "KodamaTensors", "KodamaTraining", "KodamaTrainingReports",
      ], path: "Examples/AlphaGo/Learning", swiftSettings: swiftSettings),
    .target(
      name: "GoProtocol", dependencies: ["GoGame", "GoPlayers", "KodamaCore", "KodamaReinforcement"],
      path: "Examples/AlphaGo/Protocol", swiftSettings: swiftSettings),
    .executableTarget(
      name: "kodama-go",
      dependencies: [
        "GoGame", "GoLearning", "GoNetworks", "GoPlayers", "GoProtocol", "KodamaCompression", "KodamaCore",
        "KodamaExport", "KodamaInference", "KodamaLayers", "KodamaReinforcement", "KodamaTensors", "KodamaTraining",
        argumentParser,
      ],
      path: "Examples/AlphaGo/Command", swiftSettings: swiftSettings),
    .executableTarget(
      name: "Textbook", dependencies: ["Kodama"], path: "Examples/Textbook", swiftSettings: swiftSettings),
    .target(name: "Snippets", dependencies: ["Kodama"], path: "Examples/Snippets", swiftSettings: swiftSettings),

    // What Benchmarks/reinforcement.py times
    .executableTarget(
      name: "ReinforcementSpeed", dependencies: ["KodamaCore", "KodamaReinforcement"],
      path: "Benchmarks/ReinforcementSpeed", swiftSettings: swiftSettings),

    // What Benchmarks/recurrent.py times
    .executableTarget(
      name: "RecurrentSpeed", dependencies: ["KodamaCore", "KodamaLayers", "KodamaTensors"],
      path: "Benchmarks/RecurrentSpeed", swiftSettings: swiftSettings),

    // Tests, by the target they hold to account
    .target(
      name: "TestSupport",
      dependencies: ["KodamaCore", "KodamaInference", "KodamaLayers", "KodamaTensors", "CSndfile"],
      path: "Tests/Support",
      swiftSettings: swiftSettings),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter", cSettings: cSettings),
    .target(
      name: "FuzzTargets",
      dependencies: [
        "Kodama", "KodamaC", "CKodama", "CSndfile", "GoGame", "GoPlayers", "GoProtocol", "TestSupport",
      ],
      path: "Tests/Fuzz/Targets",
      swiftSettings: swiftSettings),
    tests("Fuzz", ["FuzzTargets", "KodamaCheckpoints", "KodamaCore", "TestSupport"]),
    tests("Core", ["KodamaCoding", "KodamaCore", "TestSupport"], exclude: ["philox_golden.py"]),
    tests("Support", ["TestSupport", "KodamaTensors"]),
    tests("Signal", ["KodamaSignal", "TestSupport"]),
    tests(
      "Tensors", ["KodamaTensors", "CKernels", "TestSupport"], exclude: ["mixture_golden.py"],
      resources: [.copy("Golden")]),
    tests("Audio", ["KodamaAudio", "KodamaSpectra", "CSndfile", "TestSupport"], exclude: ["resampler_golden.py"]),
    tests(
      "Spectra", ["KodamaSpectra", "KodamaAudio", "KodamaSignal", "KodamaCore", "TestSupport"],
      exclude: [
        "cepstra_golden.py", "features_golden.py", "intelligibility_golden.py", "levels_golden.py", "signals.py",
        "spectra_golden.py", "tonality_golden.py",
      ],
      resources: [.copy("Golden")]),
    tests(
      "Layers", ["KodamaLayers", "KodamaCore", "TestSupport", "AllocationCounter"],
      exclude: ["convolution_golden.py", "optimizer_golden.py", "recurrent_golden.py"], resources: [.copy("Golden")]),
    tests("Checkpoints", ["KodamaCheckpoints", "KodamaLayers", "KodamaTensors", "KodamaCore", "TestSupport"]),
    tests(
      "Networks",
      ["KodamaNetworks", "KodamaCheckpoints", "KodamaLayers", "KodamaTensors", "KodamaCore", "TestSupport"],
      exclude: ["torchvision_check.py"]),
    tests("Reports", ["KodamaReports", "KodamaSpectra", "KodamaSignal", "KodamaCore", "CCairo", "TestSupport"]),
    tests(
      "Inference",
      ["KodamaInference", "KodamaLayers", "KodamaTensors", "KodamaCore", "TestSupport"]),
    tests(
      "Reinforcement", ["KodamaReinforcement", "KodamaCore", "KodamaLayers", "KodamaTensors", "TestSupport"],
      exclude: ["cartpole_golden.py", "rental_golden.py"]),
    tests(
      "Amplifiers",
      [
        "KodamaAmplifiers", "KodamaCheckpoints", "KodamaLayers", "KodamaTensors", "KodamaCore", "TestSupport",
        "AllocationCounter",
      ],
      exclude: ["nam_golden.py", "nam_interpreter.py", "nam_models.py", "Golden"]),
    tests(
      "WaveNets",
      [
        "KodamaInference", "KodamaWaveNets", "KodamaCheckpoints", "KodamaLayers", "KodamaTensors", "KodamaSignal",
        "KodamaCore",
        "TestSupport",
      ], exclude: ["wavenet_golden.py", "Golden"]),
    tests(
      "Generation",
      [
        "KodamaInference", "KodamaGeneration", "KodamaWaveNets", "KodamaLayers", "KodamaTensors", "KodamaSignal",
        "KodamaCore", "CKernels",
        "TestSupport", "AllocationCounter",
      ]),
    tests(
      "Compression",
      [
        "KodamaInference", "KodamaCompression", "KodamaClassifiers", "KodamaGeneration", "KodamaWaveNets",
        "KodamaCheckpoints",
        "KodamaLayers", "KodamaTensors",
        "KodamaAudio", "KodamaReinforcement", "KodamaSignal", "KodamaCore", "TestSupport",
      ]),
    tests(
      "Training",
      [
        "KodamaTraining", "KodamaCheckpoints", "KodamaLayers", "KodamaTensors", "KodamaCore", "TestSupport",
      ]),
    tests("Distributed", ["KodamaCore", "KodamaDistributed"]),
    tests(
      "Export",
      [
        "KodamaClassifiers", "KodamaInference", "KodamaExport", "KodamaCompression", "KodamaGeneration",
        "KodamaWaveNets", "KodamaCheckpoints", "KodamaLayers",
        "KodamaTensors", "KodamaSignal", "KodamaCore", "TestSupport",
      ], exclude: ["classifier_check.py", "onnx_check.py"]),
    tests(
      "Classifiers",
      [
        "KodamaClassifiers", "KodamaClassifierTraining", "KodamaCheckpoints", "KodamaLayers", "KodamaTensors",
        "KodamaCore", "TestSupport",
      ]),
    tests(
      "AmplifierTraining",
      [
        "KodamaAmplifierTraining", "KodamaAudio", "KodamaCore", "KodamaReports", "KodamaSignal", "KodamaSpectra",
        "KodamaTensors", "KodamaTraining", "TestSupport",
      ], exclude: ["losses_golden.py"], resources: [.copy("Golden")]),
    tests("WaveNetTraining", ["Kodama", "KodamaAudio", "KodamaWaveNetTraining", "TestSupport"]),
    tests(
      "Kodama",
      [
        "COpenBLAS", "Kodama", "KodamaAudio", "KodamaClassifierTraining", "KodamaFeatures", "KodamaReports",
        "KodamaTraining", "KodamaTuning",
        "KodamaWaveNetTraining", "Snippets", "TestSupport",
      ],
      exclude: ["recognition_golden.py", "tensorboard_hyperparameters.py", "tensorboard_read.py", "vocoder_golden.py"],
      resources: [.copy("EarlierRun")]),
    tests(
      "CInterface",
      [
        "CKodama", "KodamaC", "Kodama",
        "TestSupport", "AllocationCounter",
      ]),
    tests(
      "Tuning",
      [
        "KodamaTuning", "KodamaTraining", "KodamaGeneration", "KodamaWaveNets", "KodamaCheckpoints", "KodamaLayers",
        "KodamaSpectra", "KodamaTensors", "KodamaSignal", "KodamaCore", "TestSupport",
      ]),
    tests("Lesson", ["LessonBook", "TestSupport"]),
    tests(
      "Go",
      [
        "GoGame", "GoLearning", "GoNetworks", "GoPlayers", "GoProtocol", "KodamaCheckpoints", "KodamaCore",
        "KodamaLayers",
        "KodamaReinforcement", "KodamaTensors", "TestSupport", "kodama-go",
      ]),
    tests("Command", ["KodamaCommand", "Kodama", "TestSupport"], exclude: ["Help"]),
  ],
  swiftLanguageModes: [.v6]
)

// The driver of the fuzz targets, which `scripts/fuzz` links with libFuzzer. Nothing else can link it.
if Context.environment["KODAMA_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "kodama-fuzz", dependencies: ["FuzzTargets", "KodamaCore"], path: "Tests/Fuzz/Driver",
      swiftSettings: swiftSettings))
}
