import CSystem

/// Something that one thread polls and others signal.
final class Wakeup: Sendable {
  let readEnd: Int32
  private let writeEnd: Int32

  init() throws(SpawnFailure) {
    var (readEnd, writeEnd): (Int32, Int32) = (-1, -1)
    let code = csystem_make_wakeup(&readEnd, &writeEnd)
    guard code == 0 else { throw .system(code: code) }
    self.readEnd = readEnd
    self.writeEnd = writeEnd
  }

  deinit {
    _ = Descriptor(readEnd)
    if writeEnd != readEnd { _ = Descriptor(writeEnd) }
  }

  func wake() { csystem_wake(writeEnd) }
  func clear() { csystem_clear_wakeup(readEnd) }
}
