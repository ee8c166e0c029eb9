"""v2 against a gateway that has it."""

import pytest

import netweave
from netweave import field


@pytest.fixture
def v2(gateway):
    if "v2" not in gateway.get("/o2ims/v1/features").json()["apiVersions"]:
        pytest.skip("this gateway has no v2")
    return netweave.Client(gateway, version="v2")


@pytest.fixture
def batch(v2, gateway):
    if gateway.request("OPTIONS", "/o2ims/v2/batch/resourcePools").status == 404:
        pytest.skip("this gateway has no batches")
    return v2.batch


def cores(resource):
    return resource.extensions["cpu"]["cores"]


@pytest.mark.parametrize("where, holds", [
    (field("extensions.cpu.cores") >= 64, lambda r: cores(r) >= 64),
    ((field("extensions.cpu.cores") > 16) & (field("extensions.cpu.cores") < 128), lambda r: 16 < cores(r) < 128),
    ({"extensions.cpu.cores": ("!=", 16)}, lambda r: cores(r) != 16),
    ({"extensions.cpu.cores": [16, 32]}, lambda r: cores(r) in (16, 32)),
    (field("extensions", "labels", "role").not_in(["du", "edge"]),
     lambda r: r.extensions["labels"]["role"] not in ("du", "edge")),
    (field("resource_id").matches("0$"), lambda r: r.resource_id.endswith("0")),
    (field("description").contains("node 1"), lambda r: "node 1" in r.description),
    ({"extensions.labels.zone": "zone-a"}, lambda r: r.extensions["labels"]["zone"] == "zone-a"),
    (field("extensions.labels.zone") == "a&b=c", lambda r: False)])
def test_conditions_find_what_python_finds(v2, where, holds):
    everything = list(v2.resources.list(limit=1000))
    wanted = [one.resource_id for one in everything if holds(one)]
    assert [one.resource_id for one in v2.resources.list(where, limit=3)] == wanted
    assert v2.resources.count(where) == len(wanted)


def test_labels_with_dots_and_quotes(v2):
    labels = {"topology.kubernetes.io/zone": "a", 'quo"te': "b", "back\\slash": "c,d", "[0]": "e", "f,g": "h"}
    pool = v2.resource_pools.create(netweave.ResourcePool(name="labelled", extensions={"labels": labels}))
    for name, value in labels.items():
        label = field("extensions", "labels", name)
        for where in (label == value, label.is_in([value])):
            assert [one.name for one in v2.resource_pools.list(where)] == ["labelled"], name
        assert v2.resource_pools.count(label.not_in([value, "x"])) == 3
        row = next(v2.resource_pools.rows([label.path], {"name": "labelled"}))
        assert list(row.values()) == [value]
    v2.resource_pools.delete(pool)


def test_several_keys_sort(v2):
    found = list(v2.resources.list(sort=["-extensions.cpu.cores", "resourceId"], limit=4))
    assert [one.resource_id for one in found] == [
        one.resource_id for one in sorted(found, key=lambda r: (-cores(r), r.resource_id))]
    assert len(found) == 25


def test_a_plan_is_shown(v2):
    page = next(v2.resources.list(field("extensions.cpu.cores") >= 64, explain=True).pages())
    assert page.explain and next(v2.resources.list().pages()).explain is None


def test_a_batch_makes_changes_and_deletes(batch, v2):
    made = batch.resource_pools.create([netweave.ResourcePool(resource_pool_id=id, name=id) for id in ("x", "y")])
    assert made.success_count == 2 and not made.failures
    changed = batch.resource_pools.update([("x", {"name": "new"})])
    assert changed.success_count == 1 and v2.resource_pools.get("x").name == "new"
    with pytest.raises(netweave.BatchRolledBackError):
        batch.resource_pools.create([{"resourcePoolId": "z", "name": "z"}, {"resourcePoolId": "x", "name": "x"}])
    with pytest.raises(netweave.NotFoundError):
        v2.resource_pools.get("z")
    mixed = batch.resource_pools.delete(["x", "none", "y"], atomic=False)
    assert (mixed.success_count, [one.problem.title for one in mixed.failures]) == (2, ["NotFound"])


def test_v3_shows_whose_it_is_and_takes_it_back(v2, gateway):
    client = netweave.Client(gateway, version="v3")
    pool = client.resource_pools.get("sim-pool-0001")
    assert pool.tenant_id == "default" and v2.resource_pools.get("sim-pool-0001").tenant_id is None
    pool.description = "by v3"
    assert client.resource_pools.update(pool).tenant_id == "default"
    assert client.resource_pools.count(where={"tenant_id": "default"}) == client.resource_pools.count() == 3
    assert client.resource_pools.count({"tenant_id": "other"}) == 0


def test_tenants_of_a_gateway_that_has_them(v2, gateway):
    if gateway.request("OPTIONS", "/o2ims/v3/tenants").status == 404:
        pytest.skip("this gateway has no tenants")
    tenants = netweave.Client(gateway, version="v3").tenants
    assert [one.tenant_id for one in tenants.list()] == ["default"]
    made = tenants.create(netweave.Tenant(tenant_id="edge", name="Edge", quota=netweave.TenantQuota(max_resources=7)))
    made.description = "first"
    assert tenants.update(made).description == "first"
    quota = tenants.quotas("edge")
    assert quota.max_resources == 7
    quota.max_resources = 8
    assert tenants.set_quotas("edge", quota).max_resources == 8
    assert isinstance(tenants.usage("edge"), dict)
    tenants.delete("edge")
    with pytest.raises(netweave.NotFoundError):
        tenants.get("edge")
