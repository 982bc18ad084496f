import Foundation
import TestSupport
import Testing

@testable import KodamaCore

@Suite struct ProcessorCountTests {
  private static let root = "/sys/fs/cgroup"

  private func quota(_ files: [String: String]) -> Int? { ProcessorCount.quota { files[$0] } }

  @Test func theQuotaOfVersionTwoIsRoundedUp() {
    for (text, processors) in [
      ("150000 100000\n", 2), ("100000 100000\n", 1), ("1000 100000\n", 1), ("800001 100000\n", 9),
    ] {
      #expect(quota(["/proc/self/cgroup": "0::/\n", Self.root + "/cpu.max": text]) == processors, "\(text)")
    }
  }

  @Test func theLeastQuotaOfAGroupAndThoseAboveItCounts() {
    var files = [
      "/proc/self/cgroup": "0::/a.slice/b/c\n", Self.root + "/a.slice/cpu.max": "200000 100000\n",
      Self.root + "/a.slice/b/cpu.max": "max 100000\n", Self.root + "/a.slice/b/c/cpu.max": "400000 100000\n",
    ]
    #expect(quota(files) == 2)
    files[Self.root + "/a.slice/b/c/cpu.max"] = "50000 100000\n"
    #expect(quota(files) == 1)
  }

  @Test func theQuotaOfVersionOneIsOfItsControllerAlone() {
    let groups = "12:memory:/m\n4:cpu,cpuacct:/docker/x:y\n1:name=systemd:/\n0::/\n"
    for folder in ["/cpu/docker/x:y", "/cpu,cpuacct/docker", "/cpu"] {
      let files = [
        "/proc/self/cgroup": groups, Self.root + folder + "/cpu.cfs_quota_us": "250000\n",
        Self.root + folder + "/cpu.cfs_period_us": "100000\n", Self.root + "/memory/m/cpu.cfs_quota_us": "100000\n",
        Self.root + "/memory/m/cpu.cfs_period_us": "100000\n",
      ]
      #expect(quota(files) == 3, "\(folder)")
    }
  }

  @Test func withoutALimitThereIsNone() {
    #expect(quota([:]) == nil)
    #expect(quota(["/proc/self/cgroup": "0::/\n"]) == nil)
    for text in ["max 100000\n", "", "-1", "0 100000", "100000 0", "1 2 3", "a b", "99999999999999999999 1"] {
      #expect(quota(["/proc/self/cgroup": "0::/x\n", Self.root + "/x/cpu.max": text]) == nil, "\(text)")
    }
    let none = ["/proc/self/cgroup": "4:cpu:/\n", Self.root + "/cpu/cpu.cfs_quota_us": "-1\n"]
    #expect(quota(none.merging([Self.root + "/cpu/cpu.cfs_period_us": "100000\n"]) { $1 }) == nil)
    #expect(quota(["/proc/self/cgroup": "no group\n::\n"]) == nil)
  }

  @Test func thereIsAtLeastOne() { #expect(ProcessorCount.available >= 1) }
}
