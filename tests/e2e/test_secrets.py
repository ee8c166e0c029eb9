"""Secrets that are planted wherever one can be, and looked for wherever something is said: the log at its loudest, the
metrics, the audit, answers and errors, --print-config, a wrong configuration's message, a backup."""

import base64
import json
import os
import secrets
import ssl
import subprocess

import pytest

from certificates import Authority
from gateway import PROGRAM, Gateway, wait_until
from redis import Redis
from sink import Sink
from stub import Stub

V2 = "/o2ims/v2"


class Planted(dict):
    """Secrets by name; `where` names those that a text holds: as they are, in JSON, in base64 or in a URL."""

    def __setitem__(self, name, secret):
        super().__setitem__(name, secret)

    def plant(self, name, secret=None):
        self[name] = secret or "planted-" + secrets.token_hex(12)
        return self[name]

    def where(self, text):
        data = text if isinstance(text, bytes) else text.encode()

        def shapes(secret):
            raw = secret.encode()
            return {raw, json.dumps(secret)[1:-1].encode(), base64.b64encode(raw), base64.b64encode(raw).rstrip(b"=")}
        return [name for name, secret in self.items() if any(shape in data for shape in shapes(secret))]


def program(gateway, *words):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NETWEAVE_")} | gateway.environment
    return subprocess.run([PROGRAM, *gateway.arguments, *map(str, words)], cwd=gateway.folder, env=environment,
                          capture_output=True, timeout=120)


def kubeconfig(folder, name, server, user):
    path = folder / name
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": server}}], "users": [{"name": "test", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}))
    return str(path)


def adapters(folder, planted, refusing, pair):
    """A simulator; a backend that refuses the token and says it back; one with a certificate and a private key."""
    token = planted.plant("kubeconfig token")
    generate = {"pools": 2, "resources": 20, "resource_types": 2, "seed": 7}
    users = {"token": {"token": token}, "keyed": {"client-key-data": base64.b64encode(pair.key.read_bytes()).decode(),
                       "client-certificate-data": base64.b64encode(pair.cert.read_bytes()).decode()}}
    made = [{"name": "sim", "type": "simulator", "default": True, "config": {"generate": generate}}]
    for name, user in users.items():
        path = kubeconfig(folder, name + ".kubeconfig", refusing.url, user)
        made.append({"name": name, "type": "kubernetes", "config": {"kubeconfig": path}})
    return made


def refuse(asked):
    """A backend that lets nobody in, and is careless in saying so."""
    return 401, {}, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 401, "reason": "Unauthorized",
                     "message": "nobody has " + asked.headers.get("authorization", "no token")}


@pytest.fixture
def planted():
    return Planted()


def asked_all_over(gateway, planted, sink):
    """Every sort of answer, with a secret in each place of a request that may hold one. Gives what was answered."""
    bearer = planted.plant("bearer token", f"eyJhbGciOiJSUzI1NiJ9.{secrets.token_hex(20)}.{secrets.token_hex(20)}")
    basic = planted.plant("basic password")
    credentials = base64.b64encode(f"user:{basic}".encode()).decode()
    headers = [{"Authorization": "Bearer " + bearer}, {"Authorization": "Basic " + credentials},
               {"Cookie": "session=" + planted.plant("cookie")}]
    answers = []
    for path in (V2 + "/resources", V2 + "/resources/none", "/none", "/admin/routing/explain", V2 + "/tenants"):
        answers += [gateway.get(path, **header) for header in headers]
    answers += [gateway.request(method, V2 + "/subscriptions/none", "{", header) for header in headers
                for method in ("PUT", "PATCH", "DELETE", "POST")]
    user = f"http://user:{planted.plant('password of a callback')}@127.0.0.1:1/"
    answers.append(gateway.post(V2 + "/subscriptions", {"callback": user}))
    answers.append(gateway.post(V2 + "/subscriptions", {"callback": sink.url, "secret": planted.plant("own secret")}))
    return answers


def subscribed(gateway, planted, sink):
    """Subscriptions whose secrets are known: one that is served, one that is refused, one that nobody answers."""
    for name, callback in (("served", sink.url + "/good"), ("refused", sink.url + "/bad"),
                           ("unreachable", "http://127.0.0.1:1/")):
        made = gateway.post(V2 + "/subscriptions", {"callback": callback, "eventTypes": ["ResourceUpdated"]})
        assert made.status == 201, made
        planted.plant(f"secret of the {name} webhook", made.json["security"]["secret"])
        path = f"{V2}/subscriptions/{made.json['subscriptionId']}"
        rotated = gateway.post(path + "/rotateSecret", {})
        assert rotated.status == 200, rotated
        planted.plant(f"next secret of the {name} webhook", rotated.json["security"]["secret"])
        yield path


@pytest.mark.parametrize("store", ["redis", "sqlite"])
def test_no_secret_is_said_anywhere(tmp_path, planted, store):
    pair = Authority(tmp_path / "ca").issue("client", "/CN=client")
    planted.plant("private key", pair.key.read_text().split("\n")[1])
    encryption = planted.plant("encryption key", base64.b64encode(secrets.token_bytes(32)).decode())
    redis_word = planted.plant("password of Redis")
    with Stub(refuse) as backend, Sink() as sink, Redis(tmp_path / "redis", "--requirepass", redis_word) as server:
        config = {"store": {"backend": store, "encryption_key": encryption},
                  "redis": {"addresses": [server.address], "password": redis_word},
                  "subscriptions": {"max_attempts": 1, "backoff": "5ms", "max_backoff": "20ms"},
                  "observability": {"logging": {"level": "trace", "format": "json"}}}
        gateway = Gateway(tmp_path, adapters=adapters(tmp_path, planted, backend, pair), config=config)
        with gateway:
            wait_until(lambda: gateway.get(V2 + "/resources").json.get("total"), "the simulator's objects")
            paths = list(subscribed(gateway, planted, sink))
            sink.answers = [422]
            answered = gateway.request("PATCH", V2 + "/resources/sim-res-0000001", {"description": "changed"})
            assert answered.status == 200, answered
            sink.wait(1)
            wait_until(lambda: any(gateway.get(path).json["status"].get("deadLetters") for path in paths), "refused")
            wait_until(lambda: "nobody has Bearer ***" in gateway.log.read_text(), "it refused")
            answers = asked_all_over(gateway, planted, sink)
            answers += [gateway.get(path + part) for path in paths for part in ("", "/deadLetters")]
            answers += [gateway.get(V2 + kind) for kind in ("/subscriptions", "/resources", "/oCloudInfrastructure",
                                                            "/features")]
            answers += [gateway.get(path) for path in ("/metrics", "/readyz", "/o2ims/v1/subscriptions")]
            backup = program(gateway, "backup", tmp_path / "backup.nwb")
            assert backup.returncode == 0, backup
        printed = program(gateway, "--print-config")
    assert printed.returncode == 0 and b"***" in printed.stdout
    log = gateway.log.read_text()
    assert '"level":"debug"' in log  # it is as loud as it can be
    assert not planted.where(log)
    for answer in answers:
        assert not planted.where(answer.body + str(answer.headers).encode()), answer
    assert not planted.where(printed.stdout + printed.stderr)
    assert not planted.where(backup.stdout + backup.stderr)
    for kept in [tmp_path / "backup.nwb", *tmp_path.glob("netweave.db*"), *(tmp_path / "redis").rglob("*.aof")]:
        assert not planted.where(kept.read_bytes()), kept


def test_what_looks_finds(planted):
    planted.plant("a", 'one "word"')
    assert planted.where(b'... one "word" ...') == planted.where(json.dumps('one "word"')) == ["a"]
    assert planted.where(base64.b64encode(b'one "word"')) == ["a"] and not planted.where("one word")


@pytest.mark.parametrize("settings", [
    {"redis": {"addresses": ["redis://user:SECRET@127.0.0.1:6379/0"]}},
    {"redis": {"password": ["SECRET"]}},
    {"redis": {"passwrd": "SECRET"}},
    {"redis": {"username": "u", "password": "SECRET", "ca_file": "none.pem"}},
    {"store": {"encryption_key": "SECRET"}},
    {"store": {"encryption_key": {"SECRET": 1}}},
    {"o_cloud": {"service_uri": "http://user:SECRET@127.0.0.1/"}},
    {"observability": {"tracing": {"enabled": True, "endpoint": "http://user:SECRET@127.0.0.1:4318"}}},
    {"adapters": [{"name": "a", "type": "kubernetes", "config": {"token": "SECRET", "password": "SECRET"}}]},
    {"adapters": [{"name": "a", "type": "simulator", "config": {"api_key": "SECRET"}}]},
    {"multi_tenancy": {"jwt": {"issuer": "https://i.example.com", "jwks_uri": "https://user:SECRET@i.example.com/"}}},
])
def test_a_wrong_configuration_is_not_repeated_with_its_secrets(tmp_path, planted, settings):
    secret = planted.plant("it")
    settings = json.loads(json.dumps(settings).replace("SECRET", secret))
    own = settings.pop("adapters", None)
    gateway = Gateway(tmp_path, adapters=own, config=settings)
    for words in (["--check-config"], []):
        wrong = program(gateway, *words)
        assert wrong.returncode == 78, wrong
        assert not planted.where(wrong.stdout + wrong.stderr), wrong


def test_variables_that_are_wrong_are_not_repeated_with_their_secrets(tmp_path, planted):
    secret = planted.plant("it")
    variables = {"NETWEAVE_STORE_ENCRYPTION_KEY": secret, "NETWEAVE_REDIS_PASSWRD": secret,
                 "NETWEAVE_REDIS_ADDRESSES": f"redis://user:{secret}@127.0.0.1:1"}
    gateway = Gateway(tmp_path, environment=variables)
    wrong = program(gateway)
    assert wrong.returncode == 78 and not planted.where(wrong.stdout + wrong.stderr), wrong


def jwks(pair):
    """The public half of a P-256 key, as an issuer publishes it."""
    point = subprocess.run(["openssl", "pkey", "-in", pair.key, "-pubout", "-outform", "DER"], capture_output=True,
                           check=True).stdout[-64:]
    x, y = (base64.urlsafe_b64encode(half).rstrip(b"=").decode() for half in (point[:32], point[32:]))
    return json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "one", "x": x, "y": y}]})


def test_the_audit_and_what_is_refused_have_no_secret(tmp_path, planted, sink):
    authority = Authority(tmp_path / "ca")
    server, admin, issuer = (authority.issue(name, f"/O=Test/CN={name}") for name in ("localhost", "admin", "issuer"))
    (tmp_path / "keys.json").write_text(jwks(issuer))
    planted.plant("the server's private key", server.key.read_text().split("\n")[1])
    generate = {"pools": 2, "resources": 20, "resource_types": 2, "seed": 7}
    config = {"tls": {"enabled": True, "cert_file": str(server.cert), "key_file": str(server.key),
                      "ca_file": str(authority.cert), "client_auth": "verify"},
              "multi_tenancy": {"enabled": True, "require_mtls": False, "audit_reads": True,
                                "bootstrap_admin": {"subject": "CN=admin,O=Test"},
                                "jwt": {"issuer": "https://issuer.example.com", "audience": "netweave",
                                        "jwks_file": str(tmp_path / "keys.json")}},
              "subscriptions": {"max_attempts": 1, "backoff": "5ms"},
              "observability": {"logging": {"level": "trace", "format": "json"}}}
    context = ssl.create_default_context(cafile=str(authority.cert))
    known = ssl.create_default_context(cafile=str(authority.cert))
    known.load_cert_chain(admin.cert, admin.key)
    gateway = Gateway(tmp_path, adapters=[{"name": "sim", "type": "simulator", "config": {"generate": generate}}],
                      config=config, context=known)
    with gateway:
        gateway.wait_ready()
        paths = list(subscribed(gateway, planted, sink))
        sink.answers = [422]
        answers = [gateway.request("PATCH", V2 + "/resources/sim-res-0000001", {"description": "changed"})]
        wait_until(lambda: any(gateway.get(path).json["status"].get("deadLetters") for path in paths), "refused")
        gateway.context = context
        answers += asked_all_over(gateway, planted, sink)
        head = base64.urlsafe_b64encode(b'{"alg":"ES256","kid":"one"}').rstrip(b"=").decode()
        forged = head + "." + head + "." + secrets.token_hex(64)
        answers.append(gateway.get(V2 + "/resources", Authorization="Bearer " + planted.plant("forged token", forged)))
        assert answers[-1].status == 401
        gateway.context = known
        wait_until(lambda: b"webhook.failed" in gateway.get("/admin/audit/events?limit=1000").body, "it is written")
        audit = gateway.request("GET", "/admin/audit/events", headers={"Accept": "application/x-ndjson"})
        kinds = {json.loads(line)["type"] for line in audit.body.splitlines()}
        assert {"auth.failure", "subscription.created", "webhook.failed"} <= kinds
        answers += [audit, gateway.get("/metrics"), gateway.get("/admin/tenants"), gateway.get("/user")]
    for answer in answers:
        assert not planted.where(answer.body + str(answer.headers).encode()), answer
    assert not planted.where(gateway.log.read_text())
