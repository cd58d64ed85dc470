import TaskrunAPI
import TaskrunManifest
import TaskrunYAML
import TestSupport
import Testing

/// Whatever the bytes are, there is a manifest or a rejection that can be printed.
@Suite struct FuzzTests {
  private static let sample = """
    # é
    pools: {io: 4, cpu: 50%}
    env: &e {LANG: "C", X: '{{ vars.a | default: "x" }}'}
    vars: {a: 1, "b": [1, 2.5, null], c: {d: e}}
    defaults: {kind: io, timeout: 1m30s, output_limit: 64KiB}
    tasks:
      one:
        foreach: [{k: 日本}, {k: 2}]
        run: [echo, "{{ item.k }}", '{{ index | json }}']
        env: {<<: *e, Y: "{{ env.HOME }}"}
      two: {foreach: {range: [0, 10, 3]}, uses: http.get, with: {url: "{{ item }}", expect_status: [200]}}
      three:
        run: |
          echo $item
        stdin: "a\\tb"
      four:
        needs: [one, two]
        if: always
        matrix: {os: [a, b], n: [1, 2], exclude: [{os: a, n: 1}], include: [{os: b, deb: {k: 1}}, {os: c, n: 0}]}
        run: [echo, "{{ matrix.os }}", "{{ tasks.one.value.0 }}", "{{ matrix.deb.k | default: 0 }}"]
        retry: {max: 3, delay: 1s, backoff: 1.5, max_delay: 5s, jitter: 0.1, exit_codes: [1, 2]}
        allow_failure: {exit_codes: [3]}
        limits: db
        cpus: 2
        outputs: json
      five: {foreach: {from: four}, uses: any.value, with: {value: "{{ item.a }}"}, limits: [db]}
    limits: {db: 2}

    """

  @Test func theSampleIsGood() throws {
    #expect(try load(Self.sample).tasks.count == 5)
  }

  @Test("random bytes", arguments: 0..<8)
  func randomBytes(seed: UInt64) {
    var generator = SplitMix(seed: seed)
    for _ in 0..<100 {
      let count = Int.random(in: 0..<200, using: &generator)
      check((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }
  }

  @Test("random grammar characters", arguments: 0..<8)
  func randomGrammar(seed: UInt64) {
    let pieces = [
      "[", "]", "{", "}", ":", ": ", ",", "- ", "? ", "\n", "\n  ", "&a ", "*a", "!t ", "|", ">", "\"", "'",
      "#", "%", "\t",
      "<<", "{{", "}}", "item", "a", "0", "~", "---", "...", "\\", "é", "tasks:", "run:", "\r", "@", "x-b: ",
    ]
    var generator = SplitMix(seed: seed &+ 1000)
    for _ in 0..<200 {
      let count = Int.random(in: 0..<60, using: &generator)
      let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
      check(Array(text.utf8))
    }
  }

  @Test("a good manifest with random damage", arguments: 0..<8)
  func damaged(seed: UInt64) {
    var generator = SplitMix(seed: seed &+ 2000)
    let sample = Array(Self.sample.utf8)
    for _ in 0..<80 {
      var bytes = sample
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0x09...0x7F, using: &generator)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: bytes[place..<min(place + 20, bytes.count)], at: place)
        default: bytes.removeSubrange(place..<min(place + 30, bytes.count))
        }
      }
      check(bytes)
    }
  }

  @Test func everyPrefixOfAGoodManifest() {
    let sample = Array(Self.sample.utf8)
    for count in 0..<sample.count { check(Array(sample[..<count])) }
  }

  private func check(_ bytes: [UInt8]) {
    do throws(ManifestRejected) {
      let manifest = try ManifestLoader.sample().load(bytes, path: "-")
      #expect(!manifest.tasks.isEmpty)
    } catch {
      #expect(!error.diagnostics.isEmpty && error.diagnostics.count <= ManifestRejected.shownLimit)
      let offsets = error.diagnostics.map(\.span.start.offset)
      #expect(offsets == offsets.sorted() && (offsets.last ?? 0) <= bytes.count)
      #expect(error.text().unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x7F })
      #expect(error.json.jsonText.hasPrefix("{\"diagnostics\":[{\"code\":\"E"))
    }
  }
}
