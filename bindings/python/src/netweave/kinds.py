"""The client's collections: what can be done to the objects of each kind."""

from __future__ import annotations

import importlib
import itertools
import urllib.parse
import uuid
from typing import (TYPE_CHECKING, Any, Dict, Generic, Iterator, List, Mapping, Optional, Sequence, Type, TypeVar,
                    Union, Unpack)

from .models import DeadLetter, Page, Resource, ResourcePool, Security, Subscription, Tenant, TenantQuota
from .query import Parameters, Query, Where, parameters
from .rows import Columns, flatten
from .shape import Model, members

if TYPE_CHECKING:
    from .client import Client

M = TypeVar("M", bound=Model)


class Listing(Iterator[M]):
    """The objects that a list matches, fetched page by page as they are iterated; once."""

    def __init__(self, client: Client, path: str, model: Type[M], query: Parameters) -> None:
        self._client = client
        self._model = model
        self._raw = _Pages(client, path, query)
        self._items: Iterator[M] = itertools.chain.from_iterable(page.items for page in self.pages())

    def __iter__(self) -> Listing[M]:
        return self

    def __next__(self) -> M:
        return next(self._items)

    def pages(self) -> Iterator[Page[M]]:
        """The same, page by page; what was iterated before is not in them."""
        for body, etag in self._raw:
            items = [self._client.model_of(self._model, item) for item in body.get("items", [])]
            yield Page(items, body.get("total", len(items)), body.get("nextCursor"), etag, body.get("explain"))

    def take(self, count: int) -> List[M]:
        """The next ones, at most that many."""
        return list(itertools.islice(self, count))

    @property
    def total(self) -> int:
        """How many the filter matches, all pages together. Fetches the first page where none was yet."""
        return self._raw.total

    @property
    def revision(self) -> Optional[str]:
        """Where ``Client.watch`` goes on from the first page. Fetches it where none was yet; None on v1."""
        return self._raw.revision


class _Pages:
    """The bodies of the pages and their ETags; each is asked for when it is wanted."""

    def __init__(self, client: Client, path: str, query: Parameters) -> None:
        self._client = client
        self._path = path
        self._query: Optional[Parameters] = query
        self._total: Optional[int] = None
        self._revision: Optional[str] = None
        self._ahead: List[Any] = []

    def __iter__(self) -> Iterator[Any]:
        while True:
            if self._ahead:
                yield self._ahead.pop()
            elif self._query is not None:
                yield self._fetch(self._query)
            else:
                return

    @property
    def total(self) -> int:
        if self._total is None and self._query is not None:
            self._ahead.append(self._fetch(self._query))
        return self._total or 0

    @property
    def revision(self) -> Optional[str]:
        _ = self.total  # the first page
        return self._revision

    def _fetch(self, query: Parameters) -> Any:
        response = self._client.request("GET", self._path, query=query)
        body = self._client.json_of(response)
        if self._total is None:
            self._revision = response.headers.get("X-Netweave-Revision")
        self._total = body.get("total", 0)
        cursor = body.get("nextCursor")
        kept = [pair for pair in query if pair[0] not in ("cursor", "offset")]
        self._query = [*kept, ("cursor", cursor)] if cursor else None
        return body, response.headers.get("ETag")


class Collection(Generic[M]):
    """A kind that can be read."""

    def __init__(self, client: Client, path: str, model: Type[M]) -> None:
        self._client = client
        self._path = f"{client.base}/{path}"
        self._model = model

    @property
    def path(self) -> str:
        return self._path

    @property
    def model(self) -> Type[M]:
        return self._model

    def list(self, where: Where = None, **query: Unpack[Query]) -> Listing[M]:
        """What matches, all pages of it. ``where`` is made by ``field``, or is a dict (docs/python.md).

        Raises ValueError where the client's version can't ask that.
        """
        return self._list(self._path, self._model, where, query)

    def first(self, where: Where = None, **query: Unpack[Query]) -> Optional[M]:
        """None where nothing matches."""
        query.setdefault("limit", 1)
        return next(self.list(where, **query), None)

    def count(self, where: Where = None, **query: Unpack[Query]) -> int:
        """How many match."""
        query.setdefault("limit", 1)
        return self.list(where, **query).total

    def get(self, id: str, *, fields: Union[str, Sequence[str], None] = None) -> M:
        """With its ETag, so that a later write can be conditional on it. Raises NotFoundError."""
        query = parameters(self._client.version, None, {"fields": fields})
        return self._client.read(self._model, self._client.request("GET", self._one(id), query=query))

    def rows(self, columns: Optional[Sequence[str]] = None, where: Where = None,
             **query: Unpack[Query]) -> Iterator[Dict[str, Any]]:
        """Flat dicts, dotted paths as keys: ``pandas.DataFrame(client.resources.rows())``.

        With ``columns``, just those, in that order, None where an object has no such value; and the gateway is asked
        for no more.
        """
        wanted = Columns(columns) if columns is not None else None
        if wanted is not None:
            query = {"fields": wanted.fields, **query}
        pages = _Pages(self._client, self._path, parameters(self._client.version, where, query))
        return (wanted.row(item) if wanted else flatten(item) for body, _ in pages for item in body.get("items", []))

    def to_frame(self, columns: Optional[Sequence[str]] = None, where: Where = None, **query: Unpack[Query]) -> Any:
        """A pandas.DataFrame of ``rows``. Raises ImportError where pandas is not there."""
        try:
            pandas = importlib.import_module("pandas")
        except ImportError as error:
            raise ImportError("to_frame needs pandas: pip install pandas; rows() does without") from error
        return pandas.DataFrame(self.rows(columns, where, **query), columns=columns)

    def _one(self, id: str) -> str:
        if not id:
            raise ValueError(f"the {self._model.__name__} has no id: create it, or get it, first")
        return f"{self._path}/{urllib.parse.quote(id, safe='')}"

    def _list(self, path: str, model: Type[M], where: Where, query: Query) -> Listing[M]:
        return Listing(self._client, path, model, parameters(self._client.version, where, query))


class _Editable(Collection[M]):
    """A kind that can be made, replaced and deleted."""

    def create(self, object: Union[M, Mapping[str, Any]], *, idempotency_key: Optional[str] = None,
               adapter: Optional[str] = None) -> M:
        """Gives what was made. Without a key it makes its own: a lost answer is asked for again, nothing is made twice.

        ``adapter`` names who shall make it. Raises ConflictError where the id is taken.
        """
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        if adapter is not None:
            headers["X-Netweave-Adapter"] = adapter
        return self._client.read(self._model, self._client.request("POST", self._path, _body(object), headers))

    def update(self, object: M, *, if_match: Optional[str] = None) -> M:
        """Replaces it. PreconditionError where it has changed since it was got with its ETag, or since ``if_match``.

        To overwrite whatever is there, ``dataclasses.replace(object, etag=None)``.
        """
        id = getattr(object, members(self._model)[0].python)
        headers = _if_match(if_match or getattr(object, "etag", None))
        return self._client.read(self._model, self._client.request("PUT", self._one(id), _body(object), headers))

    def delete(self, object: Union[M, str], *, if_match: Optional[str] = None) -> None:
        """By id, or the object, then as ``update`` does. Raises NotFoundError."""
        if not isinstance(object, str):
            if_match = if_match or getattr(object, "etag", None)
            object = getattr(object, members(self._model)[0].python)
        self._client.request("DELETE", self._one(str(object)), headers=_if_match(if_match))


class _Patchable(_Editable[M]):
    def patch(self, id: str, changes: Mapping[str, Any], *, if_match: Optional[str] = None) -> M:
        """A JSON merge patch (RFC 7396) in the API's names: what is given replaces, None removes."""
        headers = _if_match(if_match)
        return self._client.read(self._model, self._client.request("PATCH", self._one(id), dict(changes), headers))


class Resources(_Patchable[Resource]):
    def __init__(self, client: Client) -> None:
        super().__init__(client, "resources", Resource)


class Pools(_Patchable[ResourcePool]):
    def __init__(self, client: Client) -> None:
        super().__init__(client, "resourcePools", ResourcePool)

    def resources(self, id: str, where: Where = None, **query: Unpack[Query]) -> Listing[Resource]:
        """What stands in one pool. Raises NotFoundError when it is iterated."""
        return Listing(self._client, self._one(id) + "/resources", Resource,
                       parameters(self._client.version, where, query))


class Subscriptions(_Editable[Subscription]):
    """``create`` gives the secret, in ``security``: keep it, it is not shown again."""

    def __init__(self, client: Client) -> None:
        super().__init__(client, "subscriptions", Subscription)

    def resume(self, id: str, *, from_now: bool = False) -> None:
        """Ends a suspension: delivery goes on where it stopped, or past what was missed."""
        self._client.request("POST", self._one(id) + "/resume", query=[("from", "now")] if from_now else None)

    def rotate_secret(self, id: str) -> Security:
        """Another secret, shown this once. The former one signs along for a while (`subscriptions.secret_grace`)."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answer = self._client.request("POST", self._one(id) + "/rotateSecret", headers=headers)
        return self._client.model_of(Security, self._client.json_of(answer).get("security"))

    def dead_letters(self, id: str) -> Listing[DeadLetter]:
        """What was given up, oldest first. Raises NotFoundError when it is iterated."""
        return Listing(self._client, self._one(id) + "/deadLetters", DeadLetter, [])

    def redeliver(self, id: str, notification_ids: Optional[Sequence[str]] = None) -> int:
        """Has those dead letters sent again, or all of them; gives how many. Raises NotFoundError."""
        body = {} if notification_ids is None else {"notificationIds": list(notification_ids)}
        answer = self._client.request("POST", self._one(id) + "/deadLetters/redeliver", body)
        return int(self._client.json_of(answer)["requested"])


class Tenants(_Editable[Tenant]):
    def __init__(self, client: Client) -> None:
        super().__init__(client, "tenants", Tenant)

    def quotas(self, id: str) -> TenantQuota:
        return self._client.read(TenantQuota, self._client.request("GET", self._one(id) + "/quotas"))

    def set_quotas(self, id: str, quota: TenantQuota, *, if_match: Optional[str] = None) -> TenantQuota:
        headers = _if_match(if_match or quota.etag)
        answer = self._client.request("PUT", self._one(id) + "/quotas", quota.to_request(), headers)
        return self._client.read(TenantQuota, answer)

    def usage(self, id: str) -> Dict[str, Any]:
        return self._client.json_of(self._client.request("GET", self._one(id) + "/usage"))


def _body(object: Union[Model, Mapping[str, Any]]) -> Dict[str, Any]:
    return object.to_request() if isinstance(object, Model) else dict(object)


def _if_match(etag: Optional[str]) -> Optional[Mapping[str, str]]:
    return {"If-Match": etag} if etag else None
