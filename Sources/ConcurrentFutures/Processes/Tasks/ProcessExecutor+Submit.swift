extension ProcessExecutor {
  /// Queues a task and returns its future. Suspends while the queue is full; who waits longest goes first.
  ///
  /// Tasks are given to workers in the order they were submitted.
  /// - Parameters:
  ///   - task: one of the types that the worker names in ``Worker/runIfRequested(_:initializer:)``.
  ///   - input: turned into JSON here, on the caller's thread; if that fails, the future fails with
  ///     ``TaskFailure/encoding(_:)``.
  ///   - timeout: how long the task may run, from its start; positive. Then it is asked to stop, and if it has not
  ///     after `grace`, its worker is killed. Its future fails with ``TaskFailure/timedOut(after:)``, whatever the task
  ///     makes of that time.
  ///   - grace: how long a task may take to stop; not negative.
  /// - Throws: ``SubmitError``, but never `queueFull`; `waitCancelled` if the Swift task is cancelled meanwhile.
  public func submit<Task: WorkerTask>(
    _ task: Task.Type, _ input: Task.Input, timeout: Duration? = nil, grace: Duration = .seconds(1)
  ) async throws(SubmitError) -> Future<Task.Output> {
    let limit = try Self.limit(timeout, grace)
    try await desk.enterSuspending()
    return try enqueue(task, input, limit)
  }

  /// Queues a task and returns its future, at once. See ``submit(_:_:timeout:grace:)``.
  /// - Throws: ``SubmitError``; `queueFull` if there is no room.
  public func trySubmit<Task: WorkerTask>(
    _ task: Task.Type, _ input: Task.Input, timeout: Duration? = nil, grace: Duration = .seconds(1)
  ) throws(SubmitError) -> Future<Task.Output> {
    let limit = try Self.limit(timeout, grace)
    try desk.enter()
    return try enqueue(task, input, limit)
  }

  /// Queues a task and returns its future. Blocks the thread while the queue is full. See
  /// ``submit(_:_:timeout:grace:)``.
  /// - Throws: ``SubmitError``, but never `queueFull`.
  @available(*, noasync, message: "await 'submit' instead: this blocks a thread")
  public func submitBlocking<Task: WorkerTask>(
    _ task: Task.Type, _ input: Task.Input, timeout: Duration? = nil, grace: Duration = .seconds(1)
  ) throws(SubmitError) -> Future<Task.Output> {
    let limit = try Self.limit(timeout, grace)
    try desk.enterBlocking()
    return try enqueue(task, input, limit)
  }

  private static func limit(_ timeout: Duration?, _ grace: Duration) throws(SubmitError) -> TimeLimit? {
    guard let timeout else { return nil }
    do throws(ConfigurationError) {
      try ConfigurationError.check(
        timeout, in: .nanoseconds(1)..., accepted: "more than 0 seconds", setting: "timeout")
      try ConfigurationError.check(
        grace, in: Duration.zero..., accepted: "0 seconds or more", setting: "grace")
    } catch {
      throw .invalidLimit(error)
    }
    return TimeLimit(limit: timeout, grace: grace)
  }

  /// Hands a task over that has its place in the queue.
  private func enqueue<Task: WorkerTask>(
    _ task: Task.Type, _ input: Task.Input, _ limit: TimeLimit?
  ) throws(SubmitError) -> Future<Task.Output> {
    let parameters: [UInt8]
    do {
      parameters = try TaskPayload.encode(input)
    } catch {
      desk.leave()
      let future = Future<Task.Output>()
      future.complete(.failure(.encoding(TaskPayload.describe(error))))
      return future
    }
    let call = TaskCall<Task>(
      desk, WorkerRequest(type: task.name, parameters: parameters, directory: ""), limit)
    guard desk.post(.submit(call)) else {
      desk.leave()
      call.future.complete(.failure(.executorShutDown))
      throw .shutDown
    }
    return call.future
  }
}

// MARK: - map

extension ProcessExecutor {
  /// Runs a task on many inputs and gives the outcomes in the order of the inputs.
  ///
  /// The first inputs are submitted by this call. Inputs are taken one by one, so they may be endless; for several
  /// sequences use `zip`. There is no chunk size: short tasks travel to the workers in batches by themselves.
  /// - Parameters:
  ///   - task: see ``submit(_:_:timeout:grace:)``.
  ///   - inputs: iterated over by whoever iterates over the results.
  ///   - buffer: how many inputs may be submitted and not yet given out, at least 1. `nil`: what keeps every worker's
  ///     pipe full, but not more than the queue's limit.
  ///   - timeout: for all results, counted from this call; then what has not started is cancelled.
  /// - Returns: see ``MapResults``; use its `blocking` in code that is not async.
  /// - Throws: ``ConfigurationError`` for the buffer.
  public func map<Task: WorkerTask, Inputs: Sequence>(
    _ task: Task.Type, _ inputs: Inputs, buffer: Int? = nil, timeout: Duration? = nil
  ) throws(ConfigurationError) -> MapResults<Inputs, Task.Output> where Inputs.Element == Task.Input {
    MapResults(try mapInputs(task, inputs, buffer, timeout))
  }

  /// Like `map`, but gives the values alone, and throws the first failure and cancels the rest.
  public func mapThrowing<Task: WorkerTask, Inputs: Sequence>(
    _ task: Task.Type, _ inputs: Inputs, buffer: Int? = nil, timeout: Duration? = nil
  ) throws(ConfigurationError) -> MapValues<Inputs, Task.Output> where Inputs.Element == Task.Input {
    MapValues(results: MapResults(try mapInputs(task, inputs, buffer, timeout), failsFast: true))
  }

  /// Like `map`, but gives the outcomes as they finish, each with the position of its input.
  public func mapUnordered<Task: WorkerTask, Inputs: Sequence>(
    _ task: Task.Type, _ inputs: Inputs, buffer: Int? = nil, timeout: Duration? = nil
  ) throws(ConfigurationError) -> UnorderedMapResults<Inputs, Task.Output>
  where Inputs.Element == Task.Input {
    UnorderedMapResults(try mapInputs(task, inputs, buffer, timeout))
  }

  private func mapInputs<Task: WorkerTask, Inputs: Sequence>(
    _ task: Task.Type, _ inputs: Inputs, _ buffer: Int?, _ timeout: Duration?
  ) throws(ConfigurationError) -> MapInputs<Inputs, Task.Output> where Inputs.Element == Task.Input {
    let submitter = MapSubmitter<Task.Input, Task.Output>(
      now: { input throws(SubmitError) in try self.trySubmit(task, input) },
      suspending: { input throws(SubmitError) in try await self.submit(task, input) },
      blocking: { input throws(SubmitError) in try self.submitBlocking(task, input) })
    let automatic = min(desk.queueLimit, 2 * WorkerConnection.maximumInflight * maxWorkers)
    return try MapInputs(inputs, buffer: buffer ?? automatic, timeout: timeout, submitter)
  }
}
