import TaskrunAPI
import TaskrunCLI
import Testing

@Suite struct ReportingRequestTests {
  static let formats: [any ReportFormat] = ["table", "json", "jsonl"].map { LineFormat(name: $0) }

  @Test(arguments: [
    ("table", ReportRequest(name: "table")),
    ("json:out.json", ReportRequest(name: "json", target: .path("out.json"))),
    ("json:a:b", ReportRequest(name: "json", target: .path("a:b"))),
    ("json:-", ReportRequest(name: "json")),
    ("json:/dev/stdout", ReportRequest(name: "json")),
    ("./my.py:out.txt", ReportRequest(name: "./my.py", target: .path("out.txt"))),
    ("html:out/", ReportRequest(name: "html", target: .path("out/"))),
  ])
  func aNameAndAPathAreDividedByTheFirstColon(_ text: String, _ request: ReportRequest) throws {
    #expect(try ReportRequest(parsing: text) == request)
  }

  @Test(arguments: [
    ("", "no report format in ''; expected 'NAME' or 'NAME:PATH'"),
    (":x", "no report format in ':x'; expected 'NAME' or 'NAME:PATH'"),
    ("json:", "no path in 'json:'; expected 'json:PATH', or 'json' for standard output"),
  ])
  func anIncompleteRequestIsRefused(_ text: String, _ message: String) {
    let error = #expect(throws: ReportUsageError.self) { try ReportRequest(parsing: text) }
    #expect(error?.description == message)
  }

  @Test(arguments: [
    (["jsn"], "unknown report format 'jsn'; did you mean 'json'?"),
    (["JSON"], "unknown report format 'JSON'; did you mean 'json'?"),
    (["tabel:x"], "unknown report format 'tabel'; did you mean 'table'?"),
    (["spreadsheet"], "unknown report format 'spreadsheet'; expected json, jsonl, table"),
    (
      ["json:out/"], "report 'json' is one file, and 'out/' is a folder; expected a file such as 'out/report'"
    ),
    (
      ["table", "json"],
      "reports 'table' and 'json' both go to standard output; give one a path: 'json:PATH'"
    ),
    (
      ["json:-", "table"],
      "reports 'json' and 'table' both go to standard output; give one a path: 'table:PATH'"
    ),
    (["json:a", "jsonl:./a"], "reports 'json' and 'jsonl' both go to './a'; give one another path"),
    (["json:b/../a", "json:a"], "reports 'json' and 'json' both go to 'a'; give one another path"),
    (["json:/x//a", "jsonl:/x/a"], "reports 'json' and 'jsonl' both go to '/x/a'; give one another path"),
  ])
  func whatCannotBeResolvedSaysWhatWouldBeRight(_ texts: [String], _ message: String) throws {
    let requests = try texts.map { try ReportRequest(parsing: $0) }
    let error = #expect(throws: ReportUsageError.self) {
      try ResolvedReport.resolve(requests, formats: Self.formats)
    }
    #expect(error?.description == message)
  }

  @Test func differentPlacesAreKeptInOrder() throws {
    let texts = ["json:a", "table", "jsonl:../a", "json:/a", "json:b"]
    let reports = try ResolvedReport.resolve(
      try texts.map { try ReportRequest(parsing: $0) }, formats: Self.formats)
    #expect(
      reports.map { "\($0.format.name) \($0.target)" } == [
        "json a", "table standard output", "jsonl ../a", "json /a", "json b",
      ])
  }

  @Test func noFormatsAtAllIsNoCrash() {
    let error = #expect(throws: ReportUsageError.self) {
      try ResolvedReport.resolve([ReportRequest(name: "x")], formats: [])
    }
    #expect(error?.description == "unknown report format 'x'; there are none")
  }
}
