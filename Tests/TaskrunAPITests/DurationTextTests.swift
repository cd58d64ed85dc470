import TaskrunAPI
import Testing

@Suite struct DurationTextTests {
  @Test(
    arguments: [
      ("250ms", Duration.milliseconds(250)), ("0s", .zero), ("1.5s", .milliseconds(1500)),
      ("2m", .seconds(120)),
      ("1h30m", .seconds(5400)), ("1d", .seconds(86_400)), ("1d2h3m4s5ms", .milliseconds(93_784_005)),
      ("0.5ms", .microseconds(500)), ("1m0.25s", .milliseconds(60_250)), ("007s", .seconds(7)),
      ("10000d", .seconds(864_000_000)), ("0.1h", .seconds(360)),
    ] as [(String, Duration)])
  func unitsAreRead(_ text: String, _ duration: Duration) {
    #expect(Duration(taskrun: text) == duration)
  }

  @Test(arguments: [
    "", "5", "s", "5 s", " 5s", "5s ", "-5s", "+5s", ".5s", "5.s", "1.2.3s", "5S", "5sec", "5min", "1e3s",
    "5us",
    "1s1s", "30m1h", "5ms1s", "1,5s", "10001d", "99999999999999999999999d", "1h 30m", "∞s", "٣s", "5m s",
  ])
  func anythingElseIsNoDuration(_ text: String) {
    #expect(Duration(taskrun: text) == nil)
  }

  @Test(
    arguments: [
      (Duration.zero, "0ms"), (.microseconds(400), "0ms"), (.microseconds(600), "1ms"),
      (.milliseconds(350), "350ms"),
      (.microseconds(999_400), "999ms"), (.microseconds(999_600), "1s"), (.milliseconds(1520), "1.52s"),
      (.milliseconds(1050), "1.05s"), (.seconds(5), "5s"), (.milliseconds(59_990), "59.99s"),
      (.milliseconds(59_996), "1m00s"), (.seconds(125), "2m05s"), (.seconds(3599), "59m59s"),
      (.milliseconds(3_599_600), "1h00m"), (.seconds(5400), "1h30m"), (.seconds(360_000), "100h00m"),
    ] as [(Duration, String)])
  func peopleReadThreeFigures(_ duration: Duration, _ text: String) {
    #expect(duration.briefText == text)
  }

  @Test(
    arguments: [
      (Duration.zero, "0.0"), (.microseconds(1), "1e-06"), (.microseconds(4_350_001), "4.350001"),
      (.nanoseconds(1_499), "1e-06"), (.nanoseconds(1_500), "2e-06"), (.milliseconds(1520), "1.52"),
      (.microseconds(864_000_000_000_001), "864000000.000001"), (.milliseconds(-1250), "-1.25"),
    ] as [(Duration, String)])
  func secondsAreRoundedToMicroseconds(_ duration: Duration, _ text: String) {
    #expect("\(duration.inSeconds)" == text)
  }

  @Test func secondsNeverShowMoreThanSixDigits() {
    let longest = (0..<20_000).map { step in
      let text = "\(Duration.microseconds(1_000_000 + step * 49_999).inSeconds)"
      return text.drop { $0 != "." }.count - 1
    }.max()
    #expect(longest == 6)
  }
}
