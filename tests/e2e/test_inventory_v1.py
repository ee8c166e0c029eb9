"""O2-IMS v1 over real sockets, on both engines: every cell of the contract's table."""

import re

import pytest
from conftest import subscribe

V1 = "/o2ims/v1"
KINDS = {"deploymentManagers": "deploymentManagerId", "resourcePools": "resourcePoolId", "resources": "resourceId",
         "resourceTypes": "resourceTypeId"}


def problem(answer, status, title):
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json
    assert body["title"] == title and body["status"] == status and body["detail"]
    assert body["requestId"] == answer.headers["x-request-id"]
    return body


@pytest.mark.parametrize("kind", KINDS)
def test_lists_and_gets(simulated, kind):
    answer = simulated.get(f"{V1}/{kind}")
    assert answer.status == 200 and answer.json["total"] >= len(answer.json["items"]) > 0
    first = answer.json["items"][0]
    one = simulated.get(f"{V1}/{kind}/{first[KINDS[kind]]}")
    assert one.status == 200 and one.json == first
    assert one.headers["x-api-version"] == "v1" and re.fullmatch(r'"[0-9a-f]{8}\.\d+"', one.headers["etag"])
    problem(simulated.get(f"{V1}/{kind}/nothing"), 404, "NotFound")


def test_a_list_is_paged_by_cursor_without_gaps(simulated):
    seen = [r["resourceId"] for r in simulated.all("resources")]
    assert len(seen) == 250 and seen == sorted(set(seen))
    pages, cursor = [], ""
    while True:
        page = simulated.get(f"{V1}/resources?limit=7{cursor}").json
        assert page["total"] == 250
        pages += page["items"]
        if "nextCursor" not in page:
            break
        cursor = "&cursor=" + page["nextCursor"]
    assert [r["resourceId"] for r in pages] == seen


def test_a_cursor_neither_repeats_nor_skips_while_the_list_changes(simulated):
    page = simulated.get(f"{V1}/resources?limit=100").json
    last = page["items"][-1]["resourceId"]
    assert simulated.request("DELETE", f"{V1}/resources/{last}").status == 204
    body = {"resourceId": "a-first", "resourcePoolId": "sim-pool-0000", "resourceTypeId": "sim-type-00"}
    assert simulated.post(f"{V1}/resources", body).status == 201
    rest, cursor = [], page["nextCursor"]
    while cursor:
        page2 = simulated.get(f"{V1}/resources?limit=100&cursor={cursor}").json
        rest += page2["items"]
        cursor = page2.get("nextCursor")
    ids = [r["resourceId"] for r in page["items"] + rest]
    assert len(ids) == len(set(ids)) == 250 and "a-first" not in ids


def test_wrong_cursors_are_refused(simulated):
    cursor = simulated.get(f"{V1}/resources?limit=5").json["nextCursor"]
    problem(simulated.get(f"{V1}/resources?cursor={cursor[:-2]}AA"), 400, "BadRequest")
    problem(simulated.get(f"{V1}/resourcePools?cursor={cursor}"), 400, "BadRequest")
    problem(simulated.get(f"{V1}/resources?cursor={cursor}&resourcePoolId=sim-pool-0000"), 400, "BadRequest")


def test_limits_on_both_sides(simulated):
    assert len(simulated.get(f"{V1}/resources?limit=1").json["items"]) == 1
    assert simulated.get(f"{V1}/resources?limit=1000").status == 200
    for bad in ("0", "1001", "-1", "x", ""):
        assert problem(simulated.get(f"{V1}/resources?limit={bad}"), 400, "BadRequest")["invalidParams"][0]["name"] == "limit"


def test_filters(simulated):
    everything = simulated.all("resources")

    def ids(query):
        return [r["resourceId"] for r in simulated.all("resources", "&" + query)]

    def expect(condition):
        return [r["resourceId"] for r in everything if condition(r)]

    assert ids("resourcePoolId=sim-pool-0001") == expect(lambda r: r["resourcePoolId"] == "sim-pool-0001")
    assert ids("resourcePoolId=sim-pool-0001&resourcePoolId=sim-pool-0002") == expect(
        lambda r: r["resourcePoolId"] in ("sim-pool-0001", "sim-pool-0002"))
    assert ids("resourceTypeId=sim-type-01") == expect(lambda r: r["resourceTypeId"] == "sim-type-01")
    assert ids("labels=role:du,zone:zone-a") == expect(
        lambda r: r["extensions"]["labels"]["role"] == "du" and r["extensions"]["labels"]["zone"] == "zone-a")
    assert ids("location=zone-b") == expect(lambda r: r["resourcePoolId"] == "sim-pool-0001")
    assert ids("location=zone-") == expect(lambda r: True)
    assert ids("resourceClass=compute&vendor=Simulated%20Servers") == expect(lambda r: True)
    assert ids("resourceKind=virtual") == []
    assert [p["resourcePoolId"] for p in simulated.all("resourcePools", "&location=zone-c")] == ["sim-pool-0002"]
    assert simulated.get(f"{V1}/resourcePools/sim-pool-0001/resources").json["total"] == len(
        expect(lambda r: r["resourcePoolId"] == "sim-pool-0001"))
    problem(simulated.get(f"{V1}/resourcePools/none/resources"), 404, "NotFound")


def test_sorting_and_fields(simulated):
    items = simulated.get(f"{V1}/resources?sortBy=extensions.memory.gb&sortOrder=desc&limit=250").json["items"]
    sizes = [r["extensions"]["memory"]["gb"] for r in items]
    assert sizes == sorted(sizes, reverse=True)
    page, seen, cursor = None, [], ""
    while page is None or "nextCursor" in page:
        page = simulated.get(f"{V1}/resources?sortBy=extensions.memory.gb&sortOrder=desc&limit=40{cursor}").json
        seen += [r["resourceId"] for r in page["items"]]
        cursor = "&cursor=" + page.get("nextCursor", "")
    assert seen == [r["resourceId"] for r in items]
    one = simulated.get(f"{V1}/resources?fields=description,extensions.cpu.cores&limit=1").json["items"][0]
    assert set(one) == {"resourceId", "description", "extensions"} and set(one["extensions"]) == {"cpu"}
    assert len(simulated.get(f"{V1}/resources?offset=240").json["items"]) == 10


def test_unknown_parameters_are_named(simulated):
    body = problem(simulated.get(f"{V1}/resources?resorcePoolId=x&sortBy=nothing&fields=what"), 400, "BadRequest")
    assert {p["name"] for p in body["invalidParams"]} == {"resorcePoolId", "sortBy", "fields"}


def test_etags(simulated):
    path = f"{V1}/resources/sim-res-0000001"
    etag = simulated.get(path).headers["etag"]
    assert simulated.get(path, **{"If-None-Match": etag}).status == 304
    assert simulated.get(path + "?fields=description").headers["etag"] == etag
    listed = simulated.get(f"{V1}/resources?limit=3").headers["etag"]
    assert listed.startswith('W/"') and simulated.get(f"{V1}/resources?limit=3", **{"If-None-Match": listed}).status == 304
    patch = {"description": "new"}
    changed = simulated.request("PATCH", path, patch, {"If-Match": "W/" + etag})
    assert changed.status == 200 and changed.json["description"] == "new" and changed.headers["etag"] != etag
    problem(simulated.request("PATCH", path, {"description": "again"}, {"If-Match": etag}), 412, "PreconditionFailed")
    problem(simulated.request("DELETE", path, headers={"If-Match": etag}), 412, "PreconditionFailed")
    assert simulated.get(path, **{"If-None-Match": etag}).status == 200
    assert simulated.get(f"{V1}/resources?limit=3").headers["etag"] != listed


def test_the_life_of_a_pool(simulated):
    made = simulated.post(f"{V1}/resourcePools", {"name": "GPU Pool", "location": "us-west-2a",
                                                   "extensions": {"instanceType": "p4d.24xlarge", "replicas": 3}})
    assert made.status == 201
    path = made.headers["location"]
    assert path == f"{V1}/resourcePools/{made.json['resourcePoolId']}"
    got = simulated.get(path)
    assert got.json == made.json and got.headers["etag"] == made.headers["etag"]
    assert got.json["oCloudId"] == "ocloud-1" and got.json["createdAt"] == got.json["updatedAt"]
    put = simulated.request("PUT", path, {"name": "Renamed"})
    assert put.status == 200 and put.json["name"] == "Renamed" and "location" not in put.json
    assert put.json["createdAt"] == made.json["createdAt"] and put.json["extensions"] == made.json["extensions"]
    patched = simulated.request("PATCH", path, {"extensions": {"replicas": None, "x": 1}},
                                {"Content-Type": "application/merge-patch+json"})
    assert patched.json["extensions"] == {"instanceType": "p4d.24xlarge", "x": 1}
    assert simulated.request("DELETE", path).status == 204
    problem(simulated.get(path), 404, "NotFound")
    problem(simulated.request("DELETE", path), 404, "NotFound")


def test_given_ids_are_kept(simulated):
    made = simulated.post(f"{V1}/resourcePools", {"resourcePoolId": "my.pool:1", "name": "Mine"})
    assert made.status == 201 and made.json["resourcePoolId"] == "my.pool:1"
    problem(simulated.post(f"{V1}/resourcePools", {"resourcePoolId": "my.pool:1", "name": "Mine"}), 409, "Conflict")
    problem(simulated.post(f"{V1}/resourcePools", {"resourcePoolId": "-bad", "name": "Mine"}), 400, "BadRequest")
    assert simulated.post(f"{V1}/resourcePools", {"resourcePoolId": "a" * 255, "name": "Long"}).status == 201
    problem(simulated.post(f"{V1}/resourcePools", {"resourcePoolId": "a" * 256, "name": "Long"}), 400, "BadRequest")
    resource = {"resourceId": "r1", "resourcePoolId": "my.pool:1", "resourceTypeId": "sim-type-00"}
    assert simulated.post(f"{V1}/resources", resource).json["resourcePoolId"] == "my.pool:1"
    problem(simulated.request("DELETE", f"{V1}/resourcePools/my.pool:1"), 409, "Conflict")
    assert simulated.get(f"{V1}/resourcePools/my.pool:1/resources").json["total"] == 1


def test_a_wrong_body_is_refused_with_every_fault(simulated):
    body = {"name": 7, "oCloudId": "another", "globalLocationId": "here", "colour": "red", "extensions": []}
    names = {p["name"] for p in problem(simulated.post(f"{V1}/resourcePools", body), 400, "BadRequest")["invalidParams"]}
    assert names == {"name", "oCloudId", "globalLocationId", "colour", "extensions"}
    body = {"resourcePoolId": "none", "resourceTypeId": "neither"}
    names = {p["name"] for p in
             problem(simulated.post(f"{V1}/resources", body), 422, "UnprocessableEntity")["invalidParams"]}
    assert names == {"resourcePoolId", "resourceTypeId"}
    resource = {"resourcePoolId": "sim-pool-0000", "resourceTypeId": "sim-type-00"}
    assert simulated.post(f"{V1}/resources", {**resource, "description": "é" * 1000}).status == 201
    problem(simulated.post(f"{V1}/resources", {**resource, "description": "é" * 1001}), 400, "BadRequest")
    hundred = {f"k{i}": i for i in range(100)}
    assert simulated.post(f"{V1}/resources", {**resource, "extensions": hundred}).status == 201
    problem(simulated.post(f"{V1}/resources", {**resource, "extensions": {**hundred, "one": 1}}), 400, "BadRequest")
    problem(simulated.post(f"{V1}/resources", {**resource, "globalAssetId": "x"}), 400, "BadRequest")


def test_bodies_that_are_no_json(simulated):
    path = f"{V1}/resourcePools"
    json_type = {"Content-Type": "application/json"}
    problem(simulated.request("POST", path, "{", json_type), 400, "BadRequest")
    problem(simulated.request("POST", path, "[]", json_type), 400, "BadRequest")
    problem(simulated.request("POST", path, '{"name":"a","name":"b"}', json_type), 400, "BadRequest")
    problem(simulated.request("POST", path, "name=a", {"Content-Type": "application/x-www-form-urlencoded"}), 415,
            "UnsupportedMediaType")
    problem(simulated.request("POST", path, '{"name":"a"}'), 415, "UnsupportedMediaType")


def test_what_identifies_is_not_changed(simulated):
    path = f"{V1}/resources/sim-res-0000002"
    before = simulated.get(path).json
    for change in ({"resourceId": "other"}, {"resourcePoolId": "sim-pool-0000x"}, {"resourceTypeId": "sim-type-01x"}):
        problem(simulated.request("PATCH", path, change), 400, "BadRequest")
    same = {**before, "description": "kept ids"}
    assert simulated.request("PUT", path, same).status == 200
    assert simulated.get(path).json["description"] == "kept ids"


def test_methods(simulated):
    answer = simulated.request("OPTIONS", f"{V1}/resources/x")
    assert answer.status == 204 and set(answer.headers["allow"].split(", ")) == {
        "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}
    answer = simulated.request("PATCH", f"{V1}/resources", {})
    problem(answer, 405, "MethodNotAllowed")
    assert "POST" in answer.headers["allow"]
    head = simulated.request("HEAD", f"{V1}/resources/sim-res-0000003")
    got = simulated.get(f"{V1}/resources/sim-res-0000003")
    assert head.status == 200 and head.body == b"" and head.headers["content-length"] == str(len(got.body))
    assert head.headers["etag"] == got.headers["etag"]
    problem(simulated.get("/o2ims/v1/nothing"), 404, "NotFound")
    problem(simulated.get("/o2ims/v1/resources/%zz"), 400, "BadRequest")


def test_request_ids(simulated):
    assert simulated.get("/healthz", **{"X-Request-ID": "mine-1"}).headers["x-request-id"] == "mine-1"
    made = simulated.get("/healthz", **{"X-Request-ID": "not valid!"}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made)


def test_idempotency_keys(simulated):
    body = {"name": "Once"}
    first = simulated.post(f"{V1}/resourcePools", body, {"Idempotency-Key": "k1"})
    again = simulated.post(f"{V1}/resourcePools", body, {"Idempotency-Key": "k1"})
    assert first.status == again.status == 201 and first.json == again.json
    assert first.headers["location"] == again.headers["location"]
    problem(simulated.post(f"{V1}/resourcePools", {"name": "Other"}, {"Idempotency-Key": "k1"}), 409, "Conflict")
    assert len([p for p in simulated.all("resourcePools") if p["name"] == "Once"]) == 1


def test_what_the_gateway_says_of_itself(simulated):
    cloud = simulated.get(f"{V1}/oCloudInfrastructure").json
    assert cloud["oCloudId"] == "ocloud-1" and cloud["name"] and cloud["serviceUri"] == f"http://127.0.0.1:{simulated.port}"
    features = simulated.get(f"{V1}/features").json
    assert features["adapters"][0]["name"] == "sim" and "v1" in features["apiVersions"]
    assert {"kind": "resourcePool", "operation": "create"} in features["adapters"][0]["capabilities"]
    assert simulated.get("/o2ims").json["versions"][0]["href"] == V1
    for path in ("/health", "/healthz"):
        assert simulated.get(path).json["status"] == "ok"
    for path in ("/ready", "/readyz"):
        assert simulated.get(path).json["components"]["adapters"][0]["status"] == "ok"
    metrics = simulated.get("/metrics").body.decode()
    assert 'netweave_inventory_objects{kind="resource",adapter="sim"} 250' in metrics
    assert 'netweave_http_requests_total{method="GET",route="/healthz",status="200"}' in metrics


def test_calls_of_adapter_and_store_are_counted(simulated):
    assert simulated.post(f"{V1}/resourcePools", {"name": "counted"}).status == 201
    full = simulated.all("resourcePools")[0]["resourcePoolId"]
    assert simulated.request("DELETE", f"{V1}/resourcePools/{full}").status == 409  # it holds resources
    lines = simulated.get("/metrics").body.decode().splitlines()
    adapter = 'adapter="sim",operation'
    assert f'netweave_adapter_requests_total{{{adapter}="create_resource_pool",result="ok"}} 1' in lines
    assert f'netweave_adapter_requests_total{{{adapter}="remove_resource_pool",result="conflict"}} 1' in lines
    assert f'netweave_adapter_request_duration_seconds_count{{{adapter}="create_resource_pool"}} 1' in lines
    counts = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    store = 'backend="sqlite",operation="commit"'
    assert float(counts[f'netweave_store_operations_total{{{store},result="ok"}}']) >= 2
    assert float(counts[f"netweave_store_operation_duration_seconds_count{{{store}}}"]) >= 2


def test_subscriptions(simulated, sink):
    made = subscribe(simulated, sink, consumerSubscriptionId="smo-1", filter={"resourcePoolId": "sim-pool-0001"})
    assert made["security"]["type"] == "hmac-sha256"
    path = f"{V1}/subscriptions/{made['subscriptionId']}"
    got = simulated.get(path)
    assert got.json["consumerSubscriptionId"] == "smo-1" and "security" not in got.json
    assert got.json["status"]["state"] == "active"
    assert "secret" not in simulated.get(f"{V1}/subscriptions").body.decode()
    simulated.request("PATCH", f"{V1}/resources/sim-res-0000000", {"description": "elsewhere"})
    simulated.request("PATCH", f"{V1}/resources/sim-res-0000001", {"description": "here"})
    event = sink.wait(1)[0]
    assert event["eventType"] == "ResourceUpdated" and event["consumerSubscriptionId"] == "smo-1"
    assert event["resource"]["resourceId"] == "sim-res-0000001" and event["resource"]["description"] == "here"
    assert event["priorState"]["description"] != "here" and event["sequence"] == 1
    put = simulated.request("PUT", path, {"callback": sink.url + "/hook", "filter": {"resourceId": "sim-res-0000000"}})
    assert put.status == 200 and put.json["filter"] == {"resourceId": ["sim-res-0000000"]}
    simulated.request("PATCH", f"{V1}/resources/sim-res-0000001", {"description": "unheard"})
    simulated.request("PATCH", f"{V1}/resources/sim-res-0000000", {"description": "heard"})
    assert [e["resource"]["resourceId"] for e in sink.wait(2)] == ["sim-res-0000001", "sim-res-0000000"]
    assert simulated.request("DELETE", path).status == 204
    problem(simulated.get(path), 404, "NotFound")
    problem(simulated.request("DELETE", path), 404, "NotFound")


@pytest.mark.parametrize("callback", ["", "not a url", "ftp://127.0.0.1/x", "http://user:pw@127.0.0.1/", "http://127.0.0.1/#f",
                                      "http://10.0.0.1/hook", "http://169.254.169.254/latest", "http://[fe80::1]/"])
def test_callbacks_that_are_refused(simulated, callback):
    body = problem(simulated.post(f"{V1}/subscriptions", {"callback": callback}), 400, "BadRequest")
    assert body["invalidParams"][0]["name"] == "callback"


def test_subscriptions_that_are_wrong(simulated, sink):
    body = {"callback": sink.url, "eventTypes": ["ResourceExploded"], "filter": {"labels": {"a": 1}}}
    names = {p["name"] for p in problem(simulated.post(f"{V1}/subscriptions", body), 400, "BadRequest")["invalidParams"]}
    assert names == {"eventTypes[0]", "filter.labels.a"}
    answer = problem(simulated.post(f"{V1}/subscriptions", {"callback": sink.url, "filter": {"expression": "(is,a,b)"}}),
                     400, "BadRequest")
    assert [p["name"] for p in answer["invalidParams"]] == ["filter.expression"]


def test_a_subscription_hears_what_its_expression_says(simulated, sink):
    wished = {"expression": "(gte,extensions/cores,32);(cont,description,radio)"}
    made = subscribe(simulated, sink, filter=wished)
    assert made["filter"] == wished
    body = {"resourcePoolId": "sim-pool-0000", "resourceTypeId": "sim-type-00"}
    for name, cores, description in (("small", 16, "radio"), ("other", 64, "core"), ("right", 64, "a radio unit")):
        simulated.post(f"{V1}/resources", {**body, "resourceId": name, "description": description, "extensions": {"cores": cores}})
    simulated.request("PATCH", f"{V1}/resources/right", {"extensions": {"cores": 8}})
    simulated.request("PATCH", f"{V1}/resources/right", {"extensions": {"cores": 4}})
    events = sink.wait(2)
    assert [(e["eventType"], e["resource"]["resourceId"]) for e in events] == [
        ("ResourceCreated", "right"), ("ResourceUpdated", "right")]
    assert events[1]["resource"]["extensions"]["cores"] == 8
