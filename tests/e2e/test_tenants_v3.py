"""Tenants of O2-IMS v3: documents of the store; one of them is always there."""

from test_inventory_v1 import problem

V3 = "/o2ims/v3"
NOTHING = {"subscriptions": 0, "resourcePools": 0, "resources": 0, "users": 0}


def test_the_default_tenant_is_there_and_stays(simulated):
    page = simulated.get(f"{V3}/tenants").json
    assert page["total"] == 1 and page["items"][0]["tenantId"] == "default" and page["items"][0]["status"] == "active"
    problem(simulated.request("DELETE", f"{V3}/tenants/default"), 409, "Conflict")
    usage = simulated.get(f"{V3}/tenants/default/usage").json
    assert usage == {"subscriptions": 0, "resourcePools": 3, "resources": 250, "users": 0}
    assert simulated.get("/o2ims/v2/tenants").status == 404


def test_a_tenant_is_made_read_changed_and_deleted(simulated):
    made = simulated.post(f"{V3}/tenants", {"tenantId": "acme", "name": "Acme", "contactEmail": "o2@acme.example",
                                            "metadata": {"contract": 7}, "quota": {"maxResources": 10}})
    assert made.status == 201 and made.headers["location"] == f"{V3}/tenants/acme" and made.json["status"] == "active"
    one = simulated.get(f"{V3}/tenants/acme")
    assert one.json == {**made.json, "usage": NOTHING} and one.headers["etag"] == made.headers["etag"]
    problem(simulated.post(f"{V3}/tenants", {"tenantId": "acme", "name": "Acme"}), 409, "Conflict")
    changed = simulated.request("PUT", f"{V3}/tenants/acme", {"name": "Acme Radio", "status": "suspended"},
                                headers={"If-Match": one.headers["etag"]})
    assert changed.status == 200 and changed.json["name"] == "Acme Radio" and changed.json["status"] == "suspended"
    assert changed.json["createdAt"] == made.json["createdAt"] and "contactEmail" not in changed.json
    problem(simulated.request("PUT", f"{V3}/tenants/acme", {"name": "x"}, headers={"If-Match": one.headers["etag"]}),
            412, "PreconditionFailed")
    assert [t["tenantId"] for t in simulated.get(f"{V3}/tenants?status%5Beq%5D=suspended").json["items"]] == ["acme"]
    assert simulated.get(f"{V3}/tenants/acme/usage").json == NOTHING
    assert simulated.request("DELETE", f"{V3}/tenants/acme").status == 204
    problem(simulated.get(f"{V3}/tenants/acme"), 404, "NotFound")


def test_quotas_are_read_and_replaced(simulated):
    simulated.post(f"{V3}/tenants", {"tenantId": "acme", "name": "Acme", "quota": {"maxResources": 10}})
    assert simulated.get(f"{V3}/tenants/acme/quotas").json == {"maxResources": 10}
    assert simulated.request("PUT", f"{V3}/tenants/acme/quotas", {"maxUsers": 3}).json == {"maxUsers": 3}
    assert simulated.get(f"{V3}/tenants/acme").json["quota"] == {"maxUsers": 3}
    for bad in ({"maxUsers": -1}, {"maxUsers": 1.5}, {"maxUsers": "3"}, {"maxCats": 3}):
        problem(simulated.request("PUT", f"{V3}/tenants/acme/quotas", bad), 400, "BadRequest")
    problem(simulated.get(f"{V3}/tenants/nobody/quotas"), 404, "NotFound")


def test_wrong_tenants_are_refused_with_every_fault(simulated):
    answer = problem(simulated.post(f"{V3}/tenants", {"tenantId": "a b", "colour": 1}), 400, "BadRequest")
    assert {p["name"] for p in answer["invalidParams"]} == {"tenantId", "colour", "name"}
    answer = problem(simulated.post(f"{V3}/tenants", {"name": "a", "status": "asleep"}), 400, "BadRequest")
    assert answer["invalidParams"][0]["name"] == "status"


def test_bodies_may_say_the_tenant_that_they_belong_to(simulated):
    assert simulated.post(f"{V3}/resourcePools", {"name": "a", "tenantId": "default"}).status == 201
    answer = problem(simulated.post(f"{V3}/resourcePools", {"name": "a", "tenantId": "acme"}), 400, "BadRequest")
    assert answer["invalidParams"][0]["name"] == "tenantId"
    problem(simulated.post("/o2ims/v2/resourcePools", {"name": "a", "tenantId": "default"}), 400, "BadRequest")
