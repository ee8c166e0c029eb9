"""How a client's requests reach a gateway: over HTTP, or by a call into the one in this process."""

from __future__ import annotations

import dataclasses
import os
import random
import ssl
import time
import urllib.parse
from typing import Any, Callable, Mapping, Optional, Protocol, Tuple, Union

from .errors import Error, TimeoutError, UnavailableError
from .gateway import Gateway
from .response import Headers, Response


class Failure(Exception):
    """A request without an answer. ``unsent``: it can't have been acted upon. ``lasting``: again would be in vain."""

    def __init__(self, error: Error, *, unsent: bool = False, lasting: bool = False) -> None:
        super().__init__(str(error))
        self.error = error
        self.unsent = unsent
        self.lasting = lasting


class Transport(Protocol):
    """Any thread may call it."""

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Any answer is an answer, errors too. Raises Failure where there is none."""

    def stream(self, method: str, path: str, headers: Mapping[str, str]) -> Tuple[Response, Optional[Pieces]]:
        """The same for an answer that goes on: its body comes in pieces. None where it is no such answer."""

    def close(self) -> None: ...


class Pieces(Protocol):
    """A body that goes on. One thread."""

    def next(self, seconds: Optional[float]) -> Optional[bytes]:
        """The next bytes; none of them when the time has passed, None at the end. Raises Failure where it broke off."""

    def close(self) -> None: ...


@dataclasses.dataclass(frozen=True)
class Retry:
    """How often and when a request is sent again, where that is safe (docs/python.md).

    The wait before attempt n+1 is a random part of ``base`` * 2^(n-1) seconds, at most ``cap``; ``Retry-After`` takes
    its place, and where it is above ``max_wait`` the answer is given as it is. ``attempts=1``: never again.
    """

    attempts: int = 4
    base: float = 0.2
    cap: float = 5.0
    max_wait: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        if self.attempts < 1 or min(self.base, self.cap, self.max_wait) < 0:
            raise ValueError("Retry: attempts must be at least 1, and no time below 0")

    def pause(self, attempt: int, retry_after: Optional[float]) -> bool:
        """Waits before the attempt after this one; False where there shall be none."""
        if attempt >= self.attempts or (retry_after or 0.0) > self.max_wait:
            return False
        wait = random.uniform(0.0, min(self.cap, self.base * 2.0 ** (attempt - 1)))
        self.sleep(wait if retry_after is None else retry_after)
        return True


class Embedded:
    """The gateway in this process, without a socket."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        return self._gateway.request(method, path, body, headers)

    def stream(self, method: str, path: str, headers: Mapping[str, str]) -> Tuple[Response, Optional[Pieces]]:
        return self._gateway.stream(method, path, headers)

    def close(self) -> None:
        """The gateway's life is its owner's."""


class Http:
    """A pool of kept-alive connections to one gateway, by urllib3.

    ``ca`` is a file or folder of PEM certificates that are trusted (the system's otherwise), ``cert`` a PEM file with
    the client's certificate and key, or a pair of two.
    """

    def __init__(self, url: str, *, ca: Optional[str], cert: Union[str, Tuple[str, str], None], timeout: float,
                 connect_timeout: float, connections: int) -> None:
        try:
            import urllib3
        except ImportError as error:
            raise ImportError("a Client of a URL needs the package urllib3: pip install urllib3") from error
        parts = _checked(url, secured=ca is not None or cert is not None)
        options = {"ssl_context": _tls(ca, cert)} if parts.scheme == "https" else {}
        self._errors = urllib3.exceptions
        self._prefix = parts.path.rstrip("/")
        self._pool = urllib3.connection_from_url(
            f"{parts.scheme}://{parts.netloc}", maxsize=connections, retries=False,
            timeout=urllib3.Timeout(connect=connect_timeout, read=timeout), **options)
        self._where = f"{parts.scheme}://{parts.netloc}"

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        answer = self._urlopen(method, path, headers, body)
        return Response(answer.status, Headers(list(answer.headers.items())), answer.data)

    def stream(self, method: str, path: str, headers: Mapping[str, str]) -> Tuple[Response, Optional[Pieces]]:
        answer = self._urlopen(method, path, headers, b"", preload_content=False)
        told = Headers(list(answer.headers.items()))
        if answer.status >= 400:
            return Response(answer.status, told, self._guarded(lambda: answer.read())), None
        return Response(answer.status, told, b""), _Chunks(self, answer)

    def _urlopen(self, method: str, path: str, headers: Mapping[str, str], body: bytes, **more: Any) -> Any:
        return self._guarded(lambda: self._pool.urlopen(method, self._prefix + path, body=body or None,
                                                        headers=dict(headers), redirect=False, assert_same_host=False,
                                                        **more))

    def _guarded(self, call: Callable[[], Any]) -> Any:
        """Raises Failure in place of urllib3's errors."""
        try:
            return call()
        except self._errors.SSLError as error:
            told = UnavailableError(f"no TLS with {self._where}: check ca and cert", cause=str(error))
            raise Failure(told, lasting=True) from error
        except (self._errors.NewConnectionError, self._errors.ConnectTimeoutError) as error:
            raise Failure(UnavailableError(f"nothing answers at {self._where}", cause=str(error)),
                          unsent=True) from error
        except self._errors.TimeoutError as error:
            raise Failure(TimeoutError(f"{self._where} did not answer in time", cause=str(error))) from error
        except self._errors.HTTPError as error:
            raise Failure(UnavailableError(f"{self._where} broke off", cause=str(error))) from error

    def close(self) -> None:
        self._pool.close()


class _Chunks:
    """The body of an answer as it comes."""

    def __init__(self, http: Http, answer: Any) -> None:
        self._http = http
        self._answer = answer
        self._chunks = answer.stream(65536)

    def next(self, seconds: Optional[float]) -> Optional[bytes]:
        """Waits as long as the client's own time-out says."""
        piece: Optional[bytes] = self._http._guarded(lambda: next(self._chunks, None))
        return piece

    def close(self) -> None:
        self._answer.close()


def _checked(url: str, secured: bool) -> urllib.parse.SplitResult:
    parts = urllib.parse.urlsplit(url)
    more = parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not parts.hostname or more:
        raise ValueError(f"{url!r} is no gateway's address: give http://host:port or https://host:port")
    if secured and parts.scheme != "https":
        raise ValueError(f"ca and cert are for https: {url!r} is not")
    return parts


def _tls(ca: Optional[str], cert: Union[str, Tuple[str, str], None]) -> ssl.SSLContext:
    folder = ca is not None and os.path.isdir(ca)
    context = ssl.create_default_context(cafile=None if folder else ca, capath=ca if folder else None)
    if cert is not None:
        context.load_cert_chain(*([cert] if isinstance(cert, str) else cert))
    return context
