"""Many changes in one request (v2 and v3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Iterable, List, Mapping, Tuple, TypeVar, Union

from .errors import ConflictError, InternalError
from .models import BatchAnswer, Problem, Resource, ResourcePool, Subscription
from .response import Response
from .shape import Model, members

if TYPE_CHECKING:
    from .client import Client

M = TypeVar("M", bound=Model)


class BatchRolledBackError(ConflictError):
    """An atomic batch changed nothing, because an entry failed. ``answer`` says what became of each."""

    def __init__(self, answer: BatchAnswer) -> None:
        causes = [one for one in answer.failures if one.problem is not None]
        told = "; ".join(f"[{one.index}] {one.problem.title}: {one.problem.detail}"
                         for one in causes if one.problem is not None)
        super().__init__(f"the batch was rolled back: {told}", problem=Problem(title="Conflict", status=409))
        self.answer = answer


class BatchOf(Generic[M]):
    """Batches of one kind, of 1 to 100 entries.

    Atomic ones (the default) succeed as a whole or raise BatchRolledBackError; of the others the answer says what
    became of each entry. They are not sent again where the answer is lost: read, then decide.
    """

    def __init__(self, client: Client, path: str, model: type[M]) -> None:
        self._client = client
        self._path = f"{client.base}/batch/{path}"
        self._id = members(model)[0].python

    def create(self, objects: Iterable[Union[M, Mapping[str, Any]]], *, atomic: bool = True) -> BatchAnswer:
        items = [one.to_request() if isinstance(one, Model) else dict(one) for one in objects]
        return self._send("", {"atomic": atomic, "items": items})

    def update(self, entries: Iterable[Union[M, Tuple[str, Mapping[str, Any]]]], *, atomic: bool = True) -> BatchAnswer:
        """Whole objects, or pairs of an id and a body."""
        items: List[Mapping[str, Any]] = []
        for one in entries:
            id, body = (getattr(one, self._id), one.to_request()) if isinstance(one, Model) else one
            items.append({"id": id, "body": dict(body)})
        return self._send("/update", {"atomic": atomic, "items": items})

    def delete(self, objects: Iterable[Union[M, str]], *, atomic: bool = True) -> BatchAnswer:
        """By id, or the objects."""
        ids = [one if isinstance(one, str) else getattr(one, self._id) for one in objects]
        return self._send("/delete", {"atomic": atomic, "ids": ids})

    def _send(self, action: str, body: Mapping[str, Any]) -> BatchAnswer:
        response = self._client.send("POST", self._path + action, body)
        if response.status == 409 and _has_results(response):
            raise BatchRolledBackError(self._client.read(BatchAnswer, response))
        return self._client.read(BatchAnswer, response.raise_for_status())


def _has_results(response: Response) -> bool:
    try:
        read = response.json()
    except ValueError:
        raise InternalError("the batch's answer is no JSON") from None
    return isinstance(read, dict) and "results" in read


class Batch:
    """What can be changed by batches."""

    def __init__(self, client: Client) -> None:
        self.resource_pools = BatchOf(client, "resourcePools", ResourcePool)
        self.resources = BatchOf(client, "resources", Resource)
        self.subscriptions = BatchOf(client, "subscriptions", Subscription)
