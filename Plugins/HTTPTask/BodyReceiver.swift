/// Takes the body of one answer as it comes in: into memory or into a file, up to a limit.
///
/// A class for the pointer that libcurl passes back. Used by the thread of the transfer only.
final class BodyReceiver {
  /// Why the body was not taken, apart from its status.
  private(set) var problem: HTTPError?
  /// Bytes of the body so far, after decompression.
  private(set) var count = 0
  /// The body, unless it goes into a file.
  private(set) var bytes: [UInt8] = []
  /// Whether a body was left behind because of its status.
  private(set) var hasRefused = false
  /// The handle that feeds this receiver, for the status.
  var easy: OpaquePointer?

  private let request: HTTPRequest
  private var file: AtomicFile?
  private var refused: [UInt8] = []

  /// How much of the body of a failure is read to keep the connection; a longer one costs the connection.
  private static let refusedLimit = 64 << 10
  /// How much of it is shown.
  private static let shownLimit = 2 << 10

  init(_ request: HTTPRequest) { self.request = request }

  /// The pointer for libcurl. The caller keeps the receiver alive during the transfer.
  var reference: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  static func from(_ reference: UnsafeMutableRawPointer) -> BodyReceiver {
    Unmanaged<BodyReceiver>.fromOpaque(reference).takeUnretainedValue()
  }

  /// Takes the next piece.
  /// - Returns: whether to go on.
  func take(_ piece: UnsafeRawBufferPointer, status: Int) -> Bool {
    guard request.expectedStatus.contains(status) else {
      hasRefused = true
      refused.append(contentsOf: piece.prefix(max(0, Self.shownLimit - refused.count)))
      count += piece.count
      return count <= Self.refusedLimit
    }
    guard piece.count <= request.maximumBytes - count else {
      problem = .tooLarge(limit: request.maximumBytes, url: request.url.shown)
      return false
    }
    count += piece.count
    guard request.savePath != nil else {
      bytes.append(contentsOf: piece)
      return true
    }
    do throws(HTTPError) {
      try openFile().write(piece)
      return true
    } catch {
      problem = error
      return false
    }
  }

  /// Puts the file in its place.
  func finish() throws(HTTPError) {
    guard request.savePath != nil else { return }
    try openFile().commit()
  }

  /// The beginning of a body that was left behind, if it is text: services tell there what is wrong.
  var refusedText: String? {
    guard !refused.isEmpty, !refused.contains(0) else { return nil }
    let text = String(decoding: refused, as: UTF8.self)
    return text.hasSuffix("\n") ? text : text + "\n"
  }

  /// Opened by the first bytes and not before: a failure leaves nothing behind, not even a folder.
  private func openFile() throws(HTTPError) -> AtomicFile {
    if let file { return file }
    let file = try AtomicFile(at: request.savePath ?? "")
    self.file = file
    return file
  }
}
