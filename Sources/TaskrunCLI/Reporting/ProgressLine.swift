import TaskrunAPI

/// The line on a terminal that shows how a run goes on, drawn again and again on standard error.
///
/// It lives on the reporters' thread, which erases it before reports are written and draws it anew afterwards, so
/// that the two never mix. A run that is over in a moment never shows it.
package struct ProgressLine: Sendable {
  /// A run has to go on for so long before it gets a line.
  private static let delay = Duration.milliseconds(300)
  /// How often it is drawn at most.
  private static let interval = Duration.milliseconds(100)
  /// To the first column, and nothing to the right of it.
  package static let eraser = "\r\u{1B}[K"

  private let width: @Sendable () -> Int
  private let start = ContinuousClock.now
  private var progress = Progress()
  private var isShown = false
  private var isOver = false

  /// Makes a line; draws nothing yet.
  /// - Parameter width: how many columns the terminal has now.
  package init(width: @escaping @Sendable () -> Int) {
    self.width = width
  }

  /// When to draw again; `nil` when the run is over.
  var nextDraw: ContinuousClock.Instant? {
    if isOver { return nil }
    let elapsed = start.duration(to: .now)
    return elapsed < Self.delay ? start + Self.delay : .now + Self.interval
  }

  mutating func take(_ event: RunEvent) {
    progress.take(event)
    if case .runFinished = event.kind { isOver = true }
  }

  mutating func erase() {
    if isShown { Console.error.write(Self.eraser) }
    isShown = false
  }

  mutating func draw() {
    let elapsed = start.duration(to: .now)
    guard !isOver, elapsed >= Self.delay else { return }
    Console.error.write(Self.eraser + progress.text(at: elapsed, width: width()))
    isShown = true
  }
}
