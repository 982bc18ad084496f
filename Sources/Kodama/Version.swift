/// The version of the package.
public enum Version {
  /// As the command prints it.
  public static let description = "0.1.0"
}
