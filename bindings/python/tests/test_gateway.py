"""The gateway from Python: life, requests, lists, configuration."""

import json
import os
import threading
import urllib.request

import pytest

import netweave
from conftest import MEMORY, simulated


def threads_of_process():
    return set(os.listdir("/proc/self/task"))


def test_starts_and_stops(log):
    gateway = netweave.Gateway(simulated(), logger=log)
    gateway.start()
    gateway.wait_synced(60)
    assert gateway.get("/readyz").status == 200
    gateway.stop()
    gateway.stop()
    for use in (gateway.start, gateway.drain, gateway.serve, gateway.events, gateway.wait_synced,
                lambda: gateway.get("/readyz")):
        with pytest.raises(netweave.CancelledError):
            use()
    assert "backend: memory" in gateway.config


def test_is_started_once(gateway):
    with pytest.raises(netweave.ConflictError):
        gateway.start()


def test_leaves_no_thread_behind(log):
    before, known = threads_of_process(), threading.enumerate()
    with netweave.Gateway(simulated(), logger=log) as gateway:
        gateway.serve()
        assert threads_of_process() > before
    assert threads_of_process() <= before
    assert threading.enumerate() == known


def test_answers_without_a_socket(gateway):
    answer = gateway.get("/o2ims/v1/resourcePools", headers={"Accept": "application/json"})
    assert answer.status == 200
    assert len(answer.json()["items"]) == 3
    assert answer.headers["content-type"] == answer.headers["Content-Type"] == "application/json"
    assert "x-request-id" in answer.headers
    missing = gateway.get("/o2ims/v1/resourcePools/none")
    assert missing.status == 404
    with pytest.raises(netweave.NotFoundError):
        missing.raise_for_status()


def test_writes_with_each_method(gateway):
    made = gateway.post("/o2ims/v1/resourcePools", {"name": "ünique", "resourcePoolId": "mine"})
    assert made.status == 201, made
    one = "/o2ims/v1/resourcePools/mine"
    assert gateway.patch(one, {"description": "patched"}).json()["description"] == "patched"
    assert gateway.put(one, {"name": "put"}).json()["name"] == "put"
    assert gateway.put(one, json.dumps({"name": "text"}), {"Content-Type": "application/json"}).status == 200
    assert gateway.delete(one).status in (200, 204)
    assert gateway.get(one).status == 404


def test_serves_a_socket(gateway):
    url = gateway.serve()
    with urllib.request.urlopen(url + "/o2ims/v1/resources?limit=5", timeout=60) as answer:
        assert len(json.load(answer)["items"]) == 5
    with pytest.raises(netweave.ConflictError):
        gateway.serve()
    assert gateway.get("/o2ims/v1/oCloudInfrastructure").json()["serviceUri"].startswith(url)


def test_a_port_that_is_taken_is_unavailable(gateway):
    port = int(gateway.serve().rsplit(":", 1)[1])
    with netweave.Gateway(simulated(), logger=lambda *_: None) as second:
        with pytest.raises(netweave.UnavailableError):
            second.serve(port=port)


def test_iterates_over_all_pages(gateway):
    everything = [resource["resourceId"] for resource in gateway.list("resource", limit=4)]
    assert len(everything) == len(set(everything)) == 25
    assert everything == [resource["resourceId"] for resource in gateway.list("resources")]
    pool = next(gateway.list("resourcePool"))["resourcePoolId"]
    assert {one["resourcePoolId"] for one in gateway.list("resource", resourcePoolId=pool)} == {pool}
    with pytest.raises(netweave.NotFoundError):
        next(gateway.list("unicorn"))


def test_two_gateways_live_in_one_process(log):
    with netweave.Gateway(simulated(pools=2, name="one"), logger=log) as one:
        with netweave.Gateway(simulated(pools=4, name="two"), logger=log) as two:
            one.wait_synced(60)
            two.wait_synced(60)
            assert [len(list(each.list("resourcePool"))) for each in (one, two)] == [2, 4]
        assert len(list(one.list("resourcePool"))) == 2


def test_a_store_that_is_held_is_unavailable(tmp_path, log):
    config = {**simulated(), "store": {"path": str(tmp_path / "netweave.db")}}
    with netweave.Gateway(config, logger=log):
        with pytest.raises(netweave.UnavailableError):
            netweave.Gateway(config, logger=log)
    with netweave.Gateway(config, logger=log) as second:  # the first is stopped, though it is still there
        held = second.events()
    netweave.Gateway(config, logger=log).stop()
    assert list(held) == []


def test_a_wrong_configuration_tells_every_fault():
    wrong = {"server": {"prot": 1, "port": 99999}, "query": {"max_limit": "many"}}
    with pytest.raises(netweave.InvalidError) as caught:
        netweave.Gateway(wrong)
    assert {fault.field for fault in caught.value.faults} == {"server.prot", "server.port", "query.max_limit"}
    assert "server.prot" in str(caught.value)
    with pytest.raises(netweave.InvalidError) as caught:
        netweave.Gateway("server:\n  port: 99999\n")
    assert caught.value.faults[0].field == "config:2: server.port"


def test_an_unknown_adapter_type_is_told_with_those_there_are(log):
    with pytest.raises(netweave.InvalidError) as caught:
        netweave.Gateway({**MEMORY, "adapters": [{"name": "a", "type": "none"}]}, logger=log)
    assert caught.value.faults[0].field == "adapters[0].type"
    assert "simulator" in caught.value.faults[0].reason


def test_yaml_and_an_environment_configure_too(log):
    yaml = "store: {backend: memory}\no_cloud: {name: '${CLOUD}'}\n"
    gateway = netweave.Gateway(yaml, logger=log, environment={"CLOUD": "Ground", "NETWEAVE_QUERY_DEFAULT_LIMIT": "7"})
    assert "Ground" in gateway.config
    assert "default_limit: 7" in gateway.config
    gateway.stop()


def test_not_ready_while_draining(gateway):
    gateway.drain()
    assert gateway.get("/readyz").status == 503
    assert gateway.get("/o2ims/v1/resourcePools").status == 200


def test_a_wait_that_is_too_short_times_out(log):
    gateway = netweave.Gateway(simulated(), logger=log)  # never started
    with pytest.raises(TimeoutError):
        gateway.wait_synced(0.01)
    with pytest.raises(netweave.TimeoutError):
        gateway.wait_synced(0)
    gateway.stop()


def test_bad_arguments_raise(gateway):
    with pytest.raises(ValueError):
        gateway.wait_synced(float("nan"))
    with pytest.raises(TypeError):
        gateway.events(timeout="soon").next("soon")
    with pytest.raises(TypeError):
        gateway.post("/o2ims/v1/resourcePools", {1, 2})


def test_a_logger_that_raises_harms_nobody(monkeypatch):
    seen = []
    monkeypatch.setattr("sys.unraisablehook", lambda what: seen.append(what.exc_type))

    def logger(level, line):
        raise RuntimeError("no paper")

    with netweave.Gateway(simulated(), logger=logger) as gateway:
        assert gateway.get("/healthz").status == 200
    assert set(seen) == {RuntimeError}
