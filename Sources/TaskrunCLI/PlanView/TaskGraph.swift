import TaskrunAPI
package import TaskrunEngine
import TaskrunManifest

/// `--graph`: who needs whom, in a language that other programs draw. Pure.
///
/// Tasks are numbered as the manifest declares them, for their names may mean something in these languages. A need that
/// nobody wrote, because a template or `foreach` reads the task, is dashed.
package struct TaskGraph {
  private struct Edge {
    var from: Int
    var to: Int
    var isImplied: Bool
    var condition: TaskDefinition.Condition
  }

  private let plan: Plan
  private let title: String

  /// Makes the graph of a plan.
  /// - Parameter title: what it is a graph of.
  package init(_ plan: Plan, title: String) {
    self.plan = plan
    self.title = title
  }

  /// The graph as whole lines.
  package func text(_ format: GraphFormat) -> String {
    switch format {
    case .dot: dot
    case .mermaid: mermaid
    }
  }

  private var edges: [Edge] {
    plan.entries.enumerated().flatMap { position, entry in
      entry.definition.needs.compactMap { need in
        plan.entry(ofTask: need.task).map {
          Edge(from: $0, to: position, isImplied: need.isImplied, condition: entry.definition.condition)
        }
      }
    }
  }

  /// The name, and below it the number of instances.
  private func label(_ entry: Plan.Entry) -> [String] {
    let count = entry.countText(in: plan)
    let unit = Int(count).map { $0 == 1 ? " instance" : " instances" } ?? ""
    return [entry.definition.name.oneLine] + (count.isEmpty ? [] : [count + unit])
  }

  // MARK: Graphviz

  private var dot: String {
    var text = "digraph \(Self.dotQuoted([title.oneLine])) {\n  rankdir=LR\n  node [style=\"filled\"]\n"
    for (position, entry) in plan.entries.enumerated() {
      let look =
        switch entry.definition.kind {
        case .io: "shape=ellipse, fillcolor=\"#dbeafe\""
        case .cpu: "shape=box, fillcolor=\"#ffedd5\""
        }
      text += "  t\(position) [label=\(Self.dotQuoted(label(entry))), \(look)]\n"
    }
    for edge in edges {
      var attributes = edge.isImplied ? ["style=dashed"] : []
      if edge.condition != .success { attributes.append("label=\"\(edge.condition.rawValue)\"") }
      let list = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
      text += "  t\(edge.from) -> t\(edge.to)\(list)\n"
    }
    return text + "}\n"
  }

  private static func dotQuoted(_ lines: [String]) -> String {
    let escaped = lines.map { line in
      line.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    }
    return "\"" + escaped.joined(separator: "\\n") + "\""
  }

  // MARK: Mermaid

  private var mermaid: String {
    var text = "flowchart LR\n"
    for (position, entry) in plan.entries.enumerated() {
      let (open, close) =
        switch entry.definition.kind {
        case .io: ("([", "])")
        case .cpu: ("[", "]")
        }
      let kind = entry.definition.kind.rawValue
      text += "  t\(position)\(open)\(Self.mermaidQuoted(label(entry)))\(close):::\(kind)\n"
    }
    for edge in edges {
      let line = edge.isImplied ? "-.->" : "-->"
      let condition = edge.condition == .success ? "" : "|\(edge.condition.rawValue)|"
      text += "  t\(edge.from) \(line)\(condition) t\(edge.to)\n"
    }
    return text + """
        classDef io fill:#dbeafe,stroke:#1d4ed8,color:#000
        classDef cpu fill:#ffedd5,stroke:#c2410c,color:#000

      """
  }

  /// Mermaid knows no escapes but the numbers of characters, and reads Markdown and HTML in a label.
  private static func mermaidQuoted(_ lines: [String]) -> String {
    let escaped = lines.map { line in
      line.unicodeScalars.map { scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", " ", "_", ".", "-": String(scalar)
        default: "#\(scalar.value);"
        }
      }.joined()
    }
    return "\"" + escaped.joined(separator: "<br/>") + "\""
  }
}
