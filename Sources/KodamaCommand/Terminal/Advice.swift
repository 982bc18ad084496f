import Kodama

/// The options that help with a fault. Messages of the library do not mention options.
enum Advice {
  /// The message of a fault with its advice, on one line.
  static func message(_ fault: any Fault) -> String {
    // The message lists each set with the option.
    if case WaveNetFault.missingLabels(let sets) = fault { return WaveNetFault.missing(sets, prefix: "--label ") }
    let advice =
      switch fault {
      case let fault as FileFault: of(fault)
      case let fault as TrainingFault: of(fault)
      case let fault as LabelFault: of(fault)
      case let fault as WaveNetFault: of(fault)
      case let fault as SpectraFault: of(fault)
      case let fault as CompressionFault: of(fault)
      case let fault as TuningFault: of(fault)
      case let fault as JobFault: of(fault)
      case let fault as ProcessingFault: of(fault)
      case let fault as FeatureFault: of(fault)
      case let fault as FeatureSettingsFault: of(fault)
      default: String?.none
      }
    return "\(fault)" + (advice.map { "; " + $0 } ?? "")
  }

  private static func of(_ fault: ProcessingFault) -> String? {
    switch fault {
    case .sampleRatesDiffer: "--resample does so, and converts the output back"
    case .unknownLoudness: "see --output-gain"
    case .oddSampleRate, .channelCountsDiffer: nil
    }
  }

  private static func of(_ fault: FileFault) -> String? {
    switch fault {
    case .exists: "--force replaces it"
    default: nil
    }
  }

  private static func of(_ fault: TrainingFault) -> String? {
    switch fault {
    case .runExists: "--resume continues it, another name for -o starts a new one beside it"
    case .noRun: "leave out --resume to start one"
    case .changed: "--allow-changes uses the new ones"
    case .endlessCosine: "give --steps, or with --for also --set plan.cosine_steps=N"
    case .tooLittleMemory: "see --crop, and --accumulate for as many samples in a step"
    case .diverged: "see --learning-rate and --clip"
    case .locked, .badCheckpoint, .badLog, .badPlan, .otherTeacher, .badTargets: nil
    }
  }

  private static func of(_ fault: LabelFault) -> String? {
    switch fault {
    case .filesWithoutLabel: "--labels takes a CSV, --label-pattern a pattern"
    case .filesWithUnknownLabels(let set, let values, _):
      "kodama train --from MODEL --add-label \(set.name)=\(values.first ?? "…") adds one"
    }
  }

  private static func of(_ fault: WaveNetFault) -> String? {
    switch fault {
    case .notConditioned: "train --condition makes one"
    case .notConditionedOnFeatures: "train --features makes one"
    case .missingFeatures(let features): "give " + options(of: features)
    case .outOfRange, .conflict, .unknownLabelSet, .unknownLabel, .missingLabels, .badLabel, .featureChannels,
      .featuresTooShort, .quantized:
      nil
    }
  }

  /// The options of `kodama generate` for such features.
  private static func options(of features: FeatureConditioning) -> String {
    switch features.source {
    case .logMel: "--mel-of RECORDING or --features FILE.npy"
    case .frames: "--features FILE.npy"
    case .signal: "--signal RECORDING"
    }
  }

  private static func of(_ fault: SpectraFault) -> String? {
    switch fault {
    case .sampleRatesDiffer:
      "kodama evaluate --resample lowest converts all to the lowest rate, --resample Hz to another"
    case .channelCountsDiffer: "kodama evaluate --mono mixes them down"
    case .lengthsDiffer:
      "--align trim, pad or dtw aligns them; --list lists the metrics for any length"
    case .needsPairs: "--pairs takes the file"
    case .notAnEvaluation: "kodama evaluate --json prints one"
    default: nil
    }
  }

  private static func of(_ fault: TuningFault) -> String? {
    switch fault {
    case .needsClassifier: "--classifier takes one that kodama classify train made"
    case .undefined: "see --seconds"
    case .program: "see --program-limit"
    case .badReward, .otherRate, .conditionedOnFeatures, .notFinite, .programOutput, .otherModel: nil
    }
  }

  private static func of(_ fault: CompressionFault) -> String? {
    switch fault {
    case .needsRecordings: "kodama compress quantize MODEL --calibrate FOLDER -o OUT"
    case .tooManyChannels: "--sparsity gives it"
    case .recurrentChannels: "--structure block or element does so"
    default: nil
    }
  }

  private static func of(_ fault: JobFault) -> String? {
    switch fault {
    case .unpaired: "leave out --strict"
    case .noSampleRate: "--rate gives it"
    case .noLabels: "kodama train --condition makes one"
    case .tooManyCombinations: "--label set=label does that"
    case .nothingHeldOut: "--validation takes the folder, --validation-share holds out a larger share"
    case .trialsDiverged: "see --learning-rate and --clip"
    default: nil
    }
  }

  private static func of(_ fault: FeatureFault) -> String? {
    switch fault {
    case .otherConvention:
      "kodama features --force computes them again, where --model and --preset give a model's convention"
    case .noConvention: "--feature-hop gives the hop of features of another program"
    case .notConditionedOnLogMel: "--rate, --fft, --hop and --bands specify the features"
    case .featuresForSignal: "--signal gives a folder of recordings"
    case .noFeatureFolder(let features):
      switch features.source {
      case .logMel: "leave out --signal, or give the folder with --features"
      case .frames: "give the folder of them with --features"
      case .signal: "give the folder of second recordings with --signal"
      }
    case .cannotRefine: "leave out --refine"
    default: nil
    }
  }

  private static func of(_ fault: FeatureSettingsFault) -> String? {
    switch fault {
    case .featuresAndSignal: "leave out --features or --signal"
    case .noHop: "--feature-hop gives it"
    case .featuresForSignal: "give --signal alone"
    case .noSignal: "give the folder of them with --signal"
    case .signalForFeatures: "leave out --signal"
    case .noFeatures: "give the folder of them with --features"
    case .otherHop: "leave out --feature-hop"
    case .trimming: "leave out --trim-silence, or give --features mel"
    case .noValidationSignal: "--validation-signal gives it"
    case .noValidationFeatures: "--validation-features gives it"
    }
  }
}
