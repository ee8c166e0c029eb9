"""The API in Python: one client for a gateway at a URL and for the one in this process."""

from __future__ import annotations

import json
import types
import urllib.parse
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Type, TypeVar, Union, Unpack

from . import _netweave
from .batch import Batch
from .errors import InternalError, InvalidError
from .gateway import Gateway
from .kinds import Collection, Pools, Resources, Subscriptions, Tenants
from .models import DeploymentManager, Features, Model, OCloudInfrastructure, ResourceType
from .query import Query, Where, parameters
from .response import Response
from .streams import EventStream, Watch
from .transport import Embedded, Failure, Http, Pieces, Retry, Transport

VERSIONS = ("v1", "v2", "v3")
M = TypeVar("M", bound=Model)


class Client:
    """The netweave family of paths (``/o2ims/v1`` and so on) as Python objects.

    ``gateway`` is a URL, or a Gateway of this process, which is then called without a socket. ``token`` goes into each
    request as a bearer's, a callable is asked each time. ``ca`` is a PEM file or folder of trusted certificates (the
    system's otherwise), ``cert`` a PEM file with the client's certificate and key, or a pair of two. ``timeout`` is in
    seconds, for the wait for an answer; ``connections`` how many are kept alive. ``retry`` says when a request is sent
    again: GET, and a POST that carries an Idempotency-Key (``create`` and batches make one), after a lost connection, a
    time-out, 503, or 429 with Retry-After; anything else alone where it was surely not acted upon.

    Raises netweave.Error of the class that the answer's title names. Any thread may use it.
    """

    def __init__(self, gateway: Union[str, Gateway], *, version: str = "v1",
                 token: Union[str, Callable[[], str], None] = None, ca: Optional[str] = None,
                 cert: Union[str, Tuple[str, str], None] = None, timeout: float = 30.0, connect_timeout: float = 5.0,
                 connections: int = 8, retry: Retry = Retry(), headers: Optional[Mapping[str, str]] = None) -> None:
        if version not in VERSIONS:
            raise ValueError(f"version must be one of {', '.join(VERSIONS)}, not {version!r}")
        self.version = version
        self.base = f"/o2ims/{version}"
        self._token = token
        self.retry = retry
        self._headers = {"User-Agent": f"netweave-python/{_netweave.__version__}", "Accept": "application/json",
                         **(headers or {})}
        self._transport: Transport
        if isinstance(gateway, Gateway):
            if ca is not None or cert is not None:
                raise ValueError("ca and cert are for a URL: a gateway in the process is called without TLS")
            self._transport = Embedded(gateway)
        else:
            self._transport = Http(gateway, ca=ca, cert=cert, timeout=timeout, connect_timeout=connect_timeout,
                                   connections=connections)
        self.deployment_managers = Collection(self, "deploymentManagers", DeploymentManager)
        self.resource_types = Collection(self, "resourceTypes", ResourceType)
        self.resource_pools = Pools(self)
        self.resources = Resources(self)
        self.subscriptions = Subscriptions(self)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[types.TracebackType]) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that are kept. A gateway of this process goes on."""
        self._transport.close()

    @property
    def batch(self) -> Batch:
        """Many changes in one request (v2 and v3). Raises ValueError on v1."""
        self.need("v2", "batches")
        return Batch(self)

    @property
    def tenants(self) -> Tenants:
        """Raises ValueError before v3."""
        self.need("v3", "tenants")
        return Tenants(self)

    def o_cloud(self) -> OCloudInfrastructure:
        return self.read(OCloudInfrastructure, self.request("GET", self.base + "/oCloudInfrastructure"))

    def features(self) -> Features:
        """What the gateway and its adapters can do."""
        return self.read(Features, self.request("GET", self.base + "/features"))

    def need(self, version: str, what: str) -> None:
        """Raises ValueError where this client speaks an older version."""
        if self.version < version:
            raise ValueError(f"{self.version} has no {what}: make the client with version=\"{version}\"")

    def request(self, method: str, path: str, body: Any = None, headers: Optional[Mapping[str, str]] = None,
                query: Optional[List[Tuple[str, str]]] = None) -> Response:
        """One request to any path of the gateway ("/readyz"); ``body`` is sent as JSON. Raises the answer's Error."""
        return self.send(method, path, body, headers, query).raise_for_status()

    def send(self, method: str, path: str, body: Any = None, headers: Optional[Mapping[str, str]] = None,
             query: Optional[List[Tuple[str, str]]] = None) -> Response:
        """The same, but an error is an answer too. Raises Error where there is none."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        sent = self._sent(headers)
        content = b""
        if body is not None:
            content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
            sent.setdefault("Content-Type", "application/merge-patch+json" if method == "PATCH" else "application/json")
        return self._exchange(method, path, sent, content)

    def open(self, method: str, path: str,
             headers: Optional[Mapping[str, str]] = None) -> Tuple[Response, Optional[Pieces]]:
        """One request, sent once, whose answer may go on; see ``events`` and ``watch``."""
        return self._transport.stream(method, path, self._sent(headers))

    def _sent(self, headers: Optional[Mapping[str, str]]) -> Dict[str, str]:
        sent = {**self._headers, **(headers or {})}
        if self._token is not None:
            sent["Authorization"] = "Bearer " + (self._token if isinstance(self._token, str) else self._token())
        return sent

    def events(self, *, event_types: Union[str, Sequence[str], None] = None, where: Where = None,
               after: Optional[str] = None, seconds: Optional[float] = None, **query: Unpack[Query]) -> EventStream:
        """What changes from now on, or behind the revision of an earlier Event (v2 and v3).

        ``where`` and the keywords are those of a list; a kind whose list does not know one of them is left out. A lost
        connection is made again without loss or repeat, as often as ``retry`` says in a row. Ends after ``seconds``,
        where given. Raises GoneError where the log no longer holds the place: list again, and begin from now.
        """
        self.need("v2", "event streams")
        asked = parameters(self.version, where, query)
        if event_types is not None:
            asked.append(("eventTypes", event_types if isinstance(event_types, str) else ",".join(event_types)))
        return EventStream(self, asked, after, seconds)

    def watch(self, collection: Collection[M], where: Where = None, *, revision: Optional[str] = None,
              seconds: Optional[float] = None, **query: Unpack[Query]) -> Watch[M]:
        """What enters, changes in and leaves a list from now on, or behind a revision: ``list(...).revision``, an
        earlier change's (v2 and v3). ``client.watch(client.resource_pools, location="berlin")``.

        As ``events`` for what breaks off, ends or is gone.
        """
        self.need("v2", "watches")
        return Watch(self, collection.path, collection.model, parameters(self.version, where, query), revision, seconds)

    def _exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        repeatable = method in ("GET", "HEAD", "OPTIONS") or (method == "POST" and "Idempotency-Key" in headers)
        attempt = 0
        while True:
            attempt += 1
            try:
                response = self._transport.send(method, path, headers, body)
            except Failure as failure:
                again = not failure.lasting and (repeatable or failure.unsent)
                if again and self.retry.pause(attempt, None):
                    continue
                raise failure.error from failure.__cause__
            passing = _passing(response, method, repeatable, attempt)
            if not passing or not self.retry.pause(attempt, response.retry_after):
                return response

    def read(self, model: Type[M], response: Response) -> M:
        """The model in an answer, its ETag with it. Raises InternalError where the answer is none."""
        return self.model_of(model, self.json_of(response), response.headers.get("ETag"))

    def model_of(self, model: Type[M], json: Any, etag: Optional[str] = None) -> M:
        try:
            made = model.from_json(json)
        except InvalidError as error:
            raise InternalError(f"the gateway's answer is no {model.__name__}", error.faults) from error
        if etag is not None and hasattr(made, "etag"):
            object.__setattr__(made, "etag", etag)  # frozen ones too: it has just been made
        return made

    @staticmethod
    def json_of(response: Response) -> Dict[str, Any]:
        try:
            read = response.json()
        except ValueError as error:
            raise InternalError("the answer is no JSON: is there a gateway at this address?") from error
        if not isinstance(read, dict):
            raise InternalError("the answer is no JSON object: is there a gateway at this address?")
        return read


def _passing(response: Response, method: str, repeatable: bool, attempt: int) -> bool:
    """Whether the same request may do better in a moment, and does no harm."""
    status = response.status
    if status == 429:  # refused before anything was done; a quota (no Retry-After) does not pass
        return response.retry_after is not None
    if not repeatable:
        return False
    if status == 409:  # the attempt before, whose answer was lost, is still being worked on under this key
        return method == "POST" and attempt > 1
    return status == 503 or (status in (502, 504) and method != "POST")
