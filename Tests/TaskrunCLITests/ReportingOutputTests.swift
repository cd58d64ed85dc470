import Foundation
import Synchronization
import TaskrunCLI
import Testing

@Suite struct ReportingOutputTests {
  /// A system that answers each call with the next of these: a number of bytes, or a negative errno.
  final class ScriptedSystem: Sendable {
    let state: Mutex<(answers: [Int], taken: [UInt8])>

    init(_ answers: [Int]) {
      state = Mutex((answers, []))
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
      state.withLock { state in
        let answer = state.answers.isEmpty ? bytes.count : state.answers.removeFirst()
        state.taken += bytes.prefix(max(0, answer))
        return answer
      }
    }
  }

  @Test(arguments: [
    [], [3], [1, 1, 1], [-Int(EINTR)], [2, -Int(EINTR), -Int(EINTR), 1], [-Int(EAGAIN), 4],
    [-Int(EWOULDBLOCK)],
  ])
  func allBytesGoOutWhateverTheSystemAnswers(_ answers: [Int]) throws {
    let pipe = try TestPipe()
    let system = ScriptedSystem(answers)
    let output = CheckedOutput(descriptor: pipe.writer) { system.write($1) }
    try output.write("hello, world")
    #expect(system.state.withLock { String(decoding: $0.taken, as: UTF8.self) } == "hello, world")
    #expect(system.state.withLock { $0.answers } == [])
  }

  @Test(arguments: [
    ([-Int(ENOSPC)], ENOSPC), ([3, -Int(EIO)], EIO), ([-Int(EINTR), -Int(EPIPE)], EPIPE), ([0], EIO),
  ])
  func whatTheSystemRefusesIsThrown(_ answers: [Int], _ code: Int32) {
    let system = ScriptedSystem(answers)
    let output = CheckedOutput(descriptor: -1) { system.write($1) }
    #expect(throws: SystemError(code: code)) { try output.write("hello, world") }
  }

  @Test func nothingToWriteIsNoSystemCall() throws {
    let system = ScriptedSystem([-Int(EIO)])
    try CheckedOutput(descriptor: -1) { system.write($1) }.write("")
  }

  @Test func aFullPipeThatDoesNotBlockIsWaitedFor() throws {
    let pipe = try TestPipe()
    #expect(fcntl(pipe.writer, F_SETFL, O_NONBLOCK) == 0)
    let sent = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let received = BackgroundResult { pipe.readAll() }
    try CheckedOutput(descriptor: pipe.writer).write(sent)
    pipe.closeWriter()
    #expect(received.wait() == sent)
  }

  @Test func aReaderThatHasLeftIsAnErrorAndNoSignal() throws {
    _ = ignoresBrokenPipes
    let pipe = try TestPipe()
    pipe.closeReader()
    #expect(throws: SystemError(code: EPIPE)) { try CheckedOutput(descriptor: pipe.writer).write("x") }
  }

  #if os(Linux)
    @Test func aFullDiskIsAnError() throws {
      let descriptor = open("/dev/full", O_WRONLY)
      defer { close(descriptor) }
      #expect(throws: SystemError(code: ENOSPC)) { try CheckedOutput(descriptor: descriptor).write("x") }
    }
  #endif

  @Test(arguments: [
    (ENOSPC, "no space left on device"), (EPIPE, "broken pipe"), (ENOENT, "no such file or directory"),
  ])
  func errorsAreSaidInTheSystemsWordsInLowerCase(_ code: Int32, _ words: String) {
    #expect(SystemError(code: code).description == words)
  }
}
