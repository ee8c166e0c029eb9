"""Who may do what, from a gateway of nothing: production's rules over mutual TLS, two tenants, every family of paths."""

import copy
import json
import ssl
import threading

import pytest

from certificates import Authority
from gateway import Gateway, wait_until
from streams import Events

FAMILIES = ("/o2ims/v1", "/o2ims/v2", "/o2ims/v3", "/o2ims-infrastructureInventory/v2")


class Site:
    """A gateway in production, its authority, and a client for each who asks."""

    def __init__(self, folder):
        self.authority = Authority(folder / "ca")
        self.server = self.authority.issue("server", "/CN=localhost")
        self.pairs = {name: self.authority.issue(name, f"/O=Test/CN={name}") for name in
                      ("admin", "anna", "bert", "viewer", "nobody")}
        generate = {"pools": 4, "resources": 40, "resource_types": 2, "seed": 5}
        adapters = [{"name": "sim", "type": "simulator", "config": {"generate": generate}}]
        config = {
            "o_cloud": {"id": "oslo-1"}, "server": {"host": "127.0.0.1", "port": 0},
            "tls": {"enabled": True, "cert_file": str(self.server.cert), "key_file": str(self.server.key),
                    "ca_file": str(self.authority.cert), "client_auth": "require-and-verify"},
            "multi_tenancy": {"enabled": True, "bootstrap_admin": {"subject": "CN=admin, O=Test"},
                              "assign": [{"pool": "sim-pool-0000", "tenant": "red"},
                                         {"pool": "sim-pool-0001", "tenant": "blue"}]},
            "observability": {"logging": {"level": "info", "format": "json"}},
        }
        self.gateway = Gateway(folder, adapters=adapters, config=config, context=self.context("admin"),
                               environment={"NETWEAVE_ENV": "prod"})

    def context(self, name=None):
        context = ssl.create_default_context(cafile=str(self.authority.cert))
        if name:
            context.load_cert_chain(self.pairs[name].cert, self.pairs[name].key)
        return context

    def by(self, name):
        """The same gateway, asked by another."""
        other = copy.copy(self.gateway)
        other.context = self.context(name)
        return other


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    with site.gateway as admin:
        wait_until(lambda: admin.get("/readyz").status == 200, "ready")
        for tenant, owner in (("red", "anna"), ("blue", "bert")):
            made = admin.post("/admin/tenants", {"tenantId": tenant, "name": tenant, "quota": {"maxSubscriptions": 3}})
            assert made.status == 201, made
            user = {"subject": f"CN={owner},O=Test", "name": owner, "roles": ["owner"]}
            assert admin.post(f"/admin/tenants/{tenant}/users", user).status == 201
        viewer = {"subject": "CN=viewer,O=Test", "name": "viewer", "roles": ["viewer"]}
        assert site.by("anna").post("/tenant/users", viewer).status == 201
        yield site


def items(answer):
    assert answer.status == 200, answer
    return answer.json if isinstance(answer.json, list) else answer.json["items"]


def test_without_a_certificate_nobody_is_let_in(site):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        site.by(None).get("/o2ims/v1/resources")


def test_a_certificate_that_is_nobodys_may_nothing(site):
    answer = site.by("nobody").get("/o2ims/v1/resources")
    assert answer.status == 403 and "CN=nobody,O=Test" in answer.json["detail"]
    assert site.by("nobody").get("/healthz").status == 200  # for probes


@pytest.mark.parametrize("family", FAMILIES)
def test_each_tenant_sees_its_own_and_no_byte_of_the_other(site, family):
    red, blue = (site.by(name).get(f"{family}/resourcePools") for name in ("anna", "bert"))
    assert len(items(red)) == len(items(blue)) == 1
    assert len(items(site.gateway.get(f"{family}/resourcePools"))) == 4
    assert b"pool-0001" not in red.body and b"pool-0000" not in blue.body
    if "infrastructure" not in family:
        resources = items(site.by("anna").get(f"{family}/resources?limit=1000"))
        assert resources and {each["resourcePoolId"] for each in resources} == {"sim-pool-0000"}
        assert site.by("anna").get(f"{family}/resources?limit=1").json["total"] == len(resources)
        assert site.by("anna").get(f"{family}/resourcePools/sim-pool-0001").status == 404
        assert site.by("anna").get(f"{family}/resourcePools/sim-pool-0001/resources").status == 404
    assert len(items(site.by("anna").get(f"{family}/resourceTypes"))) == 2  # common to all


def test_a_role_says_what_may_be_done(site):
    viewer, owner = site.by("viewer"), site.by("anna")
    assert viewer.get("/o2ims/v2/resources").status == 200
    refused = viewer.post("/o2ims/v2/subscriptions", {"callback": "https://smo.example.com/hook"})
    assert refused.status == 403 and "subscriptions:create" in refused.json["detail"]
    assert owner.get("/admin/tenants").status == 403
    assert owner.get("/metrics").status == 403 and site.gateway.get("/metrics").status == 200
    assert viewer.get("/user").json["name"] == "viewer"


def test_what_is_made_belongs_to_who_made_it(site):
    made = site.by("anna").post("/o2ims/v3/resourcePools", {"resourcePoolId": "reds", "name": "Reds"})
    assert made.status == 201 and made.json["tenantId"] == "red", made
    assert site.by("bert").get("/o2ims/v3/resourcePools/reds").status == 404
    assert site.by("bert").request("DELETE", "/o2ims/v3/resourcePools/reds").status == 404
    assert site.by("bert").post("/o2ims/v3/resources", {"resourceTypeId": "sim-type-0000",
                                                        "resourcePoolId": "reds"}).status == 422
    assert site.by("anna").request("DELETE", "/o2ims/v3/resourcePools/reds").status == 204


def test_a_stream_tells_a_tenant_of_its_own(site):
    red, blue = site.by("anna"), site.by("bert")
    first = red.request("HEAD", "/o2ims/v2/resourcePools").headers["x-netweave-revision"]
    for owner, pool in ((blue, "sim-pool-0001"), (red, "sim-pool-0000")):
        changed = owner.request("PATCH", f"/o2ims/v2/resourcePools/{pool}", json.dumps({"description": pool}),
                                {"Content-Type": "application/merge-patch+json"})
        assert changed.status == 200, changed
    with Events(red.port, f"/o2ims/v2/events?eventTypes=ResourcePoolUpdated&fromRevision={first}",
                context=red.context) as events:
        _, _, data = events.next()
        assert data["resourcePool"]["resourcePoolId"] == "sim-pool-0000"


def test_a_quota_holds_however_many_ask_at_once(site):
    answers = []

    def ask():
        answers.append(site.by("bert").post("/o2ims/v2/resourcePools", {"name": "more"}).status)

    assert site.gateway.request("PUT", "/admin/tenants/blue/quotas", {"maxResourcePools": 4}).status == 200
    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] * 3 + [429] * 9  # one was there
    refused = site.by("bert").post("/o2ims/v2/resourcePools", {"name": "more"})
    assert refused.json["title"] == "QuotaExceeded" and "maxResourcePools" in refused.json["detail"]


def test_the_audit_has_who_did_what_and_no_secret(site):
    assert site.by("viewer").request("DELETE", "/o2ims/v2/resourcePools/sim-pool-0000").status == 403
    found = wait_until(lambda: [event for event in items(site.by("anna").get("/tenant/audit/events?type=access.denied&limit=100"))
                                if event["subject"] == "CN=viewer,O=Test" and event["action"] == "delete"], "noted")
    assert found[0]["tenantId"] == "red"
    whole = site.gateway.get("/admin/audit/events", Accept="application/x-ndjson").body.decode()
    events = [json.loads(line) for line in whole.splitlines()]
    assert {"tenant.created", "user.created", "access.denied"} <= {event["type"] for event in events}
    assert "secret" not in whole


def test_who_is_disabled_is_out_at_once_and_after_a_restart(site):
    admin = site.gateway
    user = items(admin.get("/admin/tenants/red/users?name%5Beq%5D=viewer"))[0]["userId"]
    patch = {"Content-Type": "application/merge-patch+json"}
    assert admin.request("PATCH", f"/admin/tenants/red/users/{user}", json.dumps({"enabled": False}), patch).status == 200
    assert site.by("viewer").get("/o2ims/v1/resources").status == 403
    site.gateway.stop()
    site.gateway.start()
    wait_until(lambda: admin.get("/readyz").status == 200, "ready")
    assert site.by("viewer").get("/o2ims/v1/resources").status == 403
    assert admin.request("PATCH", f"/admin/tenants/red/users/{user}", json.dumps({"enabled": True}), patch).status == 200
    assert site.by("viewer").get("/o2ims/v1/resources").status == 200
    assert len(items(site.by("anna").get("/o2ims/v1/resourcePools"))) == 1  # still hers alone


def test_a_tenant_makes_as_many_requests_a_minute_as_its_quota_allows(site):
    path = "/admin/tenants/red/quotas"
    before = site.gateway.get(path).json["maxRequestsPerMinute"]
    assert site.gateway.request("PUT", path, {"maxRequestsPerMinute": 6}).status == 200
    answers = [site.by("anna").get("/o2ims/v3/resourceTypes") for _ in range(8)]
    refused = [answer for answer in answers if answer.status != 200]
    assert [answer.status for answer in answers[:6]] == [200] * 6 and len(refused) >= 1
    for answer in refused:
        assert answer.status == 429 and answer.json["title"] == "QuotaExceeded", answer
        assert answer.headers["x-ratelimit-limit"] == "6" and int(answer.headers["retry-after"]) >= 1
    assert site.by("bert").get("/o2ims/v3/resourceTypes").status == 200
    assert b'netweave_rate_limited_total{scope="quota"}' in site.gateway.get("/metrics").body
    assert site.gateway.request("PUT", path, {"maxRequestsPerMinute": before}).status == 200
    assert site.by("anna").get("/o2ims/v3/resourceTypes").status == 200


def test_a_stream_ends_with_the_rights_of_who_reads_it(site):
    viewer, owner = site.by("viewer"), site.by("anna")
    path = "/tenant/users/" + viewer.get("/user").json["userId"]
    with Events(viewer.port, "/o2ims/v2/events", context=viewer.context) as events, \
            Events(owner.port, "/o2ims/v2/events", context=owner.context) as others:
        events.bookmark(), others.bookmark()
        user = owner.get(path).json
        assert owner.request("PUT", path, {**user, "enabled": False}).status == 200
        assert events.next() is None and events.comments == ["ends: denied"]
        assert viewer.get("/o2ims/v2/resources").status == 403
        changed = owner.request("PATCH", "/o2ims/v2/resourcePools/sim-pool-0000", json.dumps({"description": "more"}),
                                {"Content-Type": "application/merge-patch+json"})
        assert changed.status == 200, changed
        assert others.next()[2]["resourcePool"]["description"] == "more"
    assert owner.request("PUT", path, {**user, "enabled": True}).status == 200
    assert viewer.get("/o2ims/v2/resources").status == 200
