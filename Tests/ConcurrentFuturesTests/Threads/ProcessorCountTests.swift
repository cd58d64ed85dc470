import Testing

@testable import ConcurrentFutures

@Suite struct ProcessorCountTests {
  @Test("there is at least one processor")
  func available() {
    #expect(ProcessorCount.available >= 1)
  }

  @Test(
    "a quota is read from cpu.max",
    arguments: [
      ("50000 100000\n", 0.5), ("150000 100000", 1.5), ("200000", 2.0), ("max 100000\n", nil), ("", nil),
      ("0 100000", nil), ("-1 100000", nil), ("100000 0", nil), ("what is this", nil),
    ] as [(String, Double?)])
  func quota(text: String, expected: Double?) {
    #expect(ProcessorCount.quota(cpuMax: text) == expected)
  }

  @Test("the groups of a process are all on its path, up to the root")
  func directories() {
    let unified = ProcessorCount.cgroups("0::/a/b\n")
    #expect(
      unified.unified
        == ["", "/a", "/a/b", "/unified", "/unified/a", "/unified/a/b"].map { "/sys/fs/cgroup" + $0 })
    #expect(unified.controller == [])
    #expect(ProcessorCount.cgroups("0::/").unified == ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"])
    let controller = ProcessorCount.cgroups("3:memory:/x\n2:cpu,cpuacct:/x\n1:cpuset:/y\n")
    #expect(
      controller.controller
        == ["cpu", "cpu/x", "cpu,cpuacct", "cpu,cpuacct/x"].map { "/sys/fs/cgroup/" + $0 })
    #expect(controller.unified == [])
    #expect(ProcessorCount.cgroups("2:cpu:/x").controller == ["cpu", "cpu/x"].map { "/sys/fs/cgroup/" + $0 })
    #expect(ProcessorCount.cgroups("2:cpu:/x:y").controller.last == "/sys/fs/cgroup/cpu/x:y")
    let nonsense = ProcessorCount.cgroups("nonsense\n\n")
    #expect(nonsense.unified.isEmpty && nonsense.controller.isEmpty)
  }

  @Test(
    "the smallest limit counts, rounded up, and never less than one",
    arguments: [
      ([:], 8),
      (["/proc/self/cgroup": "0::/a", "/sys/fs/cgroup/a/cpu.max": "250000 100000"], 3),
      (
        [
          "/proc/self/cgroup": "0::/a/b", "/sys/fs/cgroup/cpu.max": "",
          "/sys/fs/cgroup/a/cpu.max": "150000 100000",
          "/sys/fs/cgroup/a/b/cpu.max": "max 100000",
        ], 2
      ),
      (["/proc/self/cgroup": "0::/a", "/sys/fs/cgroup/a/cpu.max": "1000 100000"], 1),
      (["/proc/self/cgroup": "0::/a", "/sys/fs/cgroup/a/cpu.max": "6400000 100000"], 8),
      (
        [
          "/proc/self/cgroup": "4:cpu,cpuacct:/d", "/sys/fs/cgroup/cpu/d/cpu.cfs_quota_us": "200000\n",
          "/sys/fs/cgroup/cpu/d/cpu.cfs_period_us": "100000\n", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
          "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        ], 2
      ),
    ] as [([String: String], Int)])
  func count(files: [String: String], expected: Int) {
    #expect(ProcessorCount.count(allowed: 8) { files[$0] } == expected)
  }
}
