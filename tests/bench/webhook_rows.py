"""Rows about notifications: how soon, how many, and what those cost that do not want them."""

import json
import pathlib
import re
import subprocess
import tempfile

from redis_server import RedisServer
from sink import Sink


def program(run, name, *arguments, core=None):
    pinned = [] if core is None else ["taskset", "-c", str(core)]
    out = subprocess.run([*pinned, run.BUILD / "tests/bench" / name, *map(str, arguments)], capture_output=True, text=True)
    if out.returncode != 0:
        raise RuntimeError(f"{name}: {out.stderr}")
    return out.stdout.split()


def events(run):
    """100 subscriptions, a pool each: 1,000 changes a second are 1,000 notifications a second."""
    for store in ("sqlite", "memory", "redis"):
        with tempfile.TemporaryDirectory() as folder:
            if store == "redis":
                with RedisServer(run, folder) as redis:
                    out = program(run, "bench-events", 1000, 10, 100, store, redis.address)
            else:
                out = program(run, "bench-events", 1000, 10, 100, store, f"{folder}/n.db")
        p50, p99, worst = map(float, out[:3])
        run.row(f"change to webhook's first byte, 1,000/s, 100 subscriptions, {store}: p99 ms", f"p99 {p99:.2f} ms", "bar 20 ms",
                p99, 20, "less", f"p50 {p50:.2f}, worst {worst:.1f} ms; {out[3]} of {out[4]} arrived")


def post_script(run, folder):
    """A Lua script with which wrk POSTs what one notification is."""
    with Sink() as sink:
        program(run, "bench-notifications", sink.url.rsplit(":", 1)[1], 1, 0, 1, "memory")
        _, headers, body = sink.raw[0]
    kept = {name: value for name, value in headers.items() if name not in ("host", "content-length")}
    script = pathlib.Path(folder) / "post.lua"
    lines = [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in kept.items()]
    text = body.decode()
    assert "]==]" not in text
    script.write_text("\n".join(["wrk.method = 'POST'", f"wrk.body = [==[{text}]==]", *lines]) + "\n")
    return script, len(body)


def notifications(run):
    """64 subscriptions that hear everything, against wrk's 64 connections; the receiver is nginx that answers 204."""
    with tempfile.TemporaryDirectory() as folder:
        script, size = post_script(run, folder)
        nginx = run.Nginx(folder, {})

        def posts():
            out = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", "-c64", "-d4s", "-s", script,
                                  f"http://127.0.0.1:{nginx.port}/hook"], capture_output=True, text=True, check=True).stdout
            return (float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)),)

        def ours():
            return (float(program(run, "bench-notifications", nginx.port, 64, 0, 1500, "sqlite",
                                  f"{run.make(folder, str(len(list(pathlib.Path(folder).iterdir()))))}/n.db", core=1)[0]),)

        try:
            ratio, theirs, mine = run.alternate(posts, ours)
        finally:
            nginx.stop()
        run.row(f"notifications a second, {size / 1000:.1f} kB, 64 subscriptions, SQLite", run.rate(mine), f"wrk {run.rate(theirs)}",
                ratio, 0.6, extra="signed, positions written; one core each side")


def subscriptions(run):
    """What a change costs where 10,000 subscribe and 100 of them match, against 100 that match."""
    out = program(run, "bench-matching")
    for way, few, many in zip(out[::3], out[1::3], out[2::3]):
        few, many = float(few), float(many)
        indexed = way != "expression"
        run.row(f"matching a change by {way.replace('_', ', ')}: 10,000 subscriptions, 100 match", f"{many:.1f} µs",
                f"100 that match: {few:.1f} µs", many / few, 2.0, "less",
                "" if indexed else "no index: every subscription that an expression alone narrows is looked at")
    with tempfile.TemporaryDirectory() as folder:
        nginx = run.Nginx(folder, {})
        try:
            def cost(others):
                return (float(program(run, "bench-notifications", nginx.port, 100, others, 300, "memory", core=1)[1]),)
            ratio, few, many = run.alternate(lambda: cost(0), lambda: cost(9900))
        finally:
            nginx.stop()
    run.row("a change, matched and told: 10,000 subscriptions, 100 match", f"{many[0] / 1000:.2f} ms of processor time",
            f"100 that match: {few[0] / 1000:.2f} ms", ratio, 2.0, "less")
