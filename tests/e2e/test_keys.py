"""Each key of the configuration acts: of two values of it, two things are seen. Most keys share two gateways, `one` and
`two`, which differ in all of them; a row says what is seen of its own key. Where it takes more there is a test below,
or one elsewhere (observed_keys.py). A key that is nowhere fails."""

import base64
import copy
import json
import pathlib
import re
import socket
import ssl
import subprocess
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates import Authority
from cluster import Cluster
from gateway import PROGRAM, ROOT, Gateway, wait_until
from observed_keys import ELSEWHERE, UNSEEN
from redis import Redis, Sentinel, free_port
from stub import Stub
from test_program import run

V1, V3, ORAN = "/o2ims/v1", "/o2ims/v3", "/o2ims-infrastructureInventory/v2"
LISTS = ("adapters", "routing.rules", "o_cloud.locations", "o_cloud.sites", "multi_tenancy.assign",
         "security.rate_limit.endpoints")


def described_keys():
    text = subprocess.run([PROGRAM, "--describe-config"], capture_output=True, text=True, check=True).stdout
    keys = []
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        title = section.splitlines()[0]
        keys += [f"{title}[].{key}" if title in LISTS else key for key in re.findall(r"^\| `([^`]+)` \|", section, re.M)]
    return keys


def put(config, key, value):
    """Sets a key by its path; of a list, of its first item."""
    *sections, last = key.split(".")
    for section in sections:
        if section.endswith("[]"):
            config = config.setdefault(section[:-2], [{}])[0]
        else:
            config = config.setdefault(section, {})
    config[last] = value


def gateway(folder, config, **more):
    config = copy.deepcopy(config)
    pathlib.Path(folder).mkdir(exist_ok=True)
    return Gateway(folder, adapters=config.pop("adapters", None), config=config, **more)


def o_cloud(member):
    return lambda one: one.get(V1 + "/oCloudInfrastructure").json[member]


def status(method, path, body=None, headers=None):
    return lambda one: one.request(method, path, body, headers).status


def header(name, path="/o2ims", **asked):
    return lambda one: one.get(path, **asked).headers.get(name)


def location(member):
    """Of the one that has no pool of its own."""
    return lambda one: one.get(ORAN + "/locations").json[0].get(member)


def site(member):
    return lambda one: next(each for each in one.get(ORAN + "/oCloudSites").json if "rack" in each["description"]).get(member)


def explained(member, query):
    return lambda one: one.get("/admin/routing/explain" + query).json["rules"][0][member]


def wins(query):
    return explained("wins", query)


def refused_header(size):
    return status("GET", "/o2ims", headers={"X-Long": "x" * size})


def tenant_of(pool):
    return lambda one: one.get(f"{V3}/resourcePools/{pool}").json["tenantId"]


def threads(one):
    return len(list(pathlib.Path(f"/proc/{one.process.pid}/task").iterdir()))


def simulated(name, pools, **more):
    return {"name": name, "type": "simulator", "config": {"generate": {"pools": pools, "resources": 4, "resource_types": 1}}, **more}


# key, its two values, what is seen of each (nothing: the value itself), how it is seen
ROWS = [
    ("server.max_header_bytes", (1024, 8192), (431, 200), refused_header(2000)),
    ("server.max_uri_bytes", (256, 8192), (414, 404), status("GET", "/" + "x" * 300)),
    ("server.max_body_bytes", (1024, 8192), (413, 400), status("POST", V1 + "/resourcePools", {"nonsense": "x" * 2000})),
    ("server.threads", (1, 4), None, None),  # see below
    ("o_cloud.id", ("here", "there"), None, o_cloud("oCloudId")),
    ("o_cloud.global_cloud_id", ("g-1", "g-2"), None, o_cloud("globalCloudId")),
    ("o_cloud.name", ("Here", "There"), None, o_cloud("name")),
    ("o_cloud.description", ("near", "far"), None, o_cloud("description")),
    ("o_cloud.service_uri", ("https://a.example", "https://b.example"), None, o_cloud("serviceUri")),
    ("o_cloud.locations[].global_location_id", ("ottawa", "oslo"), None, location("globalLocationId")),
    ("o_cloud.locations[].name", ("Ottawa", "Oslo"), None, location("name")),
    ("o_cloud.locations[].description", ("west", "east"), None, location("description")),
    ("o_cloud.locations[].coordinate", ([-75.7, 45.4], [10.7, 59.9]), None,
     lambda one: location("coordinate")(one)["coordinates"]),
    ("o_cloud.locations[].civic_address", ({"1": "CA"}, {"1": "NO"}), ("CA", "NO"),
     lambda one: location("civicAddress")(one)[0]["caValue"]),
    ("o_cloud.locations[].address", ("Bay Street", "Karl Johans gate"), None, location("address")),
    ("o_cloud.locations[].extensions", ({"floor": 3}, {"floor": 4}), None, location("extensions")),
    ("o_cloud.sites[].id", ("7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e", "8fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e"), None, site("oCloudSiteId")),
    ("o_cloud.sites[].global_location_id", ("ottawa", "oslo"), None, site("globalLocationId")),
    ("o_cloud.sites[].name", ("First", "Second"), None, site("name")),
    ("o_cloud.sites[].description", ("rack one", "rack two"), None, site("description")),
    ("o_cloud.sites[].resource_pools", (["sim-pool-0000"], ["sim-pool-0000", "sim-pool-0001"]), (1, 2),
     lambda one: len(site("resourcePools")(one))),
    ("o_cloud.sites[].extensions", ({"row": 1}, {"row": 2}), None, site("extensions")),
    ("query.default_limit", (2, 3), None, lambda one: len(one.get(V1 + "/resources").json["items"])),
    ("query.max_limit", (10, 20), (400, 200), status("GET", V1 + "/resources?limit=15")),
    ("query.max_expression_bytes", (64, 4096), (400, 200), status("GET", "/o2ims/v2/resources?description%5Beq%5D=" + "x" * 100)),
    ("subscriptions.allow_insecure_callbacks", (False, True), (400, 201),
     status("POST", V1 + "/subscriptions", {"callback": "http://127.0.0.1:1/a"})),
    ("subscriptions.allowed_callback_networks", (["10.0.0.0/8"], ["127.0.0.0/8"]), (400, 201),
     status("POST", V1 + "/subscriptions", {"callback": "https://127.0.0.1:1/a"})),
    ("security.cors.origins", (["https://a.example"], ["https://b.example"]), ("https://a.example", None),
     header("access-control-allow-origin", Origin="https://a.example")),
    ("security.headers.csp", ("default-src 'none'", "default-src 'self'"), None, header("content-security-policy")),
    ("security.headers.frame_options", ("DENY", "SAMEORIGIN"), None, header("x-frame-options")),
    ("security.headers.referrer_policy", ("no-referrer", ""), ("no-referrer", None), header("referrer-policy")),
    ("observability.metrics.path", ("/a", "/b"), (200, 404), status("GET", "/a")),
    ("observability.logging.format", ("json", "console"), ("{", "2"), lambda one: log(one)[0]),
    ("observability.logging.level", ("debug", "info"), (True, False), lambda one: "duration_ms" in log(one)),
    ("observability.logging.output", ("a.log", "b.log"), (True, False), lambda one: (one.folder / "a.log").exists()),
    ("store.backend", ("sqlite", "memory"), (True, False), lambda one: (one.folder / "a.db").exists()),
    ("store.path", ("a.db", "b.db"), (True, False), lambda one: (one.folder / "a.db").exists()),
    ("routing.fallback_enabled", (True, False), None,
     lambda one: one.get("/admin/routing/explain?location=nowhere").json["fallback"]["enabled"]),
    ("routing.rules[].name", ("a", "b"), None, explained("name", "")),
    ("routing.rules[].adapter", ("sim", "other"), None, explained("adapter", "")),
    ("routing.rules[].priority", (1, 2), None, explained("priority", "")),
    ("multi_tenancy.assign[].tenant", ("red", "blue"), None, tenant_of("sim-pool-0000")),
    ("multi_tenancy.assign[].pool", ("", "sim-pool-0000"), (True, False),
     lambda one: tenant_of("sim-pool-0001")(one) == tenant_of("sim-pool-0000")(one)),
    ("adapters[].mode", ("manage", "observe"), (201, 403),
     status("POST", V1 + "/resourcePools", {"name": "x"}, {"X-Netweave-Adapter": "sim"})),
    ("adapters[].tenant", ("green", "amber"), None, tenant_of("other-pool-0000")),
    ("adapters[].config", (None, None), (3, 2), lambda one: len([p for p in one.get(V1 + "/resourcePools?limit=10").json["items"] if p["resourcePoolId"].startswith("other-pool-000")])),
]


def log(one):
    return next(one.folder.glob("?.log")).read_text()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """The two gateways, which differ in all keys of the rows."""
    made = []
    for side in (0, 1):
        config = {"adapters": [simulated("sim", 2)], "multi_tenancy": {"assign": [{"adapter": "sim"}]}}
        for key, values, *_ in ROWS:
            if values[side] is not None:
                put(config, key, values[side])
        sim = config["adapters"][0]
        config["adapters"].append(simulated("other", 3 - side, tenant=sim.pop("tenant"), default=True))
        made.append(gateway(tmp_path_factory.mktemp("one"), config))
    with made[0] as one, made[1] as two:
        yield one.wait_ready(), two.wait_ready()


@pytest.mark.parametrize("key, values, seen, look", [row for row in ROWS if row[3]], ids=lambda value: value if isinstance(value, str) else "")
def test_two_values_are_two_things(pair, key, values, seen, look):
    assert tuple(look(one) for one in pair) == (seen or values)


def test_threads(pair):
    """Of which these two differ in nothing else: event loops."""
    one, two = map(threads, pair)
    assert two - one == 3


# keys that a configuration of their own shows: the same gateway twice, but for one key
def shown(folder, key, values, look, base=None, **more):
    seen = []
    for side, value in enumerate(values):
        config = copy.deepcopy(base or {})
        put(config, key, value)
        with gateway(folder / str(side), config, **more) as one:
            seen.append(look(one.wait_ready()))
    return seen


MATCHES = [("labels", {"tier": "lab"}, {"tier": "live"}, "?labels=tier:lab"),
           ("location.exact", "edge-1", "edge", "?location=edge-1"), ("location.prefix", "edge", "dge", "?location=edge-1"),
           ("location.suffix", "-1", "edge", "?location=edge-1"), ("location.contains", "dge", "core", "?location=edge-1")]


def observes(*keys):
    """Says which keys a test shows."""
    def mark(test):
        test.keys = keys
        return test
    return mark


@observes("routing.rules[].resource_type", *("routing.rules[].conditions." + row[0] for row in MATCHES))
def test_what_a_rule_asks_for(tmp_path):
    """Twice as many rules as conditions, one that matches and one that does not."""
    rules = [{"name": "type-0", "adapter": "sim", "resource_type": "resourcePool"},
             {"name": "type-1", "adapter": "sim", "resource_type": "gpu"}]
    for path, *values, query in MATCHES:
        for side, value in enumerate(values):
            rule = {"name": f"{path}-{side}", "adapter": "sim"}
            put(rule, "conditions." + path, value)
            rules.append(rule)
    with gateway(tmp_path, {"routing": {"rules": rules}}) as one:
        asked = {"type": "", **{path: query for path, *_, query in MATCHES}}
        for path, query in asked.items():
            said = {rule["name"]: rule["matches"] for rule in one.get("/admin/routing/explain" + query).json["rules"]}
            assert (said[path + "-0"], said[path + "-1"]) == (True, False), path


WHO = [("routing.rules[].conditions.extensions", ({"row": 1}, {"row": 2}), ("b", "a")),
       ("adapters[].name", ("a", "z"), ("a", "z")), ("adapters[].default", (True, False), ("a", "b")),
       ("adapters[].enabled", (True, False), ("a", "b")), ("adapters[].priority", (3, 1), ("a", "b"))]


@observes(*(row[0] for row in WHO))
@pytest.mark.parametrize("key, values, seen", WHO, ids=[row[0] for row in WHO])
def test_who_gets_a_new_pool(tmp_path, key, values, seen):
    first = 1 if key.endswith("default") else 3
    base = {"adapters": [simulated("a", 1, priority=first), simulated("b", 1, priority=2)]}
    if "routing" in key:
        base["routing"] = {"rules": [{"name": "r", "adapter": "b"}]}
    body = {"name": "x", "extensions": {"row": 1}}
    who = shown(tmp_path, key, values, lambda one: one.post(V1 + "/resourcePools", body).json["resourcePoolId"][0], base)
    assert tuple(who) == seen


@observes("multi_tenancy.assign[].adapter", "multi_tenancy.assign[].labels")
@pytest.mark.parametrize("key, values", [("adapter", ("a", "b")), ("labels", ({"zone": "zone-a"}, {"zone": "nowhere"}))])
def test_whose_what_is_found_becomes(tmp_path, key, values):
    base = {"adapters": [simulated("a", 1), {**simulated("b", 1), "enabled": False}],
            "multi_tenancy": {"assign": [{"tenant": "red"}]}}

    def red(one):
        return any(each["tenantId"] == "red" for each in one.get(V3 + "/resources").json["items"])
    assert shown(tmp_path, "multi_tenancy.assign[]." + key, values, red, base) == [True, False]


@observes("adapters[].type")
def test_the_type_of_an_adapter(tmp_path):
    base = {"adapters": [{"name": "a", "type": "simulator"}]}
    with Cluster(3) as cluster:
        (tmp_path / "kubernetes").mkdir()
        for adapter, dms in ((base["adapters"][0], "simulator"), (cluster.adapter(tmp_path / "kubernetes"), "kubernetes")):
            with gateway(tmp_path / dms, {"adapters": [adapter]}) as one:
                assert one.wait_ready().get(V1 + "/features").json["adapters"][0]["type"] == dms


class Silence:
    """A backend that takes connections and says nothing."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def __exit__(self, *_):
        self.listener.close()


def kubeconfig(folder, server):
    path = folder / "kubeconfig"
    cluster = {"server": server}
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", "current-context": "c",
                                "clusters": [{"name": "c", "cluster": cluster}], "users": [{"name": "u", "user": {"token": "t"}}],
                                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}))
    return str(path)


def adapter_error(one):
    return one.get("/readyz").json["components"]["adapters"][0].get("error", "")


@observes("adapters[].timeout", "adapters[].connect_timeout")
def test_how_long_a_backend_may_be_silent(tmp_path):
    with Silence() as server:
        adapter = {"name": "k", "type": "kubernetes", "config": {"kubeconfig": kubeconfig(tmp_path, server)}}
        short = {**adapter, "timeout": "50ms", "connect_timeout": "50ms"}
        with gateway(tmp_path / "long", {"adapters": [adapter]}) as patient, \
                gateway(tmp_path / "short", {"adapters": [short]}) as hasty:
            wait_until(lambda: adapter_error(hasty), "the fault")
            assert adapter_error(patient) == ""


@observes("adapters[].tls_insecure_skip_verify")
def test_a_backend_whose_certificate_is_nobodys(tmp_path):
    pair = Authority(tmp_path / "ca").issue("api", "/CN=localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    with Stub(lambda asked: (403, {}, "{}"), context) as api:
        for skip, reached in ((True, True), (False, False)):
            adapter = {"name": "k", "type": "kubernetes", "tls_insecure_skip_verify": skip, "config": {"kubeconfig": kubeconfig(tmp_path, api.url)}}
            api.asked.clear()
            with gateway(tmp_path / str(skip), {"adapters": [adapter]}) as one:
                wait_until(lambda: adapter_error(one), "the fault")
                assert bool(api.asked) == reached


@observes("server.host", "server.port", "server.engine")
def test_where_it_listens(tmp_path):
    for engine, host, port in (("native", "127.0.0.1", free_port()), ("pistache", "127.0.0.2", free_port())):
        with gateway(tmp_path / engine, {"server": {"host": host, "port": port}}, engine=engine) as one:
            assert one.url == f"http://{host}:{port}"
            # of the two the native engine alone says so
            assert ("http: listening on" in one.log.read_text()) == (engine == "native")


def stalled(one, first):
    """A connection on which a request was begun."""
    client = socket.create_connection(("127.0.0.1", one.port), timeout=60)
    client.sendall(first)
    return client


@observes("server.header_timeout", "server.read_timeout", "server.idle_timeout")
def test_how_long_a_client_may_be_silent(tmp_path):
    short = {"server": {"header_timeout": "100ms", "read_timeout": "100ms", "idle_timeout": "100ms", "port": 0}}
    whole = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    head = b"GET /healthz HTTP/1.1\r\nHo"
    body = b"POST /o2ims/v1/resourcePools HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    with gateway(tmp_path / "short", short) as hasty, gateway(tmp_path / "long", {}) as patient:
        waiting = [stalled(patient, begun) for begun in (head, body)]
        idle = stalled(patient, whole)
        assert idle.recv(10000).startswith(b"HTTP/1.1 200")
        for begun in (head, body):
            with stalled(hasty, begun) as client:
                assert client.recv(10000).startswith(b"HTTP/1.1 408")
        with stalled(hasty, whole) as client:
            assert client.recv(10000).startswith(b"HTTP/1.1 200")
            assert client.recv(10000) == b""  # closed
        for client in (*waiting, idle):
            client.setblocking(False)
            with client, pytest.raises(BlockingIOError):
                client.recv(1)


@observes("server.max_in_flight", "server.shutdown_timeout", "server.max_connections")
def test_what_is_in_flight(tmp_path):
    slow = simulated("sim", 1)
    slow["config"]["latency"] = 1000
    base = {"adapters": [slow]}
    few = {**base, "server": {"max_in_flight": 1, "shutdown_timeout": "0s", "max_connections": 4, "port": 0}}
    body = b'{"name": "a"}'
    begun = (b"POST /o2ims/v1/resourcePools HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Type: application/json\r\n"
             b"Content-Length: %d\r\n\r\n" % len(body))
    for folder, config, busy, answered, refused in (("few", few, 503, b"", True), ("many", base, 200, b"HTTP/1.1 201", False)):
        with gateway(tmp_path / folder, config) as one:
            one.wait_ready()
            with stalled(one, begun) as client:
                assert client.recv(1000).startswith(b"HTTP/1.1 100")
                client.sendall(body)
                assert wait_until(lambda: (said := one.get("/healthz").status) == busy and said, "the other request") == busy
                clients = [stalled(one, b"GET /o2ims HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(6)]
                answers = []
                for other in clients:
                    with other:
                        try:
                            answers.append(other.recv(100))
                        except ConnectionResetError:
                            answers.append(b"")
                assert (b"" in answers) == refused
                one.process.terminate()
                try:
                    assert client.recv(1000)[:12] == answered
                except ConnectionResetError:
                    assert answered == b""


@observes("observability.metrics.enabled", "security.cors.enabled")
@pytest.mark.parametrize("key, seen, look", [
    ("observability.metrics.enabled", [200, 404], status("GET", "/metrics")),
    ("security.cors.enabled", ["*", None], header("access-control-allow-origin", Origin="https://a.example"))])
def test_what_can_be_turned_off(tmp_path, key, seen, look):
    assert shown(tmp_path, key, (True, False), look) == seen


@observes("routing.rules[].failover")
def test_a_rule_that_fails_over(tmp_path):
    with Silence() as server:
        adapters = [{"name": "k", "type": "kubernetes", "timeout": "50ms", "connect_timeout": "50ms", "config": {"kubeconfig": kubeconfig(tmp_path, server)}},
                    simulated("sim", 1, default=True)]
        for failover in (True, False):
            rules = [{"name": "r", "adapter": "k", "failover": failover}]
            with gateway(tmp_path / str(failover), {"adapters": adapters, "routing": {"rules": rules}}) as one:
                wait_until(lambda: adapter_error(one), "the fault")
                assert wins("")(one) != failover


@observes("security.headers.hsts_max_age")
def test_what_tls_adds(tmp_path):
    authority = Authority(tmp_path / "ca")
    server = authority.issue("server", "/CN=localhost")
    base = {"tls": {"enabled": True, "cert_file": str(server.cert), "key_file": str(server.key)}}
    seen = shown(tmp_path, "security.headers.hsts_max_age", (7, 0), header("strict-transport-security"), base,
                 context=ssl.create_default_context(cafile=str(authority.cert)))
    assert seen == ["max-age=7", None]


@observes("store.encryption_key")
def test_secrets_in_the_store(tmp_path):
    def found(one):
        made = one.post(V1 + "/subscriptions", {"callback": "http://127.0.0.1:1/a"}).json
        one.kill()
        secret = made["security"]["secret"].encode()
        return any(secret in path.read_bytes() for path in one.folder.glob("netweave.db*"))
    assert shown(tmp_path, "store.encryption_key", ("", base64.b64encode(b"k" * 32).decode()), found) == [True, False]


@observes("subscriptions.secret_grace")
def test_how_long_an_old_secret_signs(tmp_path, sink):
    def signatures(one):
        made = one.post(V1 + "/subscriptions", {"callback": sink.url + "/hook", "eventTypes": ["ResourcePoolCreated"]}).json
        assert one.post(f"{V1}/subscriptions/{made['subscriptionId']}/rotateSecret", None).status == 200
        before = len(sink.raw)
        assert one.post(V1 + "/resourcePools", {"name": "x"}).status == 201
        sink.wait(before + 1)
        return sink.raw[before][1]["x-o2ims-signature"].count("sha256=")
    assert shown(tmp_path, "subscriptions.secret_grace", ("1h", "0s"), signatures) == [2, 1]


def refuses(folder, config):
    (folder / "refused.yaml").write_text(json.dumps({"server": {"port": 0}, **config}))
    return run("--config", "refused.yaml", folder=folder).returncode == 69


@observes("redis.addresses", "redis.db", "redis.key_prefix", "redis.password")
def test_which_redis_and_where_in_it(tmp_path):
    with Redis(tmp_path / "a") as first, Redis(tmp_path / "b", "--requirepass", "right") as second:
        store = {"backend": "redis"}
        elsewhere = {"addresses": [second.address], "db": 3, "key_prefix": "mine"}
        with gateway(tmp_path / "one", {"store": store, "redis": {"addresses": [first.address]}}), \
                gateway(tmp_path / "two", {"store": store, "redis": {**elsewhere, "password": "right"}}):
            keys = [set(key[:key.index("}") + 1] for key in each.split())
                    for each in (first.call("keys", "*"),
                                 second.call("-a", "right", "--no-auth-warning", "-n", "3", "keys", "*"))]
        assert keys == [{"{netweave:ocloud-1}"}, {"{mine:ocloud-1}"}]
        assert refuses(tmp_path, {"store": store, "redis": {**elsewhere, "password": "wrong"}})


@observes("redis.sentinel_password")
def test_a_sentinel_that_asks_for_a_password(tmp_path):
    with Redis(tmp_path / "a") as server, Sentinel(tmp_path / "s", server.port, password="right") as sentinel:
        config = {"store": {"backend": "redis"}, "redis": {
            "mode": "sentinel", "addresses": [sentinel.address], "master_name": "inventory", "dial_timeout": "200ms"}}
        put(config, "redis.sentinel_password", "wrong")
        assert refuses(tmp_path, config)
        put(config, "redis.sentinel_password", "right")
        with gateway(tmp_path / "g", config) as one:
            assert one.get("/healthz").status == 200


KEY = Ed25519PrivateKey.generate()


def b64(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


def jwks(key):
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": "k", "x": b64(public)}]})


def bearer(**claims):
    now = int(time.time())
    claims = {"iss": "https://login.example", "aud": "o2", "sub": "alice", "exp": now + 600, **claims}
    signed = b64({"alg": "EdDSA", "kid": "k", "typ": "JWT"}) + "." + b64(claims)
    return {"Authorization": f"Bearer {signed}.{b64(KEY.sign(signed.encode()))}"}


def known(one):
    return one.get(V1 + "/resourcePools", **bearer(roles=["viewer"])).status


def user(member, **claims):
    return lambda one: one.get("/user", **bearer(**claims)).json.get(member)


def quota(member):
    return lambda one: one.get("/admin/tenants/default/quotas", **bearer()).json[member]


def reads(one):
    one.get(V1 + "/resourcePools", **bearer())
    one.post(V1 + "/resourcePools", {"name": "x"}, bearer())
    events = wait_until(lambda: (said := one.get("/admin/audit/events?limit=1000", **bearer()).json["items"]) and
                        any(event["type"] == "resourcepool.created" for event in said) and said, "the audit")
    return any(event.get("action") == "read" for event in events)


ASKED = [
    ("enabled", (True, False), [401, 200], status("GET", V1 + "/resourcePools")),
    ("require_mtls", (True, False), [401, 200], known),
    ("bootstrap_admin.subject", ("jwt:alice", "jwt:bob"), [200, 403], lambda one: one.get("/admin/tenants", **bearer()).status),
    ("jwt.issuer", ("https://login.example", "https://other.example"), [200, 401], known),
    ("jwt.audience", ("o2", "o3"), [200, 401], known),
    ("jwt.jwks_file", ("ours", "theirs"), [200, 401], known),
    ("jwt.tenant_claim", ("tenant", "org"), [403, 200], lambda one: one.get(V1 + "/resourcePools", **bearer(sub="carol", tenant="none", org="default", roles=["viewer"])).status),
    ("jwt.roles_claim", ("roles", "groups"), [200, 403], lambda one: one.get(V1 + "/resourcePools", **bearer(sub="carol", roles=["viewer"])).status),
    ("jwt.clock_skew", ("5m", "1s"), [200, 401], lambda one: one.get(V1 + "/resourcePools", **bearer(exp=int(time.time()) - 60)).status),
    ("audit_reads", (True, False), [True, False], reads),
    ("default_tenant_quota.max_subscriptions", (7, 8), None, quota("maxSubscriptions")),
    ("default_tenant_quota.max_resource_pools", (7, 8), None, quota("maxResourcePools")),
    ("default_tenant_quota.max_resources", (7, 8), None, quota("maxResources")),
    ("default_tenant_quota.max_deployments", (7, 8), None, quota("maxDeployments")),
    ("default_tenant_quota.max_users", (7, 8), None, quota("maxUsers")),
    ("default_tenant_quota.max_requests_per_minute", (7000, 8000), None, quota("maxRequestsPerMinute")),
    ("skip_auth_paths", (["/readyz"], ["/readyz", "/healthz"]), [401, 200], status("GET", "/healthz")),
]


@observes(*("multi_tenancy." + row[0] for row in ASKED))
def test_who_is_let_in(tmp_path):
    """One gateway of the first values, and one more for each key that has its second."""
    for name, key in (("ours", KEY), ("theirs", Ed25519PrivateKey.generate())):
        (tmp_path / name).write_text(jwks(key))
    tenancy = {"multi_tenancy": {"jwt": {"jwks_file": "ours"}}}
    for key, values, *_ in ASKED:
        put(tenancy, "multi_tenancy." + key, values[0])
    put(tenancy, "multi_tenancy.require_mtls", False)

    def at(changed):
        changed = copy.deepcopy(changed)
        changed["multi_tenancy"]["jwt"]["jwks_file"] = str(tmp_path / changed["multi_tenancy"]["jwt"]["jwks_file"])
        number = len(list(tmp_path.glob("g*")))
        return gateway(tmp_path / f"g{number}", {**changed, "store": {"backend": "memory"}})
    with at(tenancy) as one:
        one.wait_ready()
        first = {key: look(one) for key, _, _, look in ASKED if key != "require_mtls"}
    quotas = copy.deepcopy(tenancy)
    for key, values, seen, look in ASKED:
        if "quota" in key:
            put(quotas, "multi_tenancy." + key, values[1])
    with at(quotas) as one:
        one.wait_ready()
        second = {key: look(one) for key, _, _, look in ASKED if "quota" in key}
    for key, values, seen, look in ASKED:
        if key in second:
            assert (first[key], second[key]) == values, key
            continue
        changed = copy.deepcopy(tenancy)
        put(changed, "multi_tenancy." + key, True if key == "require_mtls" else values[1])
        with at(changed) as one:
            one.wait_ready()
            found = [look(one), known_first] if key == "require_mtls" and (known_first := first["jwt.issuer"]) else [first[key], look(one)]
        assert found == seen, key


def test_every_key_is_seen_to_act_or_it_is_said_why_not():
    shown_here = [key for key, *_ in ROWS]
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            shown_here += getattr(test, "keys", ())
    keys = set(described_keys())
    assert len(keys) > 150
    seen = {*shown_here, *ELSEWHERE, *UNSEEN}
    assert keys - seen == set(), "these are in no row"
    assert seen - keys == set(), "these are no keys"
    assert set(UNSEEN) & {*shown_here, *ELSEWHERE} == set()


@pytest.mark.parametrize("key", ELSEWHERE)
def test_the_test_elsewhere_is_there_and_names_the_key(key):
    file, _, test = ELSEWHERE[key].partition("::")
    text = (ROOT / file).read_text()
    assert test and test in text, f"{file} has no {test}"
    assert re.search(rf"\b{re.escape(key.split('.')[-1])}\b", text), f"{file} does not name {key}"
