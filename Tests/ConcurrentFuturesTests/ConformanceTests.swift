import Foundation
import TestSupport
import Testing

/// Compares docs/conformance.md with the tests in this folder.
@Suite struct ConformanceTests {
  /// A test, as its source tells.
  private struct SourceTest {
    /// "suite.function".
    var name: String
    /// The rows at the beginning of its display name.
    var rows: [String]
    /// Whether it runs once with each kind of executor.
    var isOnBoth: Bool
  }

  private let folder = URL(filePath: #filePath).deletingLastPathComponent()

  @Test("every row of the page is tested or says why not, and every test's row is on the page")
  func pageAndSuiteAgree() throws {
    let rows = try rows()
    let tests = try tests()
    #expect(rows.count > 50)
    for (row, remark) in rows {
      let own = tests.filter { $0.rows.contains(row) }
      let (word, reason) = split(remark)
      switch word {
      case "both": #expect(own.contains { $0.isOnBoth }, "no test of row \(row) runs over both executors")
      case "threads", "processes", "futures":
        #expect(!own.isEmpty, "no test is named after row \(row)")
        #expect(own.allSatisfy { !$0.isOnBoth }, "row \(row) is tested on both executors")
        // The sections of rows D and E are about one executor each.
        let isSaid = word == (["D": "threads", "E": "processes"][row.prefix(1)] ?? "")
        #expect(isSaid || reason.count > 15, "row \(row) does not say why it is tested on \(word) only")
      case "none":
        #expect(reason.count > 15, "row \(row) does not say why there is no test")
        #expect(own.isEmpty, "row \(row) has a test")
      default: Issue.record("row \(row) says '\(remark)'")
      }
    }
    for row in Set(tests.flatMap(\.rows)) { #expect(rows[row] != nil, "row \(row) is not on the page") }
  }

  @Test("every acceptance case of the page names a test that exists, or says why there is none")
  func casesAndSuiteAgree() throws {
    let names = Set(try tests().map(\.name))
    let cases = try table(columns: 3, key: /[0-9]+/)
    #expect(cases.count > 20)
    for (number, cells) in cases {
      let named = cells[2].matches(of: /`([A-Za-z]+\.[A-Za-z0-9]+)`/).map { String($0.1) }
      #expect(!named.isEmpty || cells[2].hasPrefix("none: "), "case \(number) names no test")
      for name in named { #expect(names.contains(name), "case \(number) names '\(name)'") }
    }
  }

  // MARK: Reading

  private func split(_ remark: String) -> (word: String, reason: String) {
    let parts = remark.split(separator: ": ", maxSplits: 1).map(String.init)
    return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
  }

  private func rows() throws -> [String: String] {
    try table(columns: 5, key: /[A-Z][0-9]+/).mapValues { $0[4] }
  }

  /// The lines of the page's tables of so many columns, by their first cell.
  private func table(columns: Int, key: Regex<Substring>) throws -> [String: [String]] {
    var lines: [String: [String]] = [:]
    for line in try Repository.text("docs/conformance.md").split(separator: "\n") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == columns, cells[0].wholeMatch(of: key) != nil else { continue }
      #expect(lines.updateValue(cells, forKey: cells[0]) == nil, "row \(cells[0]) stands twice")
    }
    return lines
  }

  private func tests() throws -> [SourceTest] {
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    var tests: [SourceTest] = []
    for case let file as URL in files where file.pathExtension == "swift" {
      tests += self.tests(in: try String(contentsOf: file, encoding: .utf8))
    }
    return tests
  }

  private func tests(in text: String) -> [SourceTest] {
    let pattern = #/^(?:@Suite\b.*?\bstruct|extension) (\w+)|@Test\b(.*?)\bfunc (\w+)/#
      .anchorsMatchLineEndings().dotMatchesNewlines()
    var suite = ""
    return text.matches(of: pattern).compactMap { match in
      if let name = match.1 { suite = String(name) }
      guard let attribute = match.2, let function = match.3 else { return nil }
      let rows = attribute.prefixMatch(of: #/\(\s*"([A-Z][0-9]+(?:, [A-Z][0-9]+)*): /#)
      return SourceTest(
        name: "\(suite).\(function)", rows: rows.map { $0.1.split(separator: ", ").map(String.init) } ?? [],
        isOnBoth: attribute.contains("Kind.allCases"))
    }
  }
}
