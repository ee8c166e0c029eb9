"""The operations listener: a second address with probes and metrics alone, which asks nobody who they are."""

import http.client
import signal
import socket
import ssl

import pytest

from certificates import Authority
from gateway import Answer, Gateway, wait_until
from redis import free_port
from test_program import run

PROBES = ("/health", "/healthz", "/ready", "/readyz", "/metrics")
OTHERS = ("/", "/o2ims", "/o2ims/v1/resources", "/docs/", "/openapi.json", "/user", "/admin/tenants", "/nowhere")


def ask(port, path, method="GET", host="127.0.0.1"):
    connection = http.client.HTTPConnection(host, port, timeout=60)
    try:
        connection.request(method, path)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def listening(tmp_path, engine="native", config=None, **more):
    port = free_port()
    gateway = Gateway(tmp_path, engine=engine, config={"operations": {"port": port}, **(config or {})}, **more)
    gateway.operations = port
    return gateway


def test_what_stands_on_which_port(tmp_path, engine):
    with listening(tmp_path, engine) as gateway:
        gateway.wait_ready()
        for path in PROBES:
            for answer in (ask(gateway.operations, path), gateway.get(path)):
                assert answer.status == 200, (path, answer)
        assert ask(gateway.operations, "/healthz", "HEAD").body == b""
        assert ask(gateway.operations, "/healthz", "POST").status == 405
        for path in OTHERS:
            refused = ask(gateway.operations, path)
            assert refused.status == 404 and "probes and metrics alone" in refused.json["detail"], (path, refused)
        assert gateway.get("/o2ims").status == 200
        assert b'route="/readyz"' in ask(gateway.operations, "/metrics").body


def test_without_it_there_is_one_address(tmp_path):
    with Gateway(tmp_path) as gateway:
        assert gateway.get("/healthz").status == 200
        assert f"listening on {gateway.url}\n" in gateway.log.read_text()


def test_metrics_stand_where_their_path_says_or_nowhere(tmp_path):
    with listening(tmp_path, config={"observability": {"metrics": {"path": "/prometheus"}}}) as gateway:
        assert ask(gateway.operations, "/prometheus").status == 200
        assert ask(gateway.operations, "/metrics").status == 404
    with listening(tmp_path, config={"observability": {"metrics": {"enabled": False}}}) as gateway:
        assert ask(gateway.operations, "/metrics").status == 404
        assert ask(gateway.operations, "/healthz").status == 200


def test_it_has_a_host_of_its_own(tmp_path):
    port = free_port()
    with Gateway(tmp_path, config={"operations": {"host": "127.0.0.2", "port": port}}) as gateway:
        assert ask(port, "/healthz", host="127.0.0.2").status == 200
        assert gateway.get("/healthz").status == 200
        with pytest.raises(ConnectionRefusedError):
            ask(port, "/healthz")


def test_under_strict_mutual_tls_probes_need_no_certificate_and_no_identity(tmp_path):
    authority = Authority(tmp_path / "ca")
    server, admin = authority.issue("server", "/CN=localhost"), authority.issue("admin", "/O=Test/CN=admin")
    nobody = ssl.create_default_context(cafile=str(authority.cert))
    somebody = ssl.create_default_context(cafile=str(authority.cert))
    somebody.load_cert_chain(admin.cert, admin.key)
    config = {"o_cloud": {"id": "oslo-1"}, "server": {"host": "127.0.0.1", "port": 0},
              "tls": {"enabled": True, "cert_file": str(server.cert), "key_file": str(server.key),
                      "ca_file": str(authority.cert), "client_auth": "require-and-verify"},
              "multi_tenancy": {"enabled": True, "bootstrap_admin": {"subject": "CN=admin,O=Test"}},
              "security": {"rate_limit": {"tenant": {"requests_per_second": 1, "burst": 1}}},
              "observability": {"logging": {"level": "info", "format": "json"}}}
    with listening(tmp_path, config=config, context=somebody, environment={"NETWEAVE_ENV": "prod"}) as gateway:
        wait_until(lambda: ask(gateway.operations, "/readyz").status == 200, "ready")
        for path in PROBES:
            for _ in range(3):  # nor are they limited
                assert ask(gateway.operations, path).status == 200, path
        for path in OTHERS:
            assert ask(gateway.operations, path).status in (404, 429), path
        gateway.context = nobody
        with pytest.raises((ssl.SSLError, ConnectionError)):
            gateway.get("/healthz")


def test_probes_are_told_of_a_stop_while_requests_are_finished(tmp_path, engine):
    slow = [{"name": "sim", "type": "simulator", "config": {"generate": {"pools": 1}, "latency": 1000}}]
    with listening(tmp_path, engine, adapters=slow) as gateway:
        gateway.wait_ready()
        body = b'{"name": "a"}'
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as client:
            client.sendall(b"POST /o2ims/v1/resourcePools HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                           b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
            assert client.recv(1000).startswith(b"HTTP/1.1 100 ")  # it is under way
            client.sendall(body)
            gateway.process.send_signal(signal.SIGTERM)
            wait_until(lambda: ask(gateway.operations, "/readyz").status == 503, "not ready")
            assert ask(gateway.operations, "/healthz").status == 200
            assert client.recv(1000).startswith(b"HTTP/1.1 201 ")
        assert gateway.process.wait(30) == 0


def test_a_port_that_is_taken_is_69_and_says_by_whom(tmp_path):
    with Gateway(tmp_path) as first:
        (tmp_path / "second.yaml").write_text("server: {port: 0}\nstore: {backend: memory}\n"
                                              f"operations: {{port: {first.port}}}\n")
        done = run("--config", "second.yaml", folder=tmp_path)
        assert done.returncode == 69
        assert f"held by process {first.process.pid}" in done.stderr
