"""`promtool check metrics` over a gateway that has done some of everything."""

import re
import subprocess

import build
import pytest
from gateway import ROOT, Gateway, wait_until
from redis import Redis
from streams import Events

V2 = "/o2ims/v2"
ADMIN = {"X-Forwarded-Client-Cert": 'Subject="CN=admin,O=Test"'}


def configuration(redis):
    limit = {"method": "GET", "route": V2 + "/features", "requests_per_second": 1, "burst": 1}
    return {"store": {"backend": "redis"}, "redis": {"addresses": [redis.address]},
            "tls": {"trusted_proxies": ["127.0.0.1"]},
            "multi_tenancy": {"enabled": True, "require_mtls": False, "bootstrap_admin": {"subject": "CN=admin,O=Test"},
                              "default_tenant_quota": {"max_subscriptions": 1}},
            "security": {"rate_limit": {"enabled": True, "endpoints": [limit]}},
            "observability": {"tracing": {"enabled": True, "endpoint": "http://127.0.0.1:1", "sampling_rate": 1}}}


@pytest.fixture
def text(tmp_path, sink):
    generate = {"pools": 2, "resources": 20, "resource_types": 2, "seed": 7}
    adapters = [{"name": "sim", "type": "simulator", "config": {"generate": generate}}]
    with Redis(tmp_path / "redis") as redis, \
            Gateway(tmp_path, adapters=adapters, config=configuration(redis)) as gateway:
        gateway.wait_ready()

        def ask(method, path, body=None):
            return gateway.request(method, path, body, dict(ADMIN)).status

        def scrape():
            return gateway.request("GET", "/metrics", headers=dict(ADMIN)).body.decode()
        assert [ask("POST", V2 + "/subscriptions", {"callback": sink.url}) for _ in range(2)] == [201, 429]
        assert ask("PATCH", V2 + "/resources/sim-res-0000001", {"description": "changed"}) == 200
        sink.wait(1)
        assert ask("PATCH", V2 + "/resources/none", {"description": "changed"}) == 404
        wait_until(lambda: ask("GET", V2 + "/features") == 429, "a rate limit")
        with Events(gateway.port, headers=ADMIN):
            pass
        wait_until(lambda: "netweave_streams 0" in scrape(), "the stream is over")
        yield scrape()


def promtool(text):
    return subprocess.run([build.build("promtool"), "check", "metrics"], input=text, capture_output=True, text=True)


def test_promtool_has_nothing_to_say(text):
    listed = set(re.findall(r"`(netweave_\w+)`", (ROOT / "docs/observability.md").read_text()))
    assert len(listed) > 20 and not {name for name in listed if f"# TYPE {name} " not in text}
    done = promtool(text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_promtool_does_find_something():
    done = promtool("# TYPE a_total gauge\na_total 1\n")
    assert done.returncode == 3 and "a_total" in done.stderr
