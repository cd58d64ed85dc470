// A program for tests of processes: as a worker it offers the services of Services.swift; its first argument makes
// it something else, mostly a host of workers whose descriptors and children nobody else changes.
import ConcurrentFutures

let role = CommandLine.arguments.dropFirst().first ?? "worker"
if role != "forgetful" { Worker.runIfRequested(Worker.Service.samples) }

switch role {
case "forgetful": print("hello from a program that knows nothing of workers")
case "serve": Worker.serve(Worker.Service.samples)
case "leaks": try LeakCheck.run()
case "crowded": try CrowdedHost.run()
case "ignoring-sigchld": try IgnoringHost.run()
case "host": try AbandoningHost.run()
default: fatalError("unknown role '\(role)'")
}
