"""One case of the comparison, in Python's concurrent.futures: prints one number.

    python3 cases.py CASE COUNT [MORE]

What each case does, and in what unit it is measured, is said in ../futures/Case.swift, which does the same.
"""

import multiprocessing
import os
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

WORKERS = 2


def no_op(number):
    return number


def echo(text):
    return text


def meet(folder, count):
    """Says that this worker is here, and waits until as many others are."""
    open(os.path.join(folder, str(os.getpid())), "w").close()
    while len(os.listdir(folder)) < count:
        time.sleep(0.0005)
    return os.getpid()


def submit_all(pool, count):
    begin = time.perf_counter()
    futures = [pool.submit(no_op, number) for number in range(count)]
    for number, future in enumerate(futures):
        assert future.result() == number
    return count / (time.perf_counter() - begin)


def lock_step(pool, count):
    begin = time.perf_counter()
    for number in range(count):
        assert pool.submit(no_op, number).result() == number
    return count / (time.perf_counter() - begin)


def mapped(pool, count):
    begin = time.perf_counter()
    total = sum(pool.map(no_op, range(count)))
    assert total == count * (count - 1) // 2
    return count / (time.perf_counter() - begin)


def echoed(pool, count):
    text = "x" * (8 << 20)
    begin = time.perf_counter()
    for _ in range(count):
        assert len(pool.submit(echo, text).result()) == len(text)
    return 2 * 8 * count / (time.perf_counter() - begin)


def start(count, folder):
    begin = time.perf_counter()
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(meet, folder, count) for _ in range(count)]
        pids = {future.result() for future in futures}
        taken = time.perf_counter() - begin
    assert len(pids) == count
    return 1000 * taken


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def memory(count):
    gate = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(gate.wait)
        before = resident()
        futures = [pool.submit(no_op, number) for number in range(count)]
        grown = resident() - before
        gate.set()
        assert len(futures) == count
    return grown / count


def warm(pool):
    for future in [pool.submit(no_op, number) for number in range(100)]:
        future.result()
    return pool


def main():
    case, count = sys.argv[1], int(sys.argv[2])
    if case == "memory":
        print(memory(count))
    elif case == "start":
        print(start(count, sys.argv[3]))
    else:
        where, what = case.split("-", 1)
        work = {"submit": submit_all, "lock-step": lock_step, "map": mapped, "echo": echoed}[what]
        with (ThreadPoolExecutor if where == "threads" else ProcessPoolExecutor)(WORKERS) as pool:
            print(work(warm(pool), count))


if __name__ == "__main__":
    main()
