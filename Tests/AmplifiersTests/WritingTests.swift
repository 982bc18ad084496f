import Foundation
import KodamaCore
import TestSupport
import Testing

@testable import KodamaAmplifiers

@Suite struct WritingTests {
  static let names = Set(AmplifierExamples.outputs.map { AmplifierExamples.parts($0).name }).sorted()

  /// A file written again has the same network, weights and metadata.
  @Test(arguments: names) func aModelSurvivesWriting(name: String) throws {
    let model = try AmplifierExamples.model(name)
    let again = try AmplifierModel(parsing: Array(model.fileText.utf8), path: name)
    #expect(again == model)
    #expect(again.fileText == model.fileText)
  }

  @Test func oldPlayersReadFirstForms() throws {
    let text = try AmplifierExamples.model("wavenet-16-8").fileText
    for key in ["\"version\": \"0.5.4\"", "\"head_size\"", "\"kernel_size\"", "\"gated\"", "\"head_bias\""] {
      #expect(text.contains(key), "\(key)")
    }
    #expect(try AmplifierExamples.model("film-all").fileText.contains("\"version\": \"0.7.0\""))
  }

  @Test func metadataOfOthersIsKept() throws {
    var model = try AmplifierExamples.model("metadata")
    let other = try #require(model.metadata.other?.members)
    model.metadata.loudness = -20.5
    let again = try AmplifierModel(parsing: Array(model.fileText.utf8), path: "amp.nam")
    #expect(again.metadata.loudness == -20.5)
    #expect(Set(other.map(\.key)).isSubset(of: Set(try #require(again.metadata.other?.members).map(\.key))))
  }

  @Test func nothingIsReplaced() throws {
    try withTemporaryFolder { folder in
      let (path, model) = (folder + "/amp.nam", try AmplifierExamples.model("wavenet-16-8"))
      try model.write(to: path)
      #expect(try AmplifierModel(contentsOf: path) == model)
      #expect(throws: FileFault.exists(path: path)) { try model.write(to: path) }
      try model.write(to: path, existing: .replace)
    }
  }
}
