"""Networks that delay, cut and hold back: between a gateway and Redis, the backend, a callback."""

import contextlib

import pytest

from checker import check, first_deliveries
from cluster import Cluster
from conftest import subscribe
from fleet import V1, Fleet, deliverer, metric, observers, revision, wait_agreement, wait_observer
from gate import Gate
from gateway import wait_until
from load import PATCH, Load
from redis import Redis
from test_chaos import wait_quiet
from test_fleet import NODE, describe, step, steps, wait_deliverer, wait_told

SOON = {"redis": {"dial_timeout": "500ms", "read_timeout": "500ms", "write_timeout": "500ms"}}


@contextlib.contextmanager
def gated(folder, size, config=None):
    """A fleet whose gateways reach Redis through a gate each."""
    with Redis(folder / "redis") as redis, contextlib.ExitStack() as stack:
        gates = [stack.enter_context(Gate(redis.address)) for _ in range(size)]
        addresses = [gate.address for gate in gates]
        fleet = Fleet(folder, size, config=config or SOON, redis=redis, addresses=addresses)
        fleet.own_redis = False
        with fleet:
            yield fleet, gates


@pytest.mark.parametrize("healed", ["late", "cut"])
def test_a_gateway_without_redis_hands_over_and_comes_back(tmp_path, sink, healed):
    with gated(tmp_path, 2) as (fleet, gates):
        for number in range(6):
            subscribe(fleet.gateways[0], sink, f"/{number}", eventTypes=["ResourceUpdated"])
        alone = wait_observer(fleet.gateways)
        other = next(gateway for gateway in fleet.gateways if gateway is not alone)
        gate = gates[fleet.gateways.index(alone)]
        step(fleet, 0, "1")
        for number in range(6):
            sink.wait(1, f"/{number}")
        gate.hold()
        step(fleet, 0, "2")  # seen by the one that can't write it
        assert alone.request("PATCH", f"{V1}/resources/{NODE.format(1)}", {"description": "never"},
                             PATCH).status in (503, 504)
        assert alone.get(f"{V1}/resources").status == 200  # reads go on
        wait_until(lambda: metric(other, "netweave_leader") == 1, "the other observes")
        wait_until(lambda: metric(alone, "netweave_leader") == 0, "the one without leases gives up by itself")
        step(fleet, 0, "3")
        for number in range(6):
            wait_until(lambda: steps(sink.bodies(f"/{number}"))[-1] == "3", "told by the other")
        if healed == "cut":
            gate.cut()
        gate.release()  # "late": commands of before arrive now
        wait_until(lambda: len(observers(fleet.gateways)) == 1, "one observes")
        describe(alone, 2, "again")
        shown = wait_agreement(fleet.gateways)
        step(fleet, 0, "4")
        for number in range(6):
            wait_until(lambda: steps(sink.bodies(f"/{number}"))[-1] == "4", "told after the partition")
            told = steps(sink.bodies(f"/{number}"))
            # each state once and in order; "2" may have been passed over by a list, and is never told late
            assert told in (["1", "2", "3", "4"], ["1", "3", "4"]), told
        assert shown["resources"][2]["description"] == "again"


def test_replies_that_are_cut_in_the_middle(tmp_path, sink):
    with gated(tmp_path, 2) as (fleet, gates):
        subscribe(fleet.gateways[0], sink)
        with Load(lambda: [gateway.port for gateway in fleet.living], 6, seed=11) as load:
            for turn in range(6):
                gates[turn % 2].cut_replies(3)
                load.wait_count(load.ledger.count + 15)
                wait_until(lambda: gates[turn % 2].left_to_cut == 0, "replies that were cut")
                gates[turn % 2].cut()
            load.wait_count(load.ledger.count + 15)
        state = wait_agreement(fleet.gateways)
        wait_told(sink, load.ledger)
        wait_quiet(sink, fleet)
        check(load.ledger, sink.bodies(), [state])


def test_a_slow_redis_in_pieces(tmp_path, sink):
    slow = {"redis": {"dial_timeout": "10s"}, "store": {"lease_ttl": "20s"}}
    with gated(tmp_path, 2, slow) as (fleet, gates):
        subscribe(fleet.gateways[0], sink)
        for gate in gates:
            gate.delay, gate.slice = 0.005, 700
        with Load(lambda: [gateway.port for gateway in fleet.living], 6, seed=12) as load:
            load.wait_count(25)
        for gate in gates:
            gate.delay, gate.slice = 0.0, 65536
        state = wait_agreement(fleet.gateways)
        wait_told(sink, load.ledger)
        check(load.ledger, sink.bodies(), [state])


def test_a_gateway_that_starts_far_behind_the_others_breaks_no_history(tmp_path, sink):
    with gated(tmp_path, 2, {"redis": {"dial_timeout": "10s"}, "store": {"lease_ttl": "20s"}}) as (fleet, gates):
        subscribe(fleet.gateways[0], sink)
        first, second = fleet.gateways
        epoch = revision(first).split(".")[0]
        with Load(lambda: [first.port], 6, seed=14, pace=0.01) as load:  # the gate lets through 2 MB/s
            for _ in range(3):
                second.stop()
                gates[1].delay = 0.03  # meanwhile others commit, and tell what they have committed
                second.start()
                gates[1].delay = 0.0
                load.wait_count(load.ledger.count + 10)
        state = wait_agreement(fleet.gateways)
        assert {revision(gateway).split(".")[0] for gateway in fleet.gateways} == {epoch}
        wait_told(sink, load.ledger)
        check(load.ledger, sink.bodies(), [state])


def test_a_backend_that_is_cut_off_and_comes_back(tmp_path, sink):
    with Cluster(6) as cluster, Gate(cluster.address) as gate, Redis(tmp_path / "redis") as redis:
        fleet = Fleet(tmp_path, 2, redis=redis, cluster=cluster)
        fleet.own_redis = fleet.own_cluster = False
        straight = cluster.adapter
        cluster.adapter = lambda folder: straight(folder, gate.address)
        with fleet:
            subscribe(fleet.gateways[0], sink, eventTypes=["ResourceUpdated"])
            step(fleet, 0, "1")
            sink.wait(1)
            observer = wait_observer(fleet.gateways)
            gate.hold()
            gate.cut()
            step(fleet, 0, "2")
            step(fleet, 0, "3")
            assert len(observers(fleet.gateways)) == 1  # the backend's absence moves no duty
            assert observer.get(f"{V1}/resources/{NODE.format(0)}").json["extensions"]["labels"]["step"] == "1"
            gate.release()
            wait_until(lambda: steps(sink.bodies())[-1] == "3", "what changed meanwhile")
            assert steps(sink.bodies()) in (["1", "2", "3"], ["1", "3"])
            wait_agreement(fleet.gateways)


def test_a_callback_that_is_slow_and_cut(tmp_path, sink):
    with Fleet(tmp_path, 2) as fleet, Gate(sink.url.removeprefix("http://")) as gate:
        direct = sink.url
        sink.url = "http://" + gate.address
        subscribe(fleet.gateways[0], sink, "/gated")
        sink.url = direct
        subscribe(fleet.gateways[0], sink, "/direct")
        gate.delay, gate.slice = 0.0003, 20  # an answer is cut in its first line
        with Load(lambda: [gateway.port for gateway in fleet.living], 6, seed=13) as load:
            for _ in range(4):
                load.wait_count(load.ledger.count + 10)
                gate.cut_replies(2)  # accepted by the sink, and the gateway can't know
                gate.cut()
        state = wait_agreement(fleet.gateways)
        wait_told(sink, load.ledger, "/direct")
        check(load.ledger, sink.bodies("/direct"), [state])
        wait_until(lambda: gate.left_to_cut == 0, "answers that were cut")
        wait_told(sink, load.ledger, "/gated")
        check(load.ledger, sink.bodies("/gated"), [state])
        assert len(sink.bodies("/gated")) > len(first_deliveries(sink.bodies("/gated")))  # repeats, the same ones
