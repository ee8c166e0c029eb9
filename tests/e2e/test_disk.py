"""A file that can't grow, as on a full disk: the limit of a process' file sizes does what a full disk does, to one
process, without privileges."""

import resource

from checker import check
from conftest import subscribe
from fleet import V1, Fleet, view
from gateway import wait_until
from load import Load
from test_chaos import NoRedis
from test_fleet import describe, step, wait_told

QUIET = {"store": {"backend": "sqlite"}, "observability": {"logging": {"level": "error"}}}


def limit(gateway, size):
    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk_refuses_writes_and_recovers(tmp_path, sink):
    with Fleet(tmp_path, 1, config=QUIET, redis=NoRedis()) as fleet:
        gateway = fleet.gateways[0]
        subscribe(gateway, sink)
        describe(gateway, 0, "before")
        limit(gateway, (gateway.folder / "netweave.db-wal").stat().st_size)
        patch = {"Content-Type": "application/merge-patch+json"}
        for number in range(3):
            refused = gateway.request("PATCH", f"{V1}/resources/edge-node-node-01", {"description": "no room"}, patch)
            assert refused.status == 503, refused
        step(fleet, 2, "seen without room")
        wait_until(lambda: gateway.get("/readyz").status == 503, "said so")
        assert gateway.get("/readyz").json["components"]["store"]["status"] == "failed"
        assert gateway.get(f"{V1}/resources/edge-node-node-00").json["description"] == "before"  # reads go on
        assert gateway.get(f"{V1}/resources").json["total"] == 6
        limit(gateway, resource.RLIM_INFINITY)
        load = Load(lambda: [gateway.port], 6, seed=41, writers=2)
        load.ledger.ask("Resource", "edge-node-node-00", "before")
        with load:  # without a restart
            load.wait_count(20)
        wait_until(lambda: gateway.get("/readyz").status == 200, "well again")
        wait_until(lambda: gateway.get(f"{V1}/resources/edge-node-node-02").json["extensions"]["labels"]["step"]
                   == "seen without room", "what the backend changed meanwhile")
        wait_told(sink, load.ledger)
        wait_until(lambda: any(body.get("resource", {}).get("extensions", {}).get("labels", {}).get("step") ==
                               "seen without room" for body in sink.bodies()), "told")
        gateway.kill()
        gateway.start().wait_ready()  # the file is whole
        check(load.ledger, sink.bodies(), [view(gateway)])


def test_a_store_that_can_not_be_written_at_all(tmp_path, sink):
    with Fleet(tmp_path, 1, config=QUIET, redis=NoRedis()) as fleet:
        gateway = fleet.gateways[0]
        describe(gateway, 0, "before")
        limit(gateway, 0)
        body = {"callback": sink.url + "/hook"}
        assert gateway.post(f"{V1}/subscriptions", body).status == 503
        assert gateway.get(f"{V1}/resources/edge-node-node-00").json["description"] == "before"
        assert gateway.get(f"{V1}/subscriptions").json["items"] == []
        limit(gateway, resource.RLIM_INFINITY)
        wait_until(lambda: gateway.post(f"{V1}/subscriptions", body).status == 201, "a subscription")
