"""Three gateways on one Redis and one backend: they show the same, one of them does what only one may do, and another
takes it over from who dies, leaves or freezes."""

import concurrent.futures
import signal

import pytest

from checker import check, first_deliveries
from conftest import subscribe
from fleet import V1, Fleet, deliverer, lease_key, metric, observers, revision, share_of, wait_agreement, wait_observer
from gateway import wait_until
from load import PATCH, Load
from streams import Events, Watch

NODE = "edge-node-node-{:02}"


@pytest.fixture
def fleet(tmp_path):
    with Fleet(tmp_path, 3) as fleet:
        yield fleet


def describe(gateway, number, text):
    answer = gateway.request("PATCH", f"{V1}/resources/{NODE.format(number)}", {"description": text}, PATCH)
    assert answer.status == 200, answer
    return answer


def step(fleet, number, text):
    """A change of the backend's own."""
    fleet.cluster.patch(f"node-{number:02}", {"metadata": {"labels": {"step": text}}})


def steps(bodies, number=0):
    """What was told of that node's label, repeats left out."""
    return [body["resource"]["extensions"]["labels"]["step"] for body in first_deliveries(bodies)
            if body["resource"]["resourceId"] == NODE.format(number)]


def by_process(fleet, process):
    return next(gateway for gateway in fleet.living if gateway.process.pid == process)


def wait_deliverer(fleet, subscription, other_than=None):
    alive = {gateway.process.pid for gateway in fleet.living} - {other_than}
    return wait_until(lambda: (found := deliverer(fleet.redis, subscription)) in alive and found, "a deliverer")


def test_all_show_the_same(fleet):
    for number, gateway in enumerate(fleet.gateways):
        describe(gateway, number, f"by gateway {number}")
    step(fleet, 3, "1")
    wait_until(lambda: all(g.get(f"{V1}/resources/{NODE.format(3)}").json["extensions"]["labels"]["step"] == "1"
                           for g in fleet.gateways), "the backend's change on every gateway")
    shown = wait_agreement(fleet.gateways)
    assert [item["description"] for item in shown["resources"][:3]] == [f"by gateway {n}" for n in range(3)]
    first, second, third = fleet.gateways
    lists = [gateway.get(f"{V1}/resources?limit=2") for gateway in fleet.gateways]
    assert len({(answer.headers["etag"], answer.body) for answer in lists}) == 1
    assert second.get(f"{V1}/resources?limit=2", **{"If-None-Match": lists[0].headers["etag"]}).status == 304
    pages, cursor = [], ""
    for gateway in (first, second, third):  # each page from another
        page = gateway.get(f"{V1}/resources?limit=2{cursor}").json
        pages += page["items"]
        cursor = "&cursor=" + page.get("nextCursor", "")
    assert pages == shown["resources"]
    for item in shown["resources"]:
        tags = {gateway.get(f"{V1}/resources/{item['resourceId']}").headers["etag"] for gateway in fleet.gateways}
        assert len(tags) == 1
    etag = tags.pop()
    assert third.request("PATCH", f"{V1}/resources/{NODE.format(5)}", {"description": "meant so"},
                         {**PATCH, "If-Match": etag}).status == 200
    # on each other gateway at once, whether it has heard of the change or not
    for gateway in (first, second):
        overtaken = gateway.request("PATCH", f"{V1}/resources/{NODE.format(5)}", {"description": "overtaken"},
                                    {**PATCH, "If-Match": etag})
        assert overtaken.status == 412, overtaken


def test_one_etag_is_good_for_one_change(fleet):
    path = f"{V1}/resources/{NODE.format(5)}"

    def change(gateway, text, etag):
        return gateway.request("PATCH", path, {"description": text}, {**PATCH, "If-Match": etag}).status

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for turn in range(40):
            etag = wait_until(lambda: len(tags := {gateway.get(path).headers["etag"] for gateway in fleet.gateways}) == 1
                              and tags.pop(), "one ETag on every gateway")
            texts = [f"{turn}/{number}" for number in range(6)]
            tried = [pool.submit(change, fleet.gateways[number % 3], text, etag) for number, text in enumerate(texts)]
            statuses = [one.result() for one in tried]
            assert sorted(statuses)[0] == 200 and set(sorted(statuses)[1:]) <= {409, 412}, statuses
            winner = fleet.gateways[statuses.index(200) % 3]  # the others may not have heard of it
            assert winner.get(path).json["description"] == texts[statuses.index(200)]


def test_one_observes_and_the_others_leave_the_backend_alone(fleet):
    assert sorted(metric(gateway, "netweave_leader") for gateway in fleet.gateways) == [0, 0, 1]
    wait_until(lambda: fleet.cluster.watches == 1, "one watch of the backend")
    for turn in range(20):
        step(fleet, 0, str(turn))
    wait_until(lambda: all(g.get(f"{V1}/resources/{NODE.format(0)}").json["extensions"]["labels"]["step"] == "19"
                           for g in fleet.gateways), "the last change on every gateway")
    assert fleet.cluster.watches == 1


def test_subscriptions_are_told_once_and_in_order_whoever_delivers(fleet, sink):
    made = [subscribe(fleet.gateways[number % 3], sink, f"/{number}") for number in range(12)]
    for one in made:
        wait_deliverer(fleet, one["subscriptionId"])
    assert len({share_of(one["subscriptionId"]) for one in made}) > 1
    with Load(lambda: [gateway.port for gateway in fleet.living], 6, seed=5) as load:
        load.wait_count(60)
    state = wait_agreement(fleet.gateways)
    for number in range(12):
        bodies = sink.wait(load.ledger.count, f"/{number}")
        check(load.ledger, bodies, [state])
    assert len(sink.received) == 12 * len(sink.bodies("/0")) == sink.attempts  # nobody died: no repeats


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_who_observes_goes_and_another_takes_over(tmp_path, sink, how):
    # who leaves gives its leases back: nobody waits for their end, which is far away
    ttl = {"store": {"lease_ttl": "2s" if how == signal.SIGKILL else "60s"}}
    with Fleet(tmp_path, 3, config=ttl) as fleet:
        gone = wait_until(lambda: (found := observers(fleet.gateways)) and found[0], "who observes")
        others = [gateway for gateway in fleet.gateways if gateway is not gone]
        subscribe(others[0], sink, eventTypes=["ResourceUpdated"])
        step(fleet, 0, "before")
        sink.wait(1)
        if how == signal.SIGKILL:
            gone.kill()
            step(fleet, 0, "unobserved")
        else:
            assert gone.stop() == 0
        after = wait_until(lambda: len(found := observers(others)) == 1 and found[0], "another observes", 30)
        step(fleet, 0, "after")
        wait_until(lambda: sink.bodies() and sink.bodies()[-1]["resource"]["extensions"]["labels"]["step"] == "after",
                   "the change behind the takeover")
        # a watch goes on from the checkpoint: what nobody saw is told too
        expected = ["before", "unobserved", "after"] if how == signal.SIGKILL else ["before", "after"]
        assert steps(sink.bodies()) == expected
        gone.start().wait_ready()
        wait_until(lambda: len(observers(fleet.gateways)) == 1, "one observes, of three again")
        wait_agreement(fleet.gateways)
        assert after.process.poll() is None


def test_who_delivers_is_killed_and_nothing_is_lost(fleet, sink):
    made = subscribe(fleet.gateways[0], sink)["subscriptionId"]
    with Load(lambda: [gateway.port for gateway in fleet.living], 6, seed=6) as load:
        for turn in (1, 2):
            load.wait_count(turn * 50)
            holder = by_process(fleet, wait_deliverer(fleet, made))
            process = holder.process.pid
            holder.kill()
            wait_deliverer(fleet, made, process)
            load.wait_count(load.ledger.count + 20)
            holder.start().wait_ready()
    state = wait_agreement(fleet.gateways)
    check(load.ledger, wait_told(sink, load.ledger), [state])


def wait_told(sink, ledger, path=None):
    """All that a sink has, once the last value of every object is among it."""
    def last():
        bodies = sink.bodies(path)
        told = {(kind, body[member][id], body[member].get("description")) for body in bodies
                for kind, (member, id) in (("Resource", ("resource", "resourceId")),
                                           ("ResourcePool", ("resourcePool", "resourcePoolId"))) if member in body}
        return bodies if all((*key, values[-1]) in told for key, values in ledger.acknowledged.items()) else None
    return wait_until(last, "the last values told")


def test_who_leaves_has_told_what_it_was_telling(tmp_path, sink):
    with Fleet(tmp_path, 3, config={"store": {"lease_ttl": "60s"}}) as fleet:
        made = subscribe(fleet.gateways[0], sink)["subscriptionId"]
        with Load(lambda: [gateway.port for gateway in fleet.living], 6, seed=7) as load:
            load.wait_count(40)
            leaving = by_process(fleet, wait_deliverer(fleet, made))
            process = leaving.process.pid
            assert leaving.stop() == 0
            wait_deliverer(fleet, made, process)
            load.wait_count(load.ledger.count + 40)
        state = wait_agreement(fleet.living)
        bodies = wait_told(sink, load.ledger)
        assert len(check(load.ledger, bodies, [state])) == len(bodies)  # no repeats


def test_a_frozen_gateway_that_wakes_can_not_write(fleet, sink):
    subscriptions = [subscribe(fleet.gateways[0], sink, f"/{n}", eventTypes=["ResourceUpdated"]) for n in range(8)]
    frozen = wait_observer(fleet.gateways)
    others = [gateway for gateway in fleet.gateways if gateway is not frozen]
    for number in range(6):
        step(fleet, number, "1")
    for number in range(8):
        sink.wait(6, f"/{number}")
    process = frozen.process.pid
    frozen.process.send_signal(signal.SIGSTOP)
    try:
        for turn in range(2, 6):  # the frozen one's own watch has these, unread
            for number in range(6):
                step(fleet, number, str(turn))
        wait_observer(others)
        for one in subscriptions:
            wait_until(lambda: deliverer(fleet.redis, one["subscriptionId"]) != process, "another delivers")
        for number in range(8):
            wait_until(lambda: len(first_deliveries(sink.bodies(f"/{number}"))) >= 30, "told by others")
        tokens = fleet.redis.call("hget", lease_key(fleet.redis), "observe/edge").split()[0]
    finally:
        frozen.process.send_signal(signal.SIGCONT)
    for turn in range(6, 9):
        for number in range(6):
            step(fleet, number, str(turn))
    for number in range(8):
        wait_until(lambda: len(first_deliveries(sink.bodies(f"/{number}"))) >= 48, "all changes told")
    wait_until(lambda: len(observers(fleet.gateways)) == 1, "one observes")
    shown = wait_agreement(fleet.gateways)
    assert {item["extensions"]["labels"]["step"] for item in shown["resources"]} == {"8"}
    for path in range(8):
        for number in range(6):  # no object went back
            assert steps(sink.bodies(f"/{path}"), number) == [str(turn) for turn in range(1, 9)]
    assert int(fleet.redis.call("hget", lease_key(fleet.redis), "observe/edge").split()[0]) >= int(tokens)


def test_streams_go_on_at_another_gateway(fleet):
    first, second, third = fleet.gateways
    pools = "/o2ims/v2/resources"
    began = revision(first)
    with Events(first.port) as events, Watch(first.port, pools, began) as watch:
        events.bookmark()
        for turn in range(4):
            describe(second, 0, f"turn {turn}")
        told = [(data["resource"]["description"], id) for id, _, data in events.take(2)]
        seen = [watch.next()["object"]["description"] for _ in range(2)]
    first.kill()
    for turn in range(4, 6):
        describe(third, 0, f"turn {turn}")
    with Events(second.port, last_id=told[-1][1]) as events, Watch(third.port, pools, watch.revision) as watch:
        told += [(data["resource"]["description"], id) for id, _, data in events.take(4)]
        seen += [watch.next()["object"]["description"] for _ in range(4)]
    expected = [f"turn {turn}" for turn in range(6)]
    assert [text for text, _ in told] == expected and seen == expected
    with Events(third.port, last_id=told[1][1]) as again:  # the same places everywhere
        assert [(data["resource"]["description"], id) for id, _, data in again.take(4)] == told[2:]
