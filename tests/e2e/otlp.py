"""A collector of OpenTelemetry spans by OTLP/HTTP in JSON, which holds what it is sent to the schema. Standard library
only."""

import http.server
import json
import re
import socketserver
import threading

HEX = {"traceId": r"[0-9a-f]{32}", "spanId": r"[0-9a-f]{16}", "parentSpanId": r"[0-9a-f]{16}"}
SPAN = {"traceId", "spanId", "parentSpanId", "traceState", "name", "kind", "startTimeUnixNano", "endTimeUnixNano",
        "attributes", "status"}  # of opentelemetry-proto's Span, what is used here


def check_attributes(attributes):
    assert isinstance(attributes, list)
    assert len({one["key"] for one in attributes}) == len(attributes)
    for one in attributes:
        assert set(one) == {"key", "value"} and one["key"] and len(one["value"]) == 1, one
        (kind, value), = one["value"].items()
        good = {"stringValue": str, "intValue": str, "boolValue": bool}
        assert isinstance(value, good[kind]), one
        assert kind != "intValue" or re.fullmatch(r"-?\d+", value), one


def check_span(span):
    assert set(span) <= SPAN, set(span) - SPAN
    for name in ("traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano"):
        assert name in span, (name, span)
    for name, pattern in HEX.items():
        if name in span:
            assert re.fullmatch(pattern, span[name]) and set(span[name]) != {"0"}, (name, span)
    assert span["kind"] in (1, 2, 3, 4, 5) and isinstance(span["name"], str) and span["name"]
    begin, end = span["startTimeUnixNano"], span["endTimeUnixNano"]
    assert isinstance(begin, str) and isinstance(end, str) and 0 < int(begin) <= int(end), span
    check_attributes(span["attributes"])
    assert span.get("status", {}).get("code", 2) == 2 and set(span.get("status", {})) <= {"code", "message"}


def check_request(body):
    assert set(body) == {"resourceSpans"}
    for resource in body["resourceSpans"]:
        assert set(resource) == {"resource", "scopeSpans"}
        check_attributes(resource["resource"]["attributes"])
        for scope in resource["scopeSpans"]:
            assert set(scope) == {"scope", "spans"} and scope["scope"]["name"] and scope["spans"]
            for span in scope["spans"]:
                check_span(span)


class Span:
    def __init__(self, span, service):
        self.raw = span
        self.service = service
        self.name = span["name"]
        self.trace = span["traceId"]
        self.id = span["spanId"]
        self.parent = span.get("parentSpanId")
        self.attributes = {one["key"]: int(value) if kind == "intValue" else value
                           for one in span["attributes"] for kind, value in one["value"].items()}

    def __repr__(self):
        return f"{self.name} {self.trace[:8]}/{self.parent}>{self.id} {self.attributes}"


class Collector:
    """Keeps the spans; `answers` says with what status the next requests are answered (then 200 again)."""

    def __init__(self):
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = collector._take(self.path, self.headers, body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._changed = threading.Condition()
        self.spans = []
        self.faults = []
        self.answers = []
        self.requests = 0
        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        assert not self.faults, self.faults

    def _take(self, path, headers, body):
        with self._changed:
            self.requests += 1
            status = self.answers.pop(0) if self.answers else 200
            try:
                assert path == "/v1/traces" and headers["Content-Type"] == "application/json", (path, headers)
                sent = json.loads(body)
                check_request(sent)
                if status == 200:
                    for resource in sent["resourceSpans"]:
                        service = {one["key"]: one["value"]["stringValue"]
                                   for one in resource["resource"]["attributes"]}
                        self.spans += [Span(span, service) for scope in resource["scopeSpans"]
                                       for span in scope["spans"]]
            except Exception as fault:  # the test's end tells
                self.faults.append(repr(fault))
            self._changed.notify_all()
        return status

    def find(self, trace=None, name=None):
        return [span for span in self.spans if trace in (None, span.trace) and name in (None, span.name)]

    def wait(self, trace=None, name=None, count=1, seconds=60):
        """Blocks until there are `count` spans of that trace and name; gives them."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.find(trace, name)) >= count, seconds):
                raise TimeoutError(f"{name} of {trace}: {self.spans[-20:]}")
            return self.find(trace, name)
