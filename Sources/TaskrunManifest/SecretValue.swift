import TaskrunAPI

/// The value of a variable that no report shows, and that no program gets as an argument.
package struct SecretValue: Sendable, Hashable {
  /// Shorter values are not looked for: they would be found in every other word.
  package static let minimumBytes = 4

  /// The variable.
  package var name: String
  /// Its value.
  package var value: String

  /// Makes a value.
  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  /// Whether a text holds it, byte by byte. What is shorter than ``minimumBytes`` is in no text.
  package func isIn(_ text: String) -> Bool {
    let wanted = Array(value.utf8)
    let bytes = Array(text.utf8)
    guard wanted.count >= Self.minimumBytes, wanted.count <= bytes.count else { return false }
    return (0...bytes.count - wanted.count).contains { bytes[$0...].starts(with: wanted) }
  }
}

/// A secret in what a program is started with, which is there for everybody on the machine to read.
package struct VisibleSecret: Sendable, Hashable, CustomStringConvertible {
  /// Where it stands.
  package enum Place: Sendable, Hashable {
    /// An argument by its number; 0 is the program's name.
    case argument(Int)
    /// The text for the shell.
    case shellText
  }

  /// The variable whose value it is.
  package var name: String
  /// Where it stands.
  package var place: Place

  /// The first secret among the arguments of a program, its name first; `nil` if there is none.
  package init?(in arguments: [String], _ secrets: [SecretValue]) {
    guard !secrets.isEmpty else { return nil }
    for (index, argument) in arguments.enumerated() {
      guard let secret = secrets.first(where: { $0.isIn(argument) }) else { continue }
      self.init(name: secret.name, place: .argument(index))
      return
    }
    return nil
  }

  init(name: String, place: Place) {
    self.name = name
    self.place = place
  }

  /// What is wrong and what would be right.
  package var description: String {
    let holder =
      switch place {
      case .argument(0): "the program's name"
      case .argument(let index): "argument \(index)"
      case .shellText: "the shell text"
      }
    return "\(holder) holds secret '\(name)', which would be visible in the process list; "
      + "use 'env' or 'stdin' instead"
  }
}

extension TaskDefinition {
  /// The secrets in what the manifest itself says a program is started with, in order of the arguments.
  ///
  /// Arguments that templates fill are known only when an instance starts.
  package func visibleSecrets(_ secrets: [SecretValue]) -> [VisibleSecret] {
    guard uses == "run", !secrets.isEmpty else { return [] }
    var found: [VisibleSecret] = []
    func look(in value: TemplateValue, at place: VisibleSecret.Place) {
      guard case .literal(let literal) = value else { return }
      let text = literal.plainText
      found += secrets.filter { $0.isIn(text) }.map { VisibleSecret(name: $0.name, place: place) }
    }
    for member in with {
      switch (member.key, member.value) {
      case ("shell", let text): look(in: text, at: .shellText)
      case ("argv", .literal(.array(let arguments))):
        for (index, argument) in arguments.enumerated() { look(in: .literal(argument), at: .argument(index)) }
      case ("argv", .array(let arguments)):
        for (index, argument) in arguments.enumerated() { look(in: argument, at: .argument(index)) }
      default: break
      }
    }
    return found
  }
}
