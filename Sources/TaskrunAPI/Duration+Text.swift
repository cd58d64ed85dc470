extension Duration {
  /// Reads a duration with units, as in a manifest: `250ms`, `1.5s`, `2m`, `1h30m`.
  ///
  /// The units are `ms`, `s`, `m`, `h` and `d`, largest first, each at most once; a number may have a fraction.
  /// `nil` for anything else, for a number without a unit, and for more than 10,000 days.
  public init?(taskrun text: String) {
    var rest = text.utf8[...]
    var milliseconds = 0.0
    var allowed = Self.units[...]
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { ("0"..."9").contains(Unicode.Scalar($0)) || $0 == UInt8(ascii: ".") }
      guard let first = digits.first, first != UInt8(ascii: "."), digits.last != UInt8(ascii: "."),
        let number = Double(String(decoding: digits, as: UTF8.self))
      else { return nil }
      rest = rest[digits.endIndex...]
      let letters = String(decoding: rest.prefix { ("a"..."z").contains(Unicode.Scalar($0)) }, as: UTF8.self)
      guard let position = allowed.firstIndex(where: { $0.name == letters }) else { return nil }
      rest = rest.dropFirst(letters.utf8.count)
      milliseconds += number * allowed[position].milliseconds
      allowed = allowed[(position + 1)...]
    }
    guard milliseconds <= 10_000 * 86_400_000 else { return nil }
    self = .microseconds(Int64((milliseconds * 1000).rounded()))
  }

  private static let units: [(name: String, milliseconds: Double)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
  ]

  /// The duration in seconds, rounded to microseconds: what stands in reports.
  public var inSeconds: Double {
    let (seconds, attoseconds) = components
    // One division of a whole number: a sum of seconds and fraction would print as 4.3500000000000005.
    return (Double(seconds) * 1e6 + (Double(attoseconds) / 1e12).rounded()) / 1e6
  }

  /// The duration as people read it: `350ms`, `1.52s`, `2m05s`, `1h30m`.
  public var briefText: String {
    let seconds = inSeconds
    if seconds < 0.9995 { return "\(Int((seconds * 1000).rounded()))ms" }
    if seconds < 59.995 {
      let hundredths = Int((seconds * 100).rounded())
      let fraction = hundredths % 100
      if fraction == 0 { return "\(hundredths / 100)s" }
      return "\(hundredths / 100)." + (fraction < 10 ? "0" : "") + "\(fraction)s"
    }
    let whole = Int(seconds.rounded())
    let (minutes, rest) = (whole / 60, whole % 60)
    if minutes < 60 { return "\(minutes)m" + (rest < 10 ? "0" : "") + "\(rest)s" }
    return "\(minutes / 60)h" + (minutes % 60 < 10 ? "0" : "") + "\(minutes % 60)m"
  }
}
