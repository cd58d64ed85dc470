package import TaskrunAPI

/// The variables through which shell text reads its instance's data: `item`, `index`, `item_KEY` for each
/// member of an item that is a mapping, and `matrix_KEY` for each member of a combination.
///
/// A scalar item is its text, a list or mapping its JSON. Members whose keys make no variable name are left out.
/// - Parameters:
///   - item: the instance's item; `nil` without `foreach`.
///   - index: the instance's index; `nil` for a plain task.
///   - matrix: the instance's combination; `nil` without `matrix`.
package func itemEnvironment(
  item: Value?, index: Int?, matrix: ValueObject? = nil
) -> [(String, String)] {
  var variables: [(String, String)] = []
  if let item { variables.append(("item", item.plainText)) }
  if let index { variables.append(("index", "\(index)")) }
  for member in item?.objectValue?.members ?? [] where isVariableName(member.key) {
    variables.append(("item_" + member.key, member.value.plainText))
  }
  for member in matrix?.members ?? [] where isVariableName(member.key) {
    variables.append(("matrix_" + member.key, member.value.plainText))
  }
  return variables
}

/// Whether a text can name a variable of the environment: `[A-Za-z_][A-Za-z0-9_]*`.
package func isVariableName(_ text: String) -> Bool {
  guard let first = text.utf8.first, !isDigit(first) else { return false }
  return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
}

func isLetter(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}

func isDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
