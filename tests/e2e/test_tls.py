"""TLS as clients meet it: versions, client certificates, resumption, certificates that are renewed. What each mode of
client_auth lets in is told in full by tests/conformance/http/tls_test.cpp."""

import concurrent.futures
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import xml.etree.ElementTree

import pytest

import build
from certificates import Authority
from gateway import PROGRAM, Gateway, wait_until


class World:
    def __init__(self, folder):
        self.ours = Authority(folder / "ours")
        self.theirs = Authority(folder / "theirs", "Other CA")
        self.server = self.ours.issue("server", "/CN=localhost")
        self.client = self.ours.issue("client", "/O=Test/CN=smo")
        self.foreign = self.theirs.issue("foreign", "/CN=foreign")
        self.expired = self.ours.issue("expired", "/CN=expired", days=-1)

    def tls(self, **more):
        return {"enabled": True, "cert_file": str(self.server.cert), "key_file": str(self.server.key), **more}

    def context(self, pair=None, newest=None):
        context = ssl.create_default_context(cafile=str(self.ours.cert))
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        if newest:
            context.maximum_version = newest
        if pair:
            context.load_cert_chain(pair.cert, pair.key)
        return context


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("certificates"))


def get(gateway, context, path="/healthz"):
    """The status, or nothing where the connection is not let in."""
    connection = http.client.HTTPSConnection("localhost", gateway.port, timeout=30, context=context)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected):
        return None
    finally:
        connection.close()


def run(folder, *arguments):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("NETWEAVE_")}
    return subprocess.run([PROGRAM, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def test_the_url_is_https_and_plain_http_is_not_served(tmp_path, world):
    with Gateway(tmp_path, config={"tls": world.tls()}) as gateway:
        assert gateway.url == f"https://127.0.0.1:{gateway.port}"
        assert get(gateway, world.context()) == 200
        with socket.create_connection(("127.0.0.1", gateway.port), 30) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert not plain.makefile("rb").read().startswith(b"HTTP/")


@pytest.mark.parametrize("mode, nobody, client, foreign, expired", [
    ("none", 200, 200, 200, 200),
    ("request", 200, 200, 200, 200),
    ("require", None, 200, 200, 200),
    ("verify", 200, 200, None, None),
    ("require-and-verify", None, 200, None, None),
])
def test_client_auth(tmp_path, world, mode, nobody, client, foreign, expired):
    settings = world.tls(client_auth=mode, ca_file=str(world.ours.cert))
    with Gateway(tmp_path, config={"tls": settings}) as gateway:
        pairs = (None, world.client, world.foreign, world.expired)
        assert [get(gateway, world.context(pair)) for pair in pairs] == [nobody, client, foreign, expired]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_the_least_version(tmp_path, world):
    with Gateway(tmp_path, config={"tls": world.tls()}) as gateway:
        assert get(gateway, world.context(newest=ssl.TLSVersion.TLSv1_2)) is None
        assert get(gateway, world.context()) == 200
        gateway.stop()
        older = Gateway(tmp_path, config={"tls": world.tls(min_version="1.2")})
        with older:
            assert get(older, world.context(newest=ssl.TLSVersion.TLSv1_2)) == 200
            assert get(older, world.context(newest=ssl.TLSVersion.TLSv1_1)) is None


def test_resumption(tmp_path, world):
    with Gateway(tmp_path, config={"tls": world.tls(client_auth="require-and-verify", ca_file=str(world.ours.cert))}) as gateway:
        def connect(context, session):
            plain = socket.create_connection(("127.0.0.1", gateway.port), 30)
            with context.wrap_socket(plain, server_hostname="localhost", session=session) as secure:
                secure.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                assert secure.makefile("rb").read().startswith(b"HTTP/1.1 200")
                return secure.session_reused, secure.session
        context = world.context(world.client)
        first, session = connect(context, None)
        assert not first
        assert connect(context, session)[0]


def test_a_certificate_is_renewed_under_load_without_a_failed_request(tmp_path, world):
    files = {name: tmp_path / name for name in ("cert.pem", "key.pem")}

    def place(pair):
        for name, source in (("key.pem", pair.key), ("cert.pem", pair.cert)):
            fresh = tmp_path / (name + ".new")
            shutil.copy(source, fresh)
            fresh.replace(files[name])

    place(world.server)
    settings = {"enabled": True, "cert_file": str(files["cert.pem"]), "key_file": str(files["key.pem"])}
    with Gateway(tmp_path, config={"tls": settings}) as gateway:
        done = threading.Event()
        context = world.context()

        def load(keep):
            connection, count = None, 0
            while not done.is_set():
                connection = connection or http.client.HTTPSConnection("localhost", gateway.port, timeout=30, context=context)
                connection.request("GET", "/healthz")
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200
                count += 1
                if not keep:
                    connection.close()
                    connection = None
            return count

        def served():
            with socket.create_connection(("127.0.0.1", gateway.port), 30) as plain:
                with context.wrap_socket(plain, server_hostname="localhost") as secure:
                    return secure.getpeercert()["serialNumber"]

        first = served()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            clients = [pool.submit(load, keep) for keep in (True, False, False)]
            try:
                place(world.ours.issue("renewed", "/CN=localhost"))
                wait_until(lambda: served() != first, "the new certificate", 15)  # by itself
                second = served()
                place(world.ours.issue("again", "/CN=localhost"))
                gateway.process.send_signal(signal.SIGHUP)
                wait_until(lambda: served() not in (first, second), "the newest certificate", 15)
                third = served()
                files["key.pem"].write_text("nonsense")
                gateway.process.send_signal(signal.SIGHUP)
                wait_until(lambda: "tls is not reloaded" in gateway.log.read_text(), "the bad key is told")
                assert served() == third
            finally:
                done.set()
            assert all(client.result() > 0 for client in clients)
        told = gateway.log.read_text()
        assert f'tls.key_file: "{files["key.pem"]}" can\'t be used' in told


def test_a_client_that_stalls_in_its_handshake_holds_nobody_up(tmp_path, world):
    server = {"max_handshakes": 1, "header_timeout": "300ms"}
    with Gateway(tmp_path, config={"tls": world.tls(), "server": server}) as gateway:
        with socket.create_connection(("127.0.0.1", gateway.port), 30) as stalled:
            stalled.sendall(bytes([0x16, 3, 1, 2, 0, 1]))  # the only place, for as long as it has
            assert get(gateway, world.context()) == 200
            assert stalled.recv(1) == b""


def test_faults_are_told_by_key_file_and_reason(tmp_path, world):
    config = tmp_path / "bad.yaml"
    for key, text, reason in (
            ("cert_file", "/nowhere/cert.pem", "\"/nowhere/cert.pem\" can't be read: No such file or directory"),
            ("key_file", str(world.client.key), "is not the key of the certificate in"),
            ("cipher_suites", "[RC4-MD5]", "holds \"RC4-MD5\"")):
        settings = {"cert_file": str(world.server.cert), "key_file": str(world.server.key), key: text}
        lines = "".join(f"  {name}: {value}\n" for name, value in settings.items())
        config.write_text(f"server: {{port: 0}}\nstore: {{backend: memory}}\ntls:\n  enabled: true\n{lines}")
        for arguments in (["--check-config"], []):
            done = run(tmp_path, "--config", str(config), *arguments)
            assert done.returncode == 78, done
            assert f"tls.{key}: " in done.stderr and reason in done.stderr, done.stderr


def curl(gateway, world, *arguments):
    done = subprocess.run(["curl", "-sS", "--cacert", world.ours.cert, "--max-time", "30", *map(str, arguments)],
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_http2_by_curl(tmp_path, world):
    with Gateway(tmp_path, config={"tls": world.tls()}) as gateway:
        url = f"https://localhost:{gateway.port}"
        version = ("-o", os.devnull, "-w", "%{http_version} %{http_code} ")
        assert curl(gateway, world, "--http2", *version, f"{url}/healthz", *version, f"{url}/o2ims") == b"2 200 2 200 "
        assert curl(gateway, world, "--http1.1", *version, f"{url}/healthz") == b"1.1 200 "
        large = tmp_path / "large"
        large.write_bytes(b"x" * 1048577)
        headers = ("-H", "Content-Type: application/json")
        answer = curl(gateway, world, "--http2", *headers, "--data-binary", f"@{large}", "-w", " %{http_code}",
                      f"{url}/o2ims/v1/subscriptions")
        assert answer.endswith(b" 413") and b'"title":"PayloadTooLarge"' in answer
        pool = b'{"name": "made over HTTP/2"}'
        assert b" 4" not in curl(gateway, world, "--http2", *headers, "--data-binary", pool.decode(), "-w", " %{http_code}",
                                 f"{url}/o2ims/v1/resourcePools")[-4:]


def test_h2spec(tmp_path, world):
    report = tmp_path / "h2spec.xml"
    with Gateway(tmp_path, config={"tls": world.tls(min_version="1.2")}) as gateway:
        done = subprocess.run([build.build("h2spec"), "-port", str(gateway.port), "-path", "/healthz", "-report", report],
                              capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    suites = xml.etree.ElementTree.parse(report).getroot().iter("testsuite")
    assert sum(int(suite.get("tests")) for suite in suites) > 140


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_sslyze_finds_no_weakness(tmp_path, world):
    from sslyze import (Scanner, ScanCommand, ServerNetworkLocation, ServerScanRequest, ServerScanStatusEnum)
    with Gateway(tmp_path, config={"tls": world.tls(min_version="1.2")}) as gateway:
        scanner = Scanner()
        scanner.queue_scans([ServerScanRequest(server_location=ServerNetworkLocation("localhost", gateway.port, ip_address="127.0.0.1"))])
        result, = scanner.get_results()
    assert result.scan_status == ServerScanStatusEnum.COMPLETED, result.connectivity_error_trace
    found = {}
    for command in ScanCommand:
        attempt = getattr(result.scan_result, command.value, None)
        if attempt is not None and attempt.result is not None:
            found[command] = attempt.result

    def accepted(command):
        return {suite.cipher_suite.name for suite in found[command].accepted_cipher_suites}

    for old in (ScanCommand.SSL_2_0_CIPHER_SUITES, ScanCommand.SSL_3_0_CIPHER_SUITES, ScanCommand.TLS_1_0_CIPHER_SUITES,
                ScanCommand.TLS_1_1_CIPHER_SUITES):
        assert not accepted(old)
    assert accepted(ScanCommand.TLS_1_2_CIPHER_SUITES) == {
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"}
    assert accepted(ScanCommand.TLS_1_3_CIPHER_SUITES) == {
        "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"}
    assert not found[ScanCommand.HEARTBLEED].is_vulnerable_to_heartbleed
    assert not found[ScanCommand.OPENSSL_CCS_INJECTION].is_vulnerable_to_ccs_injection
    assert found[ScanCommand.ROBOT].robot_result.name.startswith("NOT_VULNERABLE")
    assert not found[ScanCommand.TLS_COMPRESSION].supports_compression
    assert not found[ScanCommand.TLS_1_3_EARLY_DATA].supports_early_data
    renegotiation = found[ScanCommand.SESSION_RENEGOTIATION]
    assert renegotiation.supports_secure_renegotiation
    assert not renegotiation.is_vulnerable_to_client_renegotiation_dos
    assert found[ScanCommand.TLS_FALLBACK_SCSV].supports_fallback_scsv
