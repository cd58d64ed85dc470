// HTTP requests with libcurl, one handle for each thread of the pool. This target owns what a request means and
// which of its ends are failures; names, connections, TLS and the protocol itself are libcurl's.

public import TaskrunAPI

/// The plugin with `http.get` and `http.request`.
public let httpPlugin = Plugin(name: "http", taskTypes: [HTTPGetTask(), HTTPRequestTask()])

/// `http.get`: fetches a URL.
struct HTTPGetTask: FunctionTaskType {
  let name = "http.get"
  let summary = "fetches a URL, into a file or as the task's value"
  let parameters = [HTTPParameter.url, HTTPParameter.headers] + HTTPParameter.answer

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value {
    try HTTPParameter.perform(parameters, in: context)
  }
}

/// `http.request`: sends any request.
struct HTTPRequestTask: FunctionTaskType {
  let name = "http.request"
  let summary = "sends an HTTP request of any method, with a body or without"
  let parameters =
    [
      HTTPParameter.url,
      Parameter("method", .string, "the method; default GET, or POST with a body"),
      HTTPParameter.headers,
      Parameter("body", .string, "the body as it is"),
      Parameter("json", .any, "the body as JSON, with the content type that says so"),
    ] + HTTPParameter.answer

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value {
    try HTTPParameter.perform(parameters, in: context)
  }
}

/// What both task types take, and what both do.
private enum HTTPParameter {
  static let url = Parameter("url", .string, isRequired: true, "an http:// or https:// URL")
  static let headers = Parameter("headers", .mapping(.string), "headers of the request")
  static let answer = [
    Parameter("save", .path, "a file for the body, complete or not there at all; folders are made"),
    Parameter("expect_status", .any, "the statuses of success: 200, '200-299' or a list; default 200-299"),
    Parameter("max_bytes", .integer(0...Int.max), "the limit of the body; default 16 MiB, 1 GiB with 'save'"),
    Parameter("follow_redirects", .boolean, "whether to go where redirects lead, at most 10; default true"),
    Parameter("connect_timeout", .duration, "the time for one connection; default 30s"),
  ]

  static func perform(_ parameters: ValueObject, in context: TaskContext) throws -> Value {
    do throws(HTTPError) {
      let request = try HTTPRequest(parameters, in: context)
      if context.cancellation.isCancelled { throw .cancelled }
      return try CurlSession.ofThisThread().perform(request, in: context)
    } catch {
      throw error.taskError
    }
  }
}
