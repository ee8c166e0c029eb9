"""How a dataclass and a JSON object become each other: the dataclass's own fields are the table."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Tuple, Type, Union

from .errors import Fault, InvalidError


class _NoText(str):
    __slots__ = ()


class _NoNumber(int):
    __slots__ = ()


class Empty(List[Any]):
    """The list that was not given: empty, and not written while it is."""

    __slots__ = ()


UNSET: str = _NoText()
"""Default of required texts: reads as empty text, and is not written."""
ZERO: int = _NoNumber()
"""The same for numbers."""

SERVER: Mapping[str, Any] = {"server": True}
"""Metadata of members that only the gateway writes: a request leaves them out."""
SINGLE: Mapping[str, Any] = {"single": True}
"""Metadata of lists that JSON may give as one string."""
OWN: Mapping[str, Any] = {"own": True}
"""Metadata of what is not a member of the JSON."""


class Member(NamedTuple):
    """One row of a model's table."""

    python: str
    json: str
    server: bool
    required: bool
    shown: bool
    read: Callable[[Any, str, List[Fault]], Any]


def camel(name: str) -> str:
    """"resource_pool_id" is "resourcePoolId"; what has no underscore stays."""
    first, *others = name.split("_")
    return first + "".join(other[:1].upper() + other[1:] for other in others)


class Model:
    """Base of what the API sends and takes: attributes in snake_case, JSON in camelCase.

    A required member that was not given (a new object, or an answer to ``fields``) is empty text, an optional one
    None. Members that this version does not know are kept in ``unknown``, so nothing is lost on a round trip.
    """

    __slots__ = ()

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> typing.Self:
        """Raises InvalidError with a fault for each member of a wrong type; absent and unknown ones are fine."""
        faults: List[Fault] = []
        made = _read(cls, json, "", faults)
        if faults:
            raise InvalidError(f"this is no {cls.__name__}", faults)
        return typing.cast(typing.Self, made)

    def __repr__(self) -> str:
        """What is there, and no more; no secret."""
        given = [f"{row.python}={value!r}" for row, value in _given(self) if row.shown]
        more = [f"{name}={value!r}" for name in ("unknown", "etag") if (value := getattr(self, name, None))]
        return f"{type(self).__name__}({', '.join(given + more)})"

    def to_json(self) -> Dict[str, Any]:
        """What is there, of members and of unknown ones."""
        return _write(self, request=False)

    def to_request(self) -> Dict[str, Any]:
        """The same without what only the gateway writes: the body of a POST or PUT."""
        return _write(self, request=True)


def members(model: Type[Model]) -> Tuple[Member, ...]:
    """The table of a model, in the order of its JSON."""
    return tuple(_table(model).values())


def _table(model: Type[Model]) -> Dict[str, Member]:
    known = _tables.get(model)
    if known is None:
        known = _tables[model] = _make_table(model)
    return known


def _make_table(model: Any) -> Dict[str, Member]:
    hints = typing.get_type_hints(model)
    rows = {}
    for field in dataclasses.fields(model):
        if field.metadata.get("own"):
            continue
        name = field.metadata.get("name") or camel(field.name)
        rows[name] = Member(field.name, name, bool(field.metadata.get("server")), field.default is UNSET,
                            field.repr, _reader(hints[field.name], bool(field.metadata.get("single"))))
    return rows


def _read(model: Any, json: Any, path: str, faults: List[Fault]) -> Any:
    if not isinstance(json, Mapping):
        faults.append(Fault(path.rstrip(".") or model.__name__, "must be an object"))
        return None
    table = _table(model)
    given: Dict[str, Any] = {}
    unknown = {}
    for name, value in json.items():
        row = table.get(name)
        if row is None:
            unknown[name] = value
        elif value is not None:
            given[row.python] = row.read(value, path + name, faults)
        elif row.required:
            faults.append(Fault(path + name, "must not be null"))
    return model(**given, unknown=unknown) if not faults else None


def _given(model: Model) -> Iterator[Tuple[Member, Any]]:
    for row in _table(type(model)).values():
        value = getattr(model, row.python)
        if value is not None and (value or not isinstance(value, _NOT_GIVEN)):
            yield row, value


def _write(model: Model, request: bool) -> Dict[str, Any]:
    out: Dict[str, Any] = {}
    for row, value in _given(model):
        if request and row.server:
            continue
        if isinstance(value, Model):
            value = _write(value, request)
        elif isinstance(value, list) and value and isinstance(value[0], Model):
            value = [_write(one, request) for one in value]
        out[row.json] = value
    unknown: Dict[str, Any] = getattr(model, "unknown")
    return {**unknown, **out} if unknown else out


_tables: Dict[Type[Model], Dict[str, Member]] = {}
_NOT_GIVEN = (_NoText, _NoNumber, Empty)
_PLAIN: Dict[Any, Tuple[Tuple[type, ...], str]] = {
    str: ((str,), "must be a string"), bool: ((bool,), "must be true or false"),
    int: ((int,), "must be a whole number"), float: ((int, float), "must be a number"),
    dict: ((dict,), "must be an object"), list: ((list,), "must be an array"),
}


def _reader(hint: Any, single: bool) -> Callable[[Any, str, List[Fault]], Any]:
    """What checks and converts the JSON of a member of that type."""
    if typing.get_origin(hint) in (Union, types.UnionType):
        hint = next(one for one in typing.get_args(hint) if one is not type(None))
    origin = typing.get_origin(hint) or hint
    if origin is list:
        return _list_reader(typing.get_args(hint)[0], single)
    if isinstance(origin, type) and issubclass(origin, Model):
        return functools.partial(_read_nested, origin)
    return functools.partial(_read_plain, *_PLAIN[origin])


def _read_plain(accepted: Tuple[type, ...], wrong: str, value: Any, path: str, faults: List[Fault]) -> Any:
    if accepted == (int,) and isinstance(value, float) and value.is_integer():
        return int(value)  # JSON has one kind of number: 7.0 is 7
    if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted):
        faults.append(Fault(path, wrong))
    return value


def _read_nested(model: Type[Model], value: Any, path: str, faults: List[Fault]) -> Any:
    return _read(model, value, path + ".", faults)


def _list_reader(hint: Any, single: bool) -> Callable[[Any, str, List[Fault]], Any]:
    one = _reader(hint, False)

    def read(value: Any, path: str, faults: List[Fault]) -> Any:
        if single and isinstance(value, str):
            return [value]
        if not isinstance(value, list):
            faults.append(Fault(path, "must be a string or an array" if single else "must be an array"))
            return []
        return [one(each, f"{path}[{index}]", faults) for index, each in enumerate(value)]

    return read
