import Foundation
import Testing

/// Our own worker, spoken to by hand.
@Suite(.timeLimit(.minutes(1))) struct ProcessesWorkerLoopTests {
  /// A worker and its channel.
  private final class Channel {
    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()

    init() throws {
      process.executableURL = URL(fileURLWithPath: fixtureProgram)
      process.arguments = ["worker"]
      process.environment = ["TASKRUN_PLUGIN": "1", "TASKRUN_PLUGIN_COOKIE": "c", "PATH": "/usr/bin:/bin"]
      (process.standardInput, process.standardOutput) = (requests, answers)
      try process.run()
      tell(#"{"id":"0","method":"initialize","params":{"cookie":"c"}}"#)
      #expect(hear().contains(#""begins_at_once":true"#))
    }

    func tell(_ line: String) { requests.fileHandleForWriting.write(Data((line + "\n").utf8)) }

    /// The next line.
    func hear() -> String {
      var line = Data()
      while let byte = try? answers.fileHandleForReading.read(upToCount: 1), byte.count == 1,
        byte.first != 0x0A
      {
        line += byte
      }
      return String(decoding: line, as: UTF8.self)
    }

    func status() -> Int32 {
      process.waitUntilExit()
      return process.terminationStatus
    }
  }

  @Test func aLongTaskIsAnnouncedAndAShortOneInTheSameBreathAsItsAnswer() throws {
    let worker = try Channel()
    worker.tell(#"{"id":"1","method":"run","params":{"type":"obey"}}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","method":"started","params":{"id":"1"}}"#)
    worker.tell(#"{"method":"cancel","params":{"id":"1"}}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","id":"1","error":{"code":-32010,"message":"cancelled"}}"#)
    worker.tell(#"{"id":"2","method":"run","params":{"type":"echo","params":[5]}}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","method":"started","params":{"id":"2"}}"#)
    #expect(
      worker.hear().hasPrefix(#"{"jsonrpc":"2.0","id":"2","result":{"status":"succeeded","value":[5],"#))
    worker.tell(#"{"id":"shutdown","method":"shutdown"}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","id":"shutdown","result":{}}"#)
    #expect(worker.status() == 0)
  }

  @Test func aRequestThatHasNotBegunIsGivenBackAndOneThatHasIsLeftAlone() throws {
    let worker = try Channel()
    worker.tell(#"{"id":"1","method":"run","params":{"type":"obey"}}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","method":"started","params":{"id":"1"}}"#)
    worker.tell(#"{"id":"2","method":"run","params":{"type":"echo","params":2}}"#)
    worker.tell(#"{"method":"give_back","params":{"id":"1"}}"#)
    worker.tell(#"{"method":"give_back","params":{"id":"2"}}"#)
    worker.tell(#"{"method":"give_back","params":{"id":"2"}}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","id":"2","error":{"code":-32010,"message":"not begun"}}"#)
    worker.tell(#"{"id":"3","method":"ping"}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","id":"3","result":{}}"#)
    worker.tell(#"{"method":"cancel","params":{"id":"1"}}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","id":"1","error":{"code":-32010,"message":"cancelled"}}"#)
  }

  @Test func aDrainedWorkerFinishesWhatRunsGivesTheRestBackAndTakesNothingNew() throws {
    let worker = try Channel()
    worker.tell(#"{"id":"1","method":"run","params":{"type":"obey"}}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","method":"started","params":{"id":"1"}}"#)
    worker.tell(#"{"id":"2","method":"run","params":{"type":"echo","params":2}}"#)
    worker.tell(#"{"method":"drain"}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","method":"bye","params":{"reason":"drained"}}"#)
    worker.tell(#"{"id":"3","method":"run","params":{"type":"echo","params":3}}"#)
    worker.tell(#"{"id":"4","method":"ping"}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","id":"4","result":{}}"#)
    worker.tell(#"{"method":"cancel","params":{"id":"1"}}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","id":"1","error":{"code":-32010,"message":"cancelled"}}"#)
    worker.tell(#"{"id":"shutdown","method":"shutdown"}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","id":"shutdown","result":{}}"#)
    #expect(worker.status() == 0)
  }

  @Test("what comes during a long task is heard at once or done after it, however often they take turns")
  func relief() throws {
    let worker = try Channel()
    for turn in 0..<100 {
      let long = "long \(turn)"
      worker.tell(#"{"id":"\#(long)","method":"run","params":{"type":"obey"}}"#)
      #expect(worker.hear() == #"{"jsonrpc":"2.0","method":"started","params":{"id":"\#(long)"}}"#)
      worker.tell(#"{"id":"next","method":"run","params":{"type":"echo","params":1}}"#)
      worker.tell(#"{"id":"ping","method":"ping"}"#)
      #expect(worker.hear() == #"{"jsonrpc":"2.0","id":"ping","result":{}}"#)
      worker.tell(#"{"method":"cancel","params":{"id":"\#(long)"}}"#)
      #expect(
        worker.hear() == #"{"jsonrpc":"2.0","id":"\#(long)","error":{"code":-32010,"message":"cancelled"}}"#)
      // The first was taken over from the relief, the others the task thread reads itself.
      for id in ["next", "one", "two"] {
        if id != "next" {
          worker.tell(#"{"id":"\#(id)","method":"run","params":{"type":"echo","params":1}}"#)
        }
        #expect(worker.hear() == #"{"jsonrpc":"2.0","method":"started","params":{"id":"\#(id)"}}"#)
        #expect(worker.hear().hasPrefix(#"{"jsonrpc":"2.0","id":"\#(id)","result":{"status":"succeeded","#))
      }
    }
    worker.tell(#"{"id":"shutdown","method":"shutdown"}"#)
    #expect(worker.hear() == #"{"jsonrpc":"2.0","id":"shutdown","result":{}}"#)
    #expect(worker.status() == 0)
  }
}
