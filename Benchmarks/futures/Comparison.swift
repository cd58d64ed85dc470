import ConcurrentFutures

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Runs every case in both, alternating, each time in a new process, and prints a table.
struct Comparison {
  private var rounds = 5
  private var cases = Case.all
  private var python = "python3"
  private let spawner = ProcessSpawner()

  /// - Parameter arguments: `--rounds N`, `--python PROGRAM`, and names of cases; all cases without a name.
  init(arguments: [String]) {
    var names: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--rounds": rounds = rest.popFirst().flatMap { Int($0) } ?? rounds
      case "--python": python = rest.popFirst() ?? python
      default: names.append(argument)
      }
    }
    if !names.isEmpty { cases = cases.filter { names.contains($0.name) } }
  }

  func run() throws {
    print("\(rounds) rounds, alternating; medians, with the smallest and the largest round in brackets\n")
    print(row("", "ours", "Python's", "ratio", "must", ""))
    for item in cases {
      var (ours, theirs): ([Double], [Double]) = ([], [])
      for _ in 0..<rounds {
        ours.append(try measure(item, [CurrentProgram.path, "case"]))
        theirs.append(try measure(item, [python, script]))
      }
      show(item, ours.sorted(), theirs.sorted())
    }
  }

  private var script: String {
    let here = #filePath
    return here.prefix(upTo: here.lastIndex(of: "/") ?? here.endIndex) + "/../python/cases.py"
  }

  private func measure(_ item: Case, _ program: [String]) throws -> Double {
    var template = Array("/tmp/futures-benchmark-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { fatalError("no temporary folder") }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { _ = spawner.run(ProcessCommand(arguments: ["rm", "-rf", folder])) }
    let outcome = spawner.run(ProcessCommand(arguments: program + [item.name, "\(item.count)", folder]))
    guard case .ended(let result) = outcome, result.ending == .exited(0),
      let number = Double(text(result.stdout).split(separator: "\n").last ?? "")
    else {
      fatalError("'\(program[0])' failed in '\(item.name)': \(outcome)")
    }
    return number
  }

  private func text(_ capture: OutputCapture) -> String { String(decoding: capture.head, as: UTF8.self) }

  private func show(_ item: Case, _ ours: [Double], _ theirs: [Double]) {
    let (our, their) = (ours[ours.count / 2], theirs[theirs.count / 2])
    print(
      row(
        item.title + ", " + item.unit, spread(ours), spread(theirs), decimal(our / their, digits: 2) + "x",
        item.must.text, item.must.isMet(ours: our, theirs: their) ? "ok" : "MISSED"))
    fflush(nil)
  }

  private func spread(_ values: [Double]) -> String {
    let texts = values.map { decimal($0, digits: $0 < 100 ? 1 : 0) }
    return "\(texts[texts.count / 2]) (\(texts[0])-\(texts[texts.count - 1]))"
  }

  private func row(_ cells: String...) -> String {
    let widths = [58, 30, 30, 9, 8, 0]
    return zip(cells, widths).map { cell, width in
      cell + String(repeating: " ", count: max(1, width - cell.count))
    }.joined()
  }
}
