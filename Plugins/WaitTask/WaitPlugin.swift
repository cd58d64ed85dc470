// `wait.for`: blocks until something is there. It owns its few lines of sockets and needs no library; what it
// does not do is https, which is libcurl's work and `http.get`'s.

public import TaskrunAPI

/// The plugin with `wait.for`.
public let waitPlugin = Plugin(name: "wait", taskTypes: [WaitForTask()])
