"""No byte of one tenant is in another's answer: random tenants, objects, writes and questions in every family, from a
seed. What a tenant may not see bears its mark; besides, what others write changes nothing of what a tenant is told."""

import json
import os
import random
import re

import pytest

from gateway import Gateway, wait_until
from streams import Events, Watch

SEED = int(os.environ.get("NETWEAVE_ISOLATION_SEED", "6"))
TENANTS = ("red", "blue", "green")
MERGE = {"Content-Type": "application/merge-patch+json"}
# what differs in any two answers, whoever asks
CHANGING = {"x-request-id", "date", "x-netweave-revision", "x-ratelimit-remaining", "x-ratelimit-reset", "content-length",
            "traceparent"}


class World:
    """Three tenants, each with an owner; everything that a tenant has says its mark."""

    def __init__(self, gateway, seed):
        self.gateway = gateway
        self.random = random.Random(seed)
        self.marks = {tenant: f"mark{self.random.getrandbits(48):012x}" for tenant in TENANTS}
        self.pools = {tenant: [] for tenant in TENANTS}
        self.resources = {tenant: [] for tenant in TENANTS}
        self.subscriptions = {tenant: [] for tenant in TENANTS}
        self.types = []
        self.made = 0

    def ask(self, tenant, method, path, body=None, headers=None):
        certificate = {"X-Forwarded-Client-Cert": f'Subject="CN={tenant}"'}
        return self.gateway.request(method, path, body, {**certificate, **(headers or {})})

    def start(self):
        for tenant in TENANTS:
            quota = {"maxRequestsPerMinute": 1000000}
            made = self.ask("admin", "POST", "/admin/tenants",
                            {"tenantId": f"t-{self.marks[tenant]}", "name": self.marks[tenant], "quota": quota})
            assert made.status == 201, made
            user = {"subject": f"CN={tenant}", "name": f"owner {self.marks[tenant]}", "roles": ["owner"]}
            assert self.ask("admin", "POST", f"/admin/tenants/t-{self.marks[tenant]}/users", user).status == 201
        self.types = [each["resourceTypeId"] for each in
                      self.ask("admin", "GET", "/o2ims/v2/resourceTypes").json["items"]]
        for tenant in TENANTS:
            for _ in range(3):
                self.make_pool(tenant)
            for _ in range(8):
                self.make_resource(tenant)
            self.make_subscription(tenant)
        return self

    def make_pool(self, tenant):
        mark = self.marks[tenant]
        made = self.ask(tenant, "POST", "/o2ims/v2/resourcePools",
                        {"resourcePoolId": f"pool-{mark}-{len(self.pools[tenant])}", "name": mark, "description": mark,
                         "location": self.random.choice(["oslo", "rome"])})
        assert made.status == 201, made
        self.pools[tenant].append(made.json["resourcePoolId"])

    def make_resource(self, tenant):
        mark = self.marks[tenant]
        self.made += 1
        made = self.ask(tenant, "POST", "/o2ims/v2/resources", {
            "resourceTypeId": self.random.choice(self.types), "resourcePoolId": self.random.choice(self.pools[tenant]),
            "resourceId": f"res-{mark}-{self.made}", "description": mark,
            "globalAssetId": f"urn:{mark}", "extensions": {"labels": {"owner": mark, "tier": "gold"},
                                                           "size": self.random.randrange(10)}})
        assert made.status == 201, made
        self.resources[tenant].append(made.json["resourceId"])

    def make_subscription(self, tenant):
        made = self.ask(tenant, "POST", "/o2ims/v2/subscriptions",
                        {"callback": f"http://127.0.0.1:9/{self.marks[tenant]}",
                         "consumerSubscriptionId": self.marks[tenant]})
        assert made.status == 201, made
        self.subscriptions[tenant].append(made.json["subscriptionId"])

    def change(self, tenant):
        """One random write of the tenant's own."""
        pick = self.random.random()
        if pick < 0.3:
            return self.make_resource(tenant)
        if pick < 0.4 and len(self.subscriptions[tenant]) < 50:
            return self.make_subscription(tenant)
        if pick < 0.5:
            return self.make_pool(tenant)
        if pick < 0.6 and len(self.resources[tenant]) > 3:
            gone = self.resources[tenant].pop(0)
            assert self.ask(tenant, "DELETE", f"/o2ims/v2/resources/{gone}").status == 204
            return None
        path = self.random.choice([f"resources/{self.random.choice(self.resources[tenant])}",
                                   f"resourcePools/{self.random.choice(self.pools[tenant])}"])
        words = {"description": f"{self.marks[tenant]} {self.random.getrandbits(20)}"}
        changed = self.ask(tenant, "PATCH", f"/o2ims/v2/{path}", words, MERGE)
        assert changed.status == 200, changed
        return None

    def question(self, tenant, about):
        """A random read; `about` is whose ids and marks it asks with."""
        pick = self.random.choice
        version = pick(["v1", "v2", "v3"])
        base, mark = f"/o2ims/{version}", self.marks[about]
        resource = self.resources[about][0]  # the oldest: which one it is does not hang on what was made since
        pool, subscription = self.pools[about][0], self.subscriptions[about][0]
        simple = ["", "?limit=2", "?fields=name", f"?resourcePoolId={pool}", "?labels=tier:gold", "?sortBy=name",
                  f"?labels=owner:{mark}", "?offset=1"]
        rich = ["?description[contains]=mark", "?sort=-description&limit=3", "?extensions.size[gte]=3",
                f"?resourcePoolId[in]={pool}", "?description[regex]=mark.*", "?explain=true",
                f"?globalAssetId[ne]=urn:{mark}", "?extensions.labels.owner[contains]=m"]
        oran = "/o2ims-infrastructureInventory/v2"
        paths = [f"{base}/resources{pick(simple)}", f"{base}/resources/{resource}", f"{base}/resourcePools?limit=2",
                 f"{base}/resourcePools/{pool}", f"{base}/resourcePools/{pool}/resources",
                 f"{base}/subscriptions", f"{base}/subscriptions/{subscription}", f"{base}/oCloudInfrastructure",
                 f"{base}/features", f"{base}/deploymentManagers", f"{base}/resourceTypes",
                 f"/o2ims/v2/resources{pick(rich)}", f"/o2ims/v3/resources{pick(rich)}", "/o2ims/v3/tenants",
                 f"/o2ims/v3/tenants/t-{mark}", f"/o2ims/v3/tenants/t-{mark}/usage", "/tenant", "/tenant/users",
                 "/roles", "/permissions", "/user", "/metrics", f"/admin/tenants/t-{mark}", "/admin/audit/events",
                 f"{oran}/resourcePools", f"{oran}/resourcePools?filter=(cont,name,mark)", f"{oran}",
                 f"/o2ims/v1/resources?resourceId={resource}", f"/o2ims/v2/resources?unknown={mark}"]
        return pick(paths)

    def told(self, tenant, path):
        """Status, headers and body, pages and all, without what changes from one answer to the next."""
        answers, pages = [], 0
        while path and pages < 5:
            answer = self.ask(tenant, "GET", path)
            assert answer.status < 500, (path, answer)
            headers = {name: value for name, value in answer.headers.items() if name not in CHANGING}
            body = re.sub(rb'"(requestId|durationMs|nextCursor)":("[^"]*"|[0-9.e-]+)', b"", answer.body)
            body = re.sub(rb'"status":\{[^}]*\}', b"", body)  # of deliveries, which go on meanwhile
            answers.append((answer.status, headers, body))
            cursor = answer.status == 200 and answer.body.startswith(b'{"') and answer.json.get("nextCursor")
            path = re.sub(r"([?&])(cursor|offset)=[^&]*", r"\1", path) + ("&" if "?" in path else "?") + \
                f"cursor={cursor}" if cursor else None
            pages += 1
        return answers

    def assert_own(self, tenant, about, path):
        """The answer has no other's mark, but for what the question said; and that is answered as if it were nobody's."""
        told = repr(self.told(tenant, path))
        ghosts = {self.marks[about]: "mark" + "0" * 12, self.subscriptions[about][0]: "00000000-0000-4000-8000-000000000000"}
        for real, ghost in ghosts.items() if about != tenant else ():
            path, told = path.replace(real, ghost), told.replace(real, ghost)
        for other in TENANTS:
            assert other == tenant or self.marks[other] not in told, (path, told)
        if about != tenant:  # a list's tag says which list was asked for
            def but_for_tags(text):
                return re.sub(r"'etag': '[^']*'", "", text)
            assert but_for_tags(told) == but_for_tags(repr(self.told(tenant, path))), path


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    config = {"tls": {"trusted_proxies": ["127.0.0.1"]},
              "subscriptions": {"allow_insecure_callbacks": True, "allowed_callback_networks": ["127.0.0.0/8"]},
              "multi_tenancy": {"enabled": True, "bootstrap_admin": {"subject": "CN=admin"},
                                "default_tenant_quota": {"max_requests_per_minute": 1000000}}}
    adapters = [{"name": "sim", "type": "simulator",
                 "config": {"generate": {"pools": 1, "resources": 4, "resource_types": 2, "seed": 3}}}]
    with Gateway(tmp_path_factory.mktemp("isolation"), adapters=adapters, config=config) as gateway:
        wait_until(lambda: gateway.get("/readyz").status == 200, "ready")
        yield World(gateway, SEED).start()


def test_no_question_is_answered_with_a_byte_of_another(world):
    for _ in range(600):
        tenant, about = world.random.choice(TENANTS), world.random.choice(TENANTS)
        world.assert_own(tenant, about, world.question(tenant, about))
        if world.random.random() < 0.2:
            world.change(world.random.choice(TENANTS))


def test_what_others_write_changes_no_answer(world):
    """Totals, ETags, cursors' pages, order: all as if the others were not there."""
    for _ in range(150):
        tenant = world.random.choice(TENANTS)
        path = world.question(tenant, tenant)
        before = world.told(tenant, path)
        world.change(world.random.choice([other for other in TENANTS if other != tenant]))
        assert world.told(tenant, path) == before, path


def test_an_etag_holds_while_others_write(world):
    for path in ("resources", "resourcePools", "resources?limit=2", "subscriptions"):
        tag = world.ask("red", "GET", f"/o2ims/v2/{path}").headers["etag"]
        for _ in range(3):
            world.change("blue")
        again = world.ask("red", "GET", f"/o2ims/v2/{path}", headers={"If-None-Match": tag})
        assert again.status == 304, (path, again)


def test_a_batch_reaches_nothing_of_another(world):
    for kind, own, other in (("resources", world.resources["red"][-1], world.resources["blue"][-1]),
                             ("resourcePools", world.pools["red"][-1], world.pools["blue"][-1])):
        before = world.ask("blue", "GET", f"/o2ims/v2/{kind}/{other}").body
        for wrong in (other, "never-there"):
            entries = [{"id": own, "body": {"description": world.marks["red"]}}, {"id": wrong, "body": {"description": "x"}}]
            answer = world.ask("red", "POST", f"/o2ims/v2/batch/{kind}/update", {"atomic": False, "items": entries})
            refused = answer.json["results"][1]
            assert answer.status == 207 and refused["status"] == 404, answer
            assert world.marks["blue"] not in json.dumps(answer.json).replace(other, "")
            gone = world.ask("red", "POST", f"/o2ims/v2/batch/{kind}/delete", {"atomic": False, "ids": [wrong]})
            assert gone.json["results"][0]["status"] == 404
        assert world.ask("blue", "GET", f"/o2ims/v2/{kind}/{other}").body == before


def test_streams_and_watches_tell_a_tenant_of_its_own_alone(world):
    start = world.ask("red", "HEAD", "/o2ims/v2/resources").headers["x-netweave-revision"]
    for _ in range(60):
        world.change(world.random.choice(TENANTS))
    world.make_resource("red")
    last = world.resources["red"][-1]
    certificate = {"X-Forwarded-Client-Cert": 'Subject="CN=red"'}
    others = [world.marks[other] for other in TENANTS if other != "red"]
    with Events(world.gateway.port, f"/o2ims/v2/events?fromRevision={start}", headers=certificate) as events:
        while (event := events.next()) and event[2].get("resource", {}).get("resourceId") != last:
            assert not any(mark in json.dumps(event) for mark in others), event
            assert world.marks["red"] in json.dumps(event)
    with Watch(world.gateway.port, "/o2ims/v2/resources", start, headers=certificate) as watch:
        while (change := watch.next()) and change["object"].get("resourceId") != last:
            assert not any(mark in json.dumps(change) for mark in others), change


def test_the_audit_of_a_tenant_is_its_own(world):
    for tenant in TENANTS:
        events, path = [], "/tenant/audit/events?limit=100"
        while path:
            page = world.ask(tenant, "GET", path)
            assert page.status == 200, page
            events += page.json["items"]
            cursor = page.json.get("nextCursor")
            path = f"/tenant/audit/events?limit=100&cursor={cursor}" if cursor else None
        assert {event["tenantId"] for event in events} == {f"t-{world.marks[tenant]}"}
        created = {event["resourceId"] for event in events if event["type"] == "resource.created"}
        assert set(world.resources[tenant]) <= created
