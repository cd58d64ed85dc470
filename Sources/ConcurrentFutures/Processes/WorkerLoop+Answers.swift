#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One task, and what is said of it.
extension WorkerLoop {
  /// How much of an error's texts is passed on, so that they fit in a line.
  private static let errorTextBytes = 32 * 1024
  /// An error's content that is longer is left out, and so is what is no JSON.
  private static let errorContentBytes = 256 * 1024

  func perform(_ id: String, _ request: WorkerRequest, _ token: CancellationToken, wasIdle: Bool) {
    guard let service = services[request.type] else {
      return respond(
        id, error: -32602, "no task type '\(request.type)'; name it in 'Worker.runIfRequested'")
    }
    // After a pause `started` waits for the answer, or for the relief.
    writer.hold(WorkerReply.started(id))
    if !wasIdle { writer.flush() }
    goToWork()
    let output = WorkerOutput(cancellation: token) { [self] isError, text in
      for chunk in text.chunks(ofAtMostBytes: 64 * 1024) {
        notify(
          "output",
          [
            ("id", JSONText.string(id)), ("stream", JSONText.string(isError ? "stderr" : "stdout")),
            ("text", JSONText.string(chunk)),
          ])
      }
    }
    let before = ThreadUsage.now
    let begin = ContinuousClock.now
    let result = Result { try service.run(request, output) }
    token.finish()
    if case .failure(is CancellationError) = result, token.isCancelled {
      fflush(nil)
      return respond(id, error: -32010, "cancelled")
    }
    // What the task printed with C's or Swift's `print` must not turn up in the next task's log.
    fflush(nil)
    if case .failure(let refusal as WorkerRefusal) = result {
      return respond(id, error: refusal.code, refusal.message.prefix(utf8Bytes: Self.errorTextBytes))
    }
    answer(id, result, since: before, wallTime: .now - begin)
  }

  private func answer(
    _ id: String, _ result: Result<[UInt8], any Error>, since before: ThreadUsage, wallTime: Duration
  ) {
    let used = ThreadUsage.now - before
    let usage =
      #"{"user_microseconds":\#(microseconds(used.user)),"#
      + #""system_microseconds":\#(microseconds(used.system)),"#
      + #""wall_microseconds":\#(microseconds(wallTime))}"#
    switch result {
    case .success(let value):
      guard let payload = payload(value, of: id) else {
        return respond(id, error: -32603, "the value could not be written to a file for temporary files")
      }
      writer.hold(WorkerReply.succeeded(id, payload, usage: usage))
    case .failure(let error):
      let remote =
        error as? RemoteError
        ?? RemoteError(typeName: "\(type(of: error))", message: "\(error)", pid: getpid())
      let texts = [("type", remote.typeName), ("message", remote.message), ("trace", remote.trace)]
      let content = remote.content.flatMap { content in
        let fits = content.count <= Self.errorContentBytes
        return fits && (try? JSONScanner.checkPayload(content)) != nil ? content : nil
      }
      let description = JSONText.object(
        texts.map { ($0.0, JSONText.string($0.1.prefix(utf8Bytes: Self.errorTextBytes))) }
          + (content.map { [("content", JSONText.onOneLine($0))] } ?? []))
      respond(
        id,
        result: JSONText.object([
          ("status", JSONText.string("failed")), ("error", description), ("usage", Array(usage.utf8)),
        ]))
    }
  }

  /// The value, or the file it was put into because it is too long for a line; `nil` if there is no such file.
  private func payload(_ value: [UInt8], of id: String) -> (key: String, json: [UInt8])? {
    guard value.count > HostMessage.lineLimitBytes - 4096 else { return ("value", JSONText.onOneLine(value)) }
    let path = PayloadFile.pathOfValue(id, cookie: cookie, in: temporaryFolder)
    guard let file = PayloadFile(value, at: path) else { return nil }
    file.giveAway()
    return ("value_file", JSONText.string(path))
  }

  // MARK: Sending

  func respond(_ id: String?, result: [UInt8]) {
    guard let id else { return }
    send([("id", JSONText.string(id)), ("result", result)])
  }

  func respond(_ id: String?, error code: Int, _ message: String) {
    guard let id else { return }
    let error = JSONText.object([("code", Array("\(code)".utf8)), ("message", JSONText.string(message))])
    send([("id", JSONText.string(id)), ("error", error)])
  }

  func notify(_ method: String, _ parameters: [(key: String, json: [UInt8])]) {
    send([("method", JSONText.string(method)), ("params", JSONText.object(parameters))])
  }

  private func send(_ members: [(key: String, json: [UInt8])]) {
    writer.write(JSONText.object([("jsonrpc", JSONText.string("2.0"))] + members) + [UInt8(ascii: "\n")])
  }
}

private func microseconds(_ duration: Duration) -> Int64 { duration.inNanoseconds / 1000 }
