import TaskrunManifest

/// Text with places in it: `1️⃣` to `9️⃣` mark positions and are not part of the text.
struct MarkedText {
  let text: String
  let marks: [Character: SourcePosition]

  var bytes: [UInt8] { Array(text.utf8) }

  init(_ marked: String) {
    var text = ""
    var marks: [Character: SourcePosition] = [:]
    var line = 1
    var column = 1
    for character in marked {
      if "1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣9️⃣".contains(character) {
        marks[character] = SourcePosition(line: line, column: column, offset: text.utf8.count)
        continue
      }
      text.append(character)
      if ["\n", "\r", "\r\n"].contains(character) {
        line += 1
        column = 1
      } else {
        column += character.unicodeScalars.count
      }
    }
    self.text = text
    self.marks = marks
  }
}
