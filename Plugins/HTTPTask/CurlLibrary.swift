import CCurl

/// libcurl itself.
enum CurlLibrary {
  /// Why libcurl cannot be used; `nil` if it can. Asking for the first time loads it.
  static let problem = load(names)

  #if canImport(Darwin)
    private static let names = [
      "libcurl.4.dylib", "/usr/lib/libcurl.4.dylib", "/opt/homebrew/opt/curl/lib/libcurl.4.dylib",
    ]
  #else
    // The two differ in their TLS library only.
    private static let names = ["libcurl.so.4", "libcurl-gnutls.so.4"]
  #endif

  /// Loads the first usable library. Once one is loaded this must not be called again: ask ``problem``.
  static func load(_ names: [String]) -> HTTPError? {
    // One block of memory for all names; `withCString` nests, a list does not.
    let bytes = names.map { Array($0.utf8CString) }
    let result = Array(bytes.joined()).withUnsafeBufferPointer { all in
      var offset = 0
      let pointers = bytes.map { name -> UnsafePointer<CChar>? in
        defer { offset += name.count }
        return all.baseAddress.map { $0 + offset }
      }
      return ccurl_load(pointers, pointers.count)
    }
    return switch result {
    case CCURL_LOADED: nil
    case CCURL_MISSING: .libraryMissing
    case CCURL_TOO_OLD: .libraryTooOld
    default: .libraryBroken
    }
  }
}
