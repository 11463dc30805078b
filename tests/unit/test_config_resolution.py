"""Answers of init in detail: labels, reasons, the requests that rules distinguish, selections."""

from __future__ import annotations

import pytest

from genode_tool.config import read_document
from genode_tool.config.routing.resolution import (
    ANOTHER_LABEL,
    Answer,
    Resolution,
    resolutions,
    resolve,
    trace,
)
from genode_tool.config.routing.selection import select_routes, trace_session
from genode_tool.config.system.model import Child, Dialect, System
from genode_tool.config.system.reader import read_system
from genode_tool.errors import UserError

NESTED = """config
+ parent-provides
  + service LOG
  + service ROM
+ start timer | + provides | + service Timer
              | + route    | + service LOG | + parent
+ start app
  + route
    + service Timer | + child timer
    + service LOG   | + parent
+ start sub
  + binary init
  + route
    + service Timer | + child timer
    + service LOG   | + parent
  + config
    + parent-provides
      + service Timer
      + service LOG
    + start app
      + route
        + service Timer | + parent
        + service LOG   | + parent
    + start deep
      + route
        + service Timer | + parent
-
"""


@pytest.fixture(scope="module")
def nested() -> System:
    return read_system(read_document(NESTED, "f"), Dialect.FRAMEWORK)


def selected(system: System, client: str = "", service: str = "") -> list[list[tuple[str, str]]]:
    """Return (client, service) of the selected routes of each instance of init."""
    return [
        [(route.client, route.service) for route in one.routes]
        for one in select_routes(system, client, service)
    ]


OUTER_APP = [("app", "LOG"), ("app", "Timer")]


@pytest.mark.parametrize(
    ("client", "service", "expected"),
    [
        (
            "",
            "",
            [
                [("timer", "LOG"), *OUTER_APP, ("sub", "LOG"), ("sub", "Timer")],
                [*OUTER_APP, ("deep", "Timer")],
            ],
        ),
        ("timer", "", [[("timer", "LOG")], []]),
        ("app", "", [OUTER_APP, OUTER_APP]),
        ("app", "Timer", [[("app", "Timer")], [("app", "Timer")]]),
        ("deep", "", [[], [("deep", "Timer")]]),
        ("sub -> app", "", [[], OUTER_APP]),
        ("init->sub->app", "LOG", [[], [("app", "LOG")]]),
        (" -> sub ->  deep", "", [[], [("deep", "Timer")]]),
        ("timer -> app", "", [[], []]),
    ],
)
def test_routes_are_selected_by_client_and_service(
    nested: System, client: str, service: str, expected: list[list[tuple[str, str]]]
) -> None:
    assert selected(nested, client, service) == expected
    assert [one.system.path for one in select_routes(nested, client, service)] == [
        ("init",),
        ("init", "sub"),
    ]


def test_everything_is_selected_by_default(nested: System) -> None:
    assert select_routes(nested) == select_routes(nested, "", "")


@pytest.mark.parametrize(
    ("client", "hint"),
    [
        ("tmer", "did you mean `timer`?"),
        ("sub -> dep", "did you mean `deep`?"),
        ("xyz", "known names: `timer`, `app`, `sub`, `deep`"),
    ],
)
def test_a_client_that_does_not_exist(nested: System, client: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        select_routes(nested, client)
    assert str(caught.value) == f"no such child: `{client}`"
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("client", "path"),
    [
        ("sub -> deep", ("init", "sub", "deep")),
        ("init -> sub -> deep", ("init", "sub", "deep")),
        ("timer", ("init", "timer")),
        ("", ()),
    ],
)
def test_a_session_is_traced_from_a_child_by_its_path(
    nested: System, client: str, path: tuple[str, ...]
) -> None:
    systems = {one.path: one for one in nested.instances()}
    for service, label in (("Timer", ""), ("LOG", "x")):
        hops = trace_session(nested, client, service, label)
        assert hops == trace(systems, path, service, label)
        assert bool(hops) is bool(client)


def client(system: System, name: str = "app") -> Child:
    found = system.child(name)
    assert found is not None
    return found


def app(rules: str, binary: str = "app", dialect: Dialect = Dialect.FRAMEWORK) -> System:
    """Return a system in which `app` has `rules`; the parent has ROM and LOG, `fs` has Fs."""
    text = (
        "<config><parent-provides><service name='ROM'/><service name='LOG'/></parent-provides>"
        "<start name='fs'><provides><service name='Fs'/></provides></start>"
        f"<start name='app'><binary name='{binary}'/><route>{rules}</route></start></config>"
    )
    return read_system(read_document(text, "f"), dialect)


def ask(system: System, service: str, label: str = "") -> Resolution:
    return resolve(system, client(system), service, label)


TO_PARENT = "<any-service><parent/></any-service>"


@pytest.mark.parametrize(
    ("service", "label", "binary", "answer", "seen"),
    [
        ("ROM", "", "prog", Answer.PARENT, "prog"),
        ("ROM", "", "app", Answer.PARENT, "app"),
        ("ROM", "font", "prog", Answer.PARENT, "app -> font"),
        ("ROM", "config", "prog", Answer.PARENT, "app -> config"),
        ("ROM", "ld.lib.so", "prog", Answer.PARENT, "app -> ld.lib.so"),
        ("ROM", "session_requests", "prog", Answer.CONFIG, "app -> session_requests"),
        ("ROM", "x -> session_requests", "prog", Answer.CONFIG, "app -> x -> session_requests"),
        ("LOG", "", "prog", Answer.PARENT, "app"),
        ("LOG", "session_requests", "prog", Answer.PARENT, "app -> session_requests"),
        ("LOG", "config", "prog", Answer.PARENT, "app -> config"),
    ],
)
def test_the_label_that_the_server_sees(
    service: str, label: str, binary: str, answer: Answer, seen: str
) -> None:
    system = app(TO_PARENT, binary)
    found = ask(system, service, label)
    assert (found.answer, found.label, found.service) == (answer, seen, service)
    assert found.client == "app"
    if answer is Answer.CONFIG:
        assert (found.server, found.rule, found.considered, found.why) == (None, None, (), "")
        assert found.location is None
        assert found.explicit
    else:
        assert found.rule is client(system).rules[0]


def test_without_ld_the_program_stands_for_the_linker() -> None:
    text = (
        "<config><parent-provides><service name='ROM'/></parent-provides>"
        "<start name='app' ld='no'><binary name='prog'/>"
        f"<route>{TO_PARENT}</route></start></config>"
    )
    system = read_system(read_document(text, "f"), Dialect.FRAMEWORK)
    assert ask(system, "ROM", "ld.lib.so").label == "prog"
    assert ask(system, "ROM", "other").label == "app -> other"
    assert ask(system, "LOG", "ld.lib.so").label == "app -> ld.lib.so"


@pytest.mark.parametrize("dialect", Dialect)
def test_the_configuration_in_a_start_node_is_answered_by_init(dialect: Dialect) -> None:
    text = (
        "<config><parent-provides><service name='ROM'/></parent-provides>"
        f"<start name='app'><config/><route>{TO_PARENT}</route></start></config>"
    )
    system = read_system(read_document(text, "f"), dialect)
    found = ask(system, "ROM", "config")
    assert found == Resolution("app", "ROM", Answer.CONFIG, None, "app -> config", None, ())
    assert ask(system, "ROM", "other").answer is Answer.PARENT
    assert resolve(system, client(system), "ROM") == ask(system, "ROM", "")


@pytest.mark.parametrize(
    ("service", "rules", "explicit"),
    [
        ("Fs", "<service name='Fs'><child name='fs'/></service>", True),
        ("Fs", "<service name='Fs'><parent/><child name='fs'/></service>", True),
        ("Fs", "<service name='Fs'><any-child/></service>", False),
        ("Fs", "<service name='Fs'><child name='gone'/><any-child/></service>", False),
        ("LOG", "<service name='LOG'><any-child/><parent/></service>", True),
        ("Fs", "<any-service><child name='fs'/></any-service>", False),
        ("Fs", "<any-service><any-child/></any-service>", False),
        ("Fs", "", True),
        ("Fs", "<service name='Fs'/>", True),
        ("Fs", "<any-service/>", True),
    ],
)
def test_a_route_is_explicit_when_its_rule_and_the_target_taken_are(
    service: str, rules: str, explicit: bool
) -> None:
    assert ask(app(rules), service).explicit is explicit


def test_our_own_init_ends_the_search_at_a_wildcard_that_several_children_fit() -> None:
    text = (
        "<config><parent-provides><service name='X'/></parent-provides>"
        "<start name='s'><provides><service name='X'/></provides></start>"
        "<start name='t'><provides><service name='X'/></provides>"
        "<route><any-service><any-child/></any-service></route></start>"
        "<start name='app'><route><any-service><any-child/><parent/></any-service></route></start>"
        "</config>"
    )
    system = read_system(read_document(text, "f"), Dialect.OWN)
    found = ask(system, "X", "y")
    (rule,) = client(system).rules
    why = "several children provide X: `s`, `t`"
    assert (found.client, found.service, found.label) == ("app", "X", "app -> y")
    assert (found.answer, found.rule, found.why) == (Answer.NOBODY, rule, why)
    assert [(one.target, one.reason) for one in found.considered] == [(rule.targets[0], why)]
    assert resolve(system, client(system, "t"), "X").server is client(system, "s")
    framework = read_system(read_document(text, "f"), Dialect.FRAMEWORK)
    assert ask(framework, "X").answer is Answer.PARENT


def test_our_own_init_has_a_configuration_for_every_child() -> None:
    system = app(TO_PARENT, "prog", Dialect.OWN)
    found = ask(system, "ROM", "x -> config")
    assert (found.answer, found.label) == (Answer.CONFIG, "app -> x -> config")
    assert ask(system, "ROM", "").label == "app"
    assert ask(system, "ROM", "session_requests").answer is Answer.PARENT
    assert ask(system, "LOG", "config").answer is Answer.PARENT


@pytest.mark.parametrize(
    ("rules", "answer", "rule", "reasons", "why"),
    [
        ("", Answer.NOBODY, None, [], "no rule applies"),
        ("<service name='LOG'><parent/></service>", Answer.NOBODY, None, [], "no rule applies"),
        ("<service name='Fs'/>", Answer.NOBODY, 0, ["it has no target"], "it has no target"),
        ("<any-service/>", Answer.NOBODY, None, ["it has no target"], "it has no target"),
        (
            "<any-service/><service name='Fs'><child name='fs'/></service>",
            Answer.CHILD,
            1,
            ["it has no target", ""],
            "",
        ),
        (
            "<service name='Fs'><parent/></service><service name='Fs'><child name='fs'/></service>",
            Answer.NOBODY,
            0,
            ["the parent does not provide Fs"],
            "the parent does not provide Fs",
        ),
        (
            "<any-service><parent/></any-service><any-service><any-child/></any-service>",
            Answer.CHILD,
            1,
            ["the parent does not provide Fs", ""],
            "",
        ),
        (
            "<any-service><parent/><child name='gone'/></any-service>",
            Answer.NOBODY,
            None,
            ["the parent does not provide Fs", "no such child: `gone`"],
            "no such child: `gone`",
        ),
        ("<service name='Fs'><local/></service>", Answer.LOCAL, 0, [""], ""),
    ],
)
def test_rules_are_considered_in_order(
    rules: str, answer: Answer, rule: int | None, reasons: list[str], why: str
) -> None:
    system = app(rules)
    found = ask(system, "Fs", "x")
    rules_of_app = client(system).rules
    assert (found.client, found.service, found.label) == ("app", "Fs", "app -> x")
    assert (found.answer, found.why) == (answer, why)
    assert found.rule is (None if rule is None else rules_of_app[rule])
    assert found.location == (None if rule is None else rules_of_app[rule].location)
    assert [one.reason for one in found.considered] == reasons
    assert found.server is (client(system, "fs") if answer is Answer.CHILD else None)
    assert all(one.rule in rules_of_app for one in found.considered)
    assert [one.target is None for one in found.considered] == [
        reason == "it has no target" for reason in reasons
    ]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("<parent/>", "the parent does not provide X"),
        ("<child name='gone'/>", "no such child: `gone`"),
        ("<child name='none'/>", "`none` does not provide X"),
        ("<child name='app'/>", "`app` is the client itself"),
    ],
)
@pytest.mark.parametrize("dialect", Dialect)
def test_the_next_target_is_tried_when_one_does_not_fit(
    target: str, reason: str, dialect: Dialect
) -> None:
    text = (
        "<config><parent-provides/><start name='none'/>"
        "<start name='s'><provides><service name='X'/></provides></start>"
        "<start name='app'><provides><service name='X'/></provides>"
        f"<route><service name='X'>{target}<child name='s'/></service></route></start></config>"
    )
    system = read_system(read_document(text, "f"), dialect)
    found = ask(system, "X")
    assert found.answer is Answer.CHILD
    if "itself" in reason and dialect is Dialect.FRAMEWORK:
        assert found.server is client(system)
        assert [one.reason for one in found.considered] == [""]
    else:
        assert found.server is client(system, "s")
        assert [one.reason for one in found.considered] == [reason, ""]


@pytest.mark.parametrize("dialect", Dialect)
def test_the_next_target_is_tried_when_no_child_has_the_service(dialect: Dialect) -> None:
    system = app("<service name='LOG'><any-child/><parent/></service>", dialect=dialect)
    found = ask(system, "LOG")
    assert [one.reason for one in found.considered] == ["no child provides LOG", ""]
    assert found.answer is Answer.PARENT


@pytest.mark.parametrize(
    ("attributes", "seen"),
    [
        ("", "app -> x -> y"),
        ("label='whole'", "whole"),
        ("identity='i'", "i -> y"),
        ("resource='r'", "app -> x -> r"),
        ("prepend_resource='p/'", "app -> x -> p/y"),
        ("identity='i' prepend_resource='p/' resource='r'", "i -> p/r"),
        ("identity=''", "y"),
    ],
)
def test_a_target_may_rewrite_the_label(attributes: str, seen: str) -> None:
    system = app(f"<service name='Fs'><child name='fs' {attributes}/></service>")
    assert ask(system, "Fs", "x -> y").label == seen


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        (("init", "sub", "app"), [Answer.PARENT, Answer.CHILD]),
        (("init", "app"), [Answer.CHILD]),
        (("init", "gone"), []),
        (("init", "gone", "app"), []),
        (("init",), []),
        ((), []),
    ],
)
def test_a_way_begins_at_a_component_that_exists(
    nested: System, path: tuple[str, ...], answers: list[Answer]
) -> None:
    systems = {one.path: one for one in nested.instances()}
    hops = trace(systems, path, "Timer")
    assert [hop.resolution.answer for hop in hops] == answers
    assert hops == trace(systems, path, "Timer", "")


def requests(system: System, service: str = "", label: str | None = None) -> list[tuple[str, str]]:
    """Return (service, label) of the requests that the rules of `app` distinguish."""
    return [(one.service, one.label) for one in resolutions(system, client(system), service, label)]


OTHER = f"app -> {ANOTHER_LABEL}"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("", []),
        ("<service name='Fs'><child name='fs'/></service>", [("Fs", OTHER)]),
        ("<service name='Fs' label='a'><child name='fs'/></service>", [("Fs", "app -> a")]),
        ("<service name='Fs' label_last='a'><child name='fs'/></service>", [("Fs", "app -> a")]),
        (
            "<service name='Fs' unscoped_label='app -> a'><child name='fs'/></service>",
            [("Fs", "app -> a")],
        ),
        (
            "<service name='Fs' label_prefix='a' label_suffix='z'><child name='fs'/></service>",
            [("Fs", f"app -> a{ANOTHER_LABEL}z")],
        ),
        (
            "<service name='Fs' label='a'><child name='fs'/></service>"
            "<service name='Fs'><child name='fs'/></service>",
            [("Fs", "app -> a"), ("Fs", OTHER)],
        ),
        (
            "<service name='Fs' label_prefix='a'><child name='fs'/></service>"
            "<service name='Fs' label='ab'><child name='fs'/></service>",
            [("Fs", f"app -> a{ANOTHER_LABEL}")],
        ),
        (
            "<service name='LOG'><parent/></service>"
            "<service name='Fs'><child name='fs'/></service>",
            [("Fs", OTHER), ("LOG", OTHER)],
        ),
        (
            "<service name='Fs' label='a'><child name='fs'/></service>"
            "<service name='LOG'><parent/></service>",
            [("Fs", "app -> a"), ("LOG", OTHER)],
        ),
        (
            "<service name='Fs'><child name='fs'/></service>"
            "<service name='Fs' label='a'><child name='fs'/></service>",
            [("Fs", OTHER)],
        ),
        (
            "<service name='Fs' label_suffix='z'><child name='fs'/></service>",
            [("Fs", f"app -> {ANOTHER_LABEL}z")],
        ),
        (TO_PARENT, [("Fs", OTHER), ("LOG", OTHER), ("ROM", OTHER)]),
        (
            f"<service name='Own'><parent/></service>{TO_PARENT}",
            [("Fs", OTHER), ("LOG", OTHER), ("Own", OTHER), ("ROM", OTHER)],
        ),
    ],
)
def test_the_requests_that_rules_tell_apart(rules: str, expected: list[tuple[str, str]]) -> None:
    system = app(rules)
    assert requests(system) == expected
    assert resolutions(system, client(system)) == resolutions(system, client(system), "", None)


def test_requests_for_one_service_or_label() -> None:
    system = app(
        "<service name='Fs' label='a'><child name='fs'/></service>"
        "<service name='LOG'><parent/></service>"
    )
    assert requests(system, "Fs") == [("Fs", "app -> a"), ("Fs", OTHER)]
    assert requests(system, "Rtc") == [("Rtc", OTHER)]
    assert requests(system, "", "x") == [("Fs", "app -> x"), ("LOG", "app -> x")]
    assert requests(system, "Fs", "") == [("Fs", "app")]
    found = resolutions(system, client(system), "Fs")
    assert [one.answer for one in found] == [Answer.CHILD, Answer.NOBODY]
    assert [one.answer for one in resolutions(system, client(system), "", "a")] == [
        Answer.CHILD,
        Answer.PARENT,
    ]


def test_another_label_is_no_request_of_its_own_when_a_rule_told_has_taken_it() -> None:
    system = app(f"<service name='Fs' label_prefix='{ANOTHER_LABEL}'><child name='fs'/></service>")
    assert len(requests(system, "Fs")) == 1
