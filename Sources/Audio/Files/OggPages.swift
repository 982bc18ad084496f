/// The links of a chained Ogg file, each of which libsndfile reads as a separate file.
///
/// - A page: "OggS", a version 0, flags (1 continued, 2 first of its stream, 4 last of its stream), a granule position
///   of 8 bytes, the stream's serial number, a sequence number and a checksum of 4 bytes each, the number of segments,
///   a byte for the size of each.
/// - A link starts with the first pages of its streams, and ends before the next first page that follows other pages.
/// - Source: RFC 3533.
struct OggPages {
  /// One page.
  private struct Page {
    let end: Int
    let isFirst: Bool
    let isLast: Bool
    let serial: UInt32
    /// Samples up to the end of the page; nil where no packet ends on it.
    let granule: Int?
  }

  /// Finds the links; nil where the file does not start with a page.
  ///
  /// - Throws: `AudioFault.malformed` where there are too many, `.readFailed`.
  static func parts(_ source: ByteSource) throws -> AudioParts? {
    guard let first = try page(source, at: 0) else { return nil }
    var result = AudioParts(parts: [])
    var start = 0
    var link = first.serial
    var (isAtHeaders, hasEnded) = (true, first.isLast)
    var skipped = 0
    // Samples up to the ends of the last two pages of the link's first stream.
    var granules = (last: 0, before: 0)

    func close(at end: Int) throws {
      if result.parts.count == AudioParts.limit {
        throw source.malformed("joined streams", "more than \(AudioParts.limit)")
      }
      let lastPage = max(0, granules.last - granules.before)
      result.parts.append(AudioPart(range: start..<end, lastPageFrames: lastPage))
      if !hasEnded && !result.warnings.contains(.noEnd) { result.warnings.append(.noEnd) }
    }

    var position = first.end
    while position < source.length {
      guard let page = try page(source, at: position) else {
        let next = try nextPage(source, after: position)
        if next < source.length { skipped += next - position }
        position = next
        continue
      }
      if page.end > source.length {
        result.warnings.append(.truncatedStream(claimedBytes: page.end, presentBytes: source.length))
        hasEnded = true
        break
      }
      if page.isFirst && !isAtHeaders {
        try close(at: position)
        (start, link, hasEnded, granules) = (position, page.serial, false, (0, 0))
      }
      isAtHeaders = page.isFirst
      if page.serial == link {
        if let granule = page.granule { granules = (granule, granules.last) }
        if page.isLast { hasEnded = true }
      }
      position = page.end
    }
    try close(at: source.length)
    if skipped > 0 { result.warnings.append(.skippedBytes(skipped)) }
    return result
  }

  private static func page(_ source: ByteSource, at offset: Int) throws -> Page? {
    guard try source.has("OggS", at: offset) else { return nil }
    let head = try source.bytes(at: offset, count: 27)
    guard head.count == 27, head[4] == 0, head[5] < 8 else { return nil }
    let sizes = try source.bytes(at: offset + 27, count: Int(head[26]))
    let end = offset + 27 + Int(head[26]) + sizes.reduce(0) { $0 + Int($1) }
    let granule = source.integer(head, at: 6, bytes: 8)
    return Page(
      end: end, isFirst: head[5] & 2 != 0, isLast: head[5] & 4 != 0,
      serial: UInt32(source.integer(head, at: 14, bytes: 4)), granule: granule == .max ? nil : granule)
  }

  /// The offset of the next page, or the end of the file.
  private static func nextPage(_ source: ByteSource, after offset: Int) throws -> Int {
    var position = offset + 1
    while let byte = try source.byte(at: position) {
      if byte == UInt8(ascii: "O"), try page(source, at: position) != nil { return position }
      position += 1
    }
    return source.length
  }
}
