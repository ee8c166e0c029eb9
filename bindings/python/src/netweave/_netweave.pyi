"""The C++ half. A test holds these names to the module's."""

from types import TracebackType
from typing import Callable, Iterable, List, Mapping, Optional, Tuple, Type, Union

from .adapter import Adapter, AdapterSettings, Observed
from .errors import Error

__version__: str

class Stop:
    """Tells an adapter when to end."""

    @property
    def requested(self) -> bool: ...
    def wait(self, seconds: Optional[float]) -> bool:
        """True as soon as the stop is requested, False after the seconds."""

class Pass:
    """One full list of a backend. Nothing of it shows before commit(); left without one, it changes nothing."""

    def __enter__(self) -> Pass: ...
    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None: ...
    def add(self, observed: Observed) -> None:
        """An object of one of the kinds that the pass was begun for; the last one of an id holds."""
    def commit(self, checkpoint: str = "") -> None:
        """Applies the difference to what this adapter had, removals too; waits until it is durable."""

class Feed:
    """Where an adapter tells what it sees. Valid while observe() runs, from any thread; then CancelledError."""

    def begin(self, kinds: Iterable[str]) -> Pass:
        """Begins one full list of these kinds: before its first request is sent."""
    def upsert(self, observed: Observed) -> None:
        """One object was created or changed. Returns when it is queued; waits while the writer is behind."""
    def remove(self, kind: str, id: str, uid: str = "") -> None: ...
    def checkpoint(self, checkpoint: str) -> None:
        """Remembers how far the adapter has read, after everything fed before it."""
    def alive(self) -> None:
        """What is known is current (a heartbeat, a bookmark)."""
    def failed(self, reason: Union[Error, Exception, str]) -> None:
        """The backend can't be observed at present; the inventory keeps its last state."""
    def last_objects(self) -> List[Observed]:
        """The adapter's objects as the gateway last knew them, from before a restart."""
    def last_checkpoint(self) -> str: ...

class CallContext:
    """What goes along with each write."""

    @property
    def deadline(self) -> Optional[float]:
        """In time.monotonic()'s seconds; None: there is none."""
    @property
    def stop(self) -> Stop: ...
    @property
    def request_id(self) -> str: ...
    @property
    def traceparent(self) -> str: ...
    @property
    def client_token(self) -> str:
        """Of creations: put it into the backend's tag or annotation where it has one."""

class Events:
    def next(self, seconds: Optional[float]) -> Optional[Tuple[str, str, str, str, str, str, str]]: ...

class Pieces:
    def next(self, seconds: Optional[float]) -> Optional[bytes]:
        """The next bytes; none of them when the time has passed, None at the end."""

class Gateway:
    def __init__(self, yaml: str, name: str, environment: Mapping[str, str],
                 adapters: Mapping[str, Callable[[AdapterSettings], Adapter]],
                 logger: Optional[Callable[[str, str], None]]) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def drain(self) -> None: ...
    def serve(self, host: str, port: int) -> str: ...
    def wait_synced(self, seconds: Optional[float]) -> None: ...
    def request(self, method: str, target: str, headers: List[Tuple[str, str]],
                body: bytes) -> Tuple[int, List[Tuple[str, str]], bytes]: ...
    def stream(self, method: str, target: str, headers: List[Tuple[str, str]]
               ) -> Tuple[int, List[Tuple[str, str]], bytes, Optional[Pieces]]: ...
    def events(self, after: str) -> Events: ...
    @property
    def config(self) -> str: ...
