// swift-tools-version: 6.1
import PackageDescription

// No package from outside: the C libraries below are all that is linked.
// swift-argument-parser was measured and left out: a program that only parses its flags with it starts in
// 4.4 ms where one without it starts in 2.0 ms, and starting fast is a promise (docs/architecture.md).

/// Every bundled plugin: one target each in Plugins/, one line each here, and nothing else to change.
/// A check compares this list with the folders.
let bundledPlugins = [
  "RunTask", "HTTPTask", "WaitTask", "MathTask", "TableReporter", "JSONReporter", "JSONLinesReporter",
]

/// What a bundled plugin may import beside TaskrunAPI: one outside library, through its C target.
let pluginLibraries: [String: [Target.Dependency]] = ["HTTPTask": ["CCurl"]]

let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "taskrun",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "taskrun", targets: ["taskrun"]),
    .library(name: "ConcurrentFutures", targets: ["ConcurrentFutures"]),
    .library(name: "TaskrunAPI", targets: ["TaskrunAPI"]),
    .library(name: "TaskrunCLI", targets: ["TaskrunCLI"]),
    .library(name: "TaskrunTesting", targets: ["TaskrunTesting"]),
  ],
  targets: [
    // The C boundary: module maps, and shims where C has variadics, macros or vfork.
    .systemLibrary(
      name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
    .target(name: "CSystem"),
    .target(name: "CCurl"),

    .target(name: "ConcurrentFutures", dependencies: ["CSystem"], swiftSettings: swiftSettings),
    .target(
      name: "TaskrunAPI", swiftSettings: swiftSettings,
      // Rounding floats is libm's on Linux.
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(name: "TaskrunYAML", dependencies: ["CLibYAML"], swiftSettings: swiftSettings),
    .target(
      name: "TaskrunManifest", dependencies: ["TaskrunAPI", "TaskrunYAML"], swiftSettings: swiftSettings),
    .target(
      name: "TaskrunEngine", dependencies: ["TaskrunAPI", "TaskrunManifest"], swiftSettings: swiftSettings),
    .target(
      name: "TaskrunExecution",
      dependencies: ["TaskrunAPI", "TaskrunManifest", "TaskrunEngine", "ConcurrentFutures", "CSystem"],
      swiftSettings: swiftSettings),
    .target(
      name: "TaskrunCLI",
      dependencies: [
        "TaskrunAPI", "TaskrunManifest", "TaskrunEngine", "TaskrunExecution", "ConcurrentFutures", "CSystem",
      ],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "taskrun",
      dependencies: ["TaskrunCLI", "TaskrunAPI"] + bundledPlugins.map { .init(stringLiteral: $0) },
      swiftSettings: swiftSettings),
    .target(
      name: "TaskrunTesting", dependencies: ["TaskrunAPI"], packageAccess: false,
      swiftSettings: swiftSettings),
    // The web server that examples/ brings along; not a product.
    .executableTarget(name: "example-server", path: "examples/server", swiftSettings: swiftSettings),
    .executableTarget(
      name: "example-futures", dependencies: ["ConcurrentFutures"], path: "examples/futures",
      swiftSettings: swiftSettings),
    // Compares ConcurrentFutures with Python's concurrent.futures; not a product.
    .executableTarget(
      name: "futures-benchmark", dependencies: ["ConcurrentFutures"], path: "Benchmarks/futures",
      swiftSettings: swiftSettings),
  ]
    + bundledPlugins.map { name in
      .target(
        name: name, dependencies: ["TaskrunAPI"] + (pluginLibraries[name] ?? []), path: "Plugins/\(name)",
        packageAccess: false, swiftSettings: swiftSettings)
    }
    + [
      // What the tests of more than one target use, so that it is there once. Not a product, and not a test
      // target, for those cannot be imported. It imports Testing and nothing of this package.
      .target(name: "TestSupport", path: "Tests/Support", swiftSettings: swiftSettings),
      .testTarget(
        name: "ConcurrentFuturesTests",
        dependencies: [
          "ConcurrentFutures", "CSystem", "TestSupport", "SampleTasks", "worker-fixture", "task-fixture",
          "example-futures",
        ],
        swiftSettings: swiftSettings),
      // A program whose processes the tests start: a worker, and everything a worker should not be.
      .executableTarget(
        name: "worker-fixture", dependencies: ["ConcurrentFutures", "CSystem"],
        path: "Tests/Fixtures/worker-fixture",
        swiftSettings: swiftSettings),
      // Tasks that the tests submit, and the program whose workers run them; not products.
      .target(
        name: "SampleTasks", dependencies: ["ConcurrentFutures"], path: "Tests/Fixtures/SampleTasks",
        swiftSettings: swiftSettings),
      .executableTarget(
        name: "task-fixture", dependencies: ["ConcurrentFutures", "SampleTasks"],
        path: "Tests/Fixtures/task-fixture", swiftSettings: swiftSettings),
      .testTarget(
        name: "TaskrunAPITests", dependencies: ["TaskrunAPI", "TaskrunTesting"], swiftSettings: swiftSettings),
      .testTarget(
        name: "TaskrunManifestTests",
        dependencies: ["TaskrunAPI", "TaskrunYAML", "TaskrunManifest", "TestSupport"],
        swiftSettings: swiftSettings),
      .testTarget(
        name: "TaskrunEngineTests",
        dependencies: ["TaskrunAPI", "TaskrunManifest", "TaskrunEngine", "TaskrunTesting", "TestSupport"],
        swiftSettings: swiftSettings),
      .testTarget(
        name: "TaskrunExecutionTests",
        dependencies: ["TaskrunAPI", "TaskrunManifest", "TaskrunEngine", "TaskrunExecution"],
        swiftSettings: swiftSettings),
      .testTarget(
        name: "TaskrunCLITests",
        dependencies: [
          "TaskrunAPI", "TaskrunCLI", "TaskrunManifest", "TaskrunEngine", "TaskrunExecution", "RunTask",
          "TestSupport",
        ],
        swiftSettings: swiftSettings),
      .testTarget(
        name: "PluginTests",
        dependencies: ["TaskrunAPI", "TaskrunTesting", "TestSupport"]
          + bundledPlugins.map { .init(stringLiteral: $0) },
        exclude: ["Goldens"], swiftSettings: swiftSettings),
      // taskrun with task types that crash, flood and hang, for the tests from outside; not a product.
      .executableTarget(
        name: "taskrun-fixture",
        dependencies: ["TaskrunCLI", "TaskrunAPI"] + bundledPlugins.map { .init(stringLiteral: $0) },
        path: "Tests/Fixtures/taskrun-fixture", swiftSettings: swiftSettings),
      // Only starts programs: it imports nothing that ships.
      .testTarget(
        name: "EndToEndTests", dependencies: ["taskrun", "taskrun-fixture", "example-server", "TestSupport"],
        swiftSettings: swiftSettings),
      // Runs what the README and docs/ show; imports nothing that ships either.
      .testTarget(
        name: "DocsTests", dependencies: ["taskrun", "example-server", "TestSupport"],
        swiftSettings: swiftSettings),
    ]
)
