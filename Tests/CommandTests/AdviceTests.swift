import Foundation
import Kodama
import TestSupport
import Testing

@testable import KodamaCommand

/// The library's messages name no options of the command, and the command adds them.
@Suite struct AdviceTests {
  /// The root of the package, above Tests/CommandTests.
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  @Test func textsOfTheLibraryNameNoOptions() throws {
    let option = try Regex(#"(^|[^\w-])--[a-z]"#)
    var (files, found) = (0, [String]())
    let sources = Self.root + "/Sources"
    for case let path as String in try #require(FileManager.default.enumerator(atPath: sources))
    where path.hasSuffix(".swift") && !path.hasPrefix("KodamaCommand/") && !path.hasSuffix(".pb.swift") {
      files += 1
      let text = try String(contentsOfFile: sources + "/" + path, encoding: .utf8)
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        // Comments may name them, and properties of style sheets begin like them.
        let code = line.drop { $0 == " " }
        if code.hasPrefix("//") || path.hasSuffix("PageStyle.swift") { continue }
        if code.contains(option) { found.append("\(path):\(number + 1): \(code)") }
      }
    }
    #expect(files > 200, "\(sources)")
    #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
  }

  private static let faults: [(fault: any Fault, option: String)] = [
    (FileFault.exists(path: "a"), "--force"), (TrainingFault.runExists(run: "a"), "--resume"),
    (TrainingFault.noRun(run: "a"), "--resume"), (TrainingFault.changed(run: "a", what: []), "--allow-changes"),
    (TrainingFault.endlessCosine, "--steps"),
    (TrainingFault.tooLittleMemory(crops: "1 crop", needed: 2, present: 1), "--crop"),
    (TrainingFault.diverged(step: 1, rollbacks: 1, checkpoint: "a"), "--learning-rate"),
    (WaveNetFault.notConditioned(text: "a"), "--condition"), (WaveNetFault.notConditionedOnFeatures, "--features"),
    (WaveNetFault.missingLabels([LabelSet("digit", ["0", "1"])]), "--label digit=… (0, 1)"),
    (WaveNetFault.missingFeatures(FeatureConditioning(.signal)), "--signal"),
    (LabelFault.filesWithoutLabel(set: "a", files: [], present: []), "--label-pattern"),
    (
      LabelFault.filesWithUnknownLabels(set: LabelSet("a", ["b"]), values: ["c"], files: []), "--add-label a=c"
    ),
    (SpectraFault.sampleRatesDiffer(first: "a", firstRate: 1, second: "b", secondRate: 2), "--resample"),
    (SpectraFault.channelCountsDiffer(first: "a", firstCount: 1, second: "b", secondCount: 2), "--mono"),
    (SpectraFault.lengthsDiffer(reference: "a", referenceFrames: 1, generated: "b", generatedFrames: 2), "--align"),
    (SpectraFault.needsPairs(metrics: []), "--pairs"), (SpectraFault.notAnEvaluation(path: "a"), "--json"),
    (CompressionFault.needsRecordings, "--calibrate"),
    (CompressionFault.tooManyChannels(share: 1, most: 0.9), "--sparsity"), (JobFault.unpaired(names: []), "--strict"),
    (CompressionFault.recurrentChannels, "--structure"),
    (FeatureFault.otherConvention(path: "a", differences: []), "--force"),
    (FeatureFault.noConvention(folder: "a"), "--feature-hop"),
    (FeatureFault.notConditionedOnLogMel(name: "a"), "--bands"),
    (FeatureFault.featuresForSignal(folder: "a"), "--signal"),
    (FeatureFault.noFeatureFolder(FeatureConditioning(.frames(channels: 1, hopLength: 1))), "--features"),
    (FeatureFault.cannotRefine(nil), "--refine"), (FeatureSettingsFault.trimming, "--trim-silence"),
    (FeatureSettingsFault.noValidationSignal, "--validation-signal"),
  ]

  @Test(arguments: faults.indices) func theCommandNamesTheOption(index: Int) {
    let (fault, option) = Self.faults[index]
    let message = Advice.message(fault)
    #expect(message.contains(option) && !message.contains("\n"), "\(message)")
    #expect(!"\(fault)".contains("--"), "\(fault)")
  }
}
