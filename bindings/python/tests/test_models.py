"""The models: what they keep, what they refuse, and that they are the API's."""

import dataclasses
import pathlib
import pickle
import re

import pytest

import netweave
from netweave.shape import Model, members

TABLES = pathlib.Path(__file__).parents[3] / "lib/model/tables.cpp"
MODELS = {"capacity": netweave.Capacity, "deployment_manager": netweave.DeploymentManager,
          "resource_pool": netweave.ResourcePool, "resource": netweave.Resource,
          "resource_type": netweave.ResourceType, "filter": netweave.SubscriptionFilter,
          "subscription": netweave.Subscription, "o_cloud": netweave.OCloudInfrastructure,
          "quota": netweave.TenantQuota, "tenant": netweave.Tenant, "user": netweave.User, "role": netweave.Role, "site": netweave.OCloudSite,
          "location": netweave.Location, "alarm_definition": netweave.AlarmDefinition,
          "standard_reference": netweave.StandardReference, "probable_cause": netweave.ProbableCause,
          "alarm_dictionary": netweave.AlarmDictionary, "measurement": netweave.PerformanceMeasurement,
          "performance_dictionary": netweave.PerformanceDictionary}


def tables():
    """{table: {member: (required, server)}} of the gateway's own."""
    found = {}
    for name, body in re.findall(r"constexpr std::array (\w+)_fields = \{(.*?)\n\};", TABLES.read_text(), re.S):
        rows = re.findall(r'Field\{\s*\.name = "(\w+)"(.*?)\},?\n', body, re.S)
        # arrays and objects that are always written may be left out by whoever makes one
        found[name] = {row: ("required = true" in rest and ".type" not in rest, "server = true" in rest) for row, rest in rows}
    return found


def test_they_are_the_gateways_tables():
    told = tables()
    assert set(told) == set(MODELS)
    for name, fields in told.items():
        rows = {row.json: row for row in members(MODELS[name])}
        assert set(fields) <= set(rows), name
        for field, (required, server) in fields.items():
            assert rows[field].required == required, (name, field)
            assert rows[field].server == server, (name, field)


DOCUMENTED = {"AdapterFeatures": netweave.AdapterFeature, "WebhookSecurity": netweave.Security,
              "SubscriptionCreated": netweave.Subscription, **{model.__name__: model for model in (
                  netweave.Capacity, netweave.DeadLetter, netweave.DeploymentManager, netweave.Features, netweave.OCloudInfrastructure,
                  netweave.Problem, netweave.Resource, netweave.ResourcePool, netweave.ResourceType,
                  netweave.Subscription, netweave.SubscriptionFilter, netweave.SubscriptionStatus)}}


def test_they_are_the_documents(gateway):
    answer = gateway.get("/openapi.json")
    if answer.status == 404:
        pytest.skip("this gateway has no OpenAPI document")
    schemas = answer.json()["components"]["schemas"]
    seen = set()
    for versioned, schema in schemas.items():
        name = re.sub(r"V\d+$", "", versioned)
        if name not in DOCUMENTED:
            continue
        seen.add(name)
        rows = {row.json: row for row in members(DOCUMENTED[name])}
        assert set(schema["properties"]) <= set(rows), versioned
        blank = DOCUMENTED[name]()
        for member in schema.get("required", []):  # a text or number that is always there is never None
            if schema["properties"][member].get("type") in ("string", "integer", "array"):
                assert getattr(blank, rows[member].python) is not None, (versioned, member)
    assert seen == set(DOCUMENTED)


@pytest.mark.parametrize("path, model", [
    ("deploymentManagers", netweave.DeploymentManager), ("resourcePools", netweave.ResourcePool),
    ("resources", netweave.Resource), ("resourceTypes", netweave.ResourceType)])
def test_what_a_gateway_answers_goes_round(gateway, path, model):
    items = gateway.get(f"/o2ims/v1/{path}").json()["items"]
    assert items
    for item in items:
        read = model.from_json(item)
        assert read.to_json() == item and read.unknown == {}


def test_the_others_go_round_too(gateway):
    about = gateway.get("/o2ims/v1/oCloudInfrastructure").json()
    assert netweave.OCloudInfrastructure.from_json(about).to_json() == about
    features = gateway.get("/o2ims/v1/features").json()
    read = netweave.Features.from_json(features)
    assert read.to_json() == features
    assert netweave.AdapterCapability(kind="resource", operation="delete") in read.adapters[0].capabilities
    body = {"callback": "http://127.0.0.1:9/x", "filter": {"resourcePoolId": "a", "labels": {"b": "c"}}}
    made = gateway.post("/o2ims/v1/subscriptions", body).json()
    subscription = netweave.Subscription.from_json(made)
    assert subscription.to_json() == made and subscription.filter.resource_pool_id == ["a"]
    status = gateway.get("/o2ims/v1/subscriptions/" + subscription.subscription_id).json()
    assert netweave.Subscription.from_json(status).to_json() == status
    problem = gateway.get("/o2ims/v1/resources?limit=0&colour=red").json()
    assert netweave.Problem.from_json(problem).to_json() == problem
    assert netweave.Problem.from_json(problem).invalid_params[0].name == "colour"


def test_unknown_members_are_kept_at_every_depth():
    json = {"resourcePoolId": "a", "name": "b", "colour": {"red": 1}, "extensions": {"x": {"y": None}}}
    assert netweave.ResourcePool.from_json(json).to_json() == json
    assert netweave.ResourcePool.from_json(json).to_request() == json
    json = {"deploymentManagerId": "a", "capacity": {"totalCpu": 8, "totalGpu": 2}, "capabilities": []}
    assert netweave.DeploymentManager.from_json(json).to_json() == json
    json = {"title": "X", "status": 0, "invalidParams": [{"name": "n", "reason": "", "hint": 7}]}
    assert netweave.Problem.from_json(json).to_json() == json


def test_what_was_not_given_is_not_sent():
    assert netweave.ResourcePool(name="x").to_request() == {"name": "x"}
    assert netweave.ResourcePool().name == "" and not netweave.ResourcePool().name
    assert netweave.Subscription(callback="c", filter={}).to_request() == {"callback": "c", "filter": {}}
    assert netweave.OCloudInfrastructure.from_json({"serviceUri": ""}).to_json() == {"serviceUri": ""}


def test_a_request_leaves_out_what_only_the_gateway_writes():
    given = {"subscriptionId": "s", "callback": "c", "createdAt": "t", "updatedAt": "t",
             "status": {"state": "active", "pending": 0}, "security": {"type": "hmac-sha256", "secret": "geheim"}}
    read = netweave.Subscription.from_json(given)
    assert read.to_request() == {"subscriptionId": "s", "callback": "c"}
    assert read.to_json() == given
    assert read.security.secret == "geheim" and "geheim" not in repr(read)


def test_every_wrong_type_is_told():
    wrong = {"deploymentManagerId": 7, "name": None, "supportedLocations": "here", "capabilities": ["a", 1],
             "capacity": {"totalCpu": True}, "extensions": []}
    with pytest.raises(netweave.InvalidError) as caught:
        netweave.DeploymentManager.from_json(wrong)
    assert dict(caught.value.faults) == {
        "deploymentManagerId": "must be a string", "name": "must not be null", "extensions": "must be an object",
        "supportedLocations": "must be an array", "capabilities[1]": "must be a string",
        "capacity.totalCpu": "must be a number"}
    with pytest.raises(netweave.InvalidError):
        netweave.ResourcePool.from_json([])
    assert netweave.ResourcePool.from_json({"location": None}).location is None


def test_a_whole_number_may_come_with_a_point():
    read = netweave.TenantQuota.from_json({"maxResources": 7.0})
    assert read.max_resources == 7 and isinstance(read.max_resources, int)
    with pytest.raises(netweave.InvalidError, match="whole number"):
        netweave.TenantQuota.from_json({"maxResources": 7.5})


def test_what_is_only_read_is_frozen_and_what_is_edited_is_not():
    with pytest.raises(dataclasses.FrozenInstanceError):
        netweave.ResourceType(name="x").name = "y"
    pool = netweave.ResourcePool(name="x")
    pool.name = "y"
    assert pool == netweave.ResourcePool(name="y", etag='"1"')  # the same object, whatever was read when
    with pytest.raises(AttributeError):
        pool.nmae = "z"
    assert repr(pool) == "ResourcePool(name='y')"


def test_they_are_copied_and_pickled():
    pool = netweave.ResourcePool.from_json({"name": "x", "extensions": {"a": 1}, "more": 2})
    assert pickle.loads(pickle.dumps(pool)).to_json() == dataclasses.replace(pool).to_json() == pool.to_json()


def test_no_model_has_a_member_that_its_own_attributes_hide():
    for name in netweave.__all__:
        model = getattr(netweave, name)
        if isinstance(model, type) and issubclass(model, Model) and model is not Model:
            names = [row.json for row in members(model)]
            assert len(set(names)) == len(names) and "unknown" not in names and "etag" not in names
