"""Records beside the dataclasses that they stand for: each fact holds for both."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any, NamedTuple

import pytest

from genode_tool import record as records


@records.record
class _Record:
    """Has a field of each kind."""

    name: str
    size: int = 3
    parts: list[str] = records.field(default_factory=list)
    note: str = records.field(default="", repr=False, compare=False)

    @property
    def twice(self) -> int:
        return 2 * self.size


@dataclasses.dataclass(frozen=True, slots=True)
class _Dataclass:
    """Has the same fields."""

    name: str
    size: int = 3
    parts: list[str] = dataclasses.field(default_factory=list)
    note: str = dataclasses.field(default="", repr=False, compare=False)

    @property
    def twice(self) -> int:
        return 2 * self.size


@records.record(frozen=False)
class _Changing:
    count: int
    seen: set[int] = records.field(default_factory=set)


@records.record(eq=False)
class _Single:
    name: str


@records.record
class _Hashed:
    name: str
    size: int = 3


both = pytest.mark.parametrize("kind", [_Record, _Dataclass])


@both
def test_fields_and_their_defaults(kind: Any) -> None:
    one, other = kind("a"), kind("a", 3, [], "seen")
    assert (one.name, one.size, one.parts, one.note, one.twice) == ("a", 3, [], "", 6)
    assert one.parts is not kind("b").parts
    assert one == other
    assert one != kind("a", size=4)
    assert one != ("a", 3, [], "")
    assert repr(kind("a", parts=["b"])) == f"{kind.__name__}(name='a', size=3, parts=['b'])"


@both
def test_what_is_refused(kind: Any) -> None:
    frozen = pytest.raises(dataclasses.FrozenInstanceError, match="field 'name'")
    with frozen:
        kind("a").name = "b"
    with frozen:
        del kind("a").name
    with pytest.raises(AttributeError):
        object.__setattr__(kind("a"), "other", 1)
    with pytest.raises(TypeError, match="name"):
        kind()
    with pytest.raises(TypeError, match="other"):
        kind("a", other=1)


@both
def test_copies(kind: Any) -> None:
    one = kind("a", 4, ["b"], "note")
    for same in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert (same, same.note) == (one, "note")
    assert copy.deepcopy(one).parts is not one.parts
    assert dataclasses.replace(one, size=5) == kind("a", 5, ["b"])
    assert records.replace(one, size=5) == kind("a", 5, ["b"])
    assert records.replace(one, size=5).note == "note"


@both
def test_what_dataclasses_says(kind: Any) -> None:
    assert dataclasses.is_dataclass(kind("a"))
    assert [one.name for one in dataclasses.fields(kind)] == ["name", "size", "parts", "note"]
    assert dataclasses.asdict(kind("a")) == {"name": "a", "size": 3, "parts": [], "note": ""}
    match kind("a", 5):
        case _Record(name, size) | _Dataclass(name, size):
            assert (name, size) == ("a", 5)
        case _:
            pytest.fail("no positional patterns")


def test_hashes() -> None:
    assert {_Hashed("a"), _Hashed("a", 3), _Hashed("b")} == {_Hashed("b"), _Hashed("a")}
    with pytest.raises(TypeError, match="unhashable"):
        hash(_Changing(1))


def test_without_equality_a_record_is_itself() -> None:
    one = _Single("a")
    assert one == one
    assert one != _Single("a")
    assert len({one, _Single("a")}) == 2


def test_records_that_change() -> None:
    one = _Changing(1)
    one.count += 1
    one.seen.add(5)
    assert one == _Changing(2, {5})
    assert _Changing(1).seen == set()


@records.record
class _Derived(_Hashed):
    place: str = "here"


@dataclasses.dataclass(frozen=True, slots=True)
class _DerivedDataclass(_Hashed):
    place: str = "here"


@pytest.mark.parametrize("kind", [_Derived, _DerivedDataclass])
def test_fields_of_a_base_come_first(kind: Any) -> None:
    one = kind("a", 4, "there")
    assert (one.name, one.size, one.place) == ("a", 4, "there")
    assert kind("a") == kind("a", 3, "here")
    assert kind("a") != _Hashed("a")
    assert [one.name for one in dataclasses.fields(kind)] == ["name", "size", "place"]
    assert pickle.loads(pickle.dumps(one)) == one
    assert hash(one) == hash(kind("a", 4, "there"))


class _Ours(records.NamedTuple):
    """A pair with a default."""

    name: str
    size: int = 3

    @property
    def twice(self) -> int:
        return 2 * self.size

    @classmethod
    def named(cls, name: str) -> _Ours:
        return cls(name, size=5)


class _Standard(NamedTuple):
    """The same, by the standard library."""

    name: str
    size: int = 3

    @property
    def twice(self) -> int:
        return 2 * self.size

    @classmethod
    def named(cls, name: str) -> _Standard:
        return cls(name, size=5)


tuples = pytest.mark.parametrize("kind", [_Ours, _Standard])


@tuples
def test_a_named_tuple_is_a_tuple_with_names(kind: Any) -> None:
    one = kind("a")
    assert one == ("a", 3)
    assert (one.name, one.size, one.twice) == ("a", 3, 6)
    assert kind(size=1, name="b") == ("b", 1)
    assert kind.named("c") == ("c", 5)
    assert isinstance(one, tuple)
    assert type(kind) is type
    assert hash(one) == hash(("a", 3))


@tuples
def test_a_named_tuple_is_taken_apart_and_replaced(kind: Any) -> None:
    name, size = kind("a", 1)
    assert (name, size) == ("a", 1)
    assert kind("a")._replace(size=9) == kind("a", 9)
    assert kind("a")._replace(size=9).name == "a"
    match kind("a", 7):
        case kind(name=found, size=7):
            assert found == "a"
        case _:
            pytest.fail("no match by name")
    match kind("a", 7):
        case kind("a", size):
            assert size == 7
        case _:
            pytest.fail("no match by position")
    assert kind._fields == ("name", "size")
    assert kind._make(["b", 2]) == kind("b", 2)
    assert type(kind._make(["b", 2])) is kind
    assert kind("a")._asdict() == {"name": "a", "size": 3}
    with pytest.raises(TypeError):
        kind._make(["b"])


@tuples
def test_a_named_tuple_refuses_what_does_not_fit(kind: Any) -> None:
    for arguments, values in (((), {}), (("a", 1, 2), {}), (("a",), {"other": 1})):
        with pytest.raises(TypeError):
            kind(*arguments, **values)
    with pytest.raises(AttributeError):
        kind("a").size = 4
    with pytest.raises(AttributeError):
        kind("a").other = 4


@tuples
def test_a_named_tuple_shows_its_values_and_is_copied(kind: Any) -> None:
    assert repr(kind("a")) == f"{kind.__name__}(name='a', size=3)"
    for made in (copy.copy(kind("a", 8)), pickle.loads(pickle.dumps(kind("a", 8)))):
        assert made == ("a", 8)
        assert type(made) is kind
