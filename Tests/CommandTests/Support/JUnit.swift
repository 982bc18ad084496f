import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The test cases of a JUnit file, read by a parser of XML, which refuses what is not well-formed.
final class JUnit: NSObject, XMLParserDelegate {
  struct Case {
    let name: String
    var failure: String?
  }

  private(set) var cases: [Case] = []
  private var counts: [String: String] = [:]

  init(_ path: String) throws {
    super.init()
    let parser = XMLParser(data: try Data(contentsOf: URL(fileURLWithPath: path)))
    parser.delegate = self
    #expect(parser.parse(), "\(path): \(parser.parserError.map { "\($0)" } ?? "")")
    #expect(counts["tests"] == "\(cases.count)")
    #expect(counts["failures"] == "\(cases.count { $0.failure != nil })")
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    switch name {
    case "testsuite": counts = attributes
    case "testcase": cases.append(Case(name: attributes["name"] ?? "", failure: nil))
    case "failure": cases[cases.count - 1].failure = attributes["message"]
    default: break
    }
  }
}
