"""Gateways that are killed under load, at points that a seed decides, and a checker of what was told.

NETWEAVE_CHAOS_KILLS sets how many kills (10); NETWEAVE_CHAOS_SEED which (1)."""

import os
import random

import pytest

from checker import check, first_deliveries
from conftest import subscribe
from fleet import Fleet, wait_agreement
from gateway import wait_until
from load import Load
from test_fleet import wait_told

KILLS = int(os.environ.get("NETWEAVE_CHAOS_KILLS", "10"))
SEED = int(os.environ.get("NETWEAVE_CHAOS_SEED", "1"))
NODES = 9


class Steps:
    """Changes of the backend's own, a node's label counting up."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.steps = {}

    def step(self, number):
        self.steps[number] = self.steps.get(number, 0) + 1
        self.cluster.patch(f"node-{number:02}", {"metadata": {"labels": {"step": str(self.steps[number])}}})


def check_backend(bodies, steps, state):
    """Every change of the backend's that no later one hides: labels never go back, and the last ones are shown."""
    last = {}
    for body in bodies:
        if "resource" in body:
            id = body["resource"]["resourceId"]
            now = int(body["resource"]["extensions"]["labels"]["step"])
            assert now >= last.get(id, 0), f"{id}: {now} after {last[id]}"
            last[id] = now
    shown = {item["resourceId"]: int(item["extensions"]["labels"]["step"]) for item in state["resources"]}
    for number, step in steps.items():
        assert shown[f"edge-node-node-{number:02}"] == last[f"edge-node-node-{number:02}"] == step


def kills_under_load(fleet, sink, kills, seed):
    choice = random.Random(seed)
    made = [subscribe(fleet.gateways[0], sink, f"/all-{number}") for number in range(3)]
    subscribe(fleet.gateways[0], sink, "/updates", eventTypes=["ResourceUpdated"])
    backend = Steps(fleet.cluster)
    down = []
    with Load(lambda: [gateway.port for gateway in fleet.living], NODES, seed) as load:
        for _ in range(kills):
            load.wait_count(load.ledger.count + choice.randint(1, 25))
            backend.step(choice.randrange(NODES))
            for gateway in down:  # who was killed before comes back, so that they are never all away
                gateway.start()
            down = [choice.choice(fleet.living)] if len(fleet.living) > 1 else []
            victim = down[0] if down else fleet.living[0]
            victim.kill()
            backend.step(choice.randrange(NODES))
            if not down:
                victim.start()
        load.wait_count(load.ledger.count + 20)
        for gateway in down:
            gateway.start()
    for gateway in fleet.gateways:
        gateway.wait_ready()

    def shown():
        state = wait_agreement(fleet.gateways)
        by_id = {item["resourceId"]: item["extensions"]["labels"]["step"] for item in state["resources"]}
        return state if all(by_id[f"edge-node-node-{n:02}"] == str(s) for n, s in backend.steps.items()) else None

    state = wait_until(shown, "the backend's last changes", 60)
    for number in range(len(made)):
        wait_told(sink, load.ledger, f"/all-{number}")
        wait_steps(sink, backend.steps, f"/all-{number}")
    for number in range(len(made)):
        bodies = check(load.ledger, sink.bodies(f"/all-{number}"), [state])
        check_backend(bodies, backend.steps, state)
    # all four began before the first change: a narrower one was told the same, less what it did not ask for
    updates = [body["resource"] for body in bodies if body["eventType"] == "ResourceUpdated"]
    wait_until(lambda: len(first_deliveries(sink.bodies("/updates"))) >= len(updates), "the updates told")
    assert [body["resource"] for body in first_deliveries(sink.bodies("/updates"))] == updates


def wait_quiet(sink, fleet):
    """Until nothing of any subscription waits. All gateways are asked: who delivers it knows, the others may be a second
    late."""
    paths = [f"/o2ims/v1/subscriptions/{one['subscriptionId']}" for one in fleet.gateways[0].all("subscriptions")]
    wait_until(lambda: all(gateway.get(path).json["status"].get("lagRevisions") == 0
                           for gateway in fleet.gateways for path in paths), "all told")


def wait_steps(sink, steps, path):
    """Until the backend's last changes are told there. A subscription's status can't say so: it may be a second old."""
    last = {(f"edge-node-node-{number:02}", str(step)) for number, step in steps.items()}

    def told():
        resources = [body["resource"] for body in sink.bodies(path) if "resource" in body]
        return last <= {(one["resourceId"], one["extensions"]["labels"]["step"]) for one in resources}
    wait_until(told, "the backend's last changes told")


@pytest.mark.parametrize("size", [2, 3])
def test_gateways_of_a_fleet_are_killed_under_load(tmp_path, sink, size):
    with Fleet(tmp_path, size, NODES, config={"store": {"lease_ttl": "500ms"}}) as fleet:
        kills_under_load(fleet, sink, (KILLS + 1) // 2, SEED * 10 + size)


def test_one_gateway_over_a_file_is_killed_under_load(tmp_path, sink):
    config = {"store": {"backend": "sqlite"}}
    with Fleet(tmp_path, 1, NODES, config=config, redis=NoRedis()) as fleet:
        kills_under_load(fleet, sink, KILLS, SEED)


class NoRedis:
    """In place of a server, where the store is a file."""
