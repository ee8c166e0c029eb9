"""What browsers are told: headers on every answer, and which pages of other origins may read it."""

import pytest

from gateway import Gateway

PORTAL = "https://portal.example.com"


@pytest.fixture(params=["native", "pistache"])
def gateway(request, tmp_path):
    with Gateway(tmp_path, engine=request.param, config={
            "security": {"cors": {"origins": [PORTAL, "http://localhost:3000"]},
                         "headers": {"frame_options": "SAMEORIGIN", "csp": "default-src 'self'", "referrer_policy": ""}}}) as gateway:
        yield gateway


def test_every_answer_says_how_it_may_be_used(tmp_path):
    with Gateway(tmp_path) as gateway:
        for path in ("/o2ims/v1/resourcePools", "/nothing", "/health"):
            headers = gateway.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer"
            assert "strict-transport-security" not in headers  # plain HTTP
        page = gateway.get("/docs/").headers
        assert "script-src" in page["content-security-policy"] and page["x-frame-options"] == "DENY"


def test_headers_follow_the_configuration(gateway):
    headers = gateway.get("/o2ims/v1/resourcePools").headers
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["content-security-policy"] == "default-src 'self'"
    assert "referrer-policy" not in headers


def test_in_dev_any_origin_may_read(tmp_path):
    with Gateway(tmp_path) as gateway:
        assert "access-control-allow-origin" not in gateway.get("/o2ims").headers
        assert gateway.get("/o2ims", Origin="https://any.example").headers["access-control-allow-origin"] == "*"


def test_an_origin_that_is_named_may_read_and_another_may_not(gateway):
    answer = gateway.get("/o2ims/v1/resourcePools", Origin=PORTAL)
    assert answer.headers["access-control-allow-origin"] == PORTAL
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert answer.headers["vary"] == "Origin"
    other = gateway.get("/o2ims/v1/resourcePools", Origin="https://evil.example")
    assert other.status == 200 and other.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in other.headers


def test_a_preflight_names_methods_and_headers(gateway):
    asked = {"Origin": PORTAL, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match"}
    answer = gateway.request("OPTIONS", "/o2ims/v1/resourcePools/a", headers=asked)
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == PORTAL
    assert "PATCH" in answer.headers["access-control-allow-methods"].split(", ")
    assert "If-Match" in answer.headers["access-control-allow-headers"].split(", ")
    refused = gateway.request("OPTIONS", "/o2ims/v1/resourcePools/a", headers={**asked, "Origin": "https://evil.example"})
    assert refused.status == 204 and "access-control-allow-methods" not in refused.headers


def test_without_cors_no_origin_may_read(tmp_path):
    with Gateway(tmp_path, config={"security": {"cors": {"enabled": False}}}) as gateway:
        headers = gateway.get("/o2ims", Origin=PORTAL).headers
        assert "access-control-allow-origin" not in headers and "vary" not in headers
