"""What changes, as it changes: event streams and watches that outlive their connections."""

from __future__ import annotations

import dataclasses
import json
import math
import time
import urllib.parse
from typing import TYPE_CHECKING, Any, Dict, Generic, Iterator, List, Optional, Type, TypeVar

from .errors import Error, InternalError, to_error
from .gateway import Event
from .models import Problem
from .query import Parameters
from .shape import Model
from .transport import Failure, Pieces

if TYPE_CHECKING:
    from .client import Client

M = TypeVar("M", bound=Model)


@dataclasses.dataclass(frozen=True)
class Change(Generic[M]):
    """One line of a watch."""

    type: str
    """ADDED, MODIFIED or DELETED: what entered, changed in, left the list."""
    object: M
    """Of what left, as it last was in the list."""
    revision: str
    """Opaque; ``watch(revision=...)`` goes on behind it."""


class _Lines:
    """The lines of an answer that goes on, over lost connections, until its time is over.

    Whoever reads them sets ``place`` to where the next connection goes on.
    """

    def __init__(self, client: Client, path: str, query: Parameters, place: Optional[str],
                 seconds: Optional[float]) -> None:
        self._client = client
        self._path = path
        self._query = query
        self._ends = None if seconds is None else time.monotonic() + seconds
        self._pieces: Optional[Pieces] = None
        self._attempt = 0
        self._rest = b""
        self.place = place
        self.closed = False

    def headers(self) -> Dict[str, str]:
        return {}

    def parameters(self) -> Parameters:
        return self._query

    def lines(self) -> Iterator[str]:
        """None between them would be a time-out, which is a lost connection here."""
        while not self.closed and self._open():
            try:
                assert self._pieces is not None
                piece = self._pieces.next(None)
            except Failure as failure:
                self._lose(failure)
                continue
            if piece is None:
                self._drop()
                continue
            self._attempt = 0
            *whole, self._rest = (self._rest + piece).split(b"\n")
            for line in whole:
                yield line.decode()

    def close(self) -> None:
        self.closed = True
        self._drop()

    def lost(self) -> None:
        """The gateway said that it ends: perhaps another one goes on."""
        self._drop()
        self._pause(None, InternalError("the gateway ended the stream"))

    def _drop(self) -> None:
        self._rest = b""
        if self._pieces is not None:
            self._pieces.close()
        self._pieces = None

    def _lose(self, failure: Failure) -> None:
        self._drop()
        if failure.lasting:
            raise failure.error from failure.__cause__
        self._pause(None, failure.error)

    def _pause(self, retry_after: Optional[float], error: Error) -> None:
        self._attempt += 1
        if not self._client.retry.pause(self._attempt, retry_after):
            raise error

    def _open(self) -> bool:
        """Whether there is a connection; a new one goes on behind ``place``."""
        while self._pieces is None:
            query = self.parameters()
            if self._ends is not None:
                left = self._ends - time.monotonic()
                if left <= 0:
                    return False
                query = [*query, ("timeoutSeconds", str(math.ceil(left)))]
            path = self._path + ("?" + urllib.parse.urlencode(query) if query else "")
            try:
                response, self._pieces = self._client.open("GET", path, self.headers())
            except Failure as failure:
                self._lose(failure)
                continue
            if self._pieces is not None:
                return True
            if response.status != 503:
                response.raise_for_status()
                raise InternalError("the answer is no stream: is there a gateway at this address?")
            self._pause(response.retry_after, to_error(response.problem, response.retry_after))
        return True


class _EventLines(_Lines):
    def headers(self) -> Dict[str, str]:
        return {"Accept": "text/event-stream", **({"Last-Event-ID": self.place} if self.place else {})}


class _WatchLines(_Lines):
    def parameters(self) -> Parameters:
        return [*self._query, ("watch", "true"), *([("revision", self.place)] if self.place else [])]


class EventStream(Iterator[Event]):
    """Events as they happen. A lost connection is made again, behind the last event that came."""

    def __init__(self, client: Client, query: Parameters, after: Optional[str], seconds: Optional[float]) -> None:
        self._lines = _EventLines(client, client.base + "/events", query, after, seconds)
        self._events = self._read()

    def __iter__(self) -> EventStream:
        return self

    def __next__(self) -> Event:
        return next(self._events)

    @property
    def revision(self) -> Optional[str]:
        """Everything up to here was told; ``events(after=...)`` goes on behind it. None before the first word."""
        return self._lines.place

    def close(self) -> None:
        self._lines.close()

    def _read(self) -> Iterator[Event]:
        place, kind, data = self._lines.place, "", []  # type: Optional[str], str, List[str]
        for line in self._lines.lines():
            name, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if name == "id":
                place = value
                kind, data = "", []  # the first line of each: a connection may have broken off within one
            elif name == "event":
                kind = value
            elif name == "data":
                data.append(value)
            elif line == "" and place is not None:
                self._lines.place = place
                if data:
                    yield _event(place, kind, json.loads("\n".join(data)))
                kind, data = "", []


class Watch(Iterator[Change[M]]):
    """The changes of a list. A lost connection is made again, behind the last change that came."""

    def __init__(self, client: Client, path: str, model: Type[M], query: Parameters, revision: Optional[str],
                 seconds: Optional[float]) -> None:
        self._client = client
        self._model = model
        self._lines = _WatchLines(client, path, query, revision, seconds)
        self._changes = self._read()

    def __iter__(self) -> Watch[M]:
        return self

    def __next__(self) -> Change[M]:
        return next(self._changes)

    @property
    def revision(self) -> Optional[str]:
        """Everything up to here was told. None before the first word."""
        return self._lines.place

    def close(self) -> None:
        self._lines.close()

    def _read(self) -> Iterator[Change[M]]:
        for line in self._lines.lines():
            change = json.loads(line)
            self._lines.place = change["revision"]
            if change["type"] == "ERROR":
                problem = Problem.from_json({"instance": "", "requestId": "", **change["object"]})
                if problem.status != 503:
                    raise to_error(problem, None)
                self._lines.lost()
            elif change["type"] != "BOOKMARK":
                yield Change(change["type"], self._client.model_of(self._model, change["object"]), change["revision"])


_MEMBERS = {"eventType", "priorState", "timestamp"}


def _event(revision: str, event_type: str, data: Dict[str, Any]) -> Event:
    kind = next(name for name in data if name not in _MEMBERS)
    object = data[kind]
    return Event(revision, event_type, kind, object[kind + "Id"], object, data.get("priorState"), data["timestamp"])
