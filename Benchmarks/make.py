#!/usr/bin/env python3
"""Compares the release binary with make: what one command costs, and what thousands do.

    make build && Benchmarks/make.py
    Benchmarks/make.py --rounds 50 --taskrun other/taskrun start

Both programs run in turns, so that a busy machine is busy for both. The ratio is that of the medians.
"""

import argparse
import os
import resource
import statistics
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

START = """\
tasks:
  one:
    kind: io
    run: ["true"]
"""

COMMANDS = """\
pools: { io: 4 }
tasks:
  many:
    kind: io
    foreach: { range: [0, 3000] }
    run: [/bin/true]
"""

# What a case compares, how often it is measured, and what the ratio must be.
CASES = {
    "start": dict(
        manifest=START, makefile="all:\n\t@/bin/true\n", make=["make", "-s"], rounds=200, bar=1.5),
    "commands": dict(
        manifest=COMMANDS,
        makefile="T := $(addprefix t,$(shell seq 3000))\nall: $(T)\n.PHONY: $(T)\n$(T):\n\t@/bin/true\n",
        make=["make", "-s", "-j4"], rounds=7, bar=0.9),
}


def measure(command, folder):
    """Seconds on the clock, and seconds of processor time of the command and all that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(name, case, taskrun, rounds):
    with tempfile.TemporaryDirectory() as folder:
        for file, text in (("tasks.yaml", case["manifest"]), ("Makefile", case["makefile"])):
            with open(os.path.join(folder, file), "w") as output:
                output.write(text)
        commands = {"taskrun": [taskrun, "tasks.yaml"], "make": case["make"]}
        figures = {program: [] for program in commands}
        for number in range(rounds + 1):
            for program, command in commands.items():
                figure = measure(command, folder)
                # The first round fills the caches.
                if number > 0:
                    figures[program].append(figure)
    for column, what in enumerate(("wall", "cpu")):
        medians = {}
        for program, values in figures.items():
            column_values = sorted(value[column] * 1000 for value in values)
            medians[program] = statistics.median(column_values)
            print(f"{name:9} {what:5} {program:8} {medians[program]:9.2f} ms"
                  f"  ({column_values[0]:.2f} to {column_values[-1]:.2f})")
        ratio = medians["taskrun"] / medians["make"]
        verdict = "" if what == "cpu" else f"  bar {case['bar']}  {'ok' if ratio <= case['bar'] else 'MISSED'}"
        print(f"{name:9} {what:5} ratio    {ratio:9.2f}{verdict}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", choices=[[], *CASES], help="start, commands; default all")
    parser.add_argument("--rounds", type=int, help="how often each program is measured")
    parser.add_argument("--taskrun", default=os.path.join(ROOT, ".build/release/taskrun"))
    options = parser.parse_args()
    # make tells the makes that it starts about itself.
    for variable in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        os.environ.pop(variable, None)
    for name in options.cases or CASES:
        compare(name, CASES[name], os.path.abspath(options.taskrun), options.rounds or CASES[name]["rounds"])


if __name__ == "__main__":
    main()
