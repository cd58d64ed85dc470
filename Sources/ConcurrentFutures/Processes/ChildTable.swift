import CSystem
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The process groups that run now, in memory that a guardian process can read after this process is gone.
///
/// A child's pid is written by the child itself, before its program starts, and erased after it has been reaped.
/// So there is no instant at which a child runs and is not listed, and listing costs no system call.
package final class ChildTable: Sendable {
  /// How many children can be listed at once.
  static let capacity = 16_384

  private let base: UnsafeAddress
  private let slots = Mutex(Slots())

  private struct Slots {
    var reused: [Int] = []
    var next = 0
  }

  /// The mapping lives as long as the process and its entries are accessed atomically, in C.
  private struct UnsafeAddress: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Int32>
  }

  /// Makes an empty table; `nil` if the system refuses the memory.
  package init?() {
    guard let pointer = csystem_make_table(Int32(Self.capacity)) else { return nil }
    base = UnsafeAddress(pointer: pointer)
  }

  /// Takes an entry; `nil` if all are in use.
  func acquire() -> Int? {
    slots.withLock { slots in
      if let slot = slots.reused.popLast() { return slot }
      guard slots.next < Self.capacity else { return nil }
      slots.next += 1
      return slots.next - 1
    }
  }

  /// Erases an entry and gives it back.
  func release(_ slot: Int) {
    csystem_table_store(entry(slot), 0)
    slots.withLock { $0.reused.append(slot) }
  }

  /// Where the child writes its pid.
  func entry(_ slot: Int) -> UnsafeMutablePointer<Int32> { base.pointer + slot }

  /// Kills all groups that are listed now.
  package func killAll() {
    for pid in pids { kill(-pid, SIGKILL) }
  }

  /// All pids that are listed now.
  var pids: [pid_t] {
    let count = slots.withLock { $0.next }
    return (0..<count).map { csystem_table_load(entry($0)) }.filter { $0 != 0 }
  }
}
