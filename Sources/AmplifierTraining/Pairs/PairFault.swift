import KodamaAudio
import KodamaCore

/// What makes a pair of recordings unfit for training.
public enum PairFault: Fault, Equatable {
  /// The files have different sample rates in Hz.
  case differentRates(dry: String, dryRate: Int, wet: String, wetRate: Int)
  /// A file has several channels, and none was chosen.
  case severalChannels(path: String, channels: Int)
  /// A file, or what both have in common, is too short, in seconds.
  case tooShort(path: String, seconds: Double, needed: Double)
  /// A file holds no sound: its peak in dB of full scale, nil where all samples are 0.
  case silent(path: String, peak: Double?)
  /// Samples at full scale in a row, in so many places, the first at a time in seconds.
  case clipped(path: String, places: Int, seconds: Double)
  /// The wet recording ends too long before the dry one, in seconds.
  case wetEndsEarly(dry: String, wet: String, missing: Double, allowed: Double)
  /// The wet recording does not follow from the dry one: another take, or another file.
  case unrelated(dry: String, wet: String, coherence: Double, needed: Double)
  /// The latency changes within the recordings: in samples at the start, in the middle and at the end.
  case drift(dry: String, wet: String, latencies: [Int], partsPerMillion: Double)

  public var description: String {
    switch self {
    case .differentRates(let dry, let dryRate, let wet, let wetRate):
      "\(wet): the sample rate is \(wetRate) Hz, and that of \(dry) \(dryRate) Hz; record both at one rate, or convert one"
    case .severalChannels(let path, let channels):
      "\(path): it has \(channels) channels, and a pair is of one channel each; choose one of them, or the mix of all"
    case .tooShort(let path, let seconds, let needed):
      "\(path): \(Self.seconds(seconds)) can be used, and \(Self.seconds(needed)) are needed; record more, three minutes are "
        + "good"
    case .silent(let path, let peak):
      "\(path): it is silent (peak \(Decibels.text(peak ?? -.infinity))); check the cables and the track that was written, "
        + "and record again"
    case .clipped(let path, let places, let seconds):
      "\(path): clipped in \(NumberText.grouped(places)) place\(places == 1 ? "" : "s"), first at \(Self.seconds(seconds)); "
        + "record again at a lower level"
    case .wetEndsEarly(let dry, let wet, let missing, let allowed):
      "\(wet): it ends \(Self.seconds(missing)) before \(dry) does, and at most \(Self.seconds(allowed)) may be missing; record "
        + "it to the end, or shorten \(dry)"
    case .unrelated(let dry, let wet, let coherence, let needed):
      "\(wet): it does not follow from \(dry) (coherence \(NumberText.decimal(coherence, 2)), at least "
        + "\(NumberText.decimal(needed, 2)) is needed); give the recording of this very signal through the box, not another "
        + "take, with a latency of less than a second"
    case .drift(let dry, let wet, let latencies, let partsPerMillion):
      "\(wet): its latency behind \(dry) is \(latencies.map(String.init).joined(separator: ", then ")) samples "
        + "(\(NumberText.decimal(partsPerMillion, 1)) ppm): the clocks drift, or samples were lost; play and record with "
        + "one device, or with devices on one clock, and record again"
    }
  }

  public var exitStatus: ExitStatus { .badData }

  /// A time as text.
  static func seconds(_ seconds: Double) -> String { NumberText.decimal(seconds, 2) + " s" }
}
