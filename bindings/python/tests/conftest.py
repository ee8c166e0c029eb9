import threading

import pytest

import netweave

MEMORY = {"store": {"backend": "memory"}}


def simulated(pools=3, resources=25, name="sim"):
    """A configuration with one simulator, which forgets all."""
    generate = {"pools": pools, "resources": resources, "resource_types": 2, "seed": 7}
    return {**MEMORY, "adapters": [{"name": name, "type": "simulator", "config": {"generate": generate}}]}


class Log:
    """A logger that keeps its lines."""

    def __init__(self):
        self.lines = []

    def __call__(self, level, line):
        self.lines.append((level, line))

    def __contains__(self, words):
        return any(words in line for _, line in list(self.lines))

    def __str__(self):
        return "\n".join(line for _, line in self.lines)


class Pools(netweave.Adapter):
    """A backend of resource pools, in memory. `made` and `ended` say how often and whether it ran."""

    def __init__(self, settings):
        super().__init__(settings)
        self.pools = {f"{self.name}-{n}": {"resourcePoolId": f"{self.name}-{n}", "name": f"pool {n}"} for n in "ab"}
        self.feed = None
        self.observing = threading.Event()
        self.ended = threading.Event()

    def observe(self, feed, stop):
        self.feed = feed
        with feed.begin(["resourcePool"]) as full:
            for pool in self.pools.values():
                full.add(netweave.Observed(pool, "resourcePool"))
            full.commit("first")
        self.observing.set()
        stop.wait(None)
        self.ended.set()

    def create_resource_pool(self, pool, context):
        pool = {**pool, "resourcePoolId": f"{self.name}-{pool['name']}"}
        self.pools[pool["resourcePoolId"]] = pool
        return netweave.Observed(pool, "resourcePool", client_token=context.client_token)


class Made:
    """A factory that keeps what it made."""

    def __init__(self, kind):
        self.kind = kind
        self.adapters = []

    def __call__(self, settings):
        self.adapters.append(self.kind(settings))
        return self.adapters[-1]

    @property
    def adapter(self):
        return self.adapters[-1]


def adapted(name="py"):
    return {**MEMORY, "adapters": [{"name": name, "type": "python", "config": {"site": "ö", "depth": [1, 2.5, None]}}]}


class Running:
    """A started gateway over an adapter of `kind`, synced."""

    def __init__(self, kind, **more):
        self.log = Log()
        self.made = Made(kind)
        self.gateway = netweave.Gateway({**adapted(), **more}, {"python": self.made}, self.log)

    def __enter__(self):
        self.gateway.start()
        self.gateway.wait_synced(60)
        return self

    def __exit__(self, *_):
        self.gateway.stop()

    @property
    def adapter(self):
        return self.made.adapter


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def gateway(log):
    """A started gateway over a small simulator."""
    with netweave.Gateway(simulated(), logger=log) as gateway:
        gateway.wait_synced(60)
        yield gateway
