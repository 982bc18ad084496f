extension Duration {
  /// The duration in seconds.
  package var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// Units of information.
package enum Information {
  /// The bits in an amount given in nats: nats / ln 2.
  package static func bits(fromNats nats: Double) -> Double { nats / 0.693_147_180_559_945_3 }
}
