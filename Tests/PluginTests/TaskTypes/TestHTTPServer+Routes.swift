import Foundation

extension TestHTTPServer {
  /// The pages that most tests need.
  static let standardResponse: @Sendable (Request) -> Response = { request in
    let name = request.path.split(separator: "/").first.map(String.init) ?? ""
    let number = Int(request.path.split(separator: "/").last ?? "") ?? 0
    switch name {
    case "ok": return .whole(200, ["Content-Type": "text/plain"], Array("hello\n".utf8))
    case "empty": return .whole(200)
    case "binary": return .whole(200, [:], [0xFF, 0xFE, 0])
    case "status": return .whole(number, ["Content-Type": "text/plain"], Array("the reason\n".utf8))
    // Counts down: /redirect/3 needs three redirects to reach /ok.
    case "redirect": return .whole(302, ["Location": number > 1 ? "/redirect/\(number - 1)" : "/ok"])
    case "loop": return .whole(301, ["Location": "/loop"])
    case "to": return .whole(302, ["Location": request.query])
    case "big": return .whole(200, [:], Array(repeating: 0x78, count: number))
    case "bomb": return .whole(200, ["Content-Encoding": "gzip"], TestHTTPServer.bomb)
    case "chunked": return .chunked(["one ", "two ", "three"])
    case "stalled": return .stalled(promised: 100, sent: 10)
    case "cut": return .cut(promised: 100, sent: 10)
    case "silent": return .silent
    case "echo": return .whole(200, ["Content-Type": "text/plain"], Array(request.body.utf8))
    default: return .whole(404, ["Content-Type": "text/plain"], Array("no such page\n".utf8))
    }
  }

  /// 1 MiB of zeros in 1051 bytes of gzip.
  private static let bomb: [UInt8] =
    [31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 237, 193, 49, 1, 0, 0, 0, 194, 160, 245, 79, 109, 8, 95, 160]
    + Array(repeating: 0, count: 1016) + [62, 3, 28, 234, 56, 167, 0, 0, 16, 0]
}
