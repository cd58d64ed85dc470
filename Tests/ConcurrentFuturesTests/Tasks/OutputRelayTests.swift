import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ConcurrentFutures

/// What tasks print, on its way to a reader that is slow.
@Suite(.onOwnThread) struct OutputRelayTests {
  private let pipe = Pipe()
  private var output: Int32 { pipe.fileHandleForWriting.fileDescriptor }

  private func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let piece = try #require(try pipe.fileHandleForReading.read(upToCount: count - bytes.count))
      bytes += piece
    }
    return bytes
  }

  @Test func nobodyWaitsForTheReaderAndNothingIsLost() throws {
    let roomCalls = Atomic(0)
    let relay = OutputRelay(output: output) { roomCalls.add(1, ordering: .relaxed) }
    #expect(relay.delivery() == nil)
    let pieces = (0..<40).map { [UInt8](repeating: UInt8($0), count: 100_000) }
    for piece in pieces { relay.pass(piece) }
    #expect(relay.isFull)
    let delivery = try #require(relay.delivery())
    #expect(try read(4_000_000) == pieces.flatMap { $0 })
    delivery.block(until: nil)
    #expect(!relay.isFull)
    #expect(roomCalls.load(ordering: .relaxed) == 1)
    relay.finish()
  }

  @Test func whatIsFarTooMuchIsLeftOutWhichIsSaid() throws {
    let relay = OutputRelay(output: output) {}
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 16 << 20)
    for _ in 0..<4 { relay.pass(piece) }
    relay.pass(Array("lost".utf8))
    let notice = Array("\n[4 bytes of output left out]\n".utf8)
    let all = try read(4 * piece.count + notice.count)
    #expect(Array(all[piece.count...].prefix(notice.count)) == notice)
    #expect(all.count { $0 == UInt8(ascii: "x") } == 4 * piece.count)
    relay.finish()
  }
}
