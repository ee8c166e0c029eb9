"""Batches and tenants as the contract says them; against this gateway where it has them."""

import json

import pytest

import netweave
from conftest import Scripted, problem

DONE = {"results": [{"index": 0, "id": "a", "status": 201, "success": True, "body": {"resourcePoolId": "a"}},
                    {"index": 1, "status": 409, "success": False,
                     "problem": {"type": "about:blank", "title": "Conflict", "status": 409, "detail": "a is taken"}}],
        "successCount": 1, "failureCount": 1}
POOLS = [netweave.ResourcePool(name="A", created_at="never sent"), {"name": "B"}]


@pytest.mark.parametrize("call, path, body", [
    (lambda batch: batch.resource_pools.create(POOLS), "resourcePools",
     {"atomic": True, "items": [{"name": "A"}, {"name": "B"}]}),
    (lambda batch: batch.resources.update(
        [("r", {"description": "x"}), netweave.Resource(resource_id="s", etag='"1"')], atomic=False),
     "resources/update", {"atomic": False, "items": [{"id": "r", "body": {"description": "x"}},
                                                     {"id": "s", "body": {"resourceId": "s"}, "ifMatch": '"1"'}]}),
    (lambda batch: batch.subscriptions.delete(["a", netweave.Subscription(subscription_id="b")]),
     "subscriptions/delete", {"atomic": True, "ids": ["a", "b"]})])
def test_what_is_sent_and_read(call, path, body):
    with Scripted((207, {}, DONE)) as server:
        answer = call(netweave.Client(server.url, version="v2").batch)
    method, sent, _, content = server.requests[0]
    assert (method, sent, json.loads(content)) == ("POST", "/o2ims/v2/batch/" + path, body)
    assert (answer.success_count, answer.failure_count) == (1, 1) and answer.to_json() == DONE
    assert [one.problem.detail for one in answer.failures] == ["a is taken"]


def test_a_batch_that_was_rolled_back_is_an_error_that_says_why():
    results = {"results": [{"index": 0, "id": "a", "status": 409, "success": False, "rolledBack": False,
                            "problem": {"title": "Conflict", "status": 409, "detail": "it stands"}}],
               "successCount": 0, "failureCount": 1}
    told = problem(409, "Conflict", "entry 1 failed", **results)
    with Scripted(told, (409, {}, DONE), problem(400, "BadRequest", "1 to 100"), problem(409, "Conflict")) as server:
        client = netweave.Client(server.url, version="v2")
        with pytest.raises(netweave.BatchRolledBackError, match="409 Conflict: entry 1 failed") as caught:
            client.batch.resource_pools.create(POOLS)
        assert isinstance(caught.value, netweave.ConflictError)
        assert [one.rolled_back for one in caught.value.answer.results] == [False]
        with pytest.raises(netweave.BatchRolledBackError, match="a is taken"):
            client.batch.resource_pools.create(POOLS)
        with pytest.raises(netweave.InvalidError, match="1 to 100"):
            client.batch.resource_pools.create([])
        with pytest.raises(netweave.ConflictError) as caught:
            client.batch.resource_pools.delete(["a"], idempotency_key="k")
        assert not isinstance(caught.value, netweave.BatchRolledBackError)
        assert server.requests[3][2]["Idempotency-Key"] == "k"


def test_a_batch_whose_answer_was_lost_is_asked_for_again_under_its_key():
    with Scripted(None, (200, {}, DONE)) as server:
        netweave.Client(server.url, version="v2", retry=netweave.Retry(base=0)).batch.resources.delete(["a"])
        assert len({headers["Idempotency-Key"] for _, _, headers, _ in server.requests}) == 1 < len(server.requests)


def test_tenants():
    quota = {"maxResources": 7}
    tenant = {"tenantId": "t", "name": "T", "quota": quota, "usage": {"resources": 1}, "metadata": {"a": "b"}}
    with Scripted((201, {"ETag": '"1"'}, tenant), (200, {"ETag": '"q"'}, quota), (200, {}, quota),
                  (200, {}, {"resources": 1}), (204, {}, b"")) as server:
        tenants = netweave.Client(server.url, version="v3").tenants
        made = tenants.create(netweave.Tenant(name="T", quota=netweave.TenantQuota(max_resources=7)))
        assert made.quota.max_resources == 7 and made.to_json() == tenant
        assert tenants.set_quotas("t", tenants.quotas("t")).max_resources == 7
        assert tenants.usage("t") == {"resources": 1}
        tenants.delete(made)
    assert [(method, path) for method, path, _, _ in server.requests] == [
        ("POST", "/o2ims/v3/tenants"), ("GET", "/o2ims/v3/tenants/t/quotas"), ("PUT", "/o2ims/v3/tenants/t/quotas"),
        ("GET", "/o2ims/v3/tenants/t/usage"), ("DELETE", "/o2ims/v3/tenants/t")]
    assert json.loads(server.requests[0][3]) == {"name": "T", "quota": quota}
    assert server.requests[2][2]["If-Match"] == '"q"' and server.requests[4][2]["If-Match"] == '"1"'
