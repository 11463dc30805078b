"""Records: what `dataclass(frozen=True, slots=True)` makes, in a tenth of the time.

The modules of a short call define a hundred value classes, and `dataclasses` compiles half a dozen
methods for each of them, which took a sixth of such a call. Here, a class is made once, with its
slots; its `__init__` is compiled when the first object is made, and the other methods are shared.
To `dataclasses.fields`, `replace` and `asdict` a record is a dataclass.
"""

from __future__ import annotations

from _collections import _tuplegetter  # type: ignore[import-not-found]  # as in `namedtuple`
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple

_T = TypeVar("_T")
_NONE: Any = object()


class _Field:
    """What `field` says about a field."""

    __slots__ = ("compare", "default", "factory", "repr")

    def __init__(
        self, default: Any, factory: Callable[[], Any] | None, in_repr: bool, eq: bool
    ) -> None:
        self.default = default
        self.factory = factory
        self.repr = in_repr
        self.compare = eq


def field(
    *,
    default: Any = _NONE,
    default_factory: Callable[[], Any] | None = None,
    repr: bool = True,
    compare: bool = True,
) -> Any:
    """Describe a field of a record as `dataclasses.field` does."""
    return _Field(default, default_factory, repr, compare)


@overload
def record(cls: type[_T], /) -> type[_T]: ...
@overload
def record(*, frozen: bool = True, eq: bool = True) -> Callable[[type[_T]], type[_T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(
    cls: type[_T] | None = None, /, *, frozen: bool = True, eq: bool = True
) -> type[_T] | Callable[[type[_T]], type[_T]]:
    """Make a record of a class: its annotated names are the fields, in their order.

    Those of bases, which must be records, stand before them. With `frozen` false, fields can be
    assigned, and such a record has no hash; with `eq` false, a record equals itself alone.
    """
    if cls is None:
        return lambda one: _made(one, frozen, eq)
    return _made(cls, frozen, eq)


def _made(cls: type[_T], frozen: bool, eq: bool) -> type[_T]:
    own = tuple(cls.__annotations__)
    given: dict[str, Any] = {}
    inherited: list[str] = []
    for base in reversed(cls.__mro__[1:]):
        if "__record__" in base.__dict__:
            given.update(base.__dict__["__record__"])
            inherited += base.__dict__["__slots__"]
    namespace = {name: one for name, one in cls.__dict__.items() if name not in own}
    namespace.pop("__dict__", None)
    namespace.pop("__weakref__", None)
    given.update({name: cls.__dict__[name] for name in own if name in cls.__dict__})
    told = {name: one for name, one in given.items() if one.__class__ is _Field}
    names = (*inherited, *[name for name in own if name not in inherited])
    namespace["__slots__"] = names[len(inherited) :]
    namespace["__match_args__"] = names
    namespace["__record__"] = given
    namespace["__dataclass_fields__"] = _Described("__dataclass_fields__")
    namespace["__dataclass_params__"] = _Described("__dataclass_params__", frozen, eq)
    namespace["__getstate__"] = _state
    namespace["__setstate__"] = _set_state
    if "__repr__" not in namespace:
        shown = [name for name in names if name not in told or told[name].repr]
        namespace["__repr__"] = _repr_of(shown)
    if eq:
        key = _key_of([name for name in names if name not in told or told[name].compare])
        if "__eq__" not in namespace:
            namespace["__eq__"] = _eq_of(key)
        if "__hash__" not in namespace or namespace["__hash__"] is None:
            namespace["__hash__"] = _hash_of(key) if frozen else None
    if frozen:
        namespace["__setattr__"] = _refuse
        namespace["__delattr__"] = _refuse

    def first(self: Any, *args: Any, **values: Any) -> None:
        initializer = _initializer(made, names, given)
        type.__setattr__(made, "__init__", initializer)
        initializer(self, *args, **values)

    namespace["__init__"] = first
    kind: Any = type(cls)
    made: type[_T] = kind(cls.__name__, cls.__bases__, namespace)
    return made


def _initializer(cls: type, names: tuple[str, ...], given: dict[str, Any]) -> Callable[..., None]:
    """Compile `__init__`; it writes to the slots themselves, which is the fastest way."""
    space: dict[str, Any] = {"_none": _NONE}
    parameters = []
    lines = []
    for name in names:
        space[f"_set_{name}"] = getattr(cls, name).__set__
        one = given.get(name, _NONE)
        value = name
        if one.__class__ is _Field:
            if one.factory is not None:
                space[f"_new_{name}"] = one.factory
                value = f"_new_{name}() if {name} is _none else {name}"
            one = one.default if one.factory is None else _NONE
            needed = one is _NONE and value == name
        else:
            needed = one is _NONE
        space[f"_default_{name}"] = one
        parameters.append(name if needed else f"{name}=_default_{name}")
        lines.append(f" _set_{name}(_self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append(" _self.__post_init__()")
    body = "\n".join(lines) or " pass"
    exec(f"def __init__(_self, {', '.join(parameters)}):\n{body}", space)
    made: Callable[..., None] = space["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _key_of(names: list[str]) -> Callable[[Any], Any]:
    if len(names) == 1:
        (only,) = names
        return lambda one: (getattr(one, only),)
    return attrgetter(*names) if names else lambda _one: ()


def _eq_of(key: Callable[[Any], Any]) -> Callable[[Any, object], Any]:
    def equal(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return key(self) == key(other)

    return equal


def _hash_of(key: Callable[[Any], Any]) -> Callable[[Any], int]:
    def hashed(self: Any) -> int:
        return hash(key(self))

    return hashed


def _repr_of(names: list[str]) -> Callable[[Any], str]:
    def shown(self: Any) -> str:
        values = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        return f"{type(self).__qualname__}({values})"

    return shown


def _refuse(_self: Any, name: str, _value: object = None) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to or delete field '{name}'")


def _state(self: Any) -> list[Any]:
    """Return what `pickle` and `copy` take along."""
    return [getattr(self, name) for name in type(self).__match_args__]


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(type(self).__match_args__, state, strict=True):
        object.__setattr__(self, name, value)


class _Described:
    """What `dataclasses` wants to know of a class, made when somebody asks for it."""

    __slots__ = ("_eq", "_frozen", "_name")

    def __init__(self, name: str, frozen: bool = True, eq: bool = True) -> None:
        self._name = name
        self._frozen = frozen
        self._eq = eq

    def __get__(self, _one: object, owner: Any) -> Any:
        import dataclasses

        kinds: dict[str, Any] = {}
        for base in reversed(owner.__mro__):
            if "__record__" in base.__dict__:
                kinds.update(base.__annotations__)
        namespace: dict[str, Any] = {
            "__module__": owner.__module__,
            "__annotations__": {name: kinds[name] for name in owner.__match_args__},
        }
        for name, one in owner.__record__.items():
            if one.__class__ is not _Field:
                namespace[name] = one
                continue
            words: dict[str, Any] = {"repr": one.repr, "compare": one.compare}
            if one.factory is not None:
                words["default_factory"] = one.factory
            elif one.default is not _NONE:
                words["default"] = one.default
            namespace[name] = dataclasses.field(**words)
        made = dataclasses.dataclass(frozen=self._frozen, eq=self._eq)
        described = getattr(made(type(owner.__name__, (), namespace)), self._name)
        type.__setattr__(owner, self._name, described)
        return described


def replace(one: _T, /, **changes: Any) -> _T:
    """Return a record, or a dataclass, like `one` with other values for some fields."""
    kind: Any = type(one)
    values = {name: getattr(one, name) for name in kind.__match_args__}
    return kind(**{**values, **changes})  # type: ignore[no-any-return]


class _NamedTuples(type):
    """Makes the classes that derive from `NamedTuple`."""

    # As with `typing.NamedTuple`, the classes themselves are of the kind `type`.
    def __new__(kind, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
        if not bases:
            return type.__new__(kind, name, bases, namespace)
        names = tuple(namespace["__annotations__"])
        defaults = {f"_{one}": namespace[one] for one in names if one in namespace}
        for place, one in enumerate(names):
            namespace[one] = _tuplegetter(place, "")
        namespace.update(__slots__=(), __match_args__=names, _fields=names, _replace=_tuple_replace)
        namespace.update(_make=classmethod(_tuple_made), _asdict=_tuple_as_dict)
        namespace.update(__getnewargs__=_tuple_items, __repr__=_repr_of(list(names)))

        def first(cls: Any, *args: Any, **values: Any) -> Any:
            given = [f"{one}=_{one}" if f"_{one}" in defaults else one for one in names]
            text = f"lambda _cls, {', '.join(given)}: _new(_cls, ({', '.join(names)},))"
            new = eval(text, {"_new": tuple.__new__, **defaults})
            made.__new__ = new  # type: ignore[method-assign]
            return new(cls, *args, **values)

        namespace["__new__"] = first
        made: type = type(name, (tuple,), namespace)
        return made


def _tuple_made(cls: Any, items: Any) -> Any:
    made = tuple.__new__(cls, items)
    if len(made) != len(cls._fields):
        raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
    return made


def _tuple_as_dict(self: Any) -> dict[str, Any]:
    return dict(zip(self._fields, self, strict=True))


def _tuple_items(self: Any) -> tuple[Any, ...]:
    return tuple(self)


def _tuple_replace(self: Any, /, **changes: Any) -> Any:
    return type(self)(**{**_tuple_as_dict(self), **changes})


if not TYPE_CHECKING:

    class NamedTuple(metaclass=_NamedTuples):
        """What `typing.NamedTuple` is, its classes made in a tenth of the time."""
