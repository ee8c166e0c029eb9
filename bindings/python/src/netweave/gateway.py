"""The gateway, its answers and its events."""

from __future__ import annotations

import dataclasses
import json
import re
import types
import urllib.parse
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple, Type, Union

from . import _netweave
from .adapter import Adapter, AdapterSettings, Object
from .errors import CancelledError, Error, Fault
from .response import Headers, Response

Factory = Callable[[AdapterSettings], Adapter]
Body = Union[bytes, str, Mapping[str, Any], List[Any], None]


@dataclasses.dataclass(frozen=True)
class Event:
    """One change of the inventory."""

    revision: str
    """Opaque; ``Gateway.events(after=...)`` goes on behind it."""
    event_type: str
    """ResourceCreated and so on."""
    kind: str
    id: str
    object: Object
    """Of a deletion the last state."""
    prior_state: Optional[Object]
    """None for a creation."""
    timestamp: str
    """RFC 3339, of the commit."""


class EventIterator:
    """Changes in order, from the moment of ``Gateway.events`` on."""

    def __init__(self, events: _netweave.Events, timeout: Optional[float]) -> None:
        self._events = events
        self._timeout = timeout

    def __iter__(self) -> "EventIterator":
        return self

    def __next__(self) -> Event:
        event = self.next(self._timeout)
        if event is None:
            raise StopIteration
        return event

    def next(self, timeout: Optional[float] = None) -> Optional[Event]:
        """Waits that many seconds (None: as long as it takes); None when none came, or the gateway has stopped."""
        try:
            members = self._events.next(timeout)
        except CancelledError:
            return None
        if members is None:
            return None
        revision, event_type, kind, id, object, prior_state, timestamp = members
        return Event(revision, event_type, kind, id, json.loads(object),
                     json.loads(prior_state) if prior_state else None, timestamp)


class Pieces:
    """A body that goes on. Its reader may leave at any time."""

    def __init__(self, pieces: _netweave.Pieces) -> None:
        self._pieces: Optional[_netweave.Pieces] = pieces

    def next(self, seconds: Optional[float] = None) -> Optional[bytes]:
        """Waits that many seconds; no bytes when the time has passed, None at the end."""
        return None if self._pieces is None else self._pieces.next(seconds)

    def close(self) -> None:
        self._pieces = None


class Gateway:
    """An O2 gateway inside this process.

    ``config`` is a dict of docs/configuration.md's keys, or YAML text; without one a simulator is served from
    ``netweave.db`` in the working folder. ``environment`` gives ``${NAME}`` and the overrides their variables
    (``os.environ``, for instance); by default there are none. ``adapters`` are types by name, used by the
    configuration's ``adapters[].type``. ``logger(level, line)`` is called from any thread and must not call the
    gateway; without one the log goes where the configuration says.

    Raises InvalidError with every fault of the configuration, UnavailableError where the store is held by another
    process. Any method may be called from any thread; those that wait let other Python threads run.
    """

    def __init__(self, config: Union[Mapping[str, Any], str, None] = None,
                 adapters: Optional[Mapping[str, Factory]] = None,
                 logger: Optional[Callable[[str, str], None]] = None, *,
                 environment: Optional[Mapping[str, str]] = None) -> None:
        self._url = ""
        raised: List[BaseException] = []
        guarded = {name: _remembering(factory, raised) for name, factory in (adapters or {}).items()}
        text = config if isinstance(config, str) else json.dumps(config or {}, ensure_ascii=False)  # JSON is YAML
        try:
            self._gateway = _netweave.Gateway(text, "config", dict(environment or {}), guarded, logger)
        except Error as error:
            if not isinstance(config, str):
                error.faults = [Fault(_without_line(fault.field), fault.reason) for fault in error.faults]
            if raised:
                raise error from raised[0]
            raise

    def __enter__(self) -> "Gateway":
        self.start()
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[types.TracebackType]) -> None:
        self.stop()

    def start(self) -> None:
        """Begins to observe and to deliver. Once."""
        self._gateway.start()

    def stop(self) -> None:
        """Ends the server and all threads, waits for them, and lets go of the store. May be called again.

        Every other method raises CancelledError from then on. Not to be called by an own adapter.
        """
        self._gateway.stop()
        self._url = ""

    def drain(self) -> None:
        """Not ready from now on (/readyz), while requests are still served."""
        self._gateway.drain()

    def wait_synced(self, timeout: Optional[float] = 30.0) -> None:
        """Waits until every adapter has delivered its first list; raises TimeoutError. Seconds; None: no end."""
        self._gateway.wait_synced(timeout)

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listens with the native HTTP engine until ``stop``; gives the URL. Port 0 picks a free one."""
        self._url = self._gateway.serve(host, port)
        return self._url

    @property
    def url(self) -> str:
        """What ``serve`` gave; empty while nothing listens."""
        return self._url

    @property
    def config(self) -> str:
        """The settings in force as YAML, secrets masked."""
        return self._gateway.config

    def request(self, method: str, path: str, body: Body = None,
                headers: Optional[Mapping[str, str]] = None) -> Response:
        """One request without a socket. A body that is not bytes or str is sent as JSON."""
        pairs = list((headers or {}).items())
        if body is None:
            raw = b""
        elif isinstance(body, (bytes, str)):
            raw = body.encode() if isinstance(body, str) else body
        else:
            raw = json.dumps(body, ensure_ascii=False).encode()
            if not any(name.lower() == "content-type" for name, _ in pairs):
                merge = method == "PATCH"
                pairs.append(("Content-Type", "application/merge-patch+json" if merge else "application/json"))
        status, answered, content = self._gateway.request(method, path, pairs, raw)
        return Response(status, Headers(answered), content)

    def stream(self, method: str, path: str,
               headers: Optional[Mapping[str, str]] = None) -> Tuple[Response, Optional[Pieces]]:
        """The same for a path whose answer goes on (/events, ?watch=true): its body comes in pieces.

        None in their place where the answer is a usual one, an error for instance.
        """
        status, answered, content, pieces = self._gateway.stream(method, path, list((headers or {}).items()))
        return Response(status, Headers(answered), content), None if pieces is None else Pieces(pieces)

    def get(self, path: str, headers: Optional[Mapping[str, str]] = None) -> Response:
        return self.request("GET", path, None, headers)

    def post(self, path: str, body: Body = None, headers: Optional[Mapping[str, str]] = None) -> Response:
        return self.request("POST", path, body, headers)

    def put(self, path: str, body: Body = None, headers: Optional[Mapping[str, str]] = None) -> Response:
        return self.request("PUT", path, body, headers)

    def patch(self, path: str, body: Body = None, headers: Optional[Mapping[str, str]] = None) -> Response:
        return self.request("PATCH", path, body, headers)

    def delete(self, path: str, headers: Optional[Mapping[str, str]] = None) -> Response:
        return self.request("DELETE", path, None, headers)

    def list(self, kind: str, **query: Any) -> Iterator[Object]:
        """Every object of a kind ("resourcePool", or "resourcePools"), page by page as it is iterated.

        ``query`` holds the parameters of the API's lists (``limit`` is the size of a page); names with a dot go in by
        ``**{"extensions.labels.zone": "a"}``. Raises the answer's Error.
        """
        collection = kind if kind.endswith("s") else kind + "s"
        parameters = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
        cursor: Dict[str, str] = {}
        while True:
            encoded = urllib.parse.urlencode({**parameters, **cursor}, doseq=True)
            path = f"/o2ims/v1/{urllib.parse.quote(collection)}" + ("?" + encoded if encoded else "")
            page = self.get(path).raise_for_status().json()
            yield from page["items"]
            if not page.get("nextCursor"):
                return
            cursor = {"cursor": page["nextCursor"]}

    def events(self, after: Optional[str] = None, timeout: Optional[float] = None) -> EventIterator:
        """Changes from this call on, or behind the revision of an earlier Event.

        The iteration ends when none came for ``timeout`` seconds, or the gateway has stopped. Raises NotFoundError
        where the log no longer holds the revision: list again, and begin from now.
        """
        return EventIterator(self._gateway.events(after or ""), timeout)


def _remembering(factory: Factory, raised: List[BaseException]) -> Factory:
    """So that what a factory raised is the cause of the constructor's error."""

    def make(settings: AdapterSettings) -> Adapter:
        try:
            return factory(settings)
        except BaseException as error:
            raised.append(error)
            raise

    return make


def _without_line(field: str) -> str:
    """A dict has no lines: "config:1: server.port" is "server.port"."""
    return re.sub(r"^config(:\d+)?: ", "", field)
