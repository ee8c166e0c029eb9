import http.server
import json
import threading

import pytest

import netweave

pytest_plugins = ["pytester"]
MEMORY = {"store": {"backend": "memory"}}


def simulated(pools=3, resources=25, name="sim"):
    """A configuration with one simulator, which forgets all."""
    generate = {"pools": pools, "resources": resources, "resource_types": 2, "seed": 7}
    return {**MEMORY, "adapters": [{"name": name, "type": "simulator", "config": {"generate": generate}}]}


class Log:
    """A logger that keeps its lines."""

    def __init__(self):
        self.lines = []

    def __call__(self, level, line):
        self.lines.append((level, line))

    def __contains__(self, words):
        return any(words in line for _, line in list(self.lines))

    def __str__(self):
        return "\n".join(line for _, line in self.lines)


class Pools(netweave.Adapter):
    """A backend of resource pools, in memory. `made` and `ended` say how often and whether it ran."""

    def __init__(self, settings):
        super().__init__(settings)
        self.pools = {f"{self.name}-{n}": {"resourcePoolId": f"{self.name}-{n}", "name": f"pool {n}"} for n in "ab"}
        self.feed = None
        self.observing = threading.Event()
        self.ended = threading.Event()

    def observe(self, feed, stop):
        self.feed = feed
        with feed.begin(["resourcePool"]) as full:
            for pool in self.pools.values():
                full.add(netweave.Observed(pool, "resourcePool"))
            full.commit("first")
        self.observing.set()
        stop.wait(None)
        self.ended.set()

    def create_resource_pool(self, pool, context):
        pool = {**pool, "resourcePoolId": f"{self.name}-{pool['name']}"}
        self.pools[pool["resourcePoolId"]] = pool
        return netweave.Observed(pool, "resourcePool", client_token=context.client_token)


class Made:
    """A factory that keeps what it made."""

    def __init__(self, kind):
        self.kind = kind
        self.adapters = []

    def __call__(self, settings):
        self.adapters.append(self.kind(settings))
        return self.adapters[-1]

    @property
    def adapter(self):
        return self.adapters[-1]


def adapted(name="py"):
    return {**MEMORY, "adapters": [{"name": name, "type": "python", "config": {"site": "ö", "depth": [1, 2.5, None]}}]}


class Running:
    """A started gateway over an adapter of `kind`, synced."""

    def __init__(self, kind, **more):
        self.log = Log()
        self.made = Made(kind)
        self.gateway = netweave.Gateway({**adapted(), **more}, {"python": self.made}, self.log)

    def __enter__(self):
        self.gateway.start()
        self.gateway.wait_synced(60)
        return self

    def __exit__(self, *_):
        self.gateway.stop()

    @property
    def adapter(self):
        return self.made.adapter


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def gateway(log):
    """A started gateway over a small simulator."""
    with netweave.Gateway(simulated(), logger=log) as gateway:
        gateway.wait_synced(60)
        yield gateway


class Scripted:
    """An HTTP server that answers what it is told, in order, then 200; `requests` is what it was sent.

    An answer is (status, headers, body), or None: the connection is cut after the request was read.
    """

    def __init__(self, *answers, context=None):
        script, requests, lock = list(answers), [], threading.Lock()
        self.requests, self.connections, server = requests, 0, self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                with lock:
                    server.connections += 1

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with lock:
                    requests.append((self.command, self.path, self.headers, body))
                    answer = script.pop(0) if script else (200, {}, {"items": [], "total": 0})
                status, headers, content = answer or (None, {}, b"")
                if status is None:
                    self.close_connection = True
                    return
                content = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that refuses the certificate

        self._server = Server(("127.0.0.1", 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                      do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def problem(status, title, detail="so it is", headers={}, **more):
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return status, {"Content-Type": "application/problem+json", **headers}, body


@pytest.fixture(params=["embedded", "http"])
def client(request, gateway):
    """A client of `gateway`: without a socket, and with one."""
    with netweave.Client(gateway if request.param == "embedded" else gateway.serve()) as made:
        yield made
