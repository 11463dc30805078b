"""Conversion of tables to frozen dataclasses, by the types of their fields.

A field's type is `str`, `bool`, `int`, `float`, an enumeration (by its values), `tuple[T, ...]` for
an array, `Mapping[str, T]` for a table with free names, or such a dataclass for one with fixed
names. `Annotated[T, Check(…)]` restricts the values.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Annotated, Any

from genode_tool.errors import UserError
from genode_tool.nearest import did_you_mean, known_names
from genode_tool.settings.keys import shown_key, shown_value
from genode_tool.settings.merge import Leaf, Table
from genode_tool.settings.toml_file import KeyPath

_NAMES = {str: "a string", bool: "true or false", int: "a whole number", float: "a number"}


def bind(kind: Any, entry: Table | Leaf) -> Any:
    """Return `entry` as a value of the type `kind`.

    Raises `UserError` with the place of the first key that does not exist, or whose value has
    another type.
    """
    if typing.get_origin(kind) is Annotated:
        inner, *checks = typing.get_args(kind)
        value = bind(inner, entry)
        for check in checks:
            if isinstance(entry, Leaf) and not check.fits(value):
                raise _unfit(entry, check.wanted)
        return value
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _bind_fields(kind, entry)
    if typing.get_origin(kind) is Mapping:
        if not isinstance(entry, Table):
            raise _unfit(entry, "a table")
        (_, below) = typing.get_args(kind)
        return {name: bind(below, one) for name, one in entry.entries.items()}
    if isinstance(entry, Table):
        raise UserError(
            f"`{shown_key(entry.path)}` is a table: wanted {_described(kind)}",
            location=entry.location,
        )
    return _bind_leaf(kind, entry)


@cache
def fields_of(kind: type[Any]) -> Mapping[str, Any]:
    """Return the names of a dataclass's fields with their types."""
    return typing.get_type_hints(kind, include_extras=True)


def default_of(kind: Any, path: KeyPath) -> object:
    """Return the default of the field at `path` below the dataclass `kind`.

    Raises `KeyError` when there is no such field, or it has no default.
    """
    if not path:
        raise KeyError(path)
    name, *rest = path
    if typing.get_origin(kind) is Mapping:
        return default_of(typing.get_args(kind)[1], tuple(rest))
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        raise KeyError(name)
    if rest:
        return default_of(fields_of(kind)[name], tuple(rest))
    found = {one.name: one for one in dataclasses.fields(kind)}[name]
    if found.default is dataclasses.MISSING:
        raise KeyError(name)
    return found.default


def _bind_fields(kind: Any, entry: Table | Leaf) -> Any:
    if not isinstance(entry, Table):
        raise _unfit(entry, "a table")
    known = fields_of(kind)
    for name, below in entry.entries.items():
        if name not in known:
            raise UserError(
                f"no such setting: `{shown_key(below.path)}`",
                location=below.location,
                hint=did_you_mean(name, known) or known_names(known),
            )
    for one in dataclasses.fields(kind):
        if one.name not in entry.entries and not _has_default(one):
            raise UserError(
                f"`{shown_key(entry.path)}` has no `{one.name}`", location=entry.location
            )
    return kind(**{name: bind(known[name], one) for name, one in entry.entries.items()})


def _has_default(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is not missing or field.default_factory is not missing


def _bind_leaf(kind: Any, leaf: Leaf) -> Any:
    value = leaf.value
    if typing.get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise _unfit(leaf, "an array")
        inner = typing.get_args(kind)[0]
        return tuple(_bind_leaf(inner, Leaf(leaf.path, one, leaf.origin)) for one in value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        values = [member.value for member in kind]
        if value not in values:
            raise UserError(
                f"`{shown_key(leaf.path)}` is {shown_value(value)}: wanted {_described(kind)}",
                location=leaf.location,
                hint=did_you_mean(str(value), values),
            )
        return kind(value)
    if not _is_plain(kind, value):
        raise _unfit(leaf, _described(kind))
    # TOML distinguishes 1 from 1.0, but nobody who writes a setting does.
    return float(value) if kind is float and isinstance(value, int) else value


def _is_plain(kind: Any, value: object) -> bool:
    # For Python a bool is an int; for TOML it is not.
    if kind in (int, float) and isinstance(value, bool):
        return False
    return isinstance(value, (int, float) if kind is float else kind)


def _described(kind: Any) -> str:
    if typing.get_origin(kind) is tuple:
        return "an array"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(f'"{member.value}"' for member in kind)
    return _NAMES[kind]


def _unfit(leaf: Leaf, wanted: str) -> UserError:
    return UserError(
        f"`{shown_key(leaf.path)}` is {shown_value(leaf.value)}: wanted {wanted}",
        location=leaf.location,
    )
