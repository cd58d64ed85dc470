/// Work that a ``ProcessExecutor`` runs in a worker process.
///
/// A closure cannot cross into another process, so work is a type: its name travels, with its input as JSON.
///
///     struct Square: WorkerTask {
///       static func run(_ number: Int, _ context: WorkerContext) throws -> Int { number * number }
///     }
///
/// The same program is started again as a worker, so the type must be named in ``Worker/runIfRequested(_:initializer:)``,
/// which `main` calls first.
public protocol WorkerTask: SendableMetatype {
  /// What it is given.
  associatedtype Input: Codable & Sendable
  /// What it makes of that.
  associatedtype Output: Codable & Sendable

  /// What requests call it; the last name of the type unless it says otherwise. Two types of one worker differ in it:
  /// of `Daily.Report` and `Weekly.Report` one says what its name is.
  static var name: String { get }

  /// Errors that arrive as what they are, as ``TaskFailure/thrown(_:)``. Any other error arrives as a
  /// ``RemoteError``, as ``TaskFailure/remote(_:)``.
  static var codableErrors: [any (Error & Codable & Sendable).Type] { get }

  /// Does the work, in the worker. Called on one thread, one call at a time.
  ///
  /// A trap ends the worker and with it this task, and nothing else.
  static func run(_ input: Input, _ context: WorkerContext) throws -> Output
}

extension WorkerTask {
  /// The name of the type, without its module and the types that it is in.
  public static var name: String { "\(Self.self)" }

  /// None.
  public static var codableErrors: [any (Error & Codable & Sendable).Type] { [] }
}

/// What a running ``WorkerTask`` is told and may tell.
public struct WorkerContext: Sendable {
  /// Cancelled when the task should stop: by ``Future/requestStop(_:)``, by its time limit, by a shutdown.
  public let cancellation: CancellationToken
  /// The number of the attempt, from 1.
  public let attempt: Int

  /// Whether the task should stop.
  public var isCancelled: Bool { cancellation.isCancelled }

  /// Stops the task if it should stop: its future ends as ``FutureState/cancelled``.
  /// - Throws: `CancellationError`.
  public func checkCancellation() throws {
    if isCancelled { throw CancellationError() }
  }
}
