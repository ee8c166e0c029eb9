"""netweave: an O-RAN O2 gateway inside a Python program."""

from ._netweave import __version__
from .adapter import (Adapter, AdapterInfo, AdapterSettings, CallContext, Capability, Feed, Health, Observed, Pass,
                      Stop)
from .errors import (CancelledError, ConflictError, DeniedError, Error, ExhaustedError, Fault, InternalError,
                     InvalidError, NotFoundError, PreconditionError, TimeoutError, UnauthenticatedError,
                     UnavailableError, UnimplementedError)
from .gateway import Event, EventIterator, Gateway, Headers, Response

__all__ = [
    "Adapter", "AdapterInfo", "AdapterSettings", "CallContext", "CancelledError", "Capability", "ConflictError",
    "DeniedError", "Error", "Event", "EventIterator", "ExhaustedError", "Fault", "Feed", "Gateway", "Headers",
    "Health", "InternalError", "InvalidError", "NotFoundError", "Observed", "Pass", "PreconditionError", "Response",
    "Stop", "TimeoutError", "UnauthenticatedError", "UnavailableError", "UnimplementedError", "__version__",
]
