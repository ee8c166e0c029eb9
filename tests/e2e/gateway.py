"""The gateway program as a user runs it, and small clients. Standard library only."""

import http.client
import json
import os
import pathlib
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("NETWEAVE_GATEWAY", str(ROOT / "build/gcc/servers/gateway/netweave-gateway"))


def wait_until(condition, what, seconds=60):
    """Polls until `condition` gives something true, and gives that."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.01)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


class Gateway:
    """One gateway process over a folder of its own; the folder outlives the process, as a store does."""

    def __init__(self, folder, *, engine="native", adapters=None, config=None, arguments=(), environment=None,
                 context=None):
        self.folder = pathlib.Path(folder)
        self.environment = environment or {}
        self.context = context  # of TLS, where the configuration turns it on
        settings = {
            "server": {"port": 0, "engine": engine},
            "store": {"path": str(self.folder / "netweave.db")},
            "observability": {"logging": {"level": "debug"}},
        }
        if adapters is not None:
            settings["adapters"] = adapters
        for section, values in (config or {}).items():
            settings.setdefault(section, {}).update(values)
        self.config = self.folder / "config.yaml"
        self.config.write_text(json.dumps(settings))  # JSON is YAML
        self.arguments = ["--config", str(self.config), *arguments]
        self.process = None
        self.port = None
        self.url = None
        self.log = self.folder / "gateway.log"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("NETWEAVE_")} | self.environment
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([PROGRAM, *self.arguments], stdout=subprocess.PIPE, stderr=log, text=True,
                                            cwd=self.folder, env=environment)
        line = self.process.stdout.readline()
        if not line.startswith("netweave ready http"):
            raise RuntimeError(f"not ready: {line!r}\n{self.log.read_text()[-4000:]}")
        self.url = line.split()[2]  # behind it the operations listener's, where there is one
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return None
        self.process.send_signal(how)
        code = self.process.wait(60)
        self.process.stdout.close()
        self.process = None
        return code

    def kill(self):
        return self.stop(signal.SIGKILL)

    def request(self, method, path, body=None, headers=None):
        if self.context:
            connection = http.client.HTTPSConnection("localhost", self.port, timeout=60, context=self.context)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = dict(headers or {})
            if body is not None and not isinstance(body, (bytes, str)):
                body = json.dumps(body)
                headers.setdefault("Content-Type", "application/json")
            connection.request(method, path, body, headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def post(self, path, body, headers=None):
        return self.request("POST", path, body, headers)

    def all(self, kind, query=""):
        """Every object of a list, page by page."""
        items, cursor = [], ""
        while True:
            answer = self.get(f"/o2ims/v1/{kind}?limit=1000{query}{cursor}")
            assert answer.status == 200, answer
            items += answer.json["items"]
            if "nextCursor" not in answer.json:
                return items
            cursor = "&cursor=" + answer.json["nextCursor"]

    def wait_ready(self):
        wait_until(lambda: self.get("/readyz").status == 200, "ready")
        return self
