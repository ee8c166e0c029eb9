"""A real Jaeger 2 (a Go module), all in one with its storage in memory, for tests. Standard library only.

    with jaeger.Jaeger() as server:
        server.url                              # http://127.0.0.1:PORT, where POST /v1/traces is taken
        server.grpc                             # 127.0.0.1:PORT, the same by gRPC
        server.spans(trace, "store commit")     # blocks until the trace has such a span; all of it, as OTLP JSON
        server.ask("/api/v3/services")          # of its query API

It listens on 127.0.0.1 on free ports and lives in a temporary folder. Methods block.
"""

import collections
import json
import pathlib
import subprocess
import tempfile
import urllib.error
import urllib.request

import build
from kube import free_ports, wait_until


class Jaeger:
    def __enter__(self) -> "Jaeger":
        http, grpc, self._query = (f"127.0.0.1:{port}" for port in free_ports(3))
        self.url, self.grpc = "http://" + http, grpc
        config = {
            "service": {
                "extensions": ["jaeger_storage", "jaeger_query"],
                "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["jaeger_storage_exporter"]}},
                "telemetry": {"metrics": {"level": "none"}, "logs": {"level": "warn"}}},
            "extensions": {
                "jaeger_storage": {"backends": {"memory": {"memory": {"max_traces": 10000}}}},
                # its own spans would go to port 4317, whoever has it, and it would wait for them when it ends
                "jaeger_query": {"storage": {"traces": "memory"}, "enable_tracing": False,
                                 "http": {"endpoint": self._query}, "grpc": {"endpoint": "127.0.0.1:0"}}},
            "receivers": {"otlp": {"protocols": {"http": {"endpoint": http}, "grpc": {"endpoint": grpc}}}},
            "exporters": {"jaeger_storage_exporter": {"trace_storage": "memory"}},
        }
        self._folder = tempfile.TemporaryDirectory(prefix="netweave-jaeger.")
        file, self._log = (pathlib.Path(self._folder.name) / name for name in ("jaeger.yaml", "jaeger.log"))
        file.write_text(json.dumps(config))  # JSON is YAML
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen([build.build("jaeger"), f"--config=file:{file}"], stdout=log, stderr=log,
                                             stdin=subprocess.DEVNULL, cwd=self._folder.name)
        try:
            wait_until(self._ready, "Jaeger is ready")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    def _ready(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"Jaeger ended:\n{self._log.read_text()[-4000:]}")
        try:
            with urllib.request.urlopen(urllib.request.Request(  # the receivers are what it starts last
                    self.url + "/v1/traces", b"{}", {"Content-Type": "application/json"}), timeout=30):
                return self.ask("/api/v3/services") is not None
        except OSError:
            return False

    def ask(self, path: str) -> dict | None:
        """The answer; None where there is nothing of that kind."""
        try:
            with urllib.request.urlopen(f"http://{self._query}{path}", timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return None

    def spans(self, trace: str, *names: str) -> list[dict]:
        """All spans of the trace once it has one of each name, two of one that is named twice. `service` in each is
        what its resource says of itself."""
        found = []

        def there() -> bool:
            answer = self.ask("/api/v3/traces/" + trace) or {"result": {"resourceSpans": []}}
            found[:] = [{**span, "service": {one["key"]: one["value"].get("stringValue")
                                             for one in resource["resource"]["attributes"]}}
                        for resource in answer["result"]["resourceSpans"]
                        for scope in resource["scopeSpans"] for span in scope["spans"]]
            return collections.Counter(names) <= collections.Counter(span["name"] for span in found)
        try:
            wait_until(there, f"{names} of trace {trace}")
        except TimeoutError as error:
            raise TimeoutError(f"{error}; there are {[span['name'] for span in found]}") from None
        return found
