import Foundation
import Testing

/// Compares docs/conformance.md with the names of the tests in this folder.
@Suite struct ConformanceTests {
  private let folder = URL(filePath: #filePath).deletingLastPathComponent()

  @Test("every row of the page is tested or says why not, and every test's row is on the page")
  func pageAndSuiteAgree() throws {
    let rows = try rows()
    let tested = try testedRows()
    #expect(rows.count > 50)
    for (row, remark) in rows {
      if remark == "tested" {
        #expect(tested.contains(row), "no test is named after row \(row)")
      } else {
        #expect(remark.hasPrefix("none: ") && remark.count > 20, "row \(row) says '\(remark)'")
        #expect(!tested.contains(row), "row \(row) has a test")
      }
    }
    for row in tested { #expect(rows[row] != nil, "row \(row) is not on the page") }
  }

  private func rows() throws -> [String: String] {
    let page = folder.appending(path: "../../docs/conformance.md").standardizedFileURL
    var rows: [String: String] = [:]
    for line in try String(contentsOf: page, encoding: .utf8).split(separator: "\n") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 5, cells[0].wholeMatch(of: /[A-Z][0-9]+/) != nil else { continue }
      #expect(rows.updateValue(cells[4], forKey: cells[0]) == nil, "row \(cells[0]) stands twice")
    }
    return rows
  }

  private func testedRows() throws -> Set<String> {
    var found: Set<String> = []
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: #/@Test\(\s*"([A-Z][0-9]+): /#) { found.insert(String(match.1)) }
    }
    return found
  }
}
