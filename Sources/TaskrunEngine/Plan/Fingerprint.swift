import TaskrunAPI

/// What an instance is to do, in 128 bits: two instances that do the same have the same, also in different runs, on
/// different machines and with different versions of this program.
///
/// FNV-1a with 128 bits, after Fowler, Noll and Vo (RFC 9923). It tells changes from no changes; it does not
/// withstand somebody who looks for two inputs with one fingerprint.
struct Fingerprint {
  private static let basis: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D
  private static let prime: UInt128 = 0x0000_0000_0100_0000_0000_0000_0000_013B

  private var state = basis

  /// 32 hexadecimal digits.
  var text: String {
    let digits = Array("0123456789abcdef".utf8)
    let text = (0..<32).map { digits[Int(truncatingIfNeeded: state >> (124 - 4 * $0)) & 15] }
    return String(decoding: text, as: UTF8.self)
  }

  mutating func add(byte: UInt8) {
    state = (state ^ UInt128(byte)) &* Self.prime
  }

  /// Adds a text and where it ends, so that `ab`, `c` is not `a`, `bc`. UTF-8 has no byte 255.
  mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      for byte in bytes { add(byte: byte) }
    }
    add(byte: 0xFF)
  }

  /// Adds a text or that there is none.
  mutating func add(_ text: String?) {
    add(byte: text == nil ? 0 : 1)
    if let text { add(text) }
  }

  /// Adds a value; the order in which the members of a mapping were written makes no difference.
  mutating func add(_ value: Value) {
    switch value {
    case .null, .bool, .int, .double:
      add(byte: 0)
      add(value.jsonText)
    case .string(let text):
      add(byte: 1)
      add(text)
    case .array(let elements):
      add(byte: 2)
      for element in elements { add(element) }
      add(byte: 0xFF)
    case .object(let object):
      add(byte: 3)
      let members = object.members.count < 2 ? object.members : object.members.sorted { $0.key < $1.key }
      for member in members {
        add(byte: 1)
        add(member.key)
        add(member.value)
      }
      add(byte: 0xFF)
    }
  }
}
