"""An HTTP or HTTPS server that answers as it is told and remembers what it was asked. Standard library only."""

import http.server
import json
import ssl
import subprocess
import threading
import urllib.parse


class Asked:
    def __init__(self, handler, body):
        self.method, self.path = handler.command, handler.path
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.body = body
        certificate = handler.connection.getpeercert() if hasattr(handler.connection, "getpeercert") else None
        self.subject = dict(pair[0] for pair in certificate["subject"]) if certificate else {}

    @property
    def route(self):
        return urllib.parse.urlsplit(self.path).path

    @property
    def query(self):
        return urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query, keep_blank_values=True)


class Stub:
    """`answer(asked)` gives (status, headers, body); a body that is no text is sent as JSON."""

    def __init__(self, answer, context=None):
        self.asked = []
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self):
                length = int(self.headers.get("Content-Length", 0))
                asked = Asked(self, self.rfile.read(length))
                stub.asked.append(asked)
                status, headers, body = answer(asked)
                data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                headers = {"Content-Type": "application/json", **headers}
                for name, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):  # a client that breaks off is part of some tests
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        self.port = self.server.server_address[1]
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Certificates:
    """An authority, a server's certificate and a client's, made by openssl in `folder`."""

    def __init__(self, folder, server_name="IP:127.0.0.1"):
        self.folder = folder
        self.run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                 "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem")
        self.issue("server", server_name)
        self.issue("client", "DNS:operator")
        self.ca, self.client, self.client_key = (str(folder / name) for name in ("ca.pem", "client.pem", "client.key"))

    def run(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def issue(self, name, alternative):
        (self.folder / "ext").write_text(f"subjectAltName={alternative}\n")
        self.run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                 "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self.run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                 "2", "-extfile", "ext", "-out", f"{name}.pem")

    def server(self, client_needed=False):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        if client_needed:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca)
        return context
