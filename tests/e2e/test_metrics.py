"""The metrics of a gateway that has done everything: by Prometheus' own linter, and against the contract's names."""

import subprocess

import build
import pytest
from gateway import Gateway, wait_until

V2 = "/o2ims/v2"
ADMIN = {"X-Forwarded-Client-Cert": 'Subject="CN=admin,O=Test"'}

# the contract's, each with its labels but `le`
NAMES = {
    "http_requests_total": {"method", "route", "status"},
    "http_request_duration_seconds": {"method", "route"},
    "http_in_flight": set(),
    "adapter_requests_total": {"adapter", "operation", "result"},
    "adapter_request_duration_seconds": {"adapter", "operation"},
    "inventory_objects": {"kind", "adapter"},
    "inventory_lag_seconds": {"adapter"},
    "events_total": {"type"},
    "notifications_total": {"result"},
    "notification_latency_seconds": set(),
    "notification_queue": {"state"},
    "subscriptions": set(),
    "rate_limited_total": {"scope"},
    "quota_rejected_total": {"kind"},
    "store_operations_total": {"backend", "operation", "result"},
    "store_operation_duration_seconds": {"backend", "operation"},
    "leader": {"adapter"},
    "build_info": {"version"},
}


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    generate = {"pools": 2, "resources": 20, "resource_types": 2, "seed": 7}
    config = {"tls": {"trusted_proxies": ["127.0.0.1"]},
              "multi_tenancy": {"enabled": True, "require_mtls": False,
                                "bootstrap_admin": {"subject": "CN=admin,O=Test"},
                                "default_tenant_quota": {"max_subscriptions": 1}},
              "security": {"rate_limit": {"enabled": True, "endpoints": [
                  {"method": "GET", "route": V2 + "/features", "requests_per_second": 1, "burst": 1}]}},
              "observability": {"tracing": {"enabled": True, "endpoint": "http://127.0.0.1:1", "sampling_rate": 1}}}
    adapters = [{"name": "sim", "type": "simulator", "config": {"generate": generate}}]
    with Gateway(tmp_path_factory.mktemp("metrics"), adapters=adapters, config=config) as gateway:
        gateway.wait_ready()

        def ask(method, path, body=None):
            return gateway.request(method, path, body, dict(ADMIN)).status
        hook = {"callback": "http://127.0.0.1:1/"}
        assert [ask("POST", V2 + "/subscriptions", hook) for _ in range(2)] == [201, 429]
        assert ask("PATCH", V2 + "/resources/sim-res-0000001", {"description": "changed"}) == 200
        wait_until(lambda: ask("GET", V2 + "/features") == 429, "a rate limit")
        assert ask("GET", "/no\"ne\\") == 404 and ask("BREW", V2) in (404, 405)
        yield gateway.request("GET", "/metrics", headers=dict(ADMIN)).body.decode()


def series(text):
    """(name, labels' names, value) of each line."""
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, _, rest = line.partition("{") if "{" in line else (line.split()[0], "", "")
        labels = {part.split("=")[0] for part in rest.rsplit("}", 1)[0].split('",') if part}
        yield name, labels, line.split()[-1]


def test_what_the_contract_names_is_there_with_its_labels(text):
    there = {}
    for name, labels, _ in series(text):
        for suffix in ("_bucket", "_sum", "_count"):
            name = name.removesuffix(suffix) if "seconds" + suffix in name else name
        there.setdefault(name.removeprefix("netweave_"), set()).update(labels - {"le"})
    assert {name: there.get(name) for name in NAMES} == NAMES


def test_every_name_is_the_projects_and_every_route_a_template(text):
    assert all(name.startswith("netweave_") for name, _, _ in series(text))
    routes = [line for line in text.splitlines() if 'route="' in line]
    assert any('route="unmatched"' in line for line in routes) and not any("sim-res" in line for line in routes)
    assert 'netweave_inventory_objects{kind="resource",adapter="sim"} 20' in text.splitlines()


def test_prometheus_linter_finds_nothing(text):
    done = subprocess.run([build.build("promlint")], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_does_find_something():
    bad = "# TYPE a_total gauge\na_total 1\n"
    done = subprocess.run([build.build("promlint")], input=bad, capture_output=True, text=True)
    assert done.returncode == 3 and "a_total" in done.stdout
    assert subprocess.run([build.build("promlint")], input="}", capture_output=True, text=True).returncode == 1
