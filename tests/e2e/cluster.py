"""A Kubernetes API server as far as the gateway asks one about nodes: the backend that a fleet shares. Standard library
only. It lives in the test, so its changes are the test's, and it outlives any gateway."""

import copy
import http.server
import json
import pathlib
import threading
import time
import urllib.parse

NODES = "/api/v1/nodes"
LISTS = {NODES: "NodeList", "/api/v1/persistentvolumes": "PersistentVolumeList",
         "/apis/storage.k8s.io/v1/storageclasses": "StorageClassList"}


def node(name, number):
    return {"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "uid": f"00000000-0000-4000-8000-{number:012}",
                         "creationTimestamp": "2026-01-02T03:04:05Z", "labels": {"step": "0"}},
            "spec": {}, "status": {"capacity": {"cpu": "8", "memory": "16Gi"},
                                   "conditions": [{"type": "Ready", "status": "True"}]}}


def merge(target, patch):
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        elif isinstance(value, dict):
            merge(target.setdefault(name, {}), value)
        else:
            target[name] = value


class Cluster:
    def __init__(self, nodes=0):
        self.changed = threading.Condition()
        self.closed = False
        self.objects = {path: {} for path in LISTS}
        self.revision = 1000
        self.log = []  # (revision, path of the list, type, object as it was then)
        self.patched = []  # each PATCH's headers
        self.watches = 0  # on nodes, that are open
        for number in range(nodes):
            self.put(node(f"node-{number:02}", number))
        cluster = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                cluster._get(self)

            def do_PATCH(self):
                cluster.patched.append({name.lower(): value for name, value in self.headers.items()})
                patch = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                path, name = self.path.rsplit("/", 1)
                self.answer(200, cluster.patch(name, patch)) if path == NODES else self.answer(404, {})

            def answer(self, status, body):
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):  # gateways that are killed break off
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        with self.changed:
            self.closed = True
            self.changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def adapter(self, folder, address=None):
        """The adapter's section of a configuration, with a kubeconfig in `folder`."""
        path = pathlib.Path(folder) / "kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": f"http://{address or self.address}"}}],
            "users": [{"name": "test", "user": {"token": "of-the-test"}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}))
        return {"name": "edge", "type": "kubernetes", "config": {"kubeconfig": str(path), "streaming_lists": False}}

    def put(self, made):
        with self.changed:
            return self._store("ADDED", made)

    def patch(self, name, patch):
        with self.changed:
            changed = copy.deepcopy(self.objects[NODES][name])
            merge(changed, patch)
            return self._store("MODIFIED", changed)

    def remove(self, name):
        with self.changed:
            self._store("DELETED", copy.deepcopy(self.objects[NODES].pop(name)))

    def _store(self, kind, changed):
        self.revision += 1
        changed["metadata"]["resourceVersion"] = str(self.revision)
        if kind != "DELETED":
            self.objects[NODES][changed["metadata"]["name"]] = changed
        self.log.append((self.revision, NODES, kind, changed))
        self.changed.notify_all()
        return changed

    def _get(self, handler):
        url = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/readyz":
            return handler.answer(200, b"ok")
        if url.path == "/version":
            return handler.answer(200, {"gitVersion": "v1.36.3"})
        if url.path in LISTS and query.get("watch") == "true":
            return self._watch(handler, url.path, int(query["resourceVersion"]), float(query["timeoutSeconds"]))
        with self.changed:
            if url.path in LISTS:
                items = [] if "labelSelector" in query else list(self.objects[url.path].values())
                body = json.dumps({"kind": LISTS[url.path], "apiVersion": "v1",
                                   "metadata": {"resourceVersion": str(self.revision)}, "items": items})
            else:
                found = self.objects[NODES].get(url.path.removeprefix(NODES + "/"))
                body = found and json.dumps(found)
        if body:
            return handler.answer(200, body.encode())
        return handler.answer(404, {"kind": "Status", "code": 404, "message": url.path + " is not there"})

    def _watch(self, handler, path, revision, seconds):
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Connection", "close")
        handler.end_headers()
        end, at = time.monotonic() + seconds, 0
        with self.changed:
            self.watches += path == NODES
        try:
            while time.monotonic() < end:
                with self.changed:
                    self.changed.wait_for(lambda: self.closed or len(self.log) > at, 1)
                    news, at = self.log[at:], len(self.log)
                    if self.closed:
                        return
                for number, of, kind, changed in news:
                    if of == path and number > revision:
                        handler.wfile.write(json.dumps({"type": kind, "object": changed}).encode() + b"\n")
                if not news:  # a bookmark: also how one learns that the reader is gone
                    with self.changed:
                        latest = self.revision if len(self.log) == at else revision
                    handler.wfile.write(json.dumps({"type": "BOOKMARK", "object": {
                        "metadata": {"resourceVersion": str(max(latest, revision))}}}).encode() + b"\n")
        finally:
            with self.changed:
                self.watches -= path == NODES
