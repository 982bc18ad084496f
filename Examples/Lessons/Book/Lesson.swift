import Foundation
import Kodama

/// A small experiment that ends in a few lines of numbers and one picture.
///
/// Everything random comes from the seed: the same seed gives the same numbers on one machine.
public protocol Lesson {
  /// What the experiment measured.
  associatedtype Results

  /// The word by which the lesson is called, which is also the name of its picture.
  static var name: String { get }
  /// What it teaches, in one line.
  static var topic: String { get }

  /// Does the experiment.
  ///
  /// - Throws: what reading files or training throws.
  func results() throws -> Results

  /// The results as lines of text.
  func lines(_ results: Results) -> [String]

  /// The results as a picture, a PNG.
  ///
  /// - Throws: `ReportsFault`.
  func picture(_ results: Results) throws -> [UInt8]
}

extension Lesson {
  /// Does the experiment, and writes its picture into a folder.
  ///
  /// - Returns: the results as lines of text.
  /// - Throws: `FileFault`, `ReportsFault`; what the lesson throws.
  public func run(pictures folder: String) throws -> [String] {
    let results = try results()
    let picture = try picture(results)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try AtomicFile.write(to: "\(folder)/\(Self.name).png", existing: .replace) { try $0.write(picture) }
    return lines(results)
  }
}

/// All lessons, in an order in which they can be read.
public enum LessonBook {
  /// The lessons with a seed.
  ///
  /// - Parameter corpus: a folder of recordings for the lesson on spoken digits; nil for synthesized sounds.
  public static func lessons(seed: UInt64 = 1, corpus: String? = nil) -> [any Lesson] {
    [
      LinearRegression(seed: seed), PolynomialRegression(seed: seed), Perceptron(seed: seed), Iris(seed: seed),
      SpokenDigits(seed: seed, corpus: corpus), OptimizerComparison(seed: seed), DropoutComparison(seed: seed),
      SmallBatches(seed: seed), Depth(seed: seed), FewerBits(seed: seed), BinaryAddition(seed: seed),
      GradientsThroughTime(seed: seed), Campaign(seed: seed),
    ]
  }
}

/// A number with a fixed number of decimals.
func fixed(_ value: Double, _ decimals: Int = 2) -> String { String(format: "%.\(decimals)f", value) }

/// A share as a percentage with one decimal.
func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

/// Text in columns: padded on the left, so that numbers end below each other.
func columns(_ fields: [String], width: Int = 10) -> String {
  fields.map { String(repeating: " ", count: max(0, width - $0.count)) + $0 }.joined()
}

extension String {
  /// The text with spaces after it.
  func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
