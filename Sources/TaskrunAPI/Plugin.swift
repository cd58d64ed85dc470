/// What a plugin brings: task types, report formats, or both.
///
/// Each bundled plugin has one public constant of this type; a custom binary passes its own to
/// `Taskrun.main(plugins:)` in the same way.
public struct Plugin: Sendable {
  /// The plugin's name: one word, lower case.
  public var name: String
  /// The task types, each with a name of its own.
  public var taskTypes: [any TaskType]
  /// The report formats, each with a name of its own.
  public var reportFormats: [any ReportFormat]

  /// Makes a plugin.
  public init(name: String, taskTypes: [any TaskType] = [], reportFormats: [any ReportFormat] = []) {
    self.name = name
    self.taskTypes = taskTypes
    self.reportFormats = reportFormats
  }
}
