"""Several gateways over one Redis and one backend. Standard library only."""

import pathlib

from cluster import Cluster
from gateway import Gateway, wait_until
from redis import Redis

V1 = "/o2ims/v1"
KINDS = ("resources", "resourcePools", "resourceTypes", "deploymentManagers", "subscriptions")
QUICK = {"store": {"backend": "redis", "lease_ttl": "2s"}, "subscriptions": {"backoff": "5ms", "max_backoff": "50ms"},
         "redis": {"dial_timeout": "2s"}, "observability": {"logging": {"level": "info"}}}


def sections(*all_of):
    """Configurations laid over each other, section by section."""
    merged = {}
    for config in all_of:
        for section, values in config.items():
            merged[section] = {**merged.get(section, {}), **values}
    return merged


class Fleet:
    """`addresses` are where each gateway finds Redis (a gate's, say); by default the server's own."""

    def __init__(self, folder, size, nodes=6, config=None, redis=None, cluster=None, addresses=None,
                 environments=None):
        self.folder = pathlib.Path(folder)
        self.own_redis = redis is None
        self.redis = redis or Redis(self.folder / "redis")
        self.own_cluster = cluster is None
        self.cluster = cluster or Cluster(nodes)
        self.config = config or {}
        self.addresses = addresses
        self.environments = environments or [None] * size
        self.size = size
        self.gateways = []

    def __enter__(self):
        try:
            if self.own_redis:
                self.redis.start()
            if self.own_cluster:
                self.cluster.__enter__()
            for number in range(self.size):
                self.gateways.append(self.make(number).start())
            for gateway in self.gateways:
                gateway.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for gateway in self.gateways:
            if gateway.process is not None:
                gateway.kill()
        if self.own_cluster:
            self.cluster.__exit__()
        if self.own_redis:
            self.redis.kill()

    def make(self, number):
        folder = self.folder / f"gateway-{number}"
        folder.mkdir(exist_ok=True)
        address = self.addresses[number] if self.addresses else getattr(self.redis, "address", None)
        where = {"redis": {"addresses": [address]}} if address else {}
        return Gateway(folder, adapters=[self.cluster.adapter(folder)], config=sections(QUICK, where, self.config),
                       environment=self.environments[number])

    @property
    def living(self):
        return [gateway for gateway in self.gateways if gateway.process is not None]


def metric(gateway, name):
    for line in gateway.get("/metrics").body.decode().splitlines():
        if line.startswith(name + "{") or line.startswith(name + " "):
            return float(line.rsplit(" ", 1)[1])
    raise KeyError(name)


def observers(gateways):
    return [gateway for gateway in gateways if metric(gateway, "netweave_leader") == 1]


def wait_observer(gateways, seconds=30):
    return wait_until(lambda: (found := observers(gateways)) and len(found) == 1 and found[0], "one observer", seconds)


def deliverer(redis, subscription_id):
    """The process that delivers a subscription, as the leases say; None where nobody does."""
    holder = redis.call("hget", lease_key(redis), f"deliver/{share_of(subscription_id)}").split(" ", 2)
    return int(holder[2].rsplit("-", 2)[1]) if len(holder) == 3 else None


def lease_key(redis):
    return next(key for key in redis.call("keys", "*:leases").splitlines())


def share_of(text):
    """lib/events/delivery_shares.cpp."""
    value = 0x811c9dc5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xffffffff
    return (value ^ (value >> 16)) % 16


def view(gateway):
    """All that a client can see of the inventory, with every ETag."""
    lists = {}
    for kind in KINDS:
        answer = gateway.get(f"{V1}/{kind}?limit=1000")
        assert answer.status == 200, answer
        lists[kind] = answer.json["items"]
    return lists


def revision(gateway):
    return gateway.request("HEAD", "/o2ims/v2/resources").headers["x-netweave-revision"]


def wait_agreement(gateways, seconds=30):
    """Waits until they show the same, revision included; gives it."""
    def agree():
        before = {revision(gateway) for gateway in gateways}
        views = [view(gateway) for gateway in gateways]
        after = {revision(gateway) for gateway in gateways}
        return views[0] if len(before) == 1 and before == after and all(v == views[0] for v in views) else None
    return wait_until(agree, "agreement of the gateways", seconds)
