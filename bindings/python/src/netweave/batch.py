"""Many changes in one request (v2 and v3)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Generic, Iterable, List, Mapping, Optional, Tuple, Type, TypeVar, Union

from .errors import ConflictError
from .models import BatchAnswer, Problem, Resource, ResourcePool, Subscription
from .response import Response
from .shape import Model, members

if TYPE_CHECKING:
    from .client import Client

M = TypeVar("M", bound=Model)


class BatchRolledBackError(ConflictError):
    """An atomic batch changed nothing, because an entry failed: ``answer`` says what became of each.

    A result whose ``rolled_back`` is False could not be undone; the message says so too.
    """

    def __init__(self, problem: Problem, answer: BatchAnswer) -> None:
        causes = [f"[{one.index}] {one.problem.title}: {one.problem.detail}"
                  for one in answer.failures if one.problem is not None]
        super().__init__(problem.detail or "; ".join(["the batch was rolled back", *causes]), problem=problem)
        self.answer = answer


class BatchOf(Generic[M]):
    """Batches of one kind, of 1 to 100 entries.

    Atomic ones (the default) succeed as a whole or raise BatchRolledBackError; of the others the answer says what
    became of each entry. Each has an Idempotency-Key, its own where none is given, and is sent again as ``create`` is.
    """

    def __init__(self, client: Client, path: str, model: Type[M]) -> None:
        self._client = client
        self._path = f"{client.base}/batch/{path}"
        self._id = members(model)[0].python

    def create(self, objects: Iterable[Union[M, Mapping[str, Any]]], *, atomic: bool = True,
               idempotency_key: Optional[str] = None) -> BatchAnswer:
        items = [one.to_request() if isinstance(one, Model) else dict(one) for one in objects]
        return self._send("", {"atomic": atomic, "items": items}, idempotency_key)

    def update(self, entries: Iterable[Union[M, Tuple[str, Mapping[str, Any]]]], *, atomic: bool = True,
               idempotency_key: Optional[str] = None) -> BatchAnswer:
        """Pairs of an id and a merge patch, or objects: what is there of one is the patch, and holds for its ETag."""
        items: List[Mapping[str, Any]] = []
        for one in entries:
            if isinstance(one, Model):
                etag = getattr(one, "etag", None)
                items.append({"id": getattr(one, self._id), "body": one.to_request(),
                              **({"ifMatch": etag} if etag else {})})
            else:
                items.append({"id": one[0], "body": dict(one[1])})
        return self._send("/update", {"atomic": atomic, "items": items}, idempotency_key)

    def delete(self, objects: Iterable[Union[M, str]], *, atomic: bool = True,
               idempotency_key: Optional[str] = None) -> BatchAnswer:
        """By id, or the objects."""
        ids = [one if isinstance(one, str) else getattr(one, self._id) for one in objects]
        return self._send("/delete", {"atomic": atomic, "ids": ids}, idempotency_key)

    def _send(self, action: str, body: Mapping[str, Any], key: Optional[str]) -> BatchAnswer:
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        response = self._client.send("POST", self._path + action, body, headers)
        if response.status == 409 and _has_results(response):
            raise BatchRolledBackError(response.problem, self._client.read(BatchAnswer, response))
        return self._client.read(BatchAnswer, response.raise_for_status())


def _has_results(response: Response) -> bool:
    try:
        read = response.json()
    except ValueError:
        return False
    return isinstance(read, dict) and "results" in read


class Batch:
    """What can be changed by batches."""

    def __init__(self, client: Client) -> None:
        self.resource_pools = BatchOf(client, "resourcePools", ResourcePool)
        self.resources = BatchOf(client, "resources", Resource)
        self.subscriptions = BatchOf(client, "subscriptions", Subscription)
