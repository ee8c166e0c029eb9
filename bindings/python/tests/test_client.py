"""The client against a real gateway, in the process and over HTTP alike."""

import dataclasses
import re
import uuid

import pytest

import netweave
from netweave import field


def asked(gateway, route):
    """How many GETs of that route the gateway has counted."""
    found = re.search(rf'^netweave_http_requests_total{{method="GET",route="{route}",status="200"}} (\d+)',
                      gateway.get("/metrics").body.decode(), re.M)
    return int(found.group(1)) if found else 0


def test_a_list_is_typed_and_lazy(gateway, client):
    listing = client.resources.list(limit=4)
    assert asked(gateway, "/o2ims/v1/resources") == 0
    assert [type(one) for one in listing.take(4)] == [netweave.Resource] * 4
    assert asked(gateway, "/o2ims/v1/resources") == 1
    next(listing)
    assert asked(gateway, "/o2ims/v1/resources") == 2
    rest = list(listing)
    assert len(rest) == 20 and asked(gateway, "/o2ims/v1/resources") == 7
    assert list(listing) == []


def test_it_gives_all_in_order(client):
    wanted = [one.resource_id for one in client.resources.list(limit=1000)]
    assert [one.resource_id for one in client.resources.list(limit=3)] == wanted
    assert [one.resource_id for one in client.resources.list(limit=7, offset=5)] == wanted[5:]
    cores = [one.extensions["cpu"]["cores"] for one in client.resources.list(sort="-extensions.cpu.cores", limit=4)]
    assert cores == sorted(cores, reverse=True) and len(cores) == 25


def test_pages_and_totals(gateway, client):
    pages = list(client.resources.list(limit=10).pages())
    assert [(len(page.items), page.total, page.next_cursor is None) for page in pages] == [
        (10, 25, False), (10, 25, False), (5, 25, True)]
    assert pages[0].etag.startswith('W/"')
    listing = client.resources.list(limit=20)
    assert listing.total == 25 and len(list(listing)) == 25
    assert asked(gateway, "/o2ims/v1/resources") == 5  # the page that told the total was not asked for again
    assert client.resources.count() == 25
    assert client.resources.count(resource_pool_id="none") == 0
    assert client.resources.first(resource_pool_id="none") is None


def test_filters(client):
    pool = client.resource_pools.first()
    inside = list(client.resources.list(resource_pool_id=pool.resource_pool_id))
    assert inside and {one.resource_pool_id for one in inside} == {pool.resource_pool_id}
    assert list(client.resource_pools.resources(pool.resource_pool_id)) == inside
    assert list(client.resources.list(field("resourcePoolId") == pool.resource_pool_id)) == inside
    assert list(client.resources.list(where={"resource_pool_id": [pool.resource_pool_id]})) == inside
    labels = {"zone": pool.extensions["labels"]["zone"]}
    assert [one.name for one in client.resource_pools.list(labels=labels)] == [pool.name]
    some = client.resources.first(fields=["extensions.cpu"])
    assert some.resource_id and some.resource_type_id == "" and set(some.extensions) == {"cpu"}
    with pytest.raises(ValueError, match="v2"):
        client.resources.list(field("extensions.cpu.cores") >= 32)
    with pytest.raises(netweave.InvalidError) as caught:
        list(client.deployment_managers.list(labels={"a": "b"}))
    assert caught.value.invalid_params[0].name == "labels"


def test_life_of_a_pool(client):
    made = client.resource_pools.create(netweave.ResourcePool(resource_pool_id="mine", name="Mine", location="berlin"))
    assert (made.resource_pool_id, made.location, made.etag[0]) == ("mine", "berlin", '"')
    made.description = "rack 12"
    changed = client.resource_pools.update(made)
    assert changed.description == "rack 12" and changed.etag != made.etag
    patch = {"description": None, "extensions": {"row": 7}}
    patched = client.resource_pools.patch("mine", patch, if_match=changed.etag)
    assert patched.description is None and patched.extensions == {"row": 7}
    assert client.resource_pools.get("mine") == patched
    assert client.resource_pools.get("mine").etag == patched.etag
    client.resource_pools.delete("mine")
    with pytest.raises(netweave.NotFoundError):
        client.resource_pools.get("mine")


def test_a_write_is_conditional_on_what_was_read(client):
    mine = client.resource_pools.create({"name": "Mine"})
    client.resource_pools.patch(mine.resource_pool_id, {"description": "theirs"})
    mine.description = "mine"
    for write in (lambda: client.resource_pools.update(mine), lambda: client.resource_pools.delete(mine),
                  lambda: client.resource_pools.patch(mine.resource_pool_id, {"name": "x"}, if_match=mine.etag)):
        with pytest.raises(netweave.PreconditionError):
            write()
    again = client.resource_pools.update(dataclasses.replace(mine, etag=None))
    assert again.description == "mine"
    client.resource_pools.delete(again)


def test_resources_and_their_errors(client):
    kind, pool = client.resource_types.first(), client.resource_pools.first()
    new = netweave.Resource(resource_type_id=kind.resource_type_id, resource_pool_id=pool.resource_pool_id,
                            global_asset_id="urn:serial:7", extensions={"labels": {"role": "du"}})
    made = client.resources.create(new)
    assert client.resources.get(made.resource_id).extensions["labels"] == {"role": "du"}
    with pytest.raises(netweave.ConflictError) as caught:
        client.resource_pools.delete(pool.resource_pool_id)
    assert (caught.value.status, caught.value.title) == (409, "Conflict")
    new.resource_pool_id = "none"
    with pytest.raises(netweave.UnprocessableEntityError) as caught:
        client.resources.create(new)
    assert isinstance(caught.value, netweave.InvalidError)
    with pytest.raises(netweave.MethodNotAllowedError):
        client.request("DELETE", "/o2ims/v1/resources")
    with pytest.raises(netweave.UnsupportedMediaTypeError):
        client.request("POST", "/o2ims/v1/resources", {}, {"Content-Type": "text/plain"})
    with pytest.raises(ValueError, match="has no id"):
        client.resources.update(new)


def test_an_error_says_all_there_is(client):
    with pytest.raises(netweave.InvalidError) as caught:
        client.request("GET", "/o2ims/v1/resources?limit=0&colour=red", headers={"X-Request-ID": "mine-7"})
    error = caught.value
    assert (error.status, error.title, error.request_id, error.kind) == (400, "BadRequest", "mine-7", "invalid")
    assert error.invalid_params == error.faults == [
        ("colour", "no such parameter of this path"), ("limit", "must be a whole number from 1 to 1000")]
    assert error.problem.instance == "/o2ims/v1/resources" and error.detail == error.problem.detail
    assert str(error).splitlines()[0] == f"400 BadRequest: {error.detail}"
    assert "  colour: no such parameter" in str(error)


def test_a_key_makes_a_creation_once(client):
    key = str(uuid.uuid4())
    pool = netweave.ResourcePool(name="once")
    made = [client.resource_pools.create(pool, idempotency_key=key) for _ in range(2)]
    assert made[0].resource_pool_id == made[1].resource_pool_id
    pool.name = "another"
    with pytest.raises(netweave.ConflictError):
        client.resource_pools.create(pool, idempotency_key=key)
    assert client.resource_pools.create(pool) != client.resource_pools.create(pool)


def test_an_adapter_can_be_named(client):
    assert client.resource_pools.create({"name": "x"}, adapter="sim").resource_pool_id.startswith("sim-")
    with pytest.raises(netweave.InvalidError) as caught:
        client.resource_pools.create({"name": "x"}, adapter="none")
    assert caught.value.invalid_params[0].name == "X-Netweave-Adapter"


def test_subscriptions(client):
    wanted = netweave.Subscription(callback="http://127.0.0.1:9/o2", consumer_subscription_id="smo-1",
                                   filter=netweave.SubscriptionFilter(labels={"role": "du"}))
    made = client.subscriptions.create(wanted)
    assert made.security.algorithm == "HMAC-SHA256" and len(made.security.secret) == 44
    read = client.subscriptions.get(made.subscription_id)
    assert read.status.state == "active" and read.security is None
    read.event_types = ["ResourceCreated"]
    assert client.subscriptions.update(read).event_types == ["ResourceCreated"]
    client.subscriptions.resume(made.subscription_id, from_now=True)
    secret = client.subscriptions.rotate_secret(made.subscription_id)
    assert secret.algorithm == "HMAC-SHA256" and secret.secret != made.security.secret
    assert list(client.subscriptions.dead_letters(made.subscription_id)) == []
    assert client.subscriptions.redeliver(made.subscription_id) == 0
    with pytest.raises(netweave.NotFoundError):
        client.subscriptions.redeliver(made.subscription_id, ["none"])
    assert [one.subscription_id for one in client.subscriptions.list()] == [made.subscription_id]
    client.subscriptions.delete(made.subscription_id)
    assert client.subscriptions.count() == 0


def test_the_o_cloud_and_the_features(client):
    assert client.o_cloud().o_cloud_id == "ocloud-1"
    assert [one.type for one in client.features().adapters] == ["simulator"]
    assert client.deployment_managers.get("sim-dm").supported_locations


def test_ids_and_values_are_escaped(client):
    for id in ("a/b", "a?b", "ü#%", "../resources"):
        with pytest.raises(netweave.NotFoundError):
            client.resource_pools.get(id)
    assert client.resource_pools.count(location="a&limit=0") == 0


def test_versions_say_what_they_lack(gateway):
    client = netweave.Client(gateway)
    with pytest.raises(ValueError, match='version="v2"'):
        client.batch
    with pytest.raises(ValueError, match='version="v3"'):
        client.tenants
    with pytest.raises(ValueError, match="v4"):
        netweave.Client(gateway, version="v4")
    with pytest.raises(ValueError, match="without TLS"):
        netweave.Client(gateway, ca="ca.pem")


def test_a_stopped_gateway_is_told(gateway):
    client = netweave.Client(gateway)
    gateway.stop()
    with pytest.raises(netweave.CancelledError):
        client.o_cloud()
