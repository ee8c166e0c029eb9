"""A proxy in front of several gateways, which asks the next one where one did not answer. Standard library only."""

import http.client
import http.server
import itertools
import threading


class Proxy:
    """`ports` gives the gateways' ports at present. Tried again: what could not be sent, what was not answered at all,
    and 503, as nginx does with `proxy_next_upstream error timeout http_503 non_idempotent`."""

    def __init__(self, ports):
        self.ports = ports
        self.passed_on = 0  # requests that a second gateway had to answer
        turns = itertools.count()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def respond(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                ports, answer = proxy.ports(), None
                first = next(turns)
                for attempt in range(2 * len(ports)):
                    answer = self.ask(ports[(first + attempt) % len(ports)], body) or answer
                    if answer and answer[0] != 503:
                        break
                    proxy.passed_on += 1
                status, headers, content = answer or (502, [], b"nobody answers")
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in ("content-length", "connection", "date", "server", "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def ask(self, port, body):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                try:
                    kept = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
                    connection.request(self.command, self.path, body, kept)
                    response = connection.getresponse()
                    return response.status, response.getheaders(), response.read()
                except (OSError, http.client.HTTPException):
                    return None
                finally:
                    connection.close()

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
