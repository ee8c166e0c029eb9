"""What a list is asked for, in Python's terms, and how that reads in a query string of either grammar."""

from __future__ import annotations

import datetime
import re
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, NoReturn, Sequence, Tuple, TypedDict, Union

from .shape import camel

Strings = Union[str, Sequence[str]]


class Query(TypedDict, total=False):
    """The keywords of every list. Names are the API's, in snake_case; see docs/python.md."""

    sort: Strings
    """Paths, ``-`` before one that descends."""
    fields: Strings
    """Paths of what the answer holds; the id is always there."""
    limit: int
    """The size of a page, not of the whole."""
    offset: int
    resource_pool_id: Strings
    resource_type_id: Strings
    resource_id: Strings
    location: str
    """Begins with."""
    o_cloud_id: str
    labels: Mapping[str, str]
    """All of them."""
    resource_class: Strings
    resource_kind: Strings
    vendor: Strings
    model: Strings
    explain: bool
    """v2: each page has the plan (``Page.explain``)."""


Parameters = List[Tuple[str, str]]

_OPERATORS = {"==": "eq", "=": "eq", "!=": "ne", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte", "=~": "regex",
              "not in": "nin"}
_NAMES = {"eq", "ne", "gt", "gte", "lt", "lte", "contains", "regex", "in", "nin"}
# v1's parameters that compare as `eq` does, and whether they may be repeated
_SIMPLE = {"resourcePoolId": True, "resourceTypeId": True, "resourceId": True, "oCloudId": False,
           "resourceClass": True, "resourceKind": True, "vendor": True, "model": True}
_SEGMENT = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|([^.\[\]]+)')


class Condition(NamedTuple):
    """One comparison of one path with a value, or with several (in, nin). Made by ``field``; ``&`` joins them."""

    path: str
    operator: str
    values: Tuple[str, ...]

    def __and__(self, other: Union[Condition, Conditions]) -> Conditions:
        return Conditions([self]) & other

    def __or__(self, other: object) -> NoReturn:
        raise TypeError("the API has no \"or\": ask twice, or use field(...).is_in([...])")

    def __invert__(self) -> NoReturn:
        raise TypeError("the API has no \"not\": use !=, not_in(...)")

    def __bool__(self) -> NoReturn:
        raise TypeError("a condition is neither true nor false here: join conditions by &, with brackets around each")


class Conditions(List[Condition]):
    """Conditions that must all hold."""

    def __and__(self, other: Union[Condition, Conditions]) -> Conditions:
        return Conditions([*self, *([other] if isinstance(other, Condition) else other)])


Where = Union[Condition, Iterable[Condition], Mapping[str, Any], None]


class field:
    """A path in an object, to be compared: ``field("extensions.cpu.cores") >= 32``.

    Several words are one path whose later segments are taken as they are, dots too:
    ``field("extensions", "labels", "topology.kubernetes.io/zone") == "a"``.
    """

    def __init__(self, path: str, *segments: str) -> None:
        self.path = join([*split(path), *segments])

    def __eq__(self, value: Any) -> Condition:  # type: ignore[override]
        return condition(self.path, "eq", value)

    def __ne__(self, value: Any) -> Condition:  # type: ignore[override]
        return condition(self.path, "ne", value)

    def __lt__(self, value: Any) -> Condition:
        return condition(self.path, "lt", value)

    def __le__(self, value: Any) -> Condition:
        return condition(self.path, "lte", value)

    def __gt__(self, value: Any) -> Condition:
        return condition(self.path, "gt", value)

    def __ge__(self, value: Any) -> Condition:
        return condition(self.path, "gte", value)

    __hash__ = None  # type: ignore[assignment]

    def contains(self, text: str) -> Condition:
        return condition(self.path, "contains", text)

    def matches(self, regex: str) -> Condition:
        """RE2, unanchored."""
        return condition(self.path, "regex", regex)

    def is_in(self, values: Iterable[Any]) -> Condition:
        return condition(self.path, "in", list(values))

    def not_in(self, values: Iterable[Any]) -> Condition:
        return condition(self.path, "nin", list(values))


def condition(path: str, operator: str, value: Any) -> Condition:
    """Raises ValueError where the operator or the value is none of the API's."""
    name = _OPERATORS.get(operator, operator)
    if name not in _NAMES:
        known = " ".join([*_OPERATORS, "contains", "in"])
        raise ValueError(f"{path}: there is no operator {operator!r}: use one of {known}")
    several = name in ("in", "nin")
    if several and (isinstance(value, str) or not isinstance(value, Iterable)):
        raise ValueError(f"{path}: {operator} takes a list of values")
    values = tuple(_text(path, one) for one in (value if several else [value]))
    if several and not values:
        raise ValueError(f"{path}: {operator} takes at least one value")
    return Condition(_json_path(path), name, values)


def _text(path: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise ValueError(f"{path}: give the time a zone: datetime.now(timezone.utc)")
        return value.isoformat()
    if isinstance(value, (str, int, float)):
        return str(value)
    raise ValueError(f"{path}: can't be compared with {value!r}: give a string, a number, a boolean or a datetime")


def split(path: str) -> List[str]:
    """The segments of a dotted path; one that holds a dot stands in brackets and quotes."""
    found: List[str] = []
    at = 0
    while at < len(path):
        if path[at] == "." and found:
            at += 1
        match = _SEGMENT.match(path, at)
        if match is None:
            raise ValueError(f'{path!r} is no path: write name.name, or name["a segment with dots"]')
        quoted, plain = match.groups()
        found.append(re.sub(r"\\(.)", r"\1", quoted) if plain is None else plain)
        at = match.end()
    if not found:
        raise ValueError("a path must not be empty")
    return found


def join(segments: Iterable[str]) -> str:
    """The opposite of ``split``."""
    out = ""
    for segment in segments:
        if not segment or re.search(r'[.\[\]"\\,]', segment):
            escaped = re.sub(r'(["\\])', r"\\\1", segment)
            out += f'["{escaped}"]'
        else:
            out += ("." if out else "") + segment
    return out


def _json_path(path: str) -> str:
    """A first segment in snake_case is the API's name of it."""
    first, *others = split(path)
    return join([camel(first), *others])


def conditions(where: Where) -> List[Condition]:
    """A mapping's values are a value (equal), a list (any of) or a pair (operator, value)."""
    if where is None:
        return []
    if isinstance(where, Condition):
        return [where]
    if not isinstance(where, Mapping):
        given = list(where)
        wrong = [one for one in given if not isinstance(one, Condition)]
        if wrong:
            raise TypeError(f"where takes conditions made by field(...), or a dict: not {wrong[0]!r}")
        return given
    made = []
    for path, value in where.items():
        if isinstance(value, tuple):
            if len(value) != 2:
                raise ValueError(f"{path}: a pair (operator, value) is wanted, not {value!r}")
            made.append(condition(path, *value))
        else:
            made.append(condition(path, "in" if isinstance(value, list) else "eq", value))
    return made


def parameters(version: str, where: Where, query: Mapping[str, Any]) -> Parameters:
    """The query string's pairs. Raises ValueError with what to do where v1 can't ask that."""
    unknown = set(query) - set(Query.__annotations__)
    if unknown:
        raise TypeError(f"a list takes no {sorted(unknown)}: paths of other members go into where=")
    asked = conditions(where)
    out: Parameters = []
    for one in asked:
        out += _simple(one) if version == "v1" else _operators(one)
    _check_unions(version, asked, [camel(name) for name, value in query.items() if value is not None])
    for name, value in query.items():
        if value is None:
            continue
        if name == "sort":
            out += _sort(version, _strings(value))
        elif name == "fields":
            out.append(("fields", ",".join(_json_path(path) for path in _strings(value))))
        elif name == "labels":
            out.append(("labels", ",".join(f"{key}:{label}" for key, label in _labels(value))))
        else:
            out += [(camel(name), _text(name, each)) for each in _strings(value)]
    return _join_labels(out)


def _join_labels(given: Parameters) -> Parameters:
    """The parameter stands once; where= and labels= may both have named some."""
    labels = [value for name, value in given if name == "labels"]
    others = [pair for pair in given if pair[0] != "labels"]
    return [*others, ("labels", ",".join(labels))] if labels else others


def _strings(value: Any) -> List[Any]:
    return [value] if isinstance(value, (str, int)) else list(value)  # a bool is an int


def _labels(labels: Mapping[str, str]) -> Iterable[Tuple[str, str]]:
    for key, value in labels.items():
        if "," in key + value or ":" in key:
            raise ValueError(f"labels: {key}:{value} can't be written in k:v,k2:v2: use where=field(\"extensions\", "
                             f"\"labels\", ...) with version=\"v2\"")
        yield key, value


def _sort(version: str, keys: List[str]) -> Parameters:
    ordered = [("-" if key.startswith("-") else "") + _json_path(key.lstrip("-+")) for key in keys]
    if version != "v1":
        return [("sort", ",".join(ordered))]
    if len(ordered) != 1:
        raise ValueError("v1 sorts by one key: make the client with version=\"v2\" for several")
    return [("sortBy", ordered[0].lstrip("-")), ("sortOrder", "desc" if ordered[0].startswith("-") else "asc")]


def _operators(one: Condition) -> Parameters:
    """The API splits the values of in and nin at commas: what holds one is asked for by eq and ne."""
    if one.operator in ("in", "nin") and any("," in value for value in one.values):
        if one.operator == "in" and len(one.values) > 1:
            raise ValueError(f"{one.path} in: a value with a comma can't stand among several: ask once for each")
        return [(f"{one.path}[{'eq' if one.operator == 'in' else 'ne'}]", value) for value in one.values]
    return [(f"{one.path}[{one.operator}]", value) for value in one.values]


def _check_unions(version: str, asked: List[Condition], keywords: List[str]) -> None:
    """Raises ValueError where the API would take "both" for "either": it joins what one parameter repeats."""
    taken = set(keywords) & set(_SIMPLE) if version == "v1" else set()
    for one in asked:
        joined = one.path in _SIMPLE if version == "v1" else one.operator == "in"
        if joined and one.path in taken:
            raise ValueError(f"{one.path} is given twice, of which the API would make \"either\": give the values that "
                             "satisfy both")
        if joined:
            taken.add(one.path)


def _simple(one: Condition) -> Parameters:
    """v1 has no operators, but some parameters that say the same."""
    segments = split(one.path)
    if one.operator == "eq" and segments[:2] == ["extensions", "labels"] and len(segments) == 3:
        return [("labels", f"{key}:{value}") for key, value in _labels({segments[2]: one.values[0]})]
    if one.path in _SIMPLE and (one.operator == "eq" or (one.operator == "in" and _SIMPLE[one.path])):
        return [(one.path, value) for value in one.values]
    hint = "for \"begins with\" there is location=; " if one.path == "location" else ""
    raise ValueError(f"v1 can't ask for {one.path} {one.operator}: {hint}make the client with version=\"v2\", or "
                     f"filter what the list gives")
