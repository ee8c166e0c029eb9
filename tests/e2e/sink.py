"""A webhook receiver that checks every signature. Standard library only."""

import hashlib
import hmac
import http.server
import json
import socketserver
import threading


class Sink:
    """Collects notifications; `answers` says with what status the next ones are answered (then 204 again)."""

    def __init__(self):
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:  # cut off on the way: nothing that was sent
                    self.close_connection = True
                    return
                status = sink._take(self.path, dict(self.headers.items()), body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):  # a gateway that is killed breaks off
                pass

        self._changed = threading.Condition()
        self.received = []  # (path, headers, body as JSON), accepted ones alone
        self.raw = []  # (path, headers, body as it came) of the same
        self.attempts = 0
        self.answers = []
        self.secrets = {}
        self.bad_signatures = []
        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def _take(self, path, headers, body):
        headers = {name.lower(): value for name, value in headers.items()}
        with self._changed:
            self.attempts += 1
            status = self.answers.pop(0) if self.answers else 204
            if status < 300:
                self.received.append((path, headers, json.loads(body)))
                self.raw.append((path, headers, body))
                secret = self.secrets.get(headers["x-o2ims-subscription-id"])
                if secret is not None:
                    text = headers["x-o2ims-timestamp"].encode() + b"." + body
                    expected = "sha256=" + hmac.new(secret, text, hashlib.sha256).hexdigest()
                    if expected != headers["x-o2ims-signature"]:
                        self.bad_signatures.append(headers)
            self._changed.notify_all()
        return status

    def bodies(self, path=None):
        with self._changed:
            return [body for at, _, body in self.received if path in (None, at)]

    def wait_distinct(self, count, seconds=60):
        """Blocks until there are `count` different notifications; gives the first of each, in order."""
        def distinct():
            first = {}
            for _, _, body in self.received:
                first.setdefault(body["notificationId"], body)
            return list(first.values())
        with self._changed:
            if not self._changed.wait_for(lambda: len(distinct()) >= count, seconds):
                raise TimeoutError(f"{len(distinct())} of {count} notifications")
            return distinct()

    def wait(self, count, path=None, seconds=60):
        """Blocks until there are `count` notifications at that path; gives them."""
        with self._changed:
            def there():
                return len([1 for at, _, _ in self.received if path in (None, at)]) >= count
            if not self._changed.wait_for(there, seconds):
                raise TimeoutError(f"{len(self.received)} of {count} notifications: "
                                   f"{[body['eventType'] for _, _, body in self.received][-20:]}")
        return self.bodies(path)
