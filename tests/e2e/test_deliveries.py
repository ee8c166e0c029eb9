"""What can be asked of a subscription's delivery, with a receiver, over kills of the gateway."""

import hashlib
import hmac

import pytest
from conftest import subscribe
from gateway import Gateway, wait_until
from test_inventory_v1 import problem

V1 = "/o2ims/v1"
SIM = [{"name": "sim", "type": "simulator",
        "config": {"generate": {"pools": 2, "resources": 30, "resource_types": 2, "seed": 7}}}]
QUICK = {"max_attempts": 1, "backoff": "5ms", "max_backoff": "20ms"}


@pytest.fixture
def quick(tmp_path):
    with Gateway(tmp_path, adapters=SIM, config={"subscriptions": dict(QUICK)}) as gateway:
        yield gateway.wait_ready()


def touch(gateway, number, text):
    answer = gateway.request("PATCH", f"{V1}/resources/sim-res-{number:07}", {"description": text})
    assert answer.status == 200, answer


def status(gateway, path):
    return gateway.get(path).json["status"]


def wait_status(gateway, path, **wanted):
    return wait_until(lambda: wanted.items() <= status(gateway, path).items(), f"{wanted} of {status(gateway, path)}")


def signed(secret, headers, body):
    text = headers["x-o2ims-timestamp"].encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_dead_letters_are_listed_and_sent_again(quick, sink, version):
    made = subscribe(quick, sink, eventTypes=["ResourceUpdated"])
    path = f"/o2ims/{version}/subscriptions/{made['subscriptionId']}"
    sink.answers = [400, 422, 404]
    for number in range(4):
        touch(quick, number, "changed")
    sink.wait(1)
    wait_status(quick, path, deadLetters=3, pending=0)
    wait_until(lambda: quick.get(path + "/deadLetters").json["total"] == 3, "all of them written")
    page = quick.get(path + "/deadLetters?limit=2").json
    assert page["total"] == 3 and [letter["status"] for letter in page["items"]] == [400, 422]
    rest = quick.get(path + "/deadLetters?limit=2&cursor=" + page["nextCursor"]).json
    assert [letter["status"] for letter in rest["items"]] == [404] and "nextCursor" not in rest
    assert quick.get(path + "/deadLetters?offset=2").json["items"] == rest["items"]
    letters = page["items"] + rest["items"]
    assert [letter["sequence"] for letter in letters] == [1, 2, 3]
    assert all(letter["notification"]["notificationId"] == letter["notificationId"] for letter in letters)
    answer = quick.post(path + "/deadLetters/redeliver", {"notificationIds": [letters[1]["notificationId"]]})
    assert answer.status == 202 and answer.json == {"requested": 1}
    assert sink.wait(2)[1] == letters[1]["notification"]
    wait_until(lambda: quick.get(path + "/deadLetters").json["total"] == 2, "one of them left")
    quick.kill()
    quick.start().wait_ready()
    assert quick.request("POST", path + "/deadLetters/redeliver").json == {"requested": 2}
    assert [body["sequence"] for body in sink.wait(4)] == [4, 2, 1, 3]
    wait_until(lambda: quick.get(path + "/deadLetters").json == {"items": [], "total": 0}, "none left")
    wait_status(quick, path, deadLetters=0)


def test_what_is_wrong_about_dead_letters(quick, sink):
    made = subscribe(quick, sink)
    path = f"{V1}/subscriptions/{made['subscriptionId']}/deadLetters"
    problem(quick.get(f"{V1}/subscriptions/none/deadLetters"), 404, "NotFound")
    problem(quick.get(path + "?cursor=forged"), 400, "BadRequest")
    problem(quick.get(path + "?limit=0"), 400, "BadRequest")
    problem(quick.get(path + "?sortBy=callback"), 400, "BadRequest")
    problem(quick.post(f"{V1}/subscriptions/none/deadLetters/redeliver", {}), 404, "NotFound")
    problem(quick.post(path + "/redeliver", {"notificationIds": []}), 400, "BadRequest")
    refused = problem(quick.post(path + "/redeliver", {"notificationIds": ["x"]}), 404, "NotFound")
    assert refused["invalidParams"][0]["name"] == "notificationIds[0]"
    assert quick.post(path + "/redeliver", {}).json == {"requested": 0}


def test_a_suspension_outlives_a_kill_and_ends_when_asked(quick, sink):
    made = subscribe(quick, sink, eventTypes=["ResourceUpdated"])
    path = f"{V1}/subscriptions/{made['subscriptionId']}"
    sink.answers = [400] * 1000  # a kill may repeat what was answered last
    for number in range(12):
        touch(quick, number, "first")
    wait_status(quick, path, state="suspended", deadLetters=10)
    assert status(quick, path)["lastError"] == "the callback answered 400"
    quick.kill()
    quick.start().wait_ready()
    wait_status(quick, path, state="suspended", deadLetters=10)
    assert status(quick, path)["lagRevisions"] >= 2
    sink.answers = []
    assert quick.request("POST", path + "/resume").status == 204
    assert [body["sequence"] for body in sink.wait(2)] == [11, 12]
    wait_status(quick, path, state="active", lagRevisions=0)
    sink.answers = [400] * 10
    for number in range(12):
        touch(quick, number, "second")
    wait_status(quick, path, state="suspended", deadLetters=20)
    assert quick.request("POST", path + "/resume?from=now").status == 204
    touch(quick, 20, "after")
    assert sink.wait(3)[2]["resource"]["resourceId"] == "sim-res-0000020"
    problem(quick.request("POST", f"{V1}/subscriptions/none/resume"), 404, "NotFound")


def test_a_rotated_secret_signs_beside_its_predecessor(quick, sink):
    made = subscribe(quick, sink, eventTypes=["ResourceUpdated"])
    sink.secrets.clear()
    path = f"{V1}/subscriptions/{made['subscriptionId']}"
    key = {"Idempotency-Key": "rotate-1"}
    rotated = quick.request("POST", path + "/rotateSecret", headers=key)
    assert rotated.status == 200 and rotated.json["security"]["type"] == "hmac-sha256"
    assert quick.request("POST", path + "/rotateSecret", headers=key).json == rotated.json
    secrets = [rotated.json["security"]["secret"], made["security"]["secret"]]
    assert secrets[0] != secrets[1] and secrets[0] not in quick.get(path).body.decode()
    quick.kill()
    quick.start().wait_ready()
    touch(quick, 1, "signed by both")
    sink.wait(1)
    _, headers, body = sink.raw[0]
    assert headers["x-o2ims-signature"] == ",".join(signed(secret, headers, body) for secret in secrets)
    trace = headers["traceparent"].split("-")
    assert trace[0] == "00" and trace[1] == headers["x-o2ims-notification-id"].replace("-", "") and trace[3] == "00"
    problem(quick.request("POST", f"{V1}/subscriptions/none/rotateSecret"), 404, "NotFound")


def test_a_subscription_begins_where_it_asks_to(quick, sink):
    before = quick.get(f"{V1}/resources/sim-res-0000029").headers["etag"].strip('"')
    epoch, revision = before.rsplit(".", 1)
    touch(quick, 3, "before the subscription")
    made = subscribe(quick, sink, eventTypes=["ResourceUpdated"], fromRevision=before)
    path = f"{V1}/subscriptions/{made['subscriptionId']}"
    assert made["fromRevision"] == before
    assert sink.wait(1)[0]["resource"]["description"] == "before the subscription"
    body = {"callback": sink.url + "/hook"}
    assert quick.request("PUT", path, body).json["fromRevision"] == before
    problem(quick.request("PUT", path, {**body, "fromRevision": f"{epoch}.1"}), 400, "BadRequest")
    for text in ("7", "x", f"{epoch}.99999999"):
        refused = problem(quick.post(f"{V1}/subscriptions", {**body, "fromRevision": text}), 400, "BadRequest")
        assert [p["name"] for p in refused["invalidParams"]] == ["fromRevision"]
    other = "0" * 8 if epoch != "0" * 8 else "1" * 8
    gone = problem(quick.post(f"{V1}/subscriptions", {**body, "fromRevision": f"{other}.{revision}"}), 410, "Gone")
    assert f"{epoch}.0" in gone["detail"]
    everything = subscribe(quick, sink, path="/all", fromRevision=f"{epoch}.0", eventTypes=["ResourceCreated"])
    assert everything["fromRevision"] == f"{epoch}.0"
    sink.wait(30, path="/all")


def test_the_log_is_trimmed_by_entries_and_a_subscription_behind_it_is_told(tmp_path, sink):
    config = {"subscriptions": {"backoff": "5ms", "max_backoff": "20ms"}, "store": {"log": {"max_entries": 1000}}}
    with Gateway(tmp_path, adapters=SIM, config=config) as gateway:
        gateway.wait_ready()
        first = gateway.get(f"{V1}/resources/sim-res-0000000").headers["etag"].strip('"')
        made = subscribe(gateway, sink, eventTypes=["ResourceUpdated"])
        path = f"{V1}/subscriptions/{made['subscriptionId']}"
        sink.answers = [503] * 100000
        for turn in range(1300):
            touch(gateway, turn % 30, f"turn {turn}")
        body = {"callback": sink.url + "/hook", "fromRevision": first}
        gone = wait_until(lambda: (a := gateway.post(f"{V1}/subscriptions", body)).status == 410 and a, "trimmed")
        assert "the oldest one is " in gone.json["detail"]
        gateway.kill()
        sink.answers = []
        gateway.start().wait_ready()
        told = wait_until(lambda: any(b["eventType"] == "Resync" for b in sink.bodies()) and sink.bodies(), "a resync")
        assert wait_until(lambda: sink.bodies()[-1].get("resource", {}).get("description") == "turn 1299", "the rest")
        letters = gateway.get(path + "/deadLetters").json["items"]
        assert [letter["eventType"] for letter in letters] == ["Resync"] and told
        metrics = gateway.get("/metrics").body.decode()
        assert 'netweave_events_total{type="ResourceUpdated"}' in metrics
        assert 'netweave_notification_queue{state="held"}' in metrics
