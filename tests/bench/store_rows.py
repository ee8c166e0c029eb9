"""Rows about the stores: commits to Redis, how soon another gateway has them, how soon one is ready again."""

import statistics
import subprocess
import tempfile
import time

from redis_server import Recorder, RedisServer
from webhook_rows import program


def commit_command(run, redis):
    """The commit of one object as the store sends it, with the object's number as redis-benchmark replaces it."""
    for _ in range(8):
        recorder = Recorder(redis.port)
        program(run, "bench-redis-log", "commit", recorder.address, 1, 1)
        recorder.close()
        scripts = [words for words in recorder.commands() if words[0] == b"EVALSHA"]
        words = max(scripts, key=len)
        if not any(b"\0" in word for word in words):  # its name is random bytes, and an argument ends at a 0
            return [word.replace(b"000000000000", b"__rand_int__") for word in words]
    raise RuntimeError("every commit's name has a 0 in it")


def commits(run, count=20000):
    with tempfile.TemporaryDirectory() as folder, RedisServer(run, folder) as redis:
        command = commit_command(run, redis)
        size = sum(map(len, command))

        def ours(commits, each):
            return (float(program(run, "bench-redis-log", "commit", redis.address, commits, each, core=1)[0]) * each,)

        def theirs(clients):
            return (redis.benchmark(command, clients, count),)

        ratio, other, mine = run.alternate(lambda: theirs(1), lambda: ours(count, 1))
        run.row(f"commits a second on Redis, one at a time, {size / 1000:.1f} kB", run.rate(mine),
                f"redis-benchmark, 1 client: {run.rate(other)}", ratio, 0.5)
        alone = mine[0]
        ratio, other, mine = run.alternate(lambda: theirs(50), lambda: ours(count // 50, 50))
        run.row("changes a second on Redis, in commits of 50", run.rate(mine),
                f"redis-benchmark, 50 clients, a commit each: {run.rate(other)}", ratio, 0.5,
                extra=f"one at a time {alone / other[0]:.2f} of that")
        made = max(int(redis.call("HLEN", key)) for key in redis.keys("objects"))
        if made < 5 * count:
            raise RuntimeError(f"redis-benchmark's commits were refused: {made} objects")


def follower(run):
    with tempfile.TemporaryDirectory() as folder, RedisServer(run, folder) as redis:
        p50, p99, worst, rate = map(float, program(run, "bench-redis-log", "lag", redis.address, 5000, 10))
    run.row("commit on Redis to the fold on another gateway, 5,000 changes/s: p99 ms", f"p99 {p99:.2f} ms", "bar 50 ms", p99, 50,
            "less", f"p50 {p50:.2f}, worst {worst:.1f} ms; {rate:,.0f} changes/s were made")


def timed(*command):
    began = time.monotonic()
    subprocess.run([*map(str, command)], stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def until_ready(run, store, where, count):
    """A gateway's start until /readyz says 200; it is stopped as a restart stops it."""
    began = time.monotonic()
    process = subprocess.Popen([run.BUILD / "tests/bench/bench-restart", "start", store, where], stdout=subprocess.PIPE, text=True)
    counted = process.stdout.readline().strip()
    took = time.monotonic() - began
    if process.wait() != 0 or int(counted) != count:
        raise RuntimeError(f"{counted!r} resources after the restart, not {count}")
    return took


def restart(run):
    """Against the live records read out by the store's own shell, as text: it knows no way to give blobs but quoted."""
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/n.db"
        program(run, "bench-restart", "fill", run.objects, "sqlite", file)
        compare(run, "SQLite", lambda: until_ready(run, "sqlite", file, run.objects), "sqlite3",
                lambda: timed("sqlite3", "-readonly", file, ".mode quote",
                              "SELECT record FROM log WHERE revision IN (SELECT revision FROM objects)"))
    with tempfile.TemporaryDirectory() as folder, RedisServer(run, folder) as redis:
        program(run, "bench-restart", "fill", run.objects, "redis", redis.address)
        [objects] = redis.keys("objects")
        compare(run, "Redis", lambda: until_ready(run, "redis", redis.address, run.objects), "redis-cli HGETALL",
                lambda: timed("redis-cli", "-p", redis.port, "HGETALL", objects))


def compare(run, store, ours, tool, theirs):
    pairs = [(theirs(), ours()) for _ in range(3)]
    ratio = statistics.median(b / a for a, b in pairs)
    read, ready = (statistics.median(side) for side in zip(*pairs))
    run.row(f"restart with {run.objects:,} resources, {store}: until ready", f"{ready:.2f} s", f"{tool}: {read:.2f} s", ratio, 3.0, "less")
