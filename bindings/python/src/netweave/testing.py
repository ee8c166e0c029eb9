"""For tests of O2 clients: a receiver of notifications, and the configuration of a gateway to test against.

The pytest plugin (`o2_gateway`, `o2_sink`) is made of these; they do without pytest too.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import hashlib
import hmac
import http.server
import json
import socket
import threading
import time
import types
from typing import Any, Callable, Deque, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple, Type, Union

from .client import Client
from .errors import InvalidError
from .models import Notification, Subscription, SubscriptionFilter
from .response import Headers
from .shape import members

SECONDS = 10.0
"""How long a sink waits by default."""


def simulator(**generate: Any) -> Dict[str, Any]:
    """A configuration: one simulator under a store in memory, loopback callbacks allowed.

    ``generate`` is that of docs/adapters.md's simulator (pools, resources, resource_types, seed).
    """
    sizes = {"pools": 4, "resources": 40, "resource_types": 4, "seed": 1, **generate}
    return {
        "store": {"backend": "memory"},
        "adapters": [{"name": "sim", "type": "simulator", "config": {"generate": sizes}}],
        "subscriptions": {"allow_insecure_callbacks": True, "allowed_callback_networks": ["127.0.0.0/8"]},
        "observability": {"logging": {"level": "info"}},
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes, tolerance: float = 300.0) -> bool:
    """Whether who knows the secret sent this body, at most ``tolerance`` seconds ago (`docs/webhooks.md`).

    ``headers`` are looked up as ``X-O2IMS-Timestamp`` and ``X-O2IMS-Signature``. Of several signatures, separated by
    commas while a secret is rotated, one must be right.
    """
    timestamp = headers.get("X-O2IMS-Timestamp", "")
    if not (timestamp.isascii() and timestamp.isdecimal()) or abs(time.time() - int(timestamp)) > tolerance:
        return False
    made = "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    given = headers.get("X-O2IMS-Signature", "").split(",")
    return any(hmac.compare_digest(made.encode(), one.strip().encode()) for one in given)


@dataclasses.dataclass(frozen=True)
class Delivery:
    """One POST that came, whatever became of it."""

    path: str
    headers: Headers
    body: bytes
    verified: bool
    """Signed by the secret of the subscription that it names."""
    status: Optional[int]
    """What it was answered; None: the connection was cut."""


@dataclasses.dataclass(frozen=True)
class _Answer:
    status: Optional[int] = 204
    retry_after: Optional[int] = None
    delay: float = 0.0


class Sink:
    """A webhook receiver on loopback. It verifies each signature, answers 204, and keeps what came, in order.

    What is signed wrongly, or comes from a subscription whose secret it does not know, is answered 403 and kept in
    ``forged``. Repeats are accepted and not kept twice. Any thread may use it; what waits raises AssertionError with
    what did come.
    """

    def __init__(self, tolerance: float = 300.0) -> None:
        self._tolerance = tolerance
        self._changed = threading.Condition()
        self._secrets: Dict[str, str] = {}
        self._subscribing = 0
        self._held = 0
        self._waiting = 0
        self._closed = False
        self._answers: Deque[_Answer] = collections.deque()
        self._highest: Dict[str, int] = {}
        self._notifications: List[Notification] = []
        self._deliveries: List[Delivery] = []
        self.forged: List[Delivery] = []
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="o2-sink")
        self._thread.start()

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[types.TracebackType]) -> None:
        self.close()

    def close(self) -> None:
        """Ends its threads and connections. May be called again."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.end()
        self._thread.join()

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{str(host)}:{port}"

    def subscribe(self, client: Client, *, filter: Union[SubscriptionFilter, Mapping[str, Any], None] = None,
                  event_types: Optional[Sequence[str]] = None, consumer_subscription_id: Optional[str] = None,
                  path: str = "/") -> Subscription:
        """Makes a subscription whose callback is this sink, and keeps its secret. Raises what the client raises."""
        if filter is not None and not isinstance(filter, SubscriptionFilter):
            filter = SubscriptionFilter.from_json(filter)
        names = list(event_types) if event_types is not None else None
        wanted = Subscription(callback=self.url + path, filter=filter, event_types=names,
                              consumer_subscription_id=consumer_subscription_id)
        with self._changed:
            self._subscribing += 1  # a notification may come before the answer that has the secret
        try:
            made = client.subscriptions.create(wanted)
            if made.security is not None:
                self.trust(made.subscription_id, made.security.secret)
        finally:
            with self._changed:
                self._subscribing -= 1
                self._changed.notify_all()
        return made

    def trust(self, subscription_id: str, secret: str) -> None:
        """Takes what this subscription sends, signed by that secret."""
        with self._changed:
            self._secrets[subscription_id] = secret
            self._changed.notify_all()

    # How the next notifications are answered, one after the other.

    def fail(self, status: int = 503, *, times: int = 1, retry_after: Optional[int] = None) -> None:
        """The next ones are answered with that status."""
        self._script(_Answer(status, retry_after), times)

    def drop(self, *, times: int = 1) -> None:
        """The next ones get no answer: the connection is cut."""
        self._script(_Answer(None), times)

    def slow(self, seconds: float, *, times: int = 1) -> None:
        """The next ones are accepted after that many seconds."""
        self._script(_Answer(delay=seconds), times)

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """No answer at all while the block lasts."""
        with self._changed:
            self._held += 1
        try:
            yield
        finally:
            with self._changed:
                self._held -= 1
                self._changed.notify_all()

    # What came.

    @property
    def notifications(self) -> List[Notification]:
        """What was accepted, without repeats."""
        with self._changed:
            return list(self._notifications)

    @property
    def deliveries(self) -> List[Delivery]:
        """Every POST that was answered or cut, refused ones and repeats too."""
        with self._changed:
            return list(self._deliveries)

    def clear(self) -> None:
        """Forgets what came so far; secrets and sequences stay."""
        with self._changed:
            self._notifications.clear()
            self._deliveries.clear()
            self.forged.clear()

    def wait(self, count: int = 1, timeout: float = SECONDS) -> List[Notification]:
        """All that were accepted, as soon as there are that many."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._notifications) >= count, timeout):
                self._give_up(f"{count} notifications", timeout)
            return list(self._notifications)

    def wait_deliveries(self, count: int = 1, timeout: float = SECONDS) -> List[Delivery]:
        """The same of all POSTs, refused ones and repeats too."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._deliveries) >= count, timeout):
                self._give_up(f"{count} deliveries", timeout)
            return list(self._deliveries)

    def wait_held(self, count: int = 1, timeout: float = SECONDS) -> None:
        """Until that many POSTs have come that ``hold`` leaves without an answer."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting >= count, timeout):
                self._give_up(f"{count} POSTs to hold", timeout)

    def expect(self, predicate: Callable[[Notification], bool], timeout: float = SECONDS) -> Notification:
        """The first one that satisfies it, of those that came and those that come in time."""
        found: List[Notification] = []
        at = 0

        def there() -> bool:
            nonlocal at
            while at < len(self._notifications) and not found:
                if predicate(self._notifications[at]):
                    found.append(self._notifications[at])
                at += 1
            return bool(found)

        with self._changed:
            if not self._changed.wait_for(there, timeout):
                self._give_up("the notification that is expected", timeout)
        return found[0]

    def _give_up(self, what: str, timeout: float) -> None:
        came = "".join(f"\n  {one.sequence}: {one.event_type} {_id_of(one)}" for one in self._notifications[-20:])
        refused = "".join(f"\n  {one.path} answered {one.status}, {'signed' if one.verified else 'not signed'} rightly"
                          for one in self._deliveries[-20:] if one.status is None or one.status >= 300)
        raise AssertionError(f"no {what} within {timeout:g} s; accepted: {came or 'none'}"
                             + (f"\nnot accepted: {refused}" if refused else ""))

    def _script(self, answer: _Answer, times: int) -> None:
        with self._changed:
            self._answers.extend([answer] * times)

    def _take(self, path: str, headers: Headers, body: bytes) -> _Answer:
        """Any thread of the server: what this POST is answered."""
        id = headers.get("X-O2IMS-Subscription-ID", "")
        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed or id in self._secrets or not self._subscribing)
            self._changed.wait_for(lambda: self._closed or not self._held)
            self._waiting -= 1
            verified = id in self._secrets and verify(self._secrets[id], headers, body, self._tolerance)
            answer = _Answer(403)
            if verified:
                answer = self._answers.popleft() if self._answers else _Answer()
                if answer.delay:
                    self._changed.wait_for(lambda: self._closed, answer.delay)
                if answer.status is not None and answer.status < 300:
                    answer = self._accept(id, body) or answer
            delivery = Delivery(path, headers, body, verified, answer.status)
            self._deliveries.append(delivery)
            if not verified:
                self.forged.append(delivery)
            self._changed.notify_all()
        return answer

    def _accept(self, id: str, body: bytes) -> Optional[_Answer]:
        """None: it is kept, or was before. Else what to answer instead."""
        try:
            notification = Notification.from_json(json.loads(body))
        except (ValueError, InvalidError):
            return _Answer(422)
        if notification.sequence > self._highest.get(id, 0):
            self._highest[id] = notification.sequence
            self._notifications.append(notification)
        return None


def _id_of(notification: Notification) -> str:
    object = notification.object
    return str(getattr(object, members(type(object))[0].python)) if object is not None else ""


class _Server(http.server.ThreadingHTTPServer):
    """Its threads end with it, and so do the connections that the other side keeps."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self._sockets: Set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._sockets.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._sockets.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The other side went away: its affair."""

    def end(self) -> None:
        with self._lock:
            for one in self._sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers: List[Tuple[str, str]] = [(name, value) for name, value in self.headers.items()]
        answer = self.server.sink._take(self.path, Headers(headers), body)
        if answer.status is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        if answer.retry_after is not None:
            self.send_header("Retry-After", str(answer.retry_after))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing on stderr."""
