import Foundation
import TestSupport
import Testing

@testable import TaskrunCLI

@Suite struct ReportingDestinationTests {
  private let folder = TemporaryFolder()

  @Test func aFileTakesItsPlaceAtTheEnd() throws {
    try folder.write("r", "old")
    let destination = try ReportDestination.open(.path(folder["r"]))
    try destination.output.write("new")
    #expect(try folder.text("r") == "old")
    try destination.commit()
    #expect(try folder.text("r") == "new")
    #expect(folder.names == ["r"])
  }

  @Test func aFileThatIsGivenUpLeavesTheOldOneAndNothingElse() throws {
    try folder.write("r", "old")
    let destination = try ReportDestination.open(.path(folder["r"]))
    try destination.output.write("new")
    destination.discard()
    #expect(try folder.text("r") == "old")
    #expect(folder.names == ["r"])
  }

  @Test func aFileHasTheModeOfAnyNewFile() throws {
    let destination = try ReportDestination.open(.path(folder["r"]))
    try destination.commit()
    close(open(folder["plain"], O_WRONLY | O_CREAT, 0o666))
    #expect(try mode("r") == mode("plain"))
  }

  @Test func aSymbolicLinkIsReplacedAndNotFollowed() throws {
    try folder.write("target", "precious")
    try FileManager.default.createSymbolicLink(
      atPath: folder["r"], withDestinationPath: folder["target"])
    let destination = try ReportDestination.open(.path(folder["r"]))
    try destination.output.write("report")
    try destination.commit()
    #expect(try folder.text("target") == "precious")
    #expect(try folder.text("r") == "report")
    #expect(throws: (any Error).self) {
      try FileManager.default.destinationOfSymbolicLink(atPath: folder["r"])
    }
  }

  @Test(arguments: [
    ("missing/r", "no such file or directory"), ("file/r", "not a directory"), (".", "is a directory"),
    (String(repeating: "n", count: 300), "file name too long"),
  ])
  func aPlaceThatCannotBeIsFoundAtOnce(_ name: String, _ words: String) throws {
    try folder.write("file", "")
    let path = folder[name]
    let error = #expect(throws: ReportOpenError.self) { try ReportDestination.open(.path(path)) }
    #expect(error?.description == "cannot create report '\(path)': \(words)")
    #expect(folder.names == ["file"])
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func aFolderThatMayNotBeWrittenIsFoundAtOnce() throws {
    #expect(chmod(folder.path, 0o555) == 0)
    defer { chmod(folder.path, 0o755) }
    #expect(throws: ReportOpenError(path: folder["r"], error: SystemError(code: EACCES))) {
      try ReportDestination.open(.path(folder["r"]))
    }
  }

  @Test func aPlaceThatIsTakenAtTheEndIsAnErrorAndLeavesNoTemporaryFile() throws {
    let destination = try ReportDestination.open(.path(folder["r"]))
    try FileManager.default.createDirectory(atPath: folder["r"], withIntermediateDirectories: false)
    #expect(throws: SystemError(code: EISDIR)) { try destination.commit() }
    #expect(folder.names == ["r"])
  }

  @Test func aFIFOIsWrittenToAndStays() throws {
    #expect(mkfifo(folder["fifo"], 0o600) == 0)
    let path = folder["fifo"]
    let received = BackgroundResult {
      let descriptor = open(path, O_RDONLY)
      defer { close(descriptor) }
      return readToEnd(of: descriptor)
    }
    let destination = try ReportDestination.open(.path(path))
    try destination.output.write("report")
    try destination.commit()
    #expect(received.wait() == Array("report".utf8))
    #expect(folder.names == ["fifo"])
  }

  @Test func anOpenDescriptorIsContinuedAndNotBegunAnew() throws {
    let descriptor = open(folder["log"], O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    try CheckedOutput(descriptor: descriptor).write("before ")
    let destination = try ReportDestination.open(.path("/dev/fd/\(descriptor)"))
    try destination.output.write("report")
    try destination.commit()
    try CheckedOutput(descriptor: descriptor).write(" after")
    #expect(try folder.text("log") == "before report after")
  }

  @Test func aDescriptorThatIsNotOpenCannotBeCreated() {
    #expect(throws: ReportOpenError(path: "/dev/fd/9999", error: SystemError(code: EBADF))) {
      try ReportDestination.open(.path("/dev/fd/9999"))
    }
  }

  @Test func aReaderSeesTheOldReportOrTheNewOne() throws {
    let versions = ["old", "new"].map { String(repeating: $0, count: 50_000) }
    try folder.write("r", versions[0])
    let (folder, path) = (folder, folder["r"])
    let writer = BackgroundResult { () -> Bool in
      for round in 0..<200 {
        guard let destination = try? ReportDestination.open(.path(path)),
          (try? destination.output.write(versions[round % 2])) != nil, (try? destination.commit()) != nil
        else { return false }
      }
      return true
    }
    for _ in 0..<200 { #expect(versions.contains(try folder.text("r"))) }
    #expect(writer.wait() == true)
  }

  private func mode(_ name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: folder[name])[.posixPermissions] as? Int
  }
}
