"""What lists cost at a million resources: against themselves, DuckDB and PostgreSQL over the same values."""

import csv
import glob
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import time
from urllib.parse import quote

V2 = "/o2ims/v2/resources"
CORES, MODEL = 32, "A100"
CONDITION = f"extensions.cpu.cores%5Bgte%5D={CORES}&extensions.gpu.model%5Bcontains%5D={MODEL}"


def seconds(call, rounds):
    """The median of what `call` takes."""
    taken = []
    for _ in range(rounds):
        began = time.monotonic()
        call()
        taken.append(time.monotonic() - began)
    return statistics.median(taken)


def all_resources(gateway):
    cursor = ""
    while cursor is not None:
        page = gateway.get(f"{V2}?limit=1000{cursor}").json
        yield from page["items"]
        cursor = "&cursor=" + page["nextCursor"] if "nextCursor" in page else None


class Postgres:
    """A server of its own in a folder, on a socket alone, with one core to itself and its plans without helpers."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        shutil.chown(self.folder, "postgres")
        os.chmod(self.folder, 0o755)
        self.run("initdb", "-D", self.folder / "data", "-A", "trust")
        self.run("pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o",
                 f"-c listen_addresses='' -k {self.folder} -c shared_buffers=2GB -c max_parallel_workers_per_gather=0 "
                 "-c fsync=off -c jit=off", "start")

    def run(self, program, *arguments):
        return subprocess.run(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
                               f"{self.bin}/{program}", *map(str, arguments)], check=True, capture_output=True, text=True,
                              cwd="/").stdout

    def sql(self, *commands):
        return self.run("psql", "-h", self.folder, "-d", "postgres", "-tA", *[w for c in commands for w in ("-c", c)])

    def stop(self):
        self.run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")


def duckdb_seconds(values):
    import duckdb
    table = duckdb.connect(config={"threads": 1})
    table.execute("create table r (id varchar, cores integer, model varchar)")
    table.execute(f"copy r from '{values['csv']}' (header true)")
    text = f"select count(*), min(id) from r where cores >= {CORES} and contains(model, '{MODEL}')"
    assert table.execute(text).fetchone()[0] == values["matches"]
    return seconds(lambda: table.execute(text).fetchone(), 15)


def postgres_seconds(values, folder):
    server = Postgres(folder)
    try:
        server.sql("create table r (id text, doc jsonb)", f"copy r from '{values['jsonl']}' (format csv, header true)",
                   "vacuum analyze r")
        text = (f"explain (analyze, timing off, format json) select count(*) from r where (doc->'cpu'->>'cores')::int >= {CORES} "
                f"and position('{MODEL}' in doc->'gpu'->>'model') > 0")
        return statistics.median(json.loads(server.sql(text))[0]["Execution Time"] / 1000 for _ in range(5))
    finally:
        server.stop()


def export(gateway, folder):
    """The same values for the yardsticks."""
    values = {"csv": f"{folder}/values.csv", "jsonl": f"{folder}/documents.csv", "matches": 0}
    with open(values["csv"], "w", newline="") as plain, open(values["jsonl"], "w", newline="") as documents:
        rows, jsons = csv.writer(plain), csv.writer(documents)
        rows.writerow(["id", "cores", "model"])
        jsons.writerow(["id", "doc"])
        for resource in all_resources(gateway):
            extensions = resource["extensions"]
            cores, model = extensions["cpu"]["cores"], extensions.get("gpu", {}).get("model", "")
            rows.writerow([resource["resourceId"], cores, model])
            jsons.writerow([resource["resourceId"], json.dumps(extensions)])
            values["matches"] += cores >= CORES and MODEL in model
    os.chmod(folder, 0o755)
    return values


def measure(bench, folder, count=1000000):
    gateway = bench.simulator(count, bench.make(folder, "gateway"))
    try:
        indexed, plain = f"{V2}?resourcePoolId=sim-pool-0001&limit=100", f"{V2}?limit=100"
        ratio, theirs, ours = bench.alternate(lambda: bench.wrk(gateway.port, [plain], folder),
                                              lambda: bench.wrk(gateway.port, [indexed], folder))
        bench.row("filter by an indexed field, page of 100: time against the plain page", bench.rate(ours),
                  f"plain {bench.rate(theirs)}", 1 / ratio, 1.5, "less", bench.latencies(ours))

        far = gateway.get(f"{V2}?limit=100&offset={count // 2 - 100}").json["nextCursor"]
        ratio, theirs, ours = bench.alternate(lambda: bench.wrk(gateway.port, [plain], folder),
                                              lambda: bench.wrk(gateway.port, [f"{plain}&cursor={quote(far)}"], folder))
        bench.row("page 5,000 by cursor: time against page 1", bench.rate(ours), f"page 1 {bench.rate(theirs)}", 1 / ratio,
                  1.2, "less", bench.latencies(ours))

        def scan():
            return gateway.get(f"{V2}?{CONDITION}&limit=1").json["total"]

        began = time.monotonic()
        scan()
        first = time.monotonic() - began
        unchanged = seconds(scan, 15)

        def scan_after_change():
            number = random.randrange(count)
            gateway.request("PATCH", f"/o2ims/v2/resources/sim-res-{number:07d}", {"description": str(time.monotonic())})
            began = time.monotonic()
            scan()
            return time.monotonic() - began

        changed = statistics.median(scan_after_change() for _ in range(15))
        bench.row("the same filter after one object changed: time against unchanged", f"{changed * 1000:.2f} ms",
                  f"unchanged {unchanged * 1000:.2f} ms", changed / unchanged, 1.2, "less",
                  f"the first time {first * 1000:.0f} ms")
        values = export(gateway, bench.make(folder, "values"))
        assert scan() == values["matches"]
        unchanged = seconds(scan, 15)
        duck = duckdb_seconds(values)
        bench.row("unindexed number and text, whole scan with total, of DuckDB's time", f"{unchanged * 1000:.2f} ms",
                  f"DuckDB {duck * 1000:.2f} ms", unchanged / duck, 3, "less", f"{values['matches']} of {count} match")
        postgres = postgres_seconds(values, bench.make(folder, "postgres"))
        bench.row("the same, of PostgreSQL's time over JSONB", f"{unchanged * 1000:.2f} ms",
                  f"PostgreSQL {postgres * 1000:.0f} ms", unchanged / postgres, 0.1, "less")
    finally:
        gateway.stop()
