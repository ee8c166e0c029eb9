"""How a backend written in Python becomes part of the inventory."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, Dict, List, NoReturn, Optional

from ._netweave import CallContext, Feed, Pass, Stop
from .errors import UnimplementedError

Object = Dict[str, Any]

__all__ = ["Adapter", "AdapterInfo", "AdapterSettings", "CallContext", "Capability", "Feed", "Health", "Object",
           "Observed", "Pass", "Stop"]


@dataclasses.dataclass
class Observed:
    """One object of a backend in the API's own JSON shape, under an id that begins with the adapter's name and "-"."""

    object: Object
    kind: str
    """deploymentManager, resourcePool, resourceType, resource, oCloudSite, location, alarmDictionary or
    performanceDictionary."""
    uid: str = ""
    """The backend's identity of this very object; empty: the id stands for it."""
    version: int = 0
    """The backend's ordered version; 0: it has none, arrival decides."""
    client_token: str = ""
    """``CallContext.client_token`` of the creation that made it, where the backend keeps a tag for it."""
    kept: bool = False
    """The backend can't list it by itself: it stays until it is removed through O2."""


@dataclasses.dataclass(frozen=True)
class Capability:
    """One thing that an adapter can do to one kind: operation is create, update or remove."""

    kind: str
    operation: str
    condition: str = ""


@dataclasses.dataclass(frozen=True)
class AdapterInfo:
    """What /features shows. What is not listed answers 501."""

    type: str = ""
    """Empty: the name under which the adapter's type was given to the gateway."""
    version: str = ""
    capabilities: List[Capability] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Health:
    reachable: bool
    detail: str = ""


@dataclasses.dataclass(frozen=True)
class AdapterSettings:
    """What an adapter is made from; ``config`` is its own section, times are seconds.

    ``log(level, message)`` writes to the gateway's log: level is trace, debug, info, warn or error.
    """

    name: str
    type: str
    config: Object
    poll_interval: float
    connect_timeout: float
    timeout: float
    tls_insecure_skip_verify: bool
    user_agent: str
    log: Callable[[str, str], None]


_WRITES = {
    "create_resource_pool": Capability("resourcePool", "create"),
    "update_resource_pool": Capability("resourcePool", "update"),
    "remove_resource_pool": Capability("resourcePool", "remove"),
    "create_resource": Capability("resource", "create"),
    "update_resource": Capability("resource", "update"),
    "remove_resource": Capability("resource", "remove"),
}


class Adapter:
    """Subclass it and give the class (or any callable that takes AdapterSettings) to ``Gateway(adapters=...)``.

    ``observe`` has a thread of its own; the writes come from several threads at once. What they raise of
    ``netweave.errors`` is the API's answer (ConflictError: 409); any other exception is 500, with the traceback in the
    gateway's log. They must not stop their own gateway.
    """

    def __init__(self, settings: AdapterSettings) -> None:
        self.settings = settings
        self.name = settings.name
        self.config = settings.config

    def info(self) -> AdapterInfo:
        """By default: every write that the subclass defines."""
        return AdapterInfo(capabilities=[capability for name, capability in _WRITES.items()
                                         if getattr(type(self), name) is not getattr(Adapter, name)])

    def health(self) -> Health:
        """Any thread."""
        return Health(True)

    def observe(self, feed: Feed, stop: Stop) -> None:
        """Observes the backend until the stop is requested; retries by itself and says so by ``feed.failed``.

        An exception that leaves it, or an early return, is logged, and it is called again after a back-off.
        """
        raise NotImplementedError("an adapter must define observe()")

    def create_resource_pool(self, pool: Object, context: CallContext) -> Observed:
        """Gets the object with the id that the client gave, or without one; returns what the backend made."""
        _cannot("create resource pools")

    def update_resource_pool(self, pool: Object, patch: Object, context: CallContext) -> Observed:
        """Gets the whole new object, and the merge patch (RFC 7396) that led to it."""
        _cannot("change resource pools")

    def remove_resource_pool(self, id: str, context: CallContext) -> Optional[str]:
        """None or "done": it is gone; "pending": it may still be seen for a while."""
        _cannot("delete resource pools")

    def create_resource(self, resource: Object, context: CallContext) -> Observed:
        _cannot("create resources")

    def update_resource(self, resource: Object, patch: Object, context: CallContext) -> Observed:
        _cannot("change resources")

    def remove_resource(self, id: str, context: CallContext) -> Optional[str]:
        _cannot("delete resources")

    def read(self, kind: str, id: str, context: CallContext) -> Observed:
        """One object from the backend itself: asked when a write's answer and the observed state disagree."""
        _cannot("read single objects again")


def _cannot(what: str) -> NoReturn:
    raise UnimplementedError("this backend can't " + what, from_backend=True)
