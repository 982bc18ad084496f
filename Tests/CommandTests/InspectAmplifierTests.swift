import Foundation
import Kodama
import TestSupport
import Testing

/// `kodama inspect` of amplifiers: files, and runs of `kodama capture`.
@Suite struct InspectAmplifierTests {
  private func object(_ arguments: [String]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(try expectSuccess(arguments).output)) as? [String: Any])
  }

  @Test func aFileIsDescribed() throws {
    let file = ProcessTests.models + "/metadata.nam"
    let text = try expectSuccess(["inspect", file]).text
    for part in [file, "amplifier", "48,000 Hz", "Röhre", "input 12.5 dBu", "multiply-adds a sample"] {
      #expect(text.contains(part), "\(part): \(text)")
    }
    let json = try object(["inspect", file, "--json", "--cost"])
    #expect(json["file"] as? String == file && json["folder"] == nil && json["weights"] == nil)
    #expect(json["modelType"] as? String == "amplifier" && json["architecture"] as? String == "WaveNet")
    let arrays = try #require(json["arrays"] as? [[String: Any]])
    #expect(arrays.count == 1 && arrays[0]["dilations"] as? [Int] == [1, 2])
    let metadata = try #require(json["metadata"] as? [String: Any])
    #expect(metadata["gearModel"] as? String == "Ampère" && metadata["loudness"] as? Double == -21.5)
    let cost = try #require(json["cost"] as? [String: Any])
    #expect(cost["multiplyAdds"] as? Int == json["multiplyAddsPerSample"] as? Int)
    let layers = try expectSuccess(["inspect", ProcessTests.models + "/lstm-8.nam", "--cost"]).text
    #expect(layers.contains("layers.1 "), "\(layers)")
    for (name, key) in [("lstm-8", "units"), ("linear", "taps"), ("convnet", "dilations"), ("container", "sizes")] {
      #expect(try object(["inspect", "\(ProcessTests.models)/\(name).nam", "--json"])[key] != nil, "\(name)")
    }
  }

  @Test func whatIsNoModelIsNamed() throws {
    try withTemporaryFolder { folder in
      try write("{}".utf8, to: folder + "/a.nam")
      try expectFailure(65, ["inspect", folder + "/a.nam"], mentions: ["a.nam", "version"])
      try expectFailure(66, ["inspect", folder + "/b.nam"], mentions: ["b.nam"])
      let file = ProcessTests.models + "/linear.nam"
      try expectFailure(64, ["inspect", file, "--weights", "raw"], mentions: ["--weights"])
      // Other commands take other kinds of models.
      try expectFailure(65, ["generate", file, "-o", folder + "/a.wav", "--samples", "1"], mentions: ["it is a file"])
    }
  }
}
