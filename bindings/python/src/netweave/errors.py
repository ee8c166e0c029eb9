"""Errors, sorted by what the caller will do about them.

The gateway raises them, and an adapter written in Python raises them too: the API then answers with the status that
belongs to the kind.
"""

from __future__ import annotations

import builtins
from typing import ClassVar, Dict, Iterable, List, NamedTuple, Optional, Tuple, Type, Union


class Fault(NamedTuple):
    """One fault of one input: where, and what is allowed there."""

    field: str
    reason: str


class Error(Exception):
    """Anything that netweave raises. ``kind`` is for programs, ``message`` for people.

    ``cause`` holds a lower floor's words, for a log; ``code`` a backend's word of the closed list in
    docs/architecture.md; ``retry_after`` is in seconds; ``from_backend`` says that the fault is a backend's.
    """

    kind: ClassVar[str] = "internal"

    def __init__(self, message: str, faults: Iterable[Union[Fault, Tuple[str, str]]] = (), *, cause: str = "",
                 code: str = "", retry_after: Optional[float] = None, from_backend: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.faults: List[Fault] = [Fault(*fault) for fault in faults]
        self.cause = cause
        self.code = code
        self.retry_after = retry_after
        self.from_backend = from_backend

    def __str__(self) -> str:
        lines = [f"{self.message} ({self.cause})" if self.cause else self.message]
        return "\n".join(lines + [f"  {fault.field}: {fault.reason}" for fault in self.faults])


class InvalidError(Error):
    """The input is wrong: change it; ``faults`` say where. 400."""

    kind = "invalid"


class NotFoundError(Error):
    """The named object is not there. 404."""

    kind = "not_found"


class ConflictError(Error):
    """The object's present state forbids it (taken, still in use). 409."""

    kind = "conflict"


class PreconditionError(Error):
    """A version given by the caller no longer holds: read again. 412."""

    kind = "precondition"


class ExhaustedError(Error):
    """A limit is reached: wait for ``retry_after``, or ask for less. 503."""

    kind = "exhausted"


class UnavailableError(Error):
    """The other side can't be reached: retry later. 503."""

    kind = "unavailable"


class TimeoutError(Error, builtins.TimeoutError):
    """No answer in time: the outcome is unknown, read before retrying. 504."""

    kind = "timeout"


class UnimplementedError(Error):
    """This backend can't do it, ever. 501."""

    kind = "unimplemented"


class DeniedError(Error):
    """A known caller that is not allowed. 403."""

    kind = "denied"


class UnauthenticatedError(Error):
    """An unknown caller. 401."""

    kind = "unauthenticated"


class CancelledError(Error):
    """The caller, or a stop, ended it. 503."""

    kind = "cancelled"


class InternalError(Error):
    """A fault of the program or of the other side: report it. 500."""

    kind = "internal"


KINDS: Dict[str, Type[Error]] = {one.kind: one for one in (
    InvalidError, NotFoundError, ConflictError, PreconditionError, ExhaustedError, UnavailableError, TimeoutError,
    UnimplementedError, DeniedError, UnauthenticatedError, CancelledError, InternalError)}


def make_error(kind: str, message: str, faults: Iterable[Tuple[str, str]], cause: str, code: str,
               retry_after: Optional[float], from_backend: bool) -> Error:
    """For the C++ half."""
    return KINDS.get(kind, InternalError)(message, faults, cause=cause, code=code, retry_after=retry_after,
                                          from_backend=from_backend)
