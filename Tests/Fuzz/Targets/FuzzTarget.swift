import Foundation
import Kodama

/// Something that reads bytes which others wrote, and what it is fuzzed with.
///
/// Bytes may be refused by a `Fault`, and by nothing else: a trap, another error, a message that cannot be made, and more
/// memory or time than the driver allows are findings.
public struct FuzzTarget: Sendable {
  /// How an input is put together.
  public enum Form: Sendable {
    /// Numbers of some bytes at their places.
    case bytes
    /// JSON, lists of fields, or other text in which numbers are written out; what follows may be bytes.
    case text
  }

  /// What it is called on the command line.
  public let name: String
  /// What it reads, for people.
  public let summary: String
  /// How what it reads is put together, and so changed.
  public let form: Form
  private let makeSeeds: @Sendable () throws -> [[UInt8]]
  private let read: @Sendable (_ bytes: [UInt8], _ folder: String) throws -> Void

  /// A target.
  ///
  /// - Parameters:
  ///   - seeds: small inputs that are read without a fault, from which others are made.
  ///   - read: reads some bytes and uses what comes of them; files may be written into the folder, which is this target's
  ///     own and keeps its files from one call to the next.
  init(
    _ name: String, _ summary: String, form: Form = .bytes, seeds: @escaping @Sendable () throws -> [[UInt8]],
    read: @escaping @Sendable (_ bytes: [UInt8], _ folder: String) throws -> Void
  ) {
    (self.name, self.summary, self.form, self.makeSeeds, self.read) = (name, summary, form, seeds, read)
  }

  /// All targets.
  public static let all =
    checkpointTargets + audioTargets + runTargets + evaluationTargets + generationTargets
    + amplifierTargets + goTargets

  /// Small inputs that are read without a fault.
  public func seeds() throws -> [[UInt8]] { try makeSeeds() }

  /// Reads some bytes.
  ///
  /// - Returns: why they were refused; nil where they were not.
  /// - Precondition: nothing is thrown but a `Fault`, which has a message.
  @discardableResult public func run(_ bytes: [UInt8], in folder: String) -> (any Fault)? {
    do {
      try read(bytes, folder)
      return nil
    } catch let fault as any Fault {
      precondition(!fault.description.isEmpty, "a fault of \(type(of: fault)) has no message")
      return fault
    } catch {
      preconditionFailure("\(name) threw \(type(of: error)), which is no Fault: \(error)")
    }
  }
}

/// Writes a file in place of one that may be there: an atomic one would be moved to the disk for every input.
func write(_ bytes: [UInt8], to path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
