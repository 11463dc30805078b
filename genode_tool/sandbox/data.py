"""Values as plain data (JSON), for the way out of a confined process.

The data may come from code of others: it becomes values of the classes that are expected, or is
refused.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_origin

_T = TypeVar("_T")


def to_data(value: object) -> Any:
    """Return a value, which may consist of dataclasses, as JSON has it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: to_data(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): to_data(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [to_data(one) for one in value]
    return value


def from_data(kind: type[_T], data: Any) -> _T:
    """Return the value of class `kind` that `to_data` made `data` of. Raises `ValueError`."""
    return cast(_T, _read(kind, data))


@functools.cache
def _fields(kind: type) -> Mapping[str, Any]:
    hints = typing.get_type_hints(kind)
    return {one.name: hints[one.name] for one in dataclasses.fields(kind)}


def _read(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _read_one_of(get_args(kind), data)
    if origin is not None:
        return _read_collection(origin, get_args(kind), data)
    if dataclasses.is_dataclass(kind) and isinstance(data, dict):
        fields = _fields(cast(type, kind))
        if fields.keys() == data.keys():
            return cast(type, kind)(**{name: _read(fields[name], data[name]) for name in fields})
    elif isinstance(kind, type) and issubclass(kind, Enum):
        if isinstance(data, str) and data in kind.__members__:
            return kind[data]
    elif kind is Path and isinstance(data, str):
        return Path(data)
    elif kind is float and isinstance(data, int | float):
        return float(data)
    elif kind in (str, int, bool, type(None)) and type(data) is kind:
        return data
    raise ValueError(f"wanted {kind}")


def _read_one_of(kinds: tuple[Any, ...], data: Any) -> Any:
    for kind in kinds:
        try:
            return _read(kind, data)
        except ValueError:
            continue
    raise ValueError("wanted one of several kinds")


def _read_collection(origin: Any, kinds: tuple[Any, ...], data: Any) -> Any:
    if origin is dict and isinstance(data, dict):
        return {str(key): _read(kinds[1], one) for key, one in data.items()}
    if origin is list and isinstance(data, list):
        return [_read(kinds[0], one) for one in data]
    if origin is tuple and isinstance(data, list):
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            return tuple(_read(kinds[0], one) for one in data)
        if len(kinds) == len(data):
            return tuple(map(_read, kinds, data))
    raise ValueError(f"wanted {origin}")


class Kinds(Mapping[str, type[_T]]):
    """Classes by their names, for values of which the class is not known beforehand."""

    def __init__(self, kinds: Iterable[type[_T]]) -> None:
        self._kinds = {one.__name__: one for one in kinds}

    def __getitem__(self, name: str) -> type[_T]:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def to_data(self, value: _T) -> Any:
        """Return a value together with the name of its class."""
        return [type(value).__name__, to_data(value)]

    def from_data(self, data: Any) -> _T:
        """Return the value that `to_data` made `data` of. Raises `ValueError`."""
        match data:
            case [str() as name, content] if name in self._kinds:
                return from_data(self._kinds[name], content)
        raise ValueError("no such class")
