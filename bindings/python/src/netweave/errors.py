"""Errors, sorted by what the caller will do about them: one hierarchy for the gateway, the client and adapters.

The gateway raises them, the client raises them for the API's problems, and an adapter written in Python raises them
too: the API then answers with the status that belongs to the class.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, ClassVar, Dict, Iterable, List, NamedTuple, Optional, Tuple, Type, Union

if TYPE_CHECKING:
    from .models import Problem


class Fault(NamedTuple):
    """One fault of one input: where, and what is allowed there."""

    field: str
    reason: str

    @property
    def name(self) -> str:
        """The API's word for ``field``."""
        return self.field


class Error(Exception):
    """Anything that netweave raises. ``kind`` is for programs, ``message`` for people.

    ``status`` and ``title`` are those of the API's problem: the one that was answered, else the one that the class
    stands for. ``cause`` holds a lower floor's words, for a log; ``code`` a backend's word of the closed list in
    docs/architecture.md; ``retry_after`` is in seconds; ``from_backend`` says that the fault is a backend's;
    ``problem`` is the whole answer where there was one.
    """

    kind: ClassVar[str] = "internal"
    title: str = "Internal"
    status: int = 500

    def __init__(self, message: str, faults: Iterable[Union[Fault, Tuple[str, str]]] = (), *, cause: str = "",
                 code: str = "", retry_after: Optional[float] = None, from_backend: bool = False,
                 problem: Optional[Problem] = None) -> None:
        super().__init__(message)
        self.message = message
        self.faults: List[Fault] = [Fault(*fault) for fault in faults]
        self.cause = cause
        self.code = code
        self.retry_after = retry_after
        self.from_backend = from_backend
        self.problem = problem
        if problem is not None:
            self.status = problem.status
            self.title = problem.title or self.title

    @property
    def detail(self) -> str:
        """What to change: the problem's word, else the message."""
        return self.problem.detail or self.message if self.problem is not None else self.message

    @property
    def invalid_params(self) -> List[Fault]:
        """The problem's ``invalidParams``: the same as ``faults``."""
        return self.faults

    @property
    def request_id(self) -> str:
        """What the gateway's log has the request under; empty where there was none."""
        return self.problem.request_id if self.problem is not None else ""

    def __str__(self) -> str:
        first = f"{self.message} ({self.cause})" if self.cause else self.message
        if self.problem is not None:
            first = f"{self.status} {self.title}: {first}"
        return "\n".join([first] + [f"  {fault.field}: {fault.reason}" for fault in self.faults])


class InvalidError(Error):
    """The input is wrong: change it; ``faults`` say where. 400."""

    kind = "invalid"
    title = "BadRequest"
    status = 400


class MethodNotAllowedError(InvalidError):
    """The path does not take this method. 405."""

    title = "MethodNotAllowed"
    status = 405


class PayloadTooLargeError(InvalidError):
    """The body is longer than the gateway takes. 413."""

    title = "PayloadTooLarge"
    status = 413


class UnsupportedMediaTypeError(InvalidError):
    """The body is of another media type than the path takes. 415."""

    title = "UnsupportedMediaType"
    status = 415


class UnprocessableEntityError(InvalidError):
    """What the object names is not there. 422."""

    title = "UnprocessableEntity"
    status = 422


class NotFoundError(Error):
    """The named object is not there. 404."""

    kind = "not_found"
    title = "NotFound"
    status = 404


class GoneError(NotFoundError):
    """It was there: the log no longer goes back so far. 410."""

    title = "Gone"
    status = 410


class ConflictError(Error):
    """The object's present state forbids it (taken, still in use). 409."""

    kind = "conflict"
    title = "Conflict"
    status = 409


class PreconditionError(Error):
    """A version given by the caller no longer holds: read again. 412."""

    kind = "precondition"
    title = "PreconditionFailed"
    status = 412


class ExhaustedError(Error):
    """A limit is reached: wait for ``retry_after``, or ask for less. 503."""

    kind = "exhausted"
    title = "BackendUnavailable"
    status = 503


class QuotaExceededError(ExhaustedError):
    """The tenant's quota is used up: delete something, or have it raised. 429."""

    title = "QuotaExceeded"
    status = 429


class RateLimitedError(ExhaustedError):
    """Too many requests: wait for ``retry_after``. 429."""

    title = "RateLimited"
    status = 429


class UnavailableError(Error):
    """The other side can't be reached: retry later. 503."""

    kind = "unavailable"
    title = "BackendUnavailable"
    status = 503


class TimeoutError(Error, builtins.TimeoutError):
    """No answer in time: the outcome is unknown, read before retrying. 504."""

    kind = "timeout"
    title = "BackendTimeout"
    status = 504


class UnimplementedError(Error):
    """This backend can't do it, ever. 501."""

    kind = "unimplemented"
    title = "NotImplemented"
    status = 501


class DeniedError(Error):
    """A known caller that is not allowed. 403."""

    kind = "denied"
    title = "Forbidden"
    status = 403


class UnauthenticatedError(Error):
    """An unknown caller. 401."""

    kind = "unauthenticated"
    title = "Unauthorized"
    status = 401


class CancelledError(Error):
    """The caller, or a stop, ended it. 503."""

    kind = "cancelled"
    title = "BackendUnavailable"
    status = 503


class InternalError(Error):
    """A fault of the program or of the other side: report it. 500."""

    kind = "internal"


class BackendError(InternalError):
    """The backend refuses the gateway; ``code`` says who must act. 502."""

    title = "BackendError"
    status = 502


KINDS: Dict[str, Type[Error]] = {one.kind: one for one in (
    InvalidError, NotFoundError, ConflictError, PreconditionError, ExhaustedError, UnavailableError, TimeoutError,
    UnimplementedError, DeniedError, UnauthenticatedError, CancelledError, InternalError)}

TITLES: Dict[str, Type[Error]] = {one.title: one for one in (
    InvalidError, UnauthenticatedError, DeniedError, NotFoundError, MethodNotAllowedError, ConflictError, GoneError,
    PreconditionError, PayloadTooLargeError, UnsupportedMediaTypeError, UnprocessableEntityError, QuotaExceededError,
    RateLimitedError, UnimplementedError, BackendError, UnavailableError, TimeoutError, InternalError)}
"""The class for each title of a problem: what the client raises."""

_STATUSES: Dict[int, Type[Error]] = {one.status: one for one in reversed(TITLES.values())}


def make_error(kind: str, message: str, faults: Iterable[Tuple[str, str]], cause: str, code: str,
               retry_after: Optional[float], from_backend: bool) -> Error:
    """For the C++ half."""
    return KINDS.get(kind, InternalError)(message, faults, cause=cause, code=code, retry_after=retry_after,
                                          from_backend=from_backend)


def to_error(problem: Problem, retry_after: Optional[float] = None) -> Error:
    """The exception that a problem stands for: by its title; by its status where the title is not the API's."""
    other = InvalidError if 400 <= problem.status < 500 else InternalError
    made = TITLES.get(problem.title) or _STATUSES.get(problem.status, other)
    faults = [(one.name, one.reason) for one in problem.invalid_params]
    return made(problem.detail or "no reason given", faults, code=problem.backend_code or "", retry_after=retry_after,
                from_backend=problem.backend_code is not None, problem=problem)
