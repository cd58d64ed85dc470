import ConcurrentFutures
import Foundation
import TestSupport
import Testing

/// Worker programs that speak the protocol by hand, with a mode for each fault.
enum HandWritten {
  static let hasPython: Bool = {
    let command = ProcessCommand(arguments: ["python3", "-c", "pass"])
    guard case .ended(let result) = ProcessSpawner().run(command) else { return false }
    return result.ending == .exited(0)
  }()

  /// An executor of Python workers.
  /// - Parameter folder: the worker's temporary folder, where each start leaves an `x` in the file `starts`.
  static func executor(
    _ mode: String, _ folder: TemporaryFolder? = nil, maxWorkers: Int = 1,
    _ configure: (inout ProcessExecutor.Configuration) -> Void = { _ in }
  ) throws -> ProcessExecutor {
    let folder = folder ?? TemporaryFolder()
    var configuration = ProcessExecutor.Configuration(
      maxWorkers: maxWorkers, arguments: ["python3", "-u", "-c", python, mode, folder.path])
    configuration.environment["TMPDIR"] = folder.path
    configuration.environment["PYTHONDONTWRITEBYTECODE"] = "1"
    configure(&configuration)
    return try ProcessExecutor(configuration)
  }

  /// An executor of shell workers that answer the handshake without having read it.
  static func shell(
    _ rest: String, _ configure: (inout ProcessExecutor.Configuration) -> Void
  ) throws -> ProcessExecutor {
    let handshake = #"{"jsonrpc":"2.0","id":"0","result":{"protocol":1,"cookie":"%s"}}\n"#
    let text = "printf '\(handshake)' \"$TASKRUN_PLUGIN_COOKIE\"; \(rest)"
    var configuration = ProcessExecutor.Configuration(maxWorkers: 1, arguments: ["/bin/sh", "-c", text])
    configure(&configuration)
    return try ProcessExecutor(configuration)
  }

  private static let python = #"""
    import json, os, sys, time

    mode, folder = sys.argv[1], sys.argv[2]
    try:
        with open(folder + "/starts", "a") as starts:
            starts.write("x")
        number = len(open(folder + "/starts").read())
    except OSError:
        number = 0

    held = []

    def send(**members):
        print(json.dumps({"jsonrpc": "2.0", **members}), flush=True)

    def notify(method, **params):
        send(method=method, params=params)

    def last_words():
        print("last words", file=sys.stderr, flush=True)

    def initialize(request):
        if mode in ("wrong-cookie", "wrong-version", "refuses", "usage", "dies"):
            last_words()
        if mode == "usage":
            print("usage: worker [-h]", flush=True)
        if (mode == "dies" or (mode == "dies-twice" and number < 3)
                or (mode == "dies-later" and 1 < number < 5)):
            sys.exit(5)
        if mode == "refuses":
            return send(id=request["id"], error={"code": -1, "message": "not today"})
        cookie = request["params"]["cookie"]
        assert cookie == os.environ["TASKRUN_PLUGIN_COOKIE"] and os.environ["TASKRUN_PLUGIN"] == "1"
        result = {"protocol": 2 if mode == "wrong-version" else 1, "pid": os.getpid(),
                  "cookie": "x" if mode == "wrong-cookie" else cookie, "types": [{"name": "double"}]}
        if mode in ("twice", "bye-refuse-once", "bye-refuse", "secretive"):
            result["inflight"] = 2
        if mode == "garbled":
            result["inflight"] = 20
        send(id=request["id"], result=result)
        if mode == "leaves":
            last_words()
            sys.exit(0)

    def run(id, params, done):
        value = 2 * params.get("x", 0)
        answer = {"id": id, "result": {"status": "succeeded", "value": value}}
        if mode == "garbage-after-5" and done == 5:
            return print("DEBUG \x1b hello", flush=True)
        if mode == "garbled":
            notify("started", id=id)
            with open(folder + "/begun", "a") as begun:
                begun.write(str(params["x"]) + " ")
            answer["result"]["usage"] = {"wall_microseconds": 1}
            # All that comes after the line that is none comes with it.
            if params["x"] >= 4:
                held.append("oops" if params["x"] == 4 else json.dumps({"jsonrpc": "2.0", **answer}))
                if params["x"] < 9:
                    return
                print("\n".join(held), flush=True)
                time.sleep(1000)
        if mode == "secretive":
            with open(folder + "/begun", "a") as begun:
                begun.write(str(params["x"]) + " ")
            if params["x"] == 1:
                print("oops", flush=True)
                time.sleep(1000)
        if mode == "file-orphaned":
            name = "taskrun-value-" + os.environ["TASKRUN_PLUGIN_COOKIE"] + "-" + id
            open(folder + "/" + name, "w").write("1")
            open(folder + "/written", "w").write(name)
            os._exit(1)
        if mode == "dies-later":
            time.sleep(0.02)
        if mode == "twice":
            notify("started", id=id)
            send(**answer)
        if mode == "unknown-status":
            answer["result"]["status"] = "sucess"
        if mode == "no-status":
            del answer["result"]["status"]
        if mode == "null-result":
            answer["result"] = None
        if mode == "no-result":
            del answer["result"]
        if mode == "wrong-id":
            answer["id"] = "zzz"
        if mode == "long-line":
            return print("x" * (3 << 20), flush=True)
        if mode == "closed-stdout":
            os.close(1)
            time.sleep(1000)
        if mode.startswith("exit-"):
            last_words()
            os._exit(int(mode[5:]))
        if mode in ("bye-refuse-once", "bye-refuse"):
            if mode == "bye-refuse" or number == 1:
                notify("bye", reason="tired")
                return sys.stdin.read()
            notify("started", id=id)
        if mode == "bye-first":
            notify("bye", reason="last one")
            time.sleep(0.05)
        if mode == "cancellable":
            line = json.loads(sys.stdin.readline())
            assert line == {"jsonrpc": "2.0", "method": "cancel", "params": {"id": id}}, line
            return send(id=id, error={"code": -32010, "message": "cancelled"})
        if mode == "chatty":
            notify("started", id=id)
            notify("started", id=id, again=True)
            notify("progress", id=id, percent=50)
            notify("weather", sunny=True)
            notify("output", id=id, stream="stdout", text="half way\n")
            notify("output", id=id, stream="stderr", text="oh\n")
            notify("output", id="other", stream="stdout", text="not mine")
            answer["mood"] = {"good": [True]}
            answer["error"] = None
        if mode.startswith("file"):
            precious = folder + ".precious"
            path = {"file": "value", "file-outside": precious, "file-up": os.path.relpath(precious),
                    "file-linked": "link", "file-missing": "none"}[mode]
            if mode == "file":
                open(path, "w").write("[10]")
            if mode == "file-linked":
                os.symlink(precious, "link")
            answer["result"] = {"status": "succeeded", "value_file": path}
        send(**answer)
        if mode == "bye":
            notify("bye", reason="that was enough")

    done = 0
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        method = request["method"]
        if method == "initialize":
            initialize(request)
        elif method == "run":
            if mode.startswith("file"):
                os.chdir(request["params"]["dir"])
            run(request["id"], request["params"]["params"], done)
            done += 1
        elif method == "shutdown":
            send(id=request["id"], result=None)
            break
    """#
}
