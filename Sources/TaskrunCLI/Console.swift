import TaskrunAPI

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What taskrun itself says, beside the reports.
enum Console {
  /// Standard error. What cannot be written there cannot be told anywhere.
  static let error = Console.Stream()

  struct Stream: Sendable {
    func write(_ text: String) {
      try? CheckedOutput.standardError.write(text)
    }
  }

  /// Writes the answer to a question such as `--help`.
  /// - Returns: `success`, or that it could not be written.
  static func output(_ text: String) -> ExitStatus {
    do throws(SystemError) {
      try CheckedOutput.standardOutput.write(text)
      return .success
    } catch {
      Console.error.write("error: cannot write to standard output: \(error)\n")
      return .reportNotWritten
    }
  }

  /// Whether a descriptor is a terminal.
  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// The width of the terminal on a descriptor in columns; `nil` if it is none or does not say.
  static func width(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard isTerminal(descriptor), ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }
}
