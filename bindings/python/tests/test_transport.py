"""How requests travel: connections, retries, time-outs, TLS. The other side is a server at a socket."""

import email.utils
import socket
import ssl
import subprocess
import threading
import time

import pytest

import netweave
from conftest import Scripted, problem

POOL = {"resourcePoolId": "p", "name": "P", "oCloudId": "o"}
BUSY = problem(503, "BackendUnavailable", "later")


@pytest.fixture
def waits():
    """The seconds that a client with `retry(waits)` wanted to wait."""
    return []


def retry(waits, **more):
    return netweave.Retry(sleep=waits.append, **more)


def test_connections_are_kept():
    with Scripted() as server, netweave.Client(server.url) as client:
        for _ in range(5):
            client.resources.count()
        assert server.connections == 1 and len(server.requests) == 5


def test_threads_share_a_client():
    with Scripted() as server, netweave.Client(server.url, connections=2) as client:
        threads = [threading.Thread(target=client.resources.count) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.requests) == 8


def test_what_is_sent():
    with Scripted((201, {"ETag": '"1"'}, POOL)) as server:
        tokens = iter(["one", "two", "three", "four"])
        client = netweave.Client(server.url + "/behind/", token=lambda: next(tokens), headers={"X-Own": "ö"})
        made = client.resource_pools.create(netweave.ResourcePool(name="ü"), idempotency_key="k")
        assert made.etag == '"1"'
        client.resources.count({"resourcePoolId": "a b"})
        (method, path, headers, body), (_, listed, second, _) = server.requests
        assert (method, path, body) == ("POST", "/behind/o2ims/v1/resourcePools", '{"name": "ü"}'.encode())
        assert headers["Authorization"] == "Bearer one" and second["Authorization"] == "Bearer two"
        assert headers["Content-Type"] == "application/json" and headers["Idempotency-Key"] == "k"
        assert headers["User-Agent"].startswith("netweave-python/")
        assert listed == "/behind/o2ims/v1/resources?resourcePoolId=a+b&limit=1"
        list(client.resources.rows(["resource_id", "extensions.cpu.cores", 'extensions.labels["a.b"]']))
        wanted = "fields=resourceId%2Cextensions.cpu.cores%2Cextensions.labels"
        assert server.requests.pop()[1].endswith("/resources?" + wanted)
        client.send("GET", client.resource_pools._one("a/b?c#d%2F"))
        assert server.requests.pop()[1].endswith("/resourcePools/a%2Fb%3Fc%23d%252F")
        netweave.Client(server.url, token="t").send("PATCH", "/x", {"a": None})
        assert server.requests[2][2]["Content-Type"] == "application/merge-patch+json"
        assert server.requests[2][2]["Authorization"] == "Bearer t"


def test_a_get_is_sent_again(waits):
    with Scripted(None, BUSY, problem(502, "BackendError"), (200, {}, {"items": [], "total": 3})) as server:
        assert netweave.Client(server.url, retry=retry(waits)).resources.count() == 3
    assert len(server.requests) == 4
    assert len(waits) == 3 and all(0 <= wait <= 0.2 * 2 ** at for at, wait in enumerate(waits))


def test_it_ends(waits):
    with Scripted(*[BUSY] * 9) as server:
        with pytest.raises(netweave.UnavailableError):
            netweave.Client(server.url, retry=retry(waits, attempts=3)).resources.count()
        assert len(server.requests) == 3
        with pytest.raises(netweave.UnavailableError):
            netweave.Client(server.url, retry=retry(waits, attempts=1)).resources.count()
        assert len(server.requests) == 4 and len(waits) == 2


def test_retry_after_is_kept_to(waits):
    date = email.utils.formatdate(time.time() + 30, usegmt=True)
    answers = [problem(503, "BackendUnavailable", headers={"Retry-After": "7"}),
               problem(429, "RateLimited", headers={"Retry-After": "0"}),
               problem(503, "BackendUnavailable", headers={"Retry-After": date})]
    with Scripted(*answers) as server:
        netweave.Client(server.url, retry=retry(waits)).resources.count()
    assert waits[:2] == [7.0, 0.0] and 20 < waits[2] <= 30


def test_a_wait_that_is_too_long_is_the_callers(waits):
    with Scripted(problem(503, "BackendUnavailable", headers={"Retry-After": "61"})) as server:
        with pytest.raises(netweave.UnavailableError) as caught:
            netweave.Client(server.url, retry=retry(waits)).resources.count()
    assert caught.value.retry_after == 61.0 and waits == []


def test_a_creation_is_sent_again_under_its_key(waits):
    working = problem(409, "Conflict", "a request with this Idempotency-Key is still being answered")
    with Scripted(None, working, BUSY, (201, {}, POOL)) as server:
        assert netweave.Client(server.url, retry=retry(waits)).resource_pools.create({"name": "P"}).name == "P"
    assert len(server.requests) == 4 and len({headers["Idempotency-Key"] for _, _, headers, _ in server.requests}) == 1


@pytest.mark.parametrize("answer, error", [
    (problem(409, "Conflict"), netweave.ConflictError), (problem(504, "BackendTimeout"), netweave.TimeoutError),
    (problem(429, "QuotaExceeded"), netweave.QuotaExceededError), (problem(400, "BadRequest"), netweave.InvalidError)])
def test_an_answer_that_is_final_is_final(answer, error, waits):
    with Scripted(answer) as server:
        with pytest.raises(error):
            netweave.Client(server.url, retry=retry(waits)).resource_pools.create({"name": "P"})
    assert len(server.requests) == 1 and waits == []


@pytest.mark.parametrize("answer", [None, BUSY])
@pytest.mark.parametrize("write", [
    lambda client: client.resource_pools.update(netweave.ResourcePool.from_json(POOL)),
    lambda client: client.resource_pools.patch("p", {"name": "x"}), lambda client: client.resource_pools.delete("p"),
    lambda client: client.request("POST", "/o2ims/v1/subscriptions/s/resume")])
def test_other_writes_are_never_sent_twice(answer, write, waits):
    with Scripted(answer) as server:
        with pytest.raises(netweave.UnavailableError):
            write(netweave.Client(server.url, retry=retry(waits)))
    assert len(server.requests) == 1 and waits == []


def test_but_where_nothing_was_done_they_are(waits):
    with Scripted(problem(429, "RateLimited", headers={"Retry-After": "2"}), (200, {}, POOL)) as server:
        netweave.Client(server.url, retry=retry(waits)).resource_pools.patch("p", {"name": "x"})
    assert len(server.requests) == 2 and waits == [2.0]


def test_nobody_there(waits):
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    with pytest.raises(netweave.UnavailableError) as caught:
        netweave.Client(f"http://127.0.0.1:{port}", retry=retry(waits)).resource_pools.delete("p")
    assert f"nothing answers at http://127.0.0.1:{port}" in str(caught.value)
    assert len(waits) == 3  # nothing was sent, so even this one was tried again


def test_no_answer_in_time(waits):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = netweave.Client(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.1, retry=retry(waits))
        with pytest.raises(TimeoutError) as caught:
            client.resource_pools.delete("p")
        assert isinstance(caught.value, netweave.TimeoutError) and waits == []
        with pytest.raises(netweave.TimeoutError):
            client.resources.count()
        assert len(waits) == 3


@pytest.mark.parametrize("answer, error, told", [
    ((502, {"Content-Type": "text/html"}, b"<h1>Bad gateway</h1>"), netweave.BackendError, "no reason given"),
    ((418, {}, b"I am a teapot"), netweave.InvalidError, "418"), ((507, {}, b""), netweave.InternalError, "507"),
    ((200, {}, b"<html>"), netweave.InternalError, "no JSON"),
    ((200, {}, b"[]"), netweave.InternalError, "no JSON object"),
    ((200, {}, {"resourcePoolId": 7}), netweave.InternalError, "resourcePoolId: must be a string"),
    (problem(410, "Gone"), netweave.GoneError, "410"), (problem(403, "Forbidden"), netweave.DeniedError, "403"),
    (problem(404, "SomethingNew"), netweave.NotFoundError, "SomethingNew")])
def test_whatever_answers_is_told(answer, error, told):
    with Scripted(answer) as server, pytest.raises(error, match=told):
        netweave.Client(server.url, retry=netweave.Retry(attempts=1)).resource_pools.get("p")


@pytest.mark.parametrize("address", ["127.0.0.1:8080", "ftp://x", "http://", "http://x?y", "http://a:b@x", ""])
def test_an_address_that_is_none(address):
    with pytest.raises(ValueError, match="http://host:port"):
        netweave.Client(address)


def test_certificates_are_not_for_http():
    with pytest.raises(ValueError, match="are for https"):
        netweave.Client("http://127.0.0.1:1", ca="ca.pem")
    with pytest.raises(ValueError, match="at least 1"):
        netweave.Retry(attempts=0)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A folder with ca.pem, and server.pem and client.pem (certificate and key) issued by it."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    openssl(*new, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    for name in ("server", "client"):
        openssl(*new, "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-addext",
                "basicConstraints=critical,CA:FALSE", "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", f"{name}.key",
                "-out", f"{name}.crt")
        (folder / f"{name}.pem").write_text((folder / f"{name}.crt").read_text() + (folder / f"{name}.key").read_text())
    return folder


def test_tls_with_a_certificate_of_ones_own(authority, waits):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem")
    context.load_verify_locations(authority / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    ca, pair = str(authority / "ca.pem"), (str(authority / "client.crt"), str(authority / "client.key"))
    with Scripted(context=context) as server:
        for cert in (str(authority / "client.pem"), pair):
            with netweave.Client(server.url, ca=ca, cert=cert) as client:
                assert client.resources.count() == 0
        for options in ({"cert": pair}, {"ca": ca}):  # a server that is not trusted; a server that wants a certificate
            with pytest.raises(netweave.UnavailableError):
                netweave.Client(server.url, retry=retry(waits, attempts=1), **options).resources.count()
        with pytest.raises(netweave.UnavailableError, match="check ca and cert"):
            netweave.Client(server.url, retry=retry(waits)).resources.count()
        assert waits == [] and len(server.requests) == 2
