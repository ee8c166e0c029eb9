"""Objects as flat rows, one column a path: what pandas.DataFrame, csv.DictWriter and others take."""

from __future__ import annotations

import functools
from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

from .query import join, split
from .shape import camel


def flatten(json: Mapping[str, Any]) -> Dict[str, Any]:
    """Every leaf under its dotted path (``extensions.cpu.cores``). An array is a leaf; an empty object is none."""
    return {_column(path): value for path, value in _leaves(json, ())}


@functools.lru_cache(maxsize=65536)
def _column(path: Tuple[str, ...]) -> str:
    """Rows have the same few columns over and over."""
    return join(path)


def _leaves(json: Mapping[str, Any], above: Tuple[str, ...]) -> Iterator[Tuple[Tuple[str, ...], Any]]:
    for name, value in json.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value


class Columns:
    """The columns that are asked for, in order. Names are paths, their first segment in either spelling."""

    def __init__(self, names: Sequence[str]) -> None:
        if not names:
            raise ValueError("columns must name at least one path, or be left out for all there are")
        self._paths = {name: _path(name) for name in names}

    @property
    def fields(self) -> List[str]:
        """What a list needs to be asked for: paths up to the first segment that is not a plain word."""
        wanted = []
        for path in self._paths.values():
            plain = path[:next((at for at, segment in enumerate(path) if join([segment]) != segment), len(path))]
            wanted.append(".".join(plain))
        return list(dict.fromkeys(wanted))

    def row(self, json: Mapping[str, Any]) -> Dict[str, Any]:
        """A value for each column: None where there is none."""
        return {name: _value(json, path) for name, path in self._paths.items()}


def _path(name: str) -> List[str]:
    first, *others = split(name)
    return [camel(first), *others]


def _value(json: Any, path: Sequence[str]) -> Any:
    """Steps into the objects of an array, as the API's paths do."""
    for at, segment in enumerate(path):
        if isinstance(json, list):
            return [found for one in json if (found := _value(one, path[at:])) is not None]
        if not isinstance(json, Mapping) or segment not in json:
            return None
        json = json[segment]
    return json
