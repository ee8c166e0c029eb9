"""The receiver of notifications, fed by a real gateway, and by forgers."""

import json
import threading
import time
import urllib.error
import urllib.request

import pytest

import netweave
from netweave.testing import Sink, simulator, verify

POOL = "sim-pool-0001"


@pytest.fixture
def sink():
    with Sink() as made:
        yield made


@pytest.fixture
def client():
    """A client of a gateway that repeats quickly."""
    config = simulator(pools=3, resources=9)
    config["subscriptions"].update(backoff="10ms", max_backoff="20ms", max_attempts=3)
    with netweave.Gateway(config, logger=lambda *_: None) as gateway:
        gateway.wait_synced(60)
        yield netweave.Client(gateway)


def change(client, text, pool=POOL):
    client.resource_pools.patch(pool, {"description": text})


def test_it_keeps_what_comes_in_order(sink, client):
    made = sink.subscribe(client, filter={"resourcePoolId": POOL}, consumer_subscription_id="smo-1", path="/o2")
    for text in ("one", "two", "three"):
        change(client, text)
        change(client, text, "sim-pool-0002")
    came = sink.wait(3)
    assert [one.resource_pool.description for one in came] == ["one", "two", "three"]
    assert [one.sequence for one in came] == [1, 2, 3]
    assert came[1].prior.description == "one" and came[1].object is came[1].resource_pool
    assert {one.subscription_id for one in came} == {made.subscription_id}
    assert came[0].consumer_subscription_id == "smo-1"
    assert all(one.verified and one.status == 204 and one.path == "/o2" for one in sink.deliveries)
    assert sink.expect(lambda event: event.resource_pool.description == "two") == came[1]
    assert sink.forged == []


def test_expect_waits_for_what_is_to_come(sink, client):
    sink.subscribe(client)
    later = threading.Thread(target=lambda: [change(client, text) for text in "abc"])
    later.start()
    assert sink.expect(lambda event: event.resource_pool and event.resource_pool.description == "c", 60).sequence == 3
    later.join()


def test_event_types_and_all_kinds_of_objects(sink, client):
    sink.subscribe(client, event_types=["ResourceDeleted"])
    gone = client.resources.first()
    client.resources.delete(gone.resource_id)
    event = sink.wait()[0]
    assert event.event_type == "ResourceDeleted" and event.resource.resource_id == gone.resource_id


def test_a_failure_is_repeated_with_the_same_number(sink, client):
    sink.subscribe(client)
    sink.fail(503, times=2, retry_after=0)
    sink.drop()
    change(client, "one")
    change(client, "two")
    assert [one.sequence for one in sink.wait(2)] == [1, 2]
    assert [(one.status, json.loads(one.body)["sequence"]) for one in sink.deliveries] == [
        (503, 1), (503, 1), (None, 1), (204, 1), (204, 2)]


def test_a_refusal_is_given_up_in_the_end(sink, client):
    made = sink.subscribe(client)
    sink.fail(400, times=3)
    change(client, "one")
    change(client, "two")
    assert [one.sequence for one in sink.wait()] == [2]
    assert client.subscriptions.get(made.subscription_id).status.dead_letters == 1


def test_held_and_slow_answers_come_all_the_same(sink, client):
    sink.subscribe(client)
    with sink.hold():
        change(client, "held")
        sink.wait_held()
        assert sink.deliveries == []
    sink.slow(0.01, times=2)
    change(client, "slow")
    assert [one.resource_pool.description for one in sink.wait(2)] == ["held", "slow"]


def test_a_notification_that_comes_before_the_answer_with_its_secret_waits_for_it(sink):
    """As when another client changes something while the subscription is being made."""
    body, answers = b'{"sequence":1}', []
    early = threading.Thread(target=lambda: answers.append(post(sink, body, **signed(body))))

    class Hasty:
        @property
        def subscriptions(self):
            return self

        def create(self, wanted):
            early.start()
            sink.wait_held(timeout=60)
            return netweave.Subscription(subscription_id="id", security=netweave.Security(secret="s"))

    sink.subscribe(Hasty())
    early.join()
    assert answers == [204] and sink.forged == []


def test_clear_forgets_what_came_and_nothing_else(sink, client):
    sink.subscribe(client)
    change(client, "one")
    sink.wait()
    sink.clear()
    assert (sink.notifications, sink.deliveries) == ([], [])
    change(client, "two")
    assert sink.wait()[0].sequence == 2


def test_what_does_not_come_is_told_with_what_did(sink, client):
    sink.subscribe(client)
    sink.fail(503)
    change(client, "one")
    sink.wait()
    with pytest.raises(AssertionError) as caught:
        sink.expect(lambda event: event.event_type == "ResourceCreated", timeout=0)
    assert f"1: ResourcePoolUpdated {POOL}" in str(caught.value) and "answered 503" in str(caught.value)
    with pytest.raises(AssertionError, match="2 notifications within 0 s"):
        sink.wait(2, timeout=0)
    with pytest.raises(AssertionError, match="9 deliveries"):
        sink.wait_deliveries(9, timeout=0)
    with pytest.raises(AssertionError, match="1 POSTs to hold"):
        sink.wait_held(timeout=0)
    with pytest.raises(AttributeError):  # the predicate's own fault is not hidden
        sink.expect(lambda event: event.colour)


def test_a_secret_that_it_was_told_is_as_good(sink, client):
    made = client.subscriptions.create(netweave.Subscription(callback=sink.url))
    sink.trust(made.subscription_id, made.security.secret)
    change(client, "one")
    assert sink.wait()[0].subscription_id == made.subscription_id


def test_a_stranger_is_refused(sink, client):
    client.subscriptions.create(netweave.Subscription(callback=sink.url))
    change(client, "one")
    assert [one.status for one in sink.wait_deliveries(3)] == [403] * 3
    assert len(sink.forged) >= 3 and sink.notifications == []


def post(sink, body, **headers):
    """A forger's POST: the status that it is answered."""
    request = urllib.request.Request(sink.url, body, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def signed(body, secret="s", at=None):
    import hashlib
    import hmac
    timestamp = str(int(time.time() if at is None else at))
    mac = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X_O2IMS_Timestamp": timestamp, "X_O2IMS_Signature": "sha256=" + mac, "X_O2IMS_Subscription_ID": "id"}


def test_forgeries(sink):
    sink.trust("id", "s")
    body = b'{"sequence":1,"eventType":"ResourceCreated"}'
    good = signed(body)
    assert post(sink, body, **good) == 204
    assert post(sink, body + b" ", **good) == 403
    assert post(sink, body, **signed(body, "other")) == 403
    assert post(sink, body, **signed(body, at=time.time() - 400)) == 403
    assert post(sink, body, **{**good, "X_O2IMS_Timestamp": "soon"}) == 403
    assert post(sink, body, **{**good, "X_O2IMS_Subscription_ID": "unknown"}) == 403
    assert post(sink, body) == 403
    assert len(sink.forged) == 6 and len(sink.notifications) == 1


def test_a_repeat_is_accepted_and_kept_once(sink):
    sink.trust("id", "s")
    for number in (1, 1, 3, 2, 4):
        body = b'{"sequence":%d}' % number
        assert post(sink, body, **signed(body)) == 204
    assert [one.sequence for one in sink.notifications] == [1, 3, 4] and len(sink.deliveries) == 5


def test_a_body_that_is_no_notification_is_refused(sink):
    sink.trust("id", "s")
    for body in (b"no json", b'{"sequence":"one"}', b"[]"):
        assert post(sink, body, **signed(body)) == 422
    assert sink.notifications == [] and [one.status for one in sink.deliveries] == [422] * 3


def test_one_of_two_signatures_is_enough_while_a_secret_rotates():
    body = b"{}"
    headers = {name.replace("_", "-"): value for name, value in signed(body).items()}
    headers["X-O2IMS-Signature"] = "sha256=" + 64 * "0" + ", " + headers["X-O2IMS-Signature"]
    assert verify("s", headers, body) and not verify("t", headers, body) and not verify("s", {}, body)


def test_it_ends_with_a_connection_open_and_an_answer_held(client):
    before = threading.enumerate()
    sink = Sink()
    sink.subscribe(client)
    sink.slow(3600)
    change(client, "one")
    sink.close()
    sink.close()
    assert [thread for thread in threading.enumerate() if thread not in before] == []
