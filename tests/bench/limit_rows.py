"""Rows about rate limits: what counting costs, and how well a fleet keeps to a limit, with how many round trips."""

import concurrent.futures
import re
import subprocess
import tempfile

from fleet import metric
from redis_server import RedisServer


def limited(requests_per_second, **more):
    rate = {"requests_per_second": requests_per_second, "burst": requests_per_second}
    return {"security": {"rate_limit": {"enabled": True, "tenant": rate, "global": rate}}, **more}


def limits(run):
    alone(run)
    fleet(run)


def alone(run):
    with tempfile.TemporaryDirectory() as folder:
        without = run.simulator(100000, run.make(folder, "without"))
        with_it = run.simulator(100000, run.make(folder, "with"), more=limited(1000000))
        paths = run.some_paths(with_it)
        try:
            ratio, theirs, ours = run.alternate(lambda: run.wrk(without.port, paths, folder),
                                                lambda: run.wrk(with_it.port, paths, folder))
            run.row("GET one, rate limits on", run.rate(ours), f"off {run.rate(theirs)}", ratio, 0.90)
        finally:
            without.stop()
            with_it.stop()


def guarded(run):
    """Everything that asks who may do what, against a gateway that asks nothing. Who asks is said by a proxy, to both."""
    who = {"X-Forwarded-Client-Cert": 'Subject="CN=admin,O=Bench"'}
    everything = limited(10**6, tls={"trusted_proxies": ["127.0.0.1"]},
                         multi_tenancy={"enabled": True, "bootstrap_admin": {"subject": "CN=admin,O=Bench"},
                                        "default_tenant_quota": {"max_requests_per_minute": 10**9}})
    with tempfile.TemporaryDirectory() as folder:
        off = run.simulator(100000, run.make(folder, "off"), validation=False)
        on = run.simulator(100000, run.make(folder, "on"), more=everything)
        paths = run.some_paths(off)
        try:
            ratio, theirs, ours = run.alternate(lambda: run.wrk(off.port, paths, folder, headers=who),
                                                lambda: run.wrk(on.port, paths, folder, headers=who))
            run.row("GET one: identity, roles, quota, rate limits, validation on", run.rate(ours),
                    f"all off {run.rate(theirs)}", ratio, 0.80)
        finally:
            off.stop()
            on.stop()


def flood(port, connections, seconds):
    """Requests, and how many of them were let through."""
    out = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
                          f"http://127.0.0.1:{port}/o2ims"], capture_output=True, text=True, check=True).stdout
    asked = int(re.search(r"(\d+) requests in", out).group(1))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return asked, asked - (int(refused.group(1)) if refused else 0)


def fleet(run, per_second=5000, seconds=10):
    """Three gateways, of which one has most of the load."""
    with tempfile.TemporaryDirectory() as folder, RedisServer(run, folder) as redis:
        more = limited(per_second, redis={"addresses": [redis.address]})
        gateways = [run.simulator(1000, run.make(folder, str(number)), store="redis", more=more) for number in range(3)]

        def count(name):
            return sum(metric(gateway, name) for gateway in gateways)

        try:
            run.gateways.wait_until(lambda: count("netweave_rate_limit_members") == 9, "each knows of all three")
            before = count("netweave_rate_limit_round_trips_total")
            with concurrent.futures.ThreadPoolExecutor() as pool:
                floods = pool.map(flood, [gateway.port for gateway in gateways], (32, 4, 1), [seconds] * 3)
                asked, allowed = map(sum, zip(*floods))
            trips = count("netweave_rate_limit_round_trips_total") - before
        finally:
            for gateway in gateways:
                gateway.stop()
    should = per_second * (seconds + 1)  # a full bucket of a second's, and what flows in
    run.row("rate limits of three gateways: round trips to Redis a request", f"{trips:,.0f}", f"{asked:,} requests",
            trips / asked, 0.02, "less")
    run.row("the same: how far what was let through is off the limit", f"{allowed:,}", f"limit {should:,}",
            abs(allowed / should - 1), 0.05, "less")
