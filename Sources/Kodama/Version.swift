/// The version of the package.
public enum Version {
  /// The version printed by the command.
  public static let description = "0.1.0"
}
