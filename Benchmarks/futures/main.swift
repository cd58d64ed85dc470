// Runs the same work in this library and in Python's concurrent.futures, one after the other, several rounds, and prints
// both and their ratio. With `case NAME COUNT` as arguments it is one such run, and prints one number; see
// Benchmarks/README.md.
import ConcurrentFutures

Worker.runIfRequested(NoOp.self, Echo.self, Meet.self)

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "case", arguments.count >= 3, let count = Int(arguments[2]) {
  print(try Work.run(arguments[1], count: count, folder: arguments.dropFirst(3).first))
} else {
  try Comparison(arguments: arguments).run()
}
