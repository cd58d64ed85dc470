/// The variables of a dotenv file. What stands in it is data: nothing in it is expanded or run.
struct EnvironmentFile {
  /// A line that is none.
  struct Fault: Error {
    var kind: Kind
    /// Where it stands, in bytes.
    var range: Range<Int>
    /// The variable it is about, if that much can be read.
    var name: String?

    enum Kind {
      case notUTF8
      case containsNUL
      case noAssignment
      case badName(String)
      case unclosedQuote
      case textBehindQuote
    }
  }

  /// The variables in order; a later one of the same name counts.
  private(set) var variables: [(name: String, value: String)] = []
  /// What is wrong, in order.
  private(set) var faults: [Fault] = []

  private let bytes: [UInt8]
  private var offset = 0

  /// Nobody reads more about one file.
  private static let maximumFaults = 20

  /// Reads a file.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    while offset < bytes.count, faults.count < Self.maximumFaults {
      let start = offset
      do throws(Fault) {
        try line()
      } catch {
        faults.append(error)
        offset = max(offset, start)
        skipLine()
      }
    }
  }

  private mutating func line() throws(Fault) {
    skipSpace()
    if isAtLineEnd || peek == UInt8(ascii: "#") { return skipLine() }
    let start = offset
    if bytes[offset...].starts(with: "export".utf8), isSpace(at: offset + 6) {
      offset += 6
      skipSpace()
    }
    let nameStart = offset
    while let byte = peek, byte != UInt8(ascii: "="), !isLineEnd(at: offset) { offset += 1 }
    guard peek == UInt8(ascii: "=") else { throw fault(.noAssignment, from: start) }
    var nameEnd = offset
    while nameEnd > nameStart, isSpace(at: nameEnd - 1) { nameEnd -= 1 }
    let name = String(decoding: bytes[nameStart..<nameEnd], as: UTF8.self)
    guard isVariableName(name) else {
      throw Fault(kind: .badName(name), range: nameStart..<max(nameEnd, nameStart + 1))
    }
    offset += 1
    skipSpace()
    let valueStart = offset
    let value: [UInt8]
    switch peek {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): value = try quoted(name, from: start)
    default: value = plain()
    }
    guard let text = String(validating: value, as: UTF8.self) else {
      throw Fault(kind: .notUTF8, range: valueStart..<offset, name: name)
    }
    if value.contains(0) { throw Fault(kind: .containsNUL, range: valueStart..<offset, name: name) }
    variables.append((name, text))
    skipLine()
  }

  /// Text up to the end of the line, or to a comment; spaces around it do not belong to it.
  private mutating func plain() -> [UInt8] {
    let start = offset
    var end = offset
    while offset < bytes.count, !isLineEnd(at: offset) {
      if bytes[offset] == UInt8(ascii: "#"), offset == start || isSpace(at: offset - 1) { break }
      offset += 1
      if !isSpace(at: offset - 1) { end = offset }
    }
    return Array(bytes[start..<end])
  }

  /// Text in quotes, which may go over several lines. Single quotes take everything as it is.
  private mutating func quoted(_ name: String, from start: Int) throws(Fault) -> [UInt8] {
    let quote = bytes[offset]
    let opening = offset
    offset += 1
    var value: [UInt8] = []
    while let byte = peek, byte != quote {
      offset += 1
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), let next = peek {
        offset += 1
        value += Self.escape(next)
      } else {
        value.append(byte)
      }
    }
    guard peek == quote else {
      offset = opening
      throw Fault(kind: .unclosedQuote, range: opening..<opening + 1, name: name)
    }
    offset += 1
    skipSpace()
    guard isAtLineEnd || peek == UInt8(ascii: "#") else {
      throw Fault(kind: .textBehindQuote, range: offset..<offset + 1, name: name)
    }
    return value
  }

  /// A backslash before anything else stands for itself.
  private static func escape(_ byte: UInt8) -> [UInt8] {
    switch byte {
    case UInt8(ascii: "n"): [0x0A]
    case UInt8(ascii: "r"): [0x0D]
    case UInt8(ascii: "t"): [0x09]
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"): [byte]
    default: [UInt8(ascii: "\\"), byte]
    }
  }

  private func fault(_ kind: Fault.Kind, from start: Int) -> Fault {
    Fault(kind: kind, range: start..<offset)
  }

  private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private func isSpace(at index: Int) -> Bool {
    index < bytes.count && (bytes[index] == 0x20 || bytes[index] == 0x09 || bytes[index] == 0x0D)
  }

  private func isLineEnd(at index: Int) -> Bool { index >= bytes.count || bytes[index] == 0x0A }

  private var isAtLineEnd: Bool { isLineEnd(at: offset) }

  private mutating func skipSpace() {
    while isSpace(at: offset) { offset += 1 }
  }

  private mutating func skipLine() {
    while !isAtLineEnd { offset += 1 }
    offset += 1
  }
}

extension EnvironmentFile.Fault.Kind: CustomStringConvertible {
  /// The fault in words.
  var description: String {
    switch self {
    case .notUTF8: "a value that is not UTF-8"
    case .containsNUL: "a NUL byte, which no variable can hold"
    case .noAssignment: "a line that is not NAME=VALUE"
    case .badName(let name): "\(name.quoted()), which cannot be the name of a variable"
    case .unclosedQuote: "a quote that is never closed"
    case .textBehindQuote: "text behind a closing quote"
    }
  }
}
