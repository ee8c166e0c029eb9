"""A gateway whose log is in Redis: what it acknowledged is there after a kill -9 of either, and gateways share it."""

import json
import subprocess

import pytest

from gateway import PROGRAM, Gateway, wait_until
from redis import Redis

NO_ADAPTER = [{"name": "sim", "type": "simulator", "config": {"generate": {"pools": 0}}}]


@pytest.fixture
def server(tmp_path):
    with Redis(tmp_path / "redis") as redis:
        yield redis


def settings(redis, **keys):
    return {"store": {"backend": "redis"}, "redis": {"addresses": [redis.address], **keys}}


def failed_start(tmp_path, config):
    (tmp_path / "config.yaml").write_text(json.dumps({"server": {"port": 0}, **config}))
    done = subprocess.run([PROGRAM, "--config", "config.yaml"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 69, done
    return done.stderr.splitlines()


def test_a_subscription_survives_a_kill_of_the_gateway_and_one_of_redis(tmp_path, server, sink):
    with Gateway(tmp_path, config=settings(server)) as gateway:
        made = gateway.post("/o2ims/v1/subscriptions", {"callback": sink.url + "/hook"})
        assert made.status == 201, made
        etag = gateway.get("/o2ims/v1/subscriptions/" + made.json["subscriptionId"]).headers["etag"]
        gateway.kill()
        server.kill()
        server.start()
        gateway.start()
        again = gateway.get("/o2ims/v1/subscriptions/" + made.json["subscriptionId"])
        assert again.status == 200
        assert again.headers["etag"] == etag


def test_a_change_while_redis_is_away_fails_and_succeeds_when_it_is_back(tmp_path, server, sink):
    with Gateway(tmp_path, config=settings(server, dial_timeout="200ms")) as gateway:
        pools = gateway.get("/o2ims/v1/resourcePools").json
        assert pools
        server.kill()
        refused = gateway.post("/o2ims/v1/subscriptions", {"callback": sink.url + "/hook"})
        assert refused.status == 503, refused
        assert gateway.get("/o2ims/v1/resourcePools").json == pools  # reads go on
        server.start()
        wait_until(lambda: gateway.post("/o2ims/v1/subscriptions", {"callback": sink.url + "/hook"}).status == 201,
                   "a subscription")


def test_a_wrong_password_says_what_to_set(tmp_path, sink):
    with Redis(tmp_path / "redis", "--requirepass", "right") as server:
        lines = failed_start(tmp_path, settings(server, password="wrong"))
        assert f"Redis at {server.address} refuses the user or the password: set redis.username and redis.password" in lines[-2]
        assert "wrong" not in "\n".join(lines)
        lines = failed_start(tmp_path, settings(server))
        assert "demands a password: set redis.password" in lines[-2]


def test_a_server_that_would_forget_is_refused(tmp_path):
    with Redis(tmp_path / "redis", "--appendonly", "no") as server:
        assert "appendonly no" in failed_start(tmp_path, settings(server))[-1]
        with Gateway(tmp_path, config=settings(server, check_persistence=False)):
            pass


def test_a_redis_that_is_away_is_named(tmp_path):
    lines = failed_start(tmp_path, {"store": {"backend": "redis"},
                                    "redis": {"addresses": ["127.0.0.1:1"], "dial_timeout": "10ms"}})
    assert lines[-1] == "netweave-gateway: 127.0.0.1:1: Connection refused"
