"""Redis' primary dies: what was acknowledged is there where replicas have it, and what was lost is told."""

import contextlib

from checker import check
from conftest import subscribe
from fleet import V1, Fleet, revision, wait_agreement
from gate import Gate
from gateway import wait_until
from load import PATCH, Load
from redis import Redis, Sentinel
from test_chaos import wait_quiet
from test_fleet import NODE, describe, step, wait_told


def follow(replica, primary):
    replica.call("replicaof", *primary.split(":"))
    wait_until(lambda: "master_link_status:up" in replica.call("info", "replication"), "a replica in step")


@contextlib.contextmanager
def watched(folder):
    """A primary, two replicas, three Sentinels."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Redis(folder / f"redis-{n}", "--repl-diskless-sync-delay", "0"))
                   for n in range(3)]
        for replica in servers[1:]:
            follow(replica, servers[0].address)
        sentinels = [stack.enter_context(Sentinel(folder / f"sentinel-{n}", servers[0].port)) for n in range(3)]
        for sentinel in sentinels:
            wait_until(lambda: "num-other-sentinels\n2" in sentinel.call("sentinel", "master", "inventory")
                       and "num-slaves\n2" in sentinel.call("sentinel", "master", "inventory"), "Sentinels know all")
        yield servers, sentinels


def test_a_failover_loses_nothing_that_replicas_have_acknowledged(tmp_path, sink):
    with watched(tmp_path) as (servers, sentinels):
        config = {"redis": {"mode": "sentinel", "master_name": "inventory", "dial_timeout": "5s",
                            "addresses": [sentinel.address for sentinel in sentinels]},
                  "store": {"wait_replicas": 1, "wait_timeout": "5s"}}
        fleet = Fleet(tmp_path, 2, config=config, redis=servers[0])
        fleet.own_redis = False
        with fleet:
            subscribe(fleet.gateways[0], sink)
            epoch = revision(fleet.gateways[0]).split(".")[0]
            with Load(lambda: [gateway.port for gateway in fleet.living], 6, seed=21) as load:
                load.wait_count(60)
                servers[0].kill()
                load.wait_count(load.ledger.count + 60)
            state = wait_agreement(fleet.gateways)
            assert revision(fleet.gateways[0]).split(".")[0] == epoch
            wait_told(sink, load.ledger)
            wait_quiet(sink, fleet)
            check(load.ledger, sink.bodies(), [state])


def test_a_failover_to_a_replica_that_lacks_the_last_changes_is_told(tmp_path, sink):
    with Redis(tmp_path / "primary") as primary, Redis(tmp_path / "replica") as replica, \
            Gate(primary.address) as replication, Gate(primary.address) as gate:
        follow(replica, replication.address)
        fleet = Fleet(tmp_path, 2, redis=primary, addresses=[gate.address] * 2)
        fleet.own_redis = False
        with fleet:
            made = subscribe(fleet.gateways[0], sink)["subscriptionId"]
            describe(fleet.gateways[0], 0, "kept")
            wait_until(lambda: "kept" in [body.get("resource", {}).get("description") for body in sink.bodies()], "told")
            wait_until(lambda: fleet.gateways[0].get(f"{V1}/subscriptions/{made}").json["status"]["lagRevisions"] == 0,
                       "its position written")
            offset = primary.call("info", "replication").split("master_repl_offset:")[1].split()[0]
            wait_until(lambda: int(replica.call("info", "replication").split("slave_repl_offset:")[1].split()[0])
                       >= int(offset), "the replica in step")
            before = revision(fleet.gateways[0])
            replication.hold()
            describe(fleet.gateways[0], 1, "lost with the primary")
            step(fleet, 2, "seen by the backend still")
            wait_until(lambda: len(sink.bodies()) >= 3, "both told")
            lost = fleet.gateways[0].get(f"{V1}/resources/{NODE.format(1)}").headers["etag"]
            primary.kill()
            replication.cut()
            replica.call("replicaof", "no", "one")
            gate.target = ("127.0.0.1", replica.port)
            gate.cut()
            wait_until(lambda: any(body["eventType"] == "Resync" for body in sink.bodies()), "a resync is told")
            wait_until(lambda: fleet.gateways[1].get(f"{V1}/resources/{NODE.format(2)}").json["extensions"]["labels"]["step"]
                       == "seen by the backend still", "what the backend has, committed again")
            describe(fleet.gateways[1], 3, "after")
            shown = wait_agreement(fleet.gateways)
            by_id = {item["resourceId"]: item for item in shown["resources"]}
            assert by_id[NODE.format(0)]["description"] == "kept"
            assert "description" not in by_id[NODE.format(1)] or not by_id[NODE.format(1)]["description"]
            assert revision(fleet.gateways[0]).split(".")[0] != before.split(".")[0]
            for gateway in fleet.gateways:  # a place in the other history is none in this one
                refused = gateway.request("PATCH", f"{V1}/resources/{NODE.format(1)}", {"description": "on what was lost"},
                                          {**PATCH, "If-Match": lost})
                assert refused.status == 412, refused
                gone = gateway.get(f"/o2ims/v2/events?fromRevision={before}")
                assert gone.status == 410, gone
            wait_until(lambda: sink.bodies()[-1].get("resource", {}).get("description") == "after", "the next change")
