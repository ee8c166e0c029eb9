"""A backup while the gateway runs under writes, and a gateway on what was restored of it: of each kind into each."""

import json
import os
import subprocess
import threading

import pytest

from conftest import subscribe
from gateway import PROGRAM, Gateway, wait_until
from redis import Redis
from streams import Events

ADAPTERS = [{"name": "sim", "type": "simulator", "config": {"generate": {"pools": 4, "resources": 300, "seed": 3}}}]


@pytest.fixture
def server(tmp_path):
    with Redis(tmp_path / "redis") as redis:
        yield redis


def folder(tmp_path, name):
    path = tmp_path / name
    path.mkdir(exist_ok=True)
    return path


def settings(kind, server, key_prefix="netweave"):
    if kind == "redis":
        return {"store": {"backend": "redis"}, "redis": {"addresses": [server.address], "key_prefix": key_prefix}}
    return {}


def command(gateway, *words):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NETWEAVE_")}
    return subprocess.run([PROGRAM, *gateway.arguments, *map(str, words)], cwd=gateway.folder, env=environment,
                          capture_output=True, text=True, timeout=120)


def describe(gateway, pool, text):
    answer = gateway.request("PATCH", "/o2ims/v1/resourcePools/" + pool, json.dumps({"description": text}),
                             {"Content-Type": "application/merge-patch+json"})
    assert answer.status == 200, answer


class Writing:
    """Writes until it is left; `texts` are the acknowledged ones, in order."""

    def __init__(self, gateway, pool):
        self.texts = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write, args=(gateway, pool))

    def _write(self, gateway, pool):
        while not self._ended.is_set():
            text = f"write {len(self.texts)}"
            describe(gateway, pool, text)
            self.texts.append(text)

    def __enter__(self):
        self._thread.start()
        wait_until(lambda: len(self.texts) >= 20, "writes")
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()


@pytest.mark.parametrize("source,target", [("sqlite", "sqlite"), ("sqlite", "redis"), ("redis", "sqlite")])
def test_a_restored_gateway_has_what_was_backed_up_and_tells_its_subscribers(tmp_path, server, sink, source, target):
    backup = tmp_path / "backup.db"
    with Gateway(folder(tmp_path, "a"), adapters=ADAPTERS, config=settings(source, server)) as gateway:
        gateway.wait_ready()
        pool = gateway.all("resourcePools")[0]["resourcePoolId"]
        subscription = subscribe(gateway, sink)
        place = "/o2ims/v1/subscriptions/" + subscription["subscriptionId"]
        etag = gateway.get(place).headers["etag"]
        with Events(gateway.port) as events:
            describe(gateway, pool, "heard")
            place_in_stream = events.next()[0]
        cursor = gateway.get("/o2ims/v1/resources?limit=10").json["nextCursor"]
        with Writing(gateway, pool) as writing:
            sink.wait(5)
            acknowledged = len(writing.texts)
            done = command(gateway, "backup", backup)
            assert done.returncode == 0, done
            assert "backed up to" in done.stderr
            wait_until(lambda: len(writing.texts) >= acknowledged + 20, "writes after the backup")
        resources = gateway.all("resources")

    restored = Gateway(folder(tmp_path, "b"), adapters=ADAPTERS, config=settings(target, server, "other"))
    done = command(restored, "restore", backup)
    assert done.returncode == 0, done
    assert "its epoch is" in done.stderr
    before = len(sink.bodies())
    with restored as gateway:
        gateway.wait_ready()
        assert gateway.get(place).json["callback"] == subscription["callback"]
        assert gateway.all("resources") == resources
        again = gateway.get(place).headers["etag"]
        assert again != etag
        old = gateway.request("PUT", place, {"callback": sink.url + "/hook"}, {"If-Match": etag})
        assert old.status == 412, old
        gone = gateway.get("/o2ims/v2/events", **{"Last-Event-ID": place_in_stream})
        assert gone.status == 410 and "another history" in gone.json["detail"], gone
        with Events(gateway.port, last_id=gone.json["oldestRevision"]) as events:
            assert events.status == 200
        stale = gateway.get(f"/o2ims/v1/resources?limit=10&cursor={cursor}")
        assert stale.status == 200, stale  # a cursor is a place in an order of ids, under a key that was restored
        told = sink.wait(before + 1)[before]
        assert told["eventType"] == "Resync", told
        with Writing(gateway, pool):
            heard = wait_until(lambda: [b for b in sink.bodies()[before:] if b["eventType"] != "Resync"], "an event")
        assert heard[0]["eventType"].startswith("ResourcePool")
        assert [b["eventType"] for b in sink.bodies()[before:]].count("Resync") == 1
        refused = command(gateway, "restore", backup)  # into the store of one that runs
        assert refused.returncode == 69, refused
    if target == "sqlite":
        assert "is held by netweave-gateway pid" in refused.stderr
    else:
        assert "are not empty" in refused.stderr
    refused = command(restored, "restore", backup)
    assert refused.returncode == 69, refused
    assert "not empty" in refused.stderr


def test_a_backup_has_what_was_acknowledged_before_it(tmp_path, sink):
    backup = tmp_path / "backup.db"
    with Gateway(folder(tmp_path, "a"), adapters=ADAPTERS) as gateway:
        gateway.wait_ready()
        made = [subscribe(gateway, sink, path=f"/{number}")["subscriptionId"] for number in range(20)]
        assert command(gateway, "backup", backup).returncode == 0
        gateway.kill()
    restored = Gateway(folder(tmp_path, "b"), adapters=ADAPTERS)
    assert command(restored, "restore", backup).returncode == 0
    with restored as gateway:
        assert {one["subscriptionId"] for one in gateway.all("subscriptions")} == set(made)


def test_a_resync_that_was_not_heard_is_owed_after_a_restart(tmp_path, sink):
    backup = tmp_path / "backup.db"
    with Gateway(folder(tmp_path, "a"), adapters=ADAPTERS) as gateway:
        gateway.wait_ready()
        subscribe(gateway, sink)
        pool = gateway.all("resourcePools")[0]["resourcePoolId"]
        with Writing(gateway, pool):
            sink.wait(1)
        assert command(gateway, "backup", backup).returncode == 0
    restored = Gateway(folder(tmp_path, "b"), adapters=ADAPTERS)
    assert command(restored, "restore", backup).returncode == 0
    before = len(sink.bodies())
    tries = sink.attempts
    sink.answers = [503] * 1000
    with restored as gateway:
        wait_until(lambda: sink.attempts > tries, "an attempt")
        gateway.stop()
        sink.answers = []
        gateway.start()
        assert sink.wait(before + 1)[before]["eventType"] == "Resync"


def test_wrong_arguments_and_settings_say_so(tmp_path):
    gateway = Gateway(folder(tmp_path, "a"), adapters=ADAPTERS)
    assert command(gateway, "backup").returncode == 64
    assert command(gateway, "backup", "a", "b").returncode == 64
    assert command(gateway, "backup", "a", "restore", "b").returncode == 64
    missing = command(gateway, "backup", "a")
    assert missing.returncode == 69
    assert "netweave.db is not there" in missing.stderr
    gateway.arguments = ["--config", str(Gateway(folder(tmp_path, "m"), config={"store": {"backend": "memory"}}).config)]
    memory = command(gateway, "backup", "a")
    assert memory.returncode == 78, memory
    assert memory.stderr.startswith("store.backend: memory ends with its gateway"), memory
    gateway.arguments = ["--config", "no-such.yaml"]
    assert command(gateway, "restore", "a").returncode == 78
