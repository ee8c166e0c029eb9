"""Batches of pools, resources and subscriptions: /o2ims/v2/batch, on a simulator that can fail."""

import collections
import http.client
import threading

import pytest
from conftest import subscribe
from gateway import Gateway
from test_inventory_v1 import problem

V1 = "/o2ims/v1"
BATCH = "/o2ims/v2/batch"
IDS = {"resourcePools": "resourcePoolId", "resources": "resourceId", "subscriptions": "subscriptionId"}


def new(kind, sink, number, **more):
    """The body of a creation, valid for that kind."""
    bodies = {"resourcePools": {"name": f"pool {number}"},
              "resources": {"resourcePoolId": "sim-pool-0000", "resourceTypeId": "sim-type-00"},
              "subscriptions": {"callback": f"{sink.url}/hook"}}
    return {IDS[kind]: f"made-{number}", **bodies[kind], **more}


def text_of(kind):
    """A member that may be changed, by kind."""
    return "consumerSubscriptionId" if kind == "subscriptions" else "description"


def statuses(answer):
    return [result["status"] for result in answer.json["results"]]


def there(gateway, kind):
    """What a batch made and is still there."""
    return sorted(item[IDS[kind]] for item in gateway.all(kind) if item[IDS[kind]].startswith("made-"))


def faults(gateway, path, body):
    """The places of what is wrong with a batch that is refused."""
    return {fault["name"] for fault in problem(gateway.post(BATCH + path, body), 400, "BadRequest")["invalidParams"]}


def failed(answer, entry):
    """An atomic batch that failed: a problem, and a result for each entry."""
    body = problem(answer, 409, "Conflict")
    assert body["detail"].startswith(f"entry {entry} failed: "), body
    assert body["successCount"] == 0 and body["failureCount"] == len(body["results"])
    assert [result["index"] for result in body["results"]] == list(range(len(body["results"])))
    return body["results"]


@pytest.mark.parametrize("kind", IDS)
def test_the_life_of_a_batch(simulated, sink, kind):
    ids = [f"made-{i}" for i in range(3)]
    made = simulated.post(f"{BATCH}/{kind}", {"items": [new(kind, sink, i) for i in range(3)]})
    assert made.status == 200, made
    assert made.headers["content-type"] == "application/json"
    assert (made.json["successCount"], made.json["failureCount"]) == (3, 0)
    for index, result in enumerate(made.json["results"]):
        assert (result["index"], result["id"], result["status"], result["success"]) == (index, ids[index], 201, True)
        one = simulated.get(f"{V1}/{kind}/{ids[index]}").json
        assert {k: v for k, v in result["body"].items() if k != "security"} == {k: v for k, v in one.items() if k != "status"}
        assert ("security" in result["body"]) == (kind == "subscriptions")

    name = text_of(kind)
    items = [{"id": i, "body": {name: "changed"}} for i in ids]
    changed = simulated.post(f"{BATCH}/{kind}/update", {"atomic": True, "items": items})
    assert changed.status == 200 and statuses(changed) == [200] * 3, changed
    assert {simulated.get(f"{V1}/{kind}/{i}").json[name] for i in ids} == {"changed"}
    patched = simulated.get(f"{V1}/{kind}/made-1").json
    assert set(new(kind, sink, 1)) <= set(patched)  # a merge patch: what it does not name stays

    gone = simulated.post(f"{BATCH}/{kind}/delete", {"ids": ids})
    assert gone.status == 200 and statuses(gone) == [204] * 3 and "body" not in gone.json["results"][0], gone
    assert there(simulated, kind) == []


@pytest.mark.parametrize("kind", IDS)
def test_results_show_what_their_version_shows(simulated, sink, kind):
    for version, tenant in (("v2", None), ("v3", "default")):
        answer = simulated.post(f"/o2ims/{version}/batch/{kind}", {"items": [new(kind, sink, version)]})
        assert answer.status == 200 and answer.headers["x-api-version"] == version
        assert answer.json["results"][0]["body"].get("tenantId") == tenant
    problem(simulated.post(f"{V1}/batch/{kind}", {"items": [new(kind, sink, 9)]}), 404, "NotFound")


@pytest.mark.parametrize("kind", IDS)
def test_what_is_known_to_fail_begins_nothing(simulated, sink, kind):
    head = simulated.get(f"{V1}/{kind}").headers["etag"]
    missing = failed(simulated.post(f"{BATCH}/{kind}/update", {"items": [{"id": "made-9", "body": {}}, {"id": "made-8", "body": {}}]}), 0)
    assert missing[0]["status"] == 404 and missing[0]["problem"]["title"] == "NotFound"
    missing = failed(simulated.post(f"{BATCH}/{kind}/delete", {"ids": ["nothing"]}), 0)
    assert missing[0]["status"] == 404
    assert simulated.get(f"{V1}/{kind}").headers["etag"] == head


REQUIRED = {"resourcePools": ["name"], "resources": ["resourcePoolId", "resourceTypeId"], "subscriptions": ["callback"]}


@pytest.mark.parametrize("kind", IDS)
def test_an_atomic_batch_is_refused_with_every_fault_of_every_entry(simulated, sink, kind):
    head = simulated.get(f"{V1}/{kind}").headers["etag"]
    name = text_of(kind)
    items = [new(kind, sink, 0), {**new(kind, sink, 1), "a/b": "red", name: 7}, {}, 3, new(kind, sink, 4, **{IDS[kind]: "-"}),
             new(kind, sink, 5, **{name: "x" * 2000})]
    assert faults(simulated, f"/{kind}", {"items": items}) == {
        "/items/1/a~1b", f"/items/1/{name}", *(f"/items/2/{one}" for one in REQUIRED[kind]), "/items/3", f"/items/4/{IDS[kind]}",
        f"/items/5/{name}"}
    assert simulated.get(f"{V1}/{kind}").headers["etag"] == head
    for i in range(2):
        assert simulated.post(f"{V1}/{kind}", new(kind, sink, i)).status == 201
    there_now = simulated.get(f"{V1}/{kind}").headers["etag"]
    changes = [{"id": "made-0", "body": {name: 7, "colour": None}}, {"body": {name: None}}, {"id": "made-1", "body": 3, "ifMatch": 1}]
    assert faults(simulated, f"/{kind}/update", {"items": changes}) == {
        f"/items/0/body/{name}", "/items/0/body/colour", "/items/1/id", "/items/2/body", "/items/2/ifMatch"}
    assert simulated.get(f"{V1}/{kind}").headers["etag"] == there_now


def test_what_only_the_gateway_knows_is_told_with_it(simulated, sink):
    pools = [{"name": 7, "oCloudId": "another"}, {"name": "x", "oCloudId": "another"}]
    assert faults(simulated, "/resourcePools", {"items": pools}) == {"/items/0/name", "/items/0/oCloudId", "/items/1/oCloudId"}
    subscriptions = [new("subscriptions", sink, 0, filter={"labels": {"a.b/c": 1}, "expression": "("}, eventTypes=["ResourceCreated", "x"])]
    assert faults(simulated, "/subscriptions", {"items": subscriptions}) == {
        "/items/0/filter/labels/a.b~1c", "/items/0/filter/expression", "/items/0/eventTypes/1"}


def test_a_merge_patch_takes_null_at_any_depth(simulated, sink):
    made = new("subscriptions", sink, 0, filter={"resourcePoolId": "p", "labels": {"a": "b", "c": "d"}})
    assert simulated.post(f"{V1}/subscriptions", made).status == 201
    patch = {"filter": {"resourcePoolId": None, "labels": {"a": None}}, "consumerSubscriptionId": None}
    changed = simulated.post(f"{BATCH}/subscriptions/update", {"items": [{"id": "made-0", "body": patch}]})
    assert changed.status == 200, changed
    assert simulated.get(f"{V1}/subscriptions/made-0").json["filter"] == {"labels": {"c": "d"}}
    assert faults(simulated, "/subscriptions/update", {"items": [{"id": "made-0", "body": {"callback": None}}]}) == {
        "/items/0/body/callback"}


@pytest.mark.parametrize("kind", IDS)
def test_without_atomic_each_entry_stands_for_itself(simulated, sink, kind):
    assert simulated.post(f"{V1}/{kind}", new(kind, sink, 0)).status == 201
    items = [new(kind, sink, i) for i in range(3)] + [{"nonsense": 1}]
    mixed = simulated.post(f"{BATCH}/{kind}", {"atomic": False, "items": items})
    assert mixed.status == 207 and statuses(mixed) == [409, 201, 201, 400], mixed
    assert (mixed.json["successCount"], mixed.json["failureCount"]) == (2, 2)
    assert "taken" in mixed.json["results"][0]["problem"]["detail"]
    assert there(simulated, kind) == ["made-0", "made-1", "made-2"]
    name = text_of(kind)
    tag = simulated.get(f"{V1}/{kind}/made-2").headers["etag"]
    updates = [{"id": "made-1", "body": {name: "a"}, "ifMatch": '"0.0"'}, {"id": "made-2", "body": {name: "b"}, "ifMatch": tag},
               {"id": "nothing", "body": {}}, {"id": "made-0", "body": {IDS[kind]: "other"}}]
    updates += [{"body": {}}, 7, {"id": "made-1", "body": {name: 7, "colour": 1}}]
    updated = simulated.post(f"{BATCH}/{kind}/update", {"atomic": False, "items": [updates[0], *updates[2:6], updates[1]]})
    assert statuses(updated) == [412, 404, 400, 400, 400, 200], updated
    assert {fault["name"] for fault in updated.json["results"][3]["problem"]["invalidParams"]} == {"/items/3/id"}
    again = simulated.post(f"{BATCH}/{kind}/update", {"atomic": False, "items": updates[-1:]})
    assert again.status == 207 and {fault["name"] for fault in again.json["results"][0]["problem"]["invalidParams"]} == {
        f"/items/0/body/{name}", "/items/0/body/colour"}
    gone = simulated.post(f"{BATCH}/{kind}/delete", {"atomic": False, "ids": ["made-0", "nothing", "made-1"]})
    assert gone.status == 207 and statuses(gone) == [204, 404, 204]
    assert there(simulated, kind) == ["made-2"]
    nothing = simulated.post(f"{BATCH}/{kind}/delete", {"atomic": False, "ids": ["nothing"]})
    assert nothing.status == 207 and statuses(nothing) == [404]


@pytest.mark.parametrize("kind", IDS)
def test_1_to_100_entries(simulated, sink, kind):
    for count in (0, 101):
        refused = problem(simulated.post(f"{BATCH}/{kind}", {"items": [new(kind, sink, i) for i in range(count)]}), 400, "BadRequest")
        reason = "at most 100 items" if count else "must not be empty"
        assert refused["invalidParams"] == [{"name": "/items", "reason": reason}]
        refused = problem(simulated.post(f"{BATCH}/{kind}/delete", {"ids": [f"made-{i}" for i in range(count)]}), 400, "BadRequest")
        assert refused["invalidParams"] == [{"name": "/ids", "reason": reason}]
    full = simulated.post(f"{BATCH}/{kind}", {"items": [new(kind, sink, i) for i in range(100)]})
    assert full.status == 200 and full.json["successCount"] == 100, full
    assert len(there(simulated, kind)) == 100
    assert simulated.post(f"{BATCH}/{kind}/delete", {"ids": there(simulated, kind)}).status == 200


def test_the_document_tells_the_limit_that_is_configured(tmp_path):
    adapters = [{"name": "sim", "type": "simulator"}]
    with Gateway(tmp_path, adapters=adapters, config={"batch": {"max_entries": 3}}) as gateway:
        gateway.wait_ready()
        assert gateway.post(f"{BATCH}/resourcePools", {"items": [{"name": "x"}] * 3}).status == 200
        for path, body in (("/resourcePools", {"items": [{"name": "x"}] * 4}), ("/resourcePools/delete", {"ids": list("abcd")})):
            refused = problem(gateway.post(BATCH + path, body), 400, "BadRequest")
            assert refused["detail"].endswith(" at most 3 items"), refused
        schemas = gateway.get("/openapi.json").json["components"]["schemas"]
        limits = {name: member["maxItems"] for name, schema in schemas.items() if name.startswith("Batch")
                  for member in schema["properties"].values() if "maxItems" in member}
        assert len(limits) >= 7 and set(limits.values()) == {3}, limits


def test_a_batch_that_is_wrong_is_refused_with_every_fault(simulated):
    pool = {"name": "x", "resourcePoolId": "twice"}
    for atomic in (True, False):
        assert faults(simulated, "/resourcePools", {"items": [pool, 7, pool], "atomic": atomic, "ids": []}) == {
            "/ids", "/items/1", "/items/2"}
        assert faults(simulated, "/resources/update", {"atomic": atomic, "items": [
            {"id": "a", "body": {}, "etag": "x"}, {"id": 7, "body": []}, {"id": "a", "body": {}, "ifMatch": 1}]}) == {
            "/items/0/etag", "/items/1/id", "/items/1/body", "/items/2/ifMatch", "/items/2"}
        assert faults(simulated, "/resources/delete", {"atomic": atomic, "ids": ["a", "", "a", 3]}) == {"/ids/1", "/ids/2", "/ids/3"}
    assert faults(simulated, "/resources", {"items": [{}], "atomic": "yes"}) == {
        "/atomic", "/items/0/resourcePoolId", "/items/0/resourceTypeId"}
    assert faults(simulated, "/subscriptions/delete", {}) == {"/ids"}
    problem(simulated.post(f"{BATCH}/resources", [1]), 400, "BadRequest")
    problem(simulated.request("POST", f"{BATCH}/resources", "{}", {"Content-Type": "text/plain"}), 415, "UnsupportedMediaType")
    problem(simulated.get(f"{BATCH}/resources"), 405, "MethodNotAllowed")


def test_one_idempotency_key_is_one_batch(simulated, sink):
    headers = {"Idempotency-Key": "b-1"}
    body = {"atomic": False, "items": [{"name": "one"}, {"name": "two"}, {"nonsense": 1}]}
    first = simulated.post(f"{BATCH}/resourcePools", body, headers)
    assert first.status == 207
    again = simulated.post(f"{BATCH}/resourcePools", body, headers)
    assert (again.status, again.json) == (first.status, first.json)
    problem(simulated.post(f"{BATCH}/resourcePools", {"items": [{"name": "x"}]}, headers), 409, "Conflict")
    assert len(simulated.all("resourcePools")) == 3 + 2
    subscriptions = {"items": [{"callback": sink.url}] * 2}
    made = simulated.post(f"{BATCH}/subscriptions", subscriptions, headers)
    assert made.status == 200 and simulated.post(f"{BATCH}/subscriptions", subscriptions, headers).json == made.json
    assert len(simulated.all("subscriptions")) == 2


def test_an_atomic_batch_that_failed_leaves_its_key_free(simulated):
    headers = {"Idempotency-Key": "b-2"}
    body = {"items": [{"resourcePoolId": "made-1", "name": "x", "location": "z"}]}
    assert simulated.post(f"{V1}/resourcePools", {"resourcePoolId": "made-1", "name": "first"}).status == 201
    failed(simulated.post(f"{BATCH}/resourcePools", body, headers), 0)
    assert simulated.request("DELETE", f"{V1}/resourcePools/made-1").status == 204
    assert simulated.post(f"{BATCH}/resourcePools", body, headers).status == 200


def test_subscriptions_are_all_or_nothing(simulated, sink):
    kind = "subscriptions"
    bad = [new(kind, sink, 0), new(kind, sink, 1, callback="http://192.0.2.1/x"), new(kind, sink, 2)]
    assert faults(simulated, f"/{kind}", {"items": bad}) == {"/items/1/callback"}
    taken = [new(kind, sink, 0), new(kind, sink, 1)]
    assert simulated.post(f"{V1}/{kind}", new(kind, sink, 1)).status == 201
    results = failed(simulated.post(f"{BATCH}/{kind}", {"items": taken}), 1)
    assert "taken" in results[1]["problem"]["detail"] and "security" not in str(results)
    assert there(simulated, kind) == ["made-1"]
    before = simulated.get(f"{V1}/{kind}/made-1").json
    items = [{"id": "made-1", "body": {"consumerSubscriptionId": "x"}}, {"id": "nothing", "body": {}}]
    failed(simulated.post(f"{BATCH}/{kind}/update", {"items": items}), 1)
    failed(simulated.post(f"{BATCH}/{kind}/delete", {"ids": ["made-1", "nothing"]}), 1)
    assert simulated.get(f"{V1}/{kind}/made-1").json == before


# Backends have no transactions: what a failed batch did is undone by further writes. The pool that still holds
# resources is what can't be deleted, and is only found out by asking.

def states(sink, kind, count):
    """Events of that kind of object, in order: type and id."""
    name = {"ResourcePool": "resourcePool", "Resource": "resource"}[kind]
    return [(body["eventType"], body[name][name + "Id"]) for body in sink.wait(count)]


def test_deletions_are_rolled_back_with_their_ids(simulated, sink):
    for i in range(2):
        body = {"resourcePoolId": f"made-{i}", "name": f"pool {i}", "location": "here", "extensions": {"labels": {"a": "b"}}}
        assert simulated.post(f"{V1}/resourcePools", body).status == 201
    before = {i: simulated.get(f"{V1}/resourcePools/made-{i}").json for i in range(2)}
    subscribe(simulated, sink, eventTypes=["ResourcePoolCreated", "ResourcePoolUpdated", "ResourcePoolDeleted"])
    results = failed(simulated.post(f"{BATCH}/resourcePools/delete", {"ids": ["made-0", "made-1", "sim-pool-0000"]}), 2)
    assert results[2]["status"] == 409 and "holds resources" in results[2]["problem"]["detail"]
    assert "rolledBack" not in results[2]
    events = []
    for i in range(2):
        assert results[i]["status"] == 409 and results[i]["rolledBack"] is True
        assert results[i]["problem"]["detail"] == "rolled back, since entry 2 failed"
        after = simulated.get(f"{V1}/resourcePools/made-{i}").json
        assert {**after, "updatedAt": ""} == {**before[i], "updatedAt": ""}
        events += [("ResourcePoolDeleted", f"made-{i}"), ("ResourcePoolCreated", f"made-{i}")]
    heard = states(sink, "ResourcePool", 4)
    assert sorted(heard) == sorted(events)
    for i in range(2):  # in the order that it happened
        assert [what for what, who in heard if who == f"made-{i}"] == ["ResourcePoolDeleted", "ResourcePoolCreated"]


@pytest.fixture
def failing(tmp_path):
    """Two simulators; every write to the second fails."""
    generate = {"pools": 2, "resources": 4, "resource_types": 1}
    adapters = [{"name": "sim", "type": "simulator", "default": True, "config": {"generate": generate}},
                {"name": "bad", "type": "simulator", "config": {"generate": generate, "fail_rate": 1}}]
    rules = [{"name": "bad", "adapter": "bad", "conditions": {"location": {"exact": "bad"}}}]
    with Gateway(tmp_path, adapters=adapters, config={"routing": {"rules": rules}}) as gateway:
        yield gateway.wait_ready()


def test_creations_are_rolled_back(failing, sink):
    subscribe(failing, sink, eventTypes=["ResourceCreated", "ResourceDeleted"])
    bad = {"resourcePoolId": "bad-pool-0000", "resourceTypeId": "bad-type-00"}
    items = [new("resources", sink, i) for i in range(3)] + [bad]
    results = failed(failing.post(f"{BATCH}/resources", {"items": items}), 3)
    assert results[3]["status"] == 503 and results[3]["problem"]["backendCode"] == "RETRYABLE"
    assert [result.get("rolledBack") for result in results] == [True, True, True, None]
    assert there(failing, "resources") == []
    heard = states(sink, "Resource", 6)
    for i in range(3):
        assert [what for what, who in heard if who == f"made-{i}"] == ["ResourceCreated", "ResourceDeleted"]


def test_updates_are_rolled_back(failing, sink):
    ids = [f"sim-res-000000{i}" for i in range(3)]
    before = {i: failing.get(f"{V1}/resources/{i}").json for i in ids}
    subscribe(failing, sink, eventTypes=["ResourceUpdated"])
    patch = {"description": "other", "extensions": {"cpu": None, "new": {"x": 1}}}
    items = [{"id": i, "body": patch} for i in ids] + [{"id": "bad-res-0000001", "body": patch}]
    results = failed(failing.post(f"{BATCH}/resources/update", {"items": items}), 3)
    assert [result.get("rolledBack") for result in results] == [True, True, True, None]
    for i in ids:
        assert {**failing.get(f"{V1}/resources/{i}").json, "updatedAt": ""} == {**before[i], "updatedAt": ""}
    sink.wait(6)
    for i in ids:
        heard = [body["resource"] for body in sink.bodies() if body["resource"]["resourceId"] == i]
        assert [state["description"] for state in heard] == ["other", before[i]["description"]]


def test_an_update_that_changes_nothing_asks_no_backend(failing):
    items = [{"id": "bad-res-0000001", "body": {"description": failing.get(f"{V1}/resources/bad-res-0000001").json["description"]}}]
    assert failing.post(f"{BATCH}/resources/update", {"items": items}).status == 200


def test_two_batches_over_the_same_pools_end_whole(simulated, sink):
    """Each creates the same ten: one of the two has all of them, and the other nothing."""
    items = [{"resourcePoolId": f"made-{i}", "name": "x"} for i in range(10)]
    answers = [None, None]

    def send(place, order):
        answers[place] = simulated.post(f"{BATCH}/resourcePools", {"items": order})

    threads = [threading.Thread(target=send, args=(i, items)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended = sorted(answer.status for answer in answers)
    left = there(simulated, "resourcePools")
    assert ended in ([200, 409], [409, 409]), answers
    assert left == (sorted(f"made-{i}" for i in range(10)) if ended[0] == 200 else []), answers


def test_a_kill_leaves_whole_batches_of_subscriptions(tmp_path, sink):
    """Whatever moment it comes at: of each batch all ten are there, or none; and all of what was answered."""
    gateway = Gateway(tmp_path, adapters=[{"name": "sim", "type": "simulator"}]).start()
    answered, number = [], 0
    for _ in range(3):
        first, enough = number, threading.Event()

        def send():
            nonlocal number
            while True:
                items = [{"subscriptionId": f"made-{number}-{i}", "callback": sink.url} for i in range(10)]
                number += 1
                try:
                    if gateway.post(f"{BATCH}/subscriptions", {"items": items}).status == 200:
                        answered.append(number - 1)
                except (OSError, http.client.HTTPException):
                    return  # it was killed
                if number > first + 5:
                    enough.set()

        sender = threading.Thread(target=send)
        sender.start()
        assert enough.wait(60)
        gateway.kill()
        sender.join()
        gateway.start()
        left = collections.Counter(one.split("-")[1] for one in there(gateway, "subscriptions"))
        assert set(left.values()) == {10}
        assert {str(batch) for batch in answered} <= set(left)
    assert gateway.stop() == 0
