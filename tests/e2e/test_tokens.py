"""Who asks by a bearer token of a real OpenID provider, or by a proxy's word on the client's certificate."""

import pathlib
import sys

import pytest

from gateway import ROOT, Gateway, wait_until

sys.path.insert(0, str(ROOT / "tests/backends"))
import oidc  # noqa: E402

RESOURCES = "/o2ims/v2/resources"


def simulator():
    generate = {"pools": 2, "resources": 10, "resource_types": 2, "seed": 3}
    return [{"name": "sim", "type": "simulator", "config": {"generate": generate}}]


@pytest.fixture(scope="module")
def provider():
    with oidc.Provider() as provider:
        yield provider


def tenancy(provider, **more):
    return {"enabled": True, "require_mtls": False, "bootstrap_admin": {"subject": f"jwt:{oidc.CLIENT}"},
            "assign": [{"pool": "sim-pool-0000", "tenant": "blue"}],
            "jwt": {"issuer": provider.issuer, "audience": "netweave", "jwks_uri": provider.jwks_uri,
                    "roles_claim": "realm_access.roles", **more}}


@pytest.fixture(scope="module")
def gateway(provider, tmp_path_factory):
    config = {"multi_tenancy": {**tenancy(provider), "bootstrap_admin": {"subject": "CN=admin"}},
              "tls": {"trusted_proxies": ["127.0.0.1"]}}
    with Gateway(tmp_path_factory.mktemp("tokens"), adapters=simulator(), config=config) as gateway:
        wait_until(lambda: gateway.get("/readyz").status == 200, "ready")
        admin = {"X-Forwarded-Client-Cert": 'Hash=00;Subject="CN=admin"'}
        assert gateway.post("/admin/tenants", {"tenantId": "blue", "name": "Blue"}, admin).status == 201
        yield gateway


def bearer(token):
    return {"Authorization": "Bearer " + token}


def claims(provider, tenant, *roles):
    provider.set_claims({"tenant": tenant, "realm_access": {"roles": list(roles)}})
    return bearer(provider.token())


def test_without_a_token_the_answer_says_what_is_needed(gateway):
    answer = gateway.get(RESOURCES)
    assert answer.status == 401 and answer.headers["www-authenticate"].startswith("Bearer realm=")
    assert "bearer token" in answer.json["detail"]
    assert gateway.get("/healthz").status == 200


def test_a_token_reaches_its_tenant_as_its_roles_allow(gateway, provider):
    viewer = claims(provider, "blue", "viewer")
    seen = gateway.request("GET", RESOURCES, headers=viewer)
    assert seen.status == 200 and {each["resourcePoolId"] for each in seen.json["items"]} == {"sim-pool-0000"}
    who = gateway.request("GET", "/user", headers=viewer).json
    assert who["subject"] == f"jwt:{oidc.CLIENT}" and who["tenantId"] == "blue"
    refused = gateway.post("/o2ims/v2/resourcePools", {"name": "mine"}, viewer)
    assert refused.status == 403 and "resourcePools:create" in refused.json["detail"]
    made = gateway.post("/o2ims/v3/resourcePools", {"name": "mine"}, claims(provider, "blue", "owner"))
    assert made.status == 201 and made.json["tenantId"] == "blue"


@pytest.mark.parametrize("tenant, roles", [("nowhere", ["owner"]), ("blue", []), ("blue", ["no-such-role"])])
def test_a_tenant_or_role_that_is_not_there_may_nothing(gateway, provider, tenant, roles):
    assert gateway.request("GET", RESOURCES, headers=claims(provider, tenant, *roles)).status == 403


def test_a_spoilt_token_is_refused_without_saying_which_key(gateway, provider):
    token = claims(provider, "blue", "viewer")["Authorization"].removeprefix("Bearer ")
    head, body, signature = token.split(".")
    flipped = signature[:10] + ("A" if signature[10] != "A" else "B") + signature[11:]
    for bad in (f"{head}.{body}.{flipped}", f"{head}.{body}.", f"{head}.{body}", "x", "a" * 20000):
        answer = gateway.request("GET", RESOURCES, headers=bearer(bad))
        assert answer.status == 401 and 'error="invalid_token"' in answer.headers["www-authenticate"], answer


def test_keys_rotate_while_requests_come(gateway, provider):
    for algorithm in ("ES256", "EdDSA"):
        provider.new_key(algorithm)
        headers = claims(provider, "blue", "viewer")
        # a new key is asked for at most once in five seconds: until then its tokens are refused
        wait_until(lambda: gateway.request("GET", RESOURCES, headers=headers).status == 200, algorithm, 20)


def test_the_audit_says_who_was_let_in_and_who_was_not(gateway, provider):
    owner = claims(provider, "blue", "owner")
    assert gateway.request("GET", RESOURCES, headers=bearer("not.a.token")).status == 401
    admin = {"X-Forwarded-Client-Cert": 'Subject="CN=admin"'}

    def subjects(kind):
        answer = gateway.request("GET", f"/admin/audit/events?type={kind}&limit=100", headers=admin)
        assert answer.status == 200, answer
        return [event.get("subject", "") for event in answer.json["items"]]

    assert gateway.request("GET", RESOURCES, headers=owner).status == 200
    wait_until(lambda: f"jwt:{oidc.CLIENT}" in subjects("auth.success"), "who was let in")
    wait_until(lambda: subjects("auth.failure"), "who was not")


def test_a_proxy_that_is_not_trusted_says_nothing(provider, tmp_path):
    with Gateway(tmp_path, adapters=simulator(), config={"multi_tenancy": tenancy(provider)}) as gateway:
        forged = {"X-Forwarded-Client-Cert": 'Subject="CN=admin"'}
        assert gateway.request("GET", RESOURCES, headers=forged).status == 401
        provider.set_claims({})
        admin = bearer(provider.token())  # the first administrator may come by a token too
        assert gateway.request("GET", "/admin/tenants", headers=admin).status == 200


def test_keys_of_a_file_are_taken_in_place_of_the_issuers(provider, tmp_path):
    keys = tmp_path / "keys.json"
    keys.write_text('{"keys":[]}')
    config = {"multi_tenancy": tenancy(provider)}
    config["multi_tenancy"]["jwt"] |= {"jwks_file": str(keys)}
    del config["multi_tenancy"]["jwt"]["jwks_uri"]
    with Gateway(tmp_path, adapters=simulator(), config=config) as gateway:
        provider.set_claims({})
        headers = bearer(provider.token())
        assert gateway.request("GET", RESOURCES, headers=headers).status == 401
        new = tmp_path / "keys.new"
        new.write_bytes(provider._call(provider.jwks_uri.removeprefix(provider.issuer)))
        pathlib.Path(new).rename(keys)
        wait_until(lambda: gateway.request("GET", RESOURCES, headers=headers).status == 200, "the file's keys", 60)
