import TaskrunAPI

/// One way in which a secret may be written.
struct SecretForm: Hashable {
  /// What it is written as, without line breaks if it is ``isWrapped``.
  let bytes: [UInt8]
  /// Whether its writer may have put line breaks anywhere between its bytes.
  let isWrapped: Bool

  /// Whether it is the byte of a line break.
  static func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  /// Where the form ends that begins at a position; `nil` if it does not stand there.
  func end(from start: Int, in text: UnsafeBufferPointer<UInt8>) -> Int? {
    var position = start
    for byte in bytes {
      if isWrapped, position > start {
        while position < text.count, Self.isBreak(text[position]) { position += 1 }
      }
      guard position < text.count, text[position] == byte else { return nil }
      position += 1
    }
    return position
  }
}

/// How a secret may look in what a task writes: as it is, line by line, and in the encodings that programs put
/// values into without being asked.
enum SecretForms {
  /// All forms that are long enough to be masked.
  static func all(of secret: String) -> [SecretForm] {
    let bytes = Array(secret.utf8)
    guard bytes.count >= SecretMask.minimumBytes else { return [] }
    var forms = [bytes]
    forms += lines(of: bytes)
    forms += jsonForms(of: secret)
    forms += percentForms(of: bytes)
    let all =
      forms.map { SecretForm(bytes: $0, isWrapped: false) }
      + base64Forms(of: bytes).map { SecretForm(bytes: $0, isWrapped: true) }
    return all.filter { $0.bytes.count >= SecretMask.minimumBytes }
  }

  private static func lines(of bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(whereSeparator: SecretForm.isBreak).map { Array($0) }
  }

  /// Inside the quotes of a JSON text, with and without other characters than those of ASCII.
  private static func jsonForms(of secret: String) -> [[UInt8]] {
    let plain = Array(Value.string(secret).jsonText.utf8.dropFirst().dropLast())
    let ascii = String(decoding: plain, as: UTF8.self).utf16.flatMap { unit -> [UInt8] in
      guard unit >= 0x80 else { return [UInt8(truncatingIfNeeded: unit)] }
      let digits = String(unit, radix: 16)
      return Array("\\u".utf8) + Array(repeating: UInt8(ascii: "0"), count: 4 - digits.utf8.count)
        + digits.utf8
    }
    let slashes = plain.flatMap { $0 == UInt8(ascii: "/") ? [UInt8(ascii: "\\"), $0] : [$0] }
    return [plain, ascii, slashes]
  }

  /// As in a URL: with digits in upper and lower case, with more and fewer characters left as they are, and with a
  /// plus for a space.
  private static func percentForms(of bytes: [UInt8]) -> [[UInt8]] {
    var forms: [[UInt8]] = []
    for isUpper in [true, false] {
      for kept in ["-._~", "-._~!*'()", "-._~!$&'()*+,;=:@/?", "-._~/"] {
        let kept = Set(kept.utf8)
        let form = bytes.flatMap { byte -> [UInt8] in
          if kept.contains(byte) || isLetterOrDigit(byte) { return [byte] }
          let digits = Array(String(byte, radix: 16, uppercase: isUpper).utf8)
          return [UInt8(ascii: "%")] + (digits.count == 1 ? [UInt8(ascii: "0")] : []) + digits
        }
        forms.append(form)
        if bytes.contains(0x20) { forms.append(plusForSpace(form)) }
      }
    }
    return forms
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  private static func plusForSpace(_ form: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < form.count {
      if form[index...].starts(with: "%20".utf8) {
        result.append(UInt8(ascii: "+"))
        index += 3
      } else {
        result.append(form[index])
        index += 1
      }
    }
    return result
  }

  /// The characters that the secret alone decides, for each of the three places that it can have among groups of
  /// three bytes, with and without the character that its last bits begin.
  private static func base64Forms(of bytes: [UInt8]) -> [[UInt8]] {
    var forms: [[UInt8]] = []
    for alphabet in alphabets {
      for offset in 0..<3 {
        let characters = base64(Array(repeating: 0, count: offset) + bytes, alphabet)
        let first = (offset * 8 + 5) / 6
        let last = (offset + bytes.count) * 8 / 6
        forms.append(Array(characters[first..<last]))
        forms.append(Array(characters[first...]))
      }
    }
    return forms
  }

  private static let alphabets = ["+/", "-_"].map {
    Array(("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + $0).utf8)
  }

  /// Without padding.
  private static func base64(_ bytes: [UInt8], _ alphabet: [UInt8]) -> [UInt8] {
    stride(from: 0, to: bytes.count * 8, by: 6).map { bit in
      let high = Int(bytes[bit / 8]) << 8
      let low = bit / 8 + 1 < bytes.count ? Int(bytes[bit / 8 + 1]) : 0
      return alphabet[(high | low) >> (10 - bit % 8) & 63]
    }
  }
}
