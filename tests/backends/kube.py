"""A real Kubernetes API server on etcd, for tests. Standard library only.

    with kube.KubeServer(cluster_api=True) as server:
        server.kubeconfigs["admin-token"]       # a file; also admin-cert, reader, nobody, wrong-token, exec
        server.service_account                  # a folder as a pod has it: token, ca.crt, namespace
        server.request("GET", "/api/v1/nodes")  # as the administrator

Everything listens on 127.0.0.1 on free ports and lives in one temporary folder. Methods block; one thread calls them.
"""

import concurrent.futures
import http.client
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.request

import build
import nodes

# user, groups and token of each identity that comes with a token
USERS = {"admin-token": ("admin", "system:masters"), "reader": ("reader", ""), "nobody": ("nobody", ""),
         "exec": ("from-exec", "system:masters")}
READ = ["get", "list", "watch"]
READER_RULES = [
    {"apiGroups": [""], "resources": ["nodes", "persistentvolumes"], "verbs": READ},
    {"apiGroups": ["storage.k8s.io"], "resources": ["storageclasses"], "verbs": READ},
    {"apiGroups": ["cluster.x-k8s.io", "machine.openshift.io"], "resources": ["*"], "verbs": READ},
]
CLUSTER_API_KINDS = ("clusters", "machinedeployments", "machinesets", "machines")


class Refused(Exception):
    """The API server answered with an error status."""

    def __init__(self, status: int, body: bytes):
        super().__init__(f"{status}: {body[:500].decode(errors='replace')}")
        self.status = status


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_until(condition, what: str, seconds: float = 60) -> None:
    """Polls `condition` until it holds; TimeoutError names `what`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.02)


class KubeServer:
    def __init__(self, cluster_api: bool = False, collector: str | None = None):
        """`collector` (host:port, OTLP over gRPC) gets the API server's own spans of traces that are reported."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="netweave-kube."))
        self._etcd_port, self._peer_port, self.port = free_ports(3)
        self.url = f"https://127.0.0.1:{self.port}"
        self.ca_file = self.folder / "pki/apiserver.crt"  # the API server makes it and puts its own CA behind it
        self.service_account = self.folder / "serviceaccount"
        self.exec_calls = self.folder / "exec-calls"  # one line for each run of the exec plugin
        self.kubeconfigs: dict[str, pathlib.Path] = {}
        self._cluster_api = cluster_api
        self._collector = collector
        self._etcd = self._api = None
        self._local = threading.local()

    def __enter__(self) -> "KubeServer":
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.close()

    # -- processes ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._make_pki()
        self._start_etcd()
        self.start_api()
        self._make_kubeconfigs()
        self._make_access()
        if self._cluster_api:
            self.install_cluster_api()

    def close(self) -> None:
        # The API server first: one that lost its etcd stays for more than a minute.
        self.stop_api()
        self._end(self._etcd)
        self._etcd = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_api(self) -> None:
        """Starts the API server on its port and data, and waits until it is ready."""
        pki = self.folder / "pki"
        traces = []
        if self._collector:
            (self.folder / "tracing.yaml").write_text(json.dumps({
                "apiVersion": "apiserver.config.k8s.io/v1", "kind": "TracingConfiguration", "endpoint": self._collector}))
            traces = [f"--tracing-config-file={self.folder}/tracing.yaml"]
        self._api = self._spawn("kube-apiserver", [
            build.build("kube"), f"--etcd-servers=http://127.0.0.1:{self._etcd_port}", "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1", f"--secure-port={self.port}", f"--cert-dir={pki}",
            f"--client-ca-file={pki}/client-ca.crt", f"--token-auth-file={self.folder}/tokens.csv",
            "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={pki}/sa.pub",
            f"--service-account-signing-key-file={pki}/sa.key", "--authorization-mode=Node,RBAC",
            "--service-cluster-ip-range=10.96.0.0/16", "--watch-cache=true", *traces])
        wait_until(self.ready, "the API server is ready", 120)

    def stop_api(self) -> None:
        self._end(self._api)
        self._api = None

    def ready(self) -> bool:
        if self._api and self._api.poll() is not None:
            raise RuntimeError(f"the API server ended:\n{self.log('kube-apiserver')}")
        try:
            return self.request("GET", "/readyz", raw=True) == b"ok"
        except (OSError, Refused, http.client.HTTPException):
            return False

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-4000:]

    def _start_etcd(self) -> None:
        client, peer = f"http://127.0.0.1:{self._etcd_port}", f"http://127.0.0.1:{self._peer_port}"
        self._etcd = self._spawn("etcd", [
            build.build("etcd"), "--data-dir", self.folder / "etcd", "--unsafe-no-fsync", "--listen-client-urls", client,
            "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", f"default={peer}"])
        wait_until(self._etcd_healthy, "etcd is healthy")

    def _etcd_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._etcd_port}/health", timeout=5) as answer:
                return json.load(answer).get("health") == "true"
        except OSError:
            return False

    def _spawn(self, name: str, command: list) -> subprocess.Popen:
        with open(self.folder / f"{name}.log", "ab") as log:
            return subprocess.Popen([str(part) for part in command], stdout=log, stderr=log, cwd=self.folder,
                                    stdin=subprocess.DEVNULL)

    @staticmethod
    def _end(process: subprocess.Popen | None) -> None:
        if process is None:
            return
        # An API server waits for open watches up to a minute; a second SIGTERM ends it at once.
        for end, seconds in ((process.terminate, 2), (process.terminate, 20), (process.kill, None)):
            end()
            try:
                process.wait(seconds)
                return
            except subprocess.TimeoutExpired:
                pass

    # -- identities --------------------------------------------------------------------------------------------------

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder / "pki", check=True, capture_output=True)

    def _make_pki(self) -> None:
        (self.folder / "pki").mkdir()
        key = ("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out")
        for name in ("client-ca", "admin", "sa"):
            self._openssl(*key, f"{name}.key")
        self._openssl("ec", "-in", "sa.key", "-pubout", "-out", "sa.pub")
        self._openssl("req", "-x509", "-new", "-key", "client-ca.key", "-subj", "/CN=test-clients", "-days", "30",
                      "-out", "client-ca.crt")
        self._openssl("req", "-new", "-key", "admin.key", "-subj", "/O=system:masters/CN=admin-cert", "-out", "admin.csr")
        self._openssl("x509", "-req", "-in", "admin.csr", "-CA", "client-ca.crt", "-CAkey", "client-ca.key",
                      "-CAcreateserial", "-days", "30", "-out", "admin.crt")
        with open(self.folder / "tokens.csv", "w") as tokens:
            for name, (user, group) in USERS.items():
                tokens.write(f'{name}-secret,{user},uid-{user}' + (f',"{group}"\n' if group else "\n"))

    def _make_kubeconfigs(self) -> None:
        pki = self.folder / "pki"
        plugin = self.folder / "exec-plugin"
        plugin.write_text("#!/bin/sh\n" + f'echo "$KUBERNETES_EXEC_INFO" >> {self.exec_calls}\n' +
                          "expires=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)\n"
                          'printf \'{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",'
                          '"status":{"token":"%s","expirationTimestamp":"%s"}}\' "$NETWEAVE_TOKEN" "$expires"\n')
        plugin.chmod(0o755)
        users = {name: {"token": f"{name}-secret"} for name in USERS}
        users["wrong-token"] = {"token": "of-nobody"}
        users["admin-cert"] = {"client-certificate": str(pki / "admin.crt"), "client-key": str(pki / "admin.key")}
        users["exec"] = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./exec-plugin",
                                  "env": [{"name": "NETWEAVE_TOKEN", "value": "exec-secret"}],
                                  "interactiveMode": "Never"}}
        for name, user in users.items():
            self.kubeconfigs[name] = self.folder / f"{name}.kubeconfig"
            self.kubeconfigs[name].write_text(json.dumps({  # JSON is YAML
                "apiVersion": "v1", "kind": "Config", "current-context": "test",
                "clusters": [{"name": "test", "cluster": {"server": self.url, "certificate-authority": str(self.ca_file)}}],
                "users": [{"name": name, "user": user}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}]}, indent=1))

    def _make_access(self) -> None:
        rbac = "/apis/rbac.authorization.k8s.io/v1"
        self.request("POST", f"{rbac}/clusterroles", {"metadata": {"name": "netweave-reader"}, "rules": READER_RULES})
        subjects = [{"kind": "User", "name": "reader", "apiGroup": "rbac.authorization.k8s.io"},
                    {"kind": "ServiceAccount", "name": "netweave", "namespace": "default"}]
        self.request("POST", f"{rbac}/clusterrolebindings", {
            "metadata": {"name": "netweave-reader"}, "subjects": subjects,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "netweave-reader"}})
        # The namespace is made by the API server itself, a moment after it is ready.
        wait_until(lambda: self.exists("/api/v1/namespaces/default"), "the default namespace is there")
        accounts = "/api/v1/namespaces/default/serviceaccounts"
        self.request("POST", accounts, {"metadata": {"name": "netweave"}})
        token = self.request("POST", f"{accounts}/netweave/token", {"spec": {"expirationSeconds": 3600}})
        self.service_account.mkdir()
        (self.service_account / "token").write_text(token["status"]["token"])
        (self.service_account / "namespace").write_text("default")
        shutil.copy(self.ca_file, self.service_account / "ca.crt")

    # -- content -----------------------------------------------------------------------------------------------------

    def request(self, method: str, path: str, body=None, *, raw: bool = False, content_type: str = "application/json"):
        """One call as the administrator; the parsed answer, or bytes if `raw`. Refused on an error status."""
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        for attempt in (1, 2):
            connection = getattr(self._local, "connection", None)
            try:
                if connection is None:
                    context = ssl.create_default_context(cafile=str(self.ca_file))
                    connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)
                    self._local.connection = connection
                connection.request(method, path, data, {"Authorization": "Bearer admin-token-secret",
                                                        "Content-Type": content_type, "Accept": "application/json"})
                answer = connection.getresponse()
                content = answer.read()
                break
            except (OSError, http.client.HTTPException):
                self._local.connection = None  # the server was restarted, or is not there yet
                if attempt == 2 or connection is None:
                    raise
        if answer.status >= 300:
            raise Refused(answer.status, content)
        return content if raw else json.loads(content)

    def exists(self, path: str) -> bool:
        try:
            self.request("GET", path, raw=True)
            return True
        except Refused as refused:
            if refused.status not in (404, 429):  # 429: "storage is (re)initializing", of a new definition
                raise
            return False

    def install_cluster_api(self) -> None:
        """Cluster API's own CustomResourceDefinitions: the objects, without the controllers behind them."""
        folder = build.cluster_api_crds()
        for kind in CLUSTER_API_KINDS:
            self.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                         (folder / f"cluster.x-k8s.io_{kind}.yaml").read_bytes(), content_type="application/yaml")
        for kind in CLUSTER_API_KINDS:
            wait_until(lambda: self.exists(f"/apis/cluster.x-k8s.io/v1beta2/{kind}"), f"{kind} are served")

    def create_nodes(self, count: int, prefix: str = "node", first: int = 0, threads: int = 8) -> None:
        """Nodes of about 7 kB each, named PREFIX-00000 and on. Several hundred a second."""
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            for done in [pool.submit(self.request, "POST", "/api/v1/nodes", nodes.fat_node(prefix, i), raw=True)
                         for i in range(first, first + count)]:
                done.result()

    def compact(self) -> int:
        """Throws away etcd's history up to now, so that older resourceVersions are 410; the revision."""
        revision = self._etcd_call("range", {"key": "AA=="})["header"]["revision"]
        self._etcd_call("compaction", {"revision": revision, "physical": True})
        return int(revision)

    def _etcd_call(self, name: str, body: dict) -> dict:
        url = f"http://127.0.0.1:{self._etcd_port}/v3/kv/{name}"
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode()), timeout=30) as answer:
            return json.load(answer)
