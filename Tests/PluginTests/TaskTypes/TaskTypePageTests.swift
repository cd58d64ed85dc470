import Foundation
import HTTPTask
import MathTask
import RunTask
import TaskrunAPI
import TestSupport
import Testing
import WaitTask

/// docs/task-types.md and the task types say the same.
@Suite struct TaskTypePageTests {
  private static let types = [runPlugin, httpPlugin, waitPlugin, mathPlugin].flatMap(\.taskTypes)

  /// The first column of each table of parameters, by the type whose section it stands in.
  private static func documentedParameters() throws -> [String: [String]] {
    var parameters: [String: [String]] = [:]
    var (section, isInTable) = ("", false)
    for line in try Repository.text("docs/task-types.md").components(separatedBy: "\n") {
      if line.hasPrefix("## `") {
        section = String(line.dropFirst(4).dropLast())
      } else if line.hasPrefix("| parameter |") {
        isInTable = true
        parameters[section] = []
      } else if !line.hasPrefix("|") {
        isInTable = false
      } else if isInTable, line.hasPrefix("| `") {
        parameters[section, default: []].append(String(line.dropFirst(3).prefix { $0 != "`" }))
      }
    }
    return parameters
  }

  @Test func thePageHasEveryTypeAndNoOther() throws {
    #expect(try Self.documentedParameters().keys.sorted() == Self.types.map(\.name).sorted())
  }

  @Test func thePageHasTheParametersOfEachTypeInTheirOrder() throws {
    let documented = try Self.documentedParameters()
    for type in Self.types {
      #expect(documented[type.name] == type.parameters.map(\.name), "\(type.name)")
    }
  }
}
