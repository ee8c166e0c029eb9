"""Several adapters in one gateway: whose is what, and who gets what is created."""

import signal
import urllib.parse

import pytest
from gateway import Gateway, wait_until
from test_inventory_v1 import problem

V1 = "/o2ims/v1"
EXPLAIN = "/admin/routing/explain"


def simulator(name, **more):
    generate = {"pools": 2, "resources": 6, "resource_types": 1, "seed": 3}
    return {"name": name, "type": "simulator", "config": {"generate": generate}, **more}


RULES = [
    {"name": "edge", "adapter": "west", "priority": 10, "conditions": {"location": {"prefix": "edge-"}}},
    {"name": "gpu", "adapter": "west", "priority": 10, "resource_type": "gpu.large"},
    {"name": "lab", "adapter": "west", "priority": 5, "conditions": {"labels": {"tier": "lab", "owner": "qa"}}},
    {"name": "watch", "adapter": "seen", "conditions": {"location": {"exact": "museum"}}},
    {"name": "off", "adapter": "off", "priority": 20, "conditions": {"location": {"contains": "edge"}}},
    {"name": "site", "adapter": "west", "conditions": {"extensions": {"site": {"row": 4}}}},
]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    adapters = [simulator("east", default=True), simulator("west"), simulator("seen", mode="observe"),
                simulator("off", enabled=False)]
    with Gateway(tmp_path_factory.mktemp("two"), adapters=adapters, config={"routing": {"rules": RULES}}) as gateway:
        yield gateway.wait_ready()


def owner(gateway, pool_id):
    """The adapter that holds the pool, as the explanation for a resource of it says."""
    return gateway.get(f"{EXPLAIN}?resourcePoolId={pool_id}").json["adapter"]


def make_pool(gateway, headers=None, **body):
    return gateway.post(f"{V1}/resourcePools", {"name": "made", **body}, headers)


@pytest.mark.parametrize("kind, id_name, each", [("deploymentManagers", "deploymentManagerId", 1),
                                                 ("resourcePools", "resourcePoolId", 2),
                                                 ("resources", "resourceId", 6), ("resourceTypes", "resourceTypeId", 1)])
def test_what_is_discovered_bears_its_adapters_name(two, kind, id_name, each):
    ids = [item[id_name] for item in two.all(kind)]
    for name in ("east", "west", "seen"):
        assert len([i for i in ids if i.startswith(f"{name}-{'pool-0' if kind == 'resourcePools' else ''}")]) == each
    assert not [i for i in ids if i.startswith("off-")]


def test_two_adapters_of_one_kind_stand_in_features_and_readiness(two):
    names = {"east", "west", "seen"}
    assert {adapter["name"] for adapter in two.get(f"{V1}/features").json["adapters"]} == names
    assert {adapter["name"] for adapter in two.get("/readyz").json["components"]["adapters"]} == names


@pytest.mark.parametrize("body, adapter", [
    ({}, "east"),
    ({"location": "edge-7"}, "west"),
    ({"location": "the edge-7"}, "east"),
    ({"extensions": {"instanceType": "gpu.large"}}, "west"),
    ({"extensions": {"instanceType": "gpu.small"}}, "east"),
    ({"extensions": {"labels": {"tier": "lab", "owner": "qa"}}}, "west"),
    ({"extensions": {"labels": {"tier": "lab"}}}, "east"),
    ({"extensions": {"site": {"row": 4, "hall": 1}}}, "west"),
    ({"extensions": {"site": {"row": 5}}}, "east"),
])
def test_a_pool_goes_where_the_rules_say_and_so_do_its_resources(two, body, adapter):
    made = make_pool(two, **body)
    assert made.status == 201, made
    pool = made.json["resourcePoolId"]
    assert pool.startswith(adapter + "-pool-") and owner(two, pool) == adapter
    resource = two.post(f"{V1}/resources", {"resourcePoolId": pool, "resourceTypeId": f"{adapter}-type-00"})
    assert resource.status == 201 and resource.json["resourceId"].startswith(adapter + "-res-"), resource
    path = f"{V1}/resources/{resource.json['resourceId']}"
    assert two.request("PATCH", path, {"description": "changed"}).json["description"] == "changed"
    assert two.request("DELETE", path).status == 204
    assert two.request("DELETE", f"{V1}/resourcePools/{pool}").status == 204


def test_a_given_id_is_kept_wherever_it_goes(two):
    made = make_pool(two, resourcePoolId="rack-1", location="edge-1")
    assert made.status == 201 and made.json["resourcePoolId"] == "rack-1" and owner(two, "rack-1") == "west"
    assert two.request("DELETE", f"{V1}/resourcePools/rack-1").status == 204


def test_a_rule_can_lead_to_an_adapter_that_only_observes(two):
    problem(make_pool(two, location="museum"), 403, "Forbidden")
    assert two.get(f"{EXPLAIN}?location=museum").json["problem"]["status"] == 403


def test_the_header_forces_an_adapter(two):
    made = make_pool(two, {"X-Netweave-Adapter": "west"})
    assert made.status == 201 and made.json["resourcePoolId"].startswith("west-")
    back = make_pool(two, {"X-Netweave-Adapter": "east"}, location="edge-1")
    assert back.json["resourcePoolId"].startswith("east-")
    for name in ("nobody", "off"):
        fault = problem(make_pool(two, {"X-Netweave-Adapter": name}), 400, "BadRequest")["invalidParams"]
        assert fault == [{"name": "X-Netweave-Adapter",
                          "reason": "must name an enabled adapter; there are: east, west, seen"}]


@pytest.mark.parametrize("method, path, body", [
    ("POST", "/resources", {"resourcePoolId": "east-pool-0000", "resourceTypeId": "east-type-00"}),
    ("PATCH", "/resources/east-res-0000001", {"description": "x"}),
    ("PUT", "/resourcePools/east-pool-0001", {"name": "x"}),
    ("DELETE", "/resources/east-res-0000001", None),
])
def test_the_header_takes_nothing_from_its_owner(two, method, path, body):
    refused = problem(two.request(method, V1 + path, body, {"X-Netweave-Adapter": "west"}), 400, "BadRequest")
    assert refused["invalidParams"] == [{"name": "X-Netweave-Adapter", "reason": "leave it out, or name east"}]
    if method != "DELETE":
        assert two.request(method, V1 + path, body, {"X-Netweave-Adapter": "east"}).status in (200, 201)


def test_explain_says_of_each_rule_why_it_did_not_win(two):
    answer = two.get(f"{EXPLAIN}?location=edge-1&labels=tier:lab,owner:qa")
    assert answer.status == 200, answer
    assert answer.json == {
        "adapter": "west", "reason": "the rule edge gives it to west",
        "fallback": {"enabled": True, "adapter": "east"},
        "rules": [
            {"name": "off", "priority": 20, "adapter": "off", "matches": True, "wins": False,
             "reason": "its adapter off is disabled"},
            {"name": "edge", "priority": 10, "adapter": "west", "matches": True, "wins": True,
             "reason": "it is the first that matches"},
            {"name": "gpu", "priority": 10, "adapter": "west", "matches": False, "wins": False,
             "reason": "it is for gpu.large, this is a resourcePool"},
            {"name": "lab", "priority": 5, "adapter": "west", "matches": True, "wins": False,
             "reason": "the rule edge comes first"},
            {"name": "watch", "priority": 0, "adapter": "seen", "matches": False, "wins": False,
             "reason": 'the location must be "museum", is "edge-1"'},
            {"name": "site", "priority": 0, "adapter": "west", "matches": False, "wins": False,
             "reason": 'extensions.site must be {"row":4}, and is not there'},
        ]}
    extensions = urllib.parse.quote('{"site": {"row": 4}}')
    assert two.get(f"{EXPLAIN}?resourceType=gpu.large").json["reason"] == "the rule gpu gives it to west"
    assert two.get(f"{EXPLAIN}?extensions={extensions}").json["reason"] == "the rule site gives it to west"
    assert two.get(EXPLAIN).json["reason"] == "no rule takes it: east is the default adapter"
    assert two.get(f"{EXPLAIN}?resourcePoolId=west-pool-0000").json == {
        "adapter": "west", "reason": "a resource goes to the adapter of its pool"}


def test_explain_refuses_what_it_does_not_know(two):
    refused = problem(two.get(f"{EXPLAIN}?colour=red&labels=x&extensions=7"), 400, "BadRequest")
    assert [fault["name"] for fault in refused["invalidParams"]] == ["colour", "labels", "extensions"]
    problem(two.get(f"{EXPLAIN}?resourcePoolId=nothing"), 404, "NotFound")
    problem(two.get(f"{EXPLAIN}?resourcePoolId=a&location=b"), 400, "BadRequest")


def test_without_a_fallback_what_no_rule_takes_is_refused_with_the_rules(tmp_path):
    routing = {"fallback_enabled": False, "rules": [RULES[0]]}
    with Gateway(tmp_path, adapters=[simulator("east"), simulator("west")], config={"routing": routing}) as gateway:
        gateway.wait_ready()
        refused = problem(make_pool(gateway, location="core"), 422, "UnprocessableEntity")
        assert refused["detail"] == "no rule takes it, and routing.fallback_enabled is false"
        assert refused["invalidParams"] == [
            {"name": "routing rule edge", "reason": 'the location must begin with "edge-", is "core"'}]
        assert gateway.get(f"{EXPLAIN}?location=core").json["problem"]["status"] == 422
        assert make_pool(gateway, location="edge-1").json["resourcePoolId"].startswith("west-")


def test_rules_are_reloaded(tmp_path):
    with Gateway(tmp_path, adapters=[simulator("east", default=True), simulator("west")]) as gateway:
        gateway.wait_ready()
        settings = gateway.config.read_text()
        with_rules = settings[:-1] + ', "routing": {"rules": [{"name": "all", "adapter": "%s"}]}}'
        gateway.config.write_text(with_rules % "west")
        gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: gateway.get(EXPLAIN).json["adapter"] == "west", "the new rule")
        assert make_pool(gateway).json["resourcePoolId"].startswith("west-")
        gateway.config.write_text(with_rules % "nobody")
        gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: 'there is no adapter \\"nobody\\"' in gateway.log.read_text()
                   or 'there is no adapter "nobody"' in gateway.log.read_text(), "the refusal")
        assert gateway.get(EXPLAIN).json["adapter"] == "west"
