import KodamaAudio
import KodamaWaveNets

extension Conditioning {
  /// The conditions of recordings, one for each.
  ///
  /// - Throws: `WaveNetFault.filesWithoutLabel`, `.filesWithUnknownLabels`.
  package func conditions(of recordings: Recordings) throws(WaveNetFault) -> [Conditions] {
    try conditions(of: recordings.items.map { ($0.path, $0.labels) })
  }
}
