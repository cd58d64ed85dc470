import TaskrunAPI
import TaskrunManifest

/// `taskrun plugins [NAME]`: what task types and reporters there are.
struct PluginList {
  private let plugins: [Plugin]

  init(_ plugins: [Plugin]) {
    self.plugins = plugins
  }

  /// Prints all of them in a line each, or one with its parameters.
  func show(_ name: String?) -> ExitStatus {
    guard let name else { return Console.output(overview) }
    for plugin in plugins {
      if let type = plugin.taskTypes.first(where: { $0.name == name }) {
        return Console.output(description(of: type, plugin))
      }
      if let format = plugin.reportFormats.first(where: { $0.name == name }) {
        return Console.output(
          "\(format.name) - \(format.summary)\nreporter of plugin '\(plugin.name)', bundled\n")
      }
    }
    let names = plugins.flatMap { $0.taskTypes.map(\.name) + $0.reportFormats.map(\.name) }
    let question = SpellingSuggestion.nearest(to: name, in: names).map { "did you mean '\($0)'?" }
    Console.error.write("error: no task type or reporter '\(name)'; \(question ?? "see 'taskrun plugins'")\n")
    return .usage
  }

  private var overview: String {
    let types = plugins.flatMap(\.taskTypes).sorted { $0.name < $1.name }
    let formats = plugins.flatMap(\.reportFormats).sorted { $0.name < $1.name }
    let width = (types.map(\.name.count) + formats.map(\.name.count)).max() ?? 0
    var text = "task types\n"
    for type in types {
      let kinds = TaskKind.allCases.filter(type.kinds.contains).map(\.rawValue).joined(separator: ", ")
      text += "  \(type.name.padded(to: width))  \(kinds.padded(to: 7))  \(type.summary)\n"
    }
    text += "\nreporters\n"
    for format in formats {
      text += "  \(format.name.padded(to: width))  \("".padded(to: 7))  \(format.summary)\n"
    }
    return text
  }

  private func description(of type: any TaskType, _ plugin: Plugin) -> String {
    let kinds = TaskKind.allCases.filter(type.kinds.contains).map(\.rawValue).joined(separator: ", ")
    var text = "\(type.name) - \(type.summary)\n"
    text += "task type of plugin '\(plugin.name)', bundled; kinds: \(kinds)\n"
    let width = type.parameters.map(\.name.count).max() ?? 0
    if !type.parameters.isEmpty { text += "\nparameters\n" }
    for parameter in type.parameters {
      let requirement = parameter.isRequired ? "required" : "optional"
      text +=
        "  \(parameter.name.padded(to: width))  \(requirement)  \(parameter.summary) (\(parameter.type))\n"
    }
    return text
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
