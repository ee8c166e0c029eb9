"""What a request is answered with, whether by the gateway in this process or over HTTP."""

from __future__ import annotations

import dataclasses
import email.utils
import json
import time
from typing import Any, Iterator, List, Mapping, Optional, Tuple

from .errors import InvalidError, to_error
from .models import Problem


class Headers(Mapping[str, str]):
    """A response's headers: names in any case, values of repeated ones joined by commas; ``items`` keeps the order."""

    def __init__(self, pairs: List[Tuple[str, str]]) -> None:
        self.pairs = pairs

    def __getitem__(self, name: str) -> str:
        found = [value for known, value in self.pairs if known.lower() == name.lower()]
        if not found:
            raise KeyError(name)
        return ", ".join(found)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.lower() for name, _ in self.pairs))

    def __len__(self) -> int:
        return len({name.lower() for name, _ in self.pairs})

    def __repr__(self) -> str:
        return f"Headers({self.pairs!r})"


@dataclasses.dataclass(frozen=True)
class Response:
    status: int
    headers: Headers
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> Problem:
        """What an error says; made from the status where the body is no problem (a proxy's, for instance)."""
        try:
            told = Problem.from_json(self.json())
        except (ValueError, InvalidError):
            told = Problem()
        return dataclasses.replace(told, status=told.status or self.status)

    @property
    def retry_after(self) -> Optional[float]:
        """Seconds, from either form of the header; None where it is absent or no such thing."""
        given = self.headers.get("Retry-After", "").strip()
        if given.isdecimal():
            return float(given)
        try:
            return max(0.0, email.utils.parsedate_to_datetime(given).timestamp() - time.time())
        except (TypeError, ValueError):
            return None

    def raise_for_status(self) -> "Response":
        """Itself, or the Error that a status from 400 up stands for."""
        if self.status < 400:
            return self
        raise to_error(self.problem, self.retry_after)
