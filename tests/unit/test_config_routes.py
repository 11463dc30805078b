"""Who answers a session request, in both dialects; charts, pictures, trust."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import etree

from genode_tool.config import read_document
from genode_tool.config.routing.chart import Bond, read_chart
from genode_tool.config.routing.resolution import Answer, Resolution, resolutions, resolve, trace
from genode_tool.config.routing.trust import Role, find_component, trusted_by
from genode_tool.config.system.model import Dialect, System
from genode_tool.config.system.reader import read_system
from genode_tool.errors import UserError
from genode_tool.report.chart.formats import render
from genode_tool.report.chart.layout import lay_out

FRAMEWORK = """config
+ parent-provides
  + service ROM
  + service LOG
  + service PD
+ default-route
  + any-service | + parent
                | + any-child
+ alias rtc | child: clock
+ start timer | ram: 1M | + provides | + service Timer
+ start clock
  + provides | + service Rtc
  + route
    + service Timer | + child timer
    + any-service   | + parent
+ start fs_a | + provides | + service Fs
+ start fs_b | + provides | + service Fs
+ start app
  + binary prog
  + config | verbose: yes
  + route
    + service ROM | label: font       | + child fs_a
    + service ROM | label_last: image | + parent
    + service Fs  | label_prefix: a/  | + child fs_a
    + service Fs  | label_suffix: .b  | + child fs_b
    + service Fs  | unscoped_label: prog | + parent
    + service Rtc | + child rtc | label: renamed
    + service Nic | + child nobody
    + service LOG | + child timer | identity: x
                  | + parent
    + any-service | + parent
                  | + any-child
+ start drivers
  + binary init
  + route
    + service ROM | label: config | + parent | label: drivers.config
    + service Timer | + child timer
    + any-service | + parent
-
"""
DRIVERS = """config
+ parent-provides
  + service ROM
  + service Timer
+ service Block | + default-policy | + child ahci
+ start ahci
  + provides | + service Block
  + route    | + any-service | + parent
-
"""


@pytest.fixture(scope="module")
def system() -> System:
    def modules(name: str) -> tuple[str, str] | None:
        return (DRIVERS, "drivers.config") if name == "drivers.config" else None

    return read_system(read_document(FRAMEWORK, "f"), Dialect.FRAMEWORK, modules)


def ask(system: System, client: str, service: str, label: str = "") -> Resolution:
    start = system.child(client)
    assert start is not None
    return resolve(system, start, service, label)


@pytest.mark.parametrize(
    ("service", "label", "answer", "server", "seen"),
    [
        ("ROM", "config", Answer.CONFIG, "", "app -> config"),
        ("ROM", "", Answer.PARENT, "", "prog"),
        ("ROM", "font", Answer.NOBODY, "", "app -> font"),
        ("ROM", "x -> image", Answer.PARENT, "", "app -> x -> image"),
        ("Fs", "a/b", Answer.CHILD, "fs_a", "app -> a/b"),
        ("Fs", "x.b", Answer.CHILD, "fs_b", "app -> x.b"),
        ("Fs", "other", Answer.NOBODY, "", "app -> other"),
        ("Rtc", "now", Answer.CHILD, "clock", "renamed"),
        ("Nic", "", Answer.NOBODY, "", "app"),
        ("LOG", "x", Answer.PARENT, "", "app -> x"),
        ("Timer", "", Answer.CHILD, "timer", "app"),
        ("PD", "", Answer.PARENT, "", "app"),
        ("Usb", "", Answer.NOBODY, "", "app"),
    ],
)
def test_the_framework_s_rules(
    system: System, service: str, label: str, answer: Answer, server: str, seen: str
) -> None:
    found = ask(system, "app", service, label)
    assert (found.answer, found.server.name if found.server else "") == (answer, server)
    assert found.label == seen


def test_what_was_considered_is_told(system: System) -> None:
    found = ask(system, "app", "LOG")
    assert [step.reason for step in found.considered] == ["`timer` does not provide LOG", ""]
    assert ask(system, "app", "Nic").why == "no such child: `nobody`"
    assert ask(system, "app", "Fs", "z").why == "several children provide Fs: `fs_a`, `fs_b`"
    assert ask(system, "app", "Timer").explicit is False
    assert ask(system, "clock", "Timer").explicit is True
    assert ask(system, "clock", "Fs").why == "the parent does not provide Fs"


def test_requests_are_followed_through_instances_of_init(system: System) -> None:
    systems = {one.path: one for one in system.instances()}
    assert set(systems) == {("init",), ("init", "drivers")}
    hops = trace(systems, ("init", "drivers", "ahci"), "Timer", "x")
    assert [(hop.system.path[-1], hop.resolution.answer) for hop in hops] == [
        ("drivers", Answer.PARENT),
        ("init", Answer.CHILD),
    ]
    assert hops[-1].resolution.label == "drivers -> ahci -> x"


def test_a_policy_decides_where_a_subsystem_leads() -> None:
    text = """config
+ start sub
  + binary init
  + provides | + service Block
  + config
    + service Block
      + policy | label_prefix: app -> | + child prefixed
      + policy | label: app -> disk   | + child exact
      + policy                        | + child nobody
      + default-policy                | + child other
    + start prefixed | + provides | + service Block
    + start exact    | + provides | + service Block
    + start other    | + provides | + service Block
+ start app | + route | + service Block | + child sub
-
"""
    system = read_system(read_document(text, "f"), Dialect.FRAMEWORK)
    systems = {one.path: one for one in system.instances()}
    for label, server in (("disk", "exact"), ("usb", "prefixed"), ("", "other")):
        last = trace(systems, ("init", "app"), "Block", label)[-1].resolution.server
        assert last is not None
        assert last.name == server


@pytest.mark.parametrize(
    ("policies", "label", "server"),
    [
        ("+ policy | label_suffix: .img | + child a", "root.img", "a"),
        ("+ policy | label_suffix: .img | + child a", "root.iso", ""),
        ("+ policy | label_last: disk | + child a", "x -> disk", "a"),
        ("+ policy | label_last: disk | + child a", "disk -> x", ""),
        ("+ policy | label_prefix: app | + child a\n+ policy | label_prefix: app -> x | + child b",
         "x", "b"),
        ("+ policy | label_prefix: app -> x | + child b\n+ policy | label_prefix: app | + child a",
         "x", "b"),
        ("+ policy | label_suffix: x | + child a\n+ policy | label_suffix: -> x | + child b",
         "x", "b"),
        ("+ policy | label_suffix: x | + child a\n+ policy | label_suffix: x | + child b",
         "x", "a"),
        ("+ default-policy | + child a\n+ policy | label_suffix: x | + child b", "x", "b"),
        ("+ child a", "x", "a"),
        ("", "x", ""),
    ],
)  # fmt: skip
def test_the_policy_that_fits_best_decides(policies: str, label: str, server: str) -> None:
    """By the whole label, then by a longer prefix, then by a longer suffix; the first of equals."""
    lines = "\n".join(f"      {line}" for line in policies.splitlines())
    text = f"""config
+ start sub
  + binary init
  + provides | + service Block
  + config
    + service Other | + default-policy | + child b
    + service Block
{lines}
    + start a | + provides | + service Block
    + start b | + provides | + service Block
+ start app | + route | + service Block | + child sub
-
"""
    system = read_system(read_document(text, "f"), Dialect.FRAMEWORK)
    systems = {one.path: one for one in system.instances()}
    hops = trace(systems, ("init", "app"), "Block", label)
    assert [hop.system.path for hop in hops] == [("init",), ("init", "sub")]
    last = hops[-1].resolution
    full = f"app -> {label}"
    assert (last.client, last.service, last.label) == ("sub", "Block", full)
    assert (last.server.name if last.server else "") == server
    assert last.answer is (Answer.CHILD if server else Answer.NOBODY)
    assert last.why == ("" if server else "it does not pass Block on to its parent")


def own(text: str) -> System:
    return read_system(read_document(text, "o"), Dialect.OWN)


def test_the_rules_of_our_own_init() -> None:
    system = own(
        "<config><parent-provides><service name='LOG'/></parent-provides>"
        "<start name='s'><provides><service name='X'/></provides>"
        "<route><service name='X'><any-child/></service></route></start>"
        "<start name='t'><provides><service name='X'/></provides></start>"
        "<start name='c'><route><service name='X' label='a'><child name='t'/></service>"
        "<any-service><any-child/><parent/></any-service>"
        "<service name='LOG'><parent/></service></route></start></config>"
    )
    assert ask(system, "c", "X", "a").answer is Answer.CHILD
    assert ask(system, "c", "ROM", "config").answer is Answer.CONFIG
    # An ambiguous wildcard ends the search, even with a target behind it.
    assert ask(system, "c", "X", "b").answer is Answer.NOBODY
    assert ask(system, "c", "LOG").answer is Answer.PARENT
    server = ask(system, "s", "X").server
    assert server is not None
    assert server.name == "t"  # itself is no candidate


@pytest.mark.parametrize(
    ("selector", "label", "applies"),
    [
        ('label="disk"', "disk", True),
        ('label="disk"', "disk2", False),
        ('label_prefix="di"', "disk", True),
        ('label_prefix="di"', "a-disk", False),
        ('label_suffix=".img"', "root.img", True),
        ('label_suffix=".img"', "root.iso", False),
        ('label_prefix="r" label_suffix=".img"', "root.iso", False),
        ('label_prefix="r" label_suffix=".img"', "boot.img", False),
        ('label_prefix="r" label_suffix=".img"', "root.img", True),
    ],
)
def test_selectors_of_our_own_init(selector: str, label: str, applies: bool) -> None:
    system = own(
        "<config><parent-provides><service name='X'/></parent-provides><start name='c'><route>"
        f"<service name='X' {selector}><parent/></service></route></start></config>"
    )
    answer = ask(system, "c", "X", label).answer
    assert answer is (Answer.PARENT if applies else Answer.NOBODY)


def test_a_route_is_explicit_when_rule_and_target_are() -> None:
    system = own(
        "<config><start name='s'><provides><service name='X'/><service name='Y'/></provides>"
        "</start><start name='c'><route><service name='X'><any-child/></service>"
        "<service name='Y'><child name='s'/></service></route></start>"
        "<start name='d'><route><any-service><child name='s'/></any-service></route></start>"
        "</config>"
    )
    found = [ask(system, *one) for one in (("c", "X"), ("c", "Y"), ("d", "Y"))]
    assert [one.server.name for one in found if one.server] == ["s", "s", "s"]
    assert [one.explicit for one in found] == [False, True, False]
    bonds = {arrow.bond: {use.service for use in arrow.uses} for arrow in read_chart(system).arrows}
    assert bonds == {Bond.WILDCARD: {"X", "Y"}, Bond.EXPLICIT: {"Y"}}


def test_resolutions_cover_the_rules(system: System) -> None:
    start = system.child("app")
    assert start is not None
    found = {
        (one.service, one.rule.shown if one.rule else "") for one in resolutions(system, start)
    }
    assert ("Fs", 'Fs label_prefix="a/"') in found
    assert ("PD", "any service") in found
    assert {one.service for one in resolutions(system, start)} >= set(system.services)
    assert {one.service for one in resolutions(system, start, "Nic")} == {"Nic"}


def test_a_chart_tells_explicit_from_wildcard(system: System) -> None:
    chart = read_chart(system)
    names = [box.name for box in chart.boxes]
    bonds = {
        (names[one.client], names[one.server], one.bond): {use.service for use in one.uses}
        for one in chart.arrows
    }
    assert bonds["app", "clock", Bond.EXPLICIT] == {"Rtc"}
    assert bonds["app", "timer", Bond.WILDCARD] == {"Timer"}
    assert bonds["clock", "timer", Bond.EXPLICIT] == {"Timer"}
    app = chart.boxes[names.index("app")]
    assert [name for name, _ in app.broken] == ["Nic", "ROM font"]
    drivers = chart.boxes[names.index("drivers")].inner
    assert drivers is not None
    assert [box.exports for box in drivers.boxes] == [("Block",)]


def test_the_picture_is_an_svg_with_everything_in_it(system: System) -> None:
    picture = render(read_chart(system), "svg", "a <b> & c")
    root = etree.fromstring(picture.encode())
    texts = [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")]
    for wanted in ("a <b> & c", "init", "app", "prog", "timer", "any child", "Nic \u2192 nobody"):
        assert wanted in texts, wanted
    assert "init \u203a drivers" in texts
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    for one in root.iter("{http://www.w3.org/2000/svg}rect"):
        if one.get("width") != "100%":
            right = float(one.get("x", "0")) + float(one.get("width", "0"))
            bottom = float(one.get("y", "0")) + float(one.get("height", "0"))
            assert 0 <= right <= width
            assert 0 <= bottom <= height
    paths = list(root.iter("{http://www.w3.org/2000/svg}path"))
    assert {one.get("stroke-dasharray") is not None for one in paths if one.get("stroke")} == {
        True,
        False,
    }


def test_other_forms_of_the_picture(system: System) -> None:
    chart = read_chart(system)
    data = json.loads(render(chart, "json", "t"))
    assert {"client": "clock", "server": "timer", "service": "Timer", "label": "",
            "bond": "explicit"} in data["routes"]  # fmt: skip
    page = render(chart, "html", "t")
    assert page.count("<tr") > 20
    assert '<tr class="broken">' in page
    dot = render(chart, "dot", "t")
    assert "style=dashed" in dot
    if shutil.which("dot"):
        done = subprocess.run(
            ["dot", "-Tplain"], input=dot, text=True, capture_output=True, check=True, timeout=60
        )
        assert len([line for line in done.stdout.splitlines() if line.startswith("node")]) == 9


def test_a_layout_has_clients_above_servers_and_nothing_overlaps() -> None:
    arrows = [(0, 1), (1, 2), (0, 2), (3, 2), (2, 4), (4, 0), (5, 4)]
    layout = lay_out([(100.0 + 10 * n, 40.0) for n in range(8)], arrows)
    boxes = [item for item in layout.items if item.box is not None]
    turned = 0
    for client, server in arrows:
        turned += layout.items[client].y >= layout.items[server].y
    assert turned == 1  # the one that closes the cycle
    for one in boxes:
        assert one.x >= 0
        assert one.x + one.width <= layout.width + 0.01
        for other in boxes:
            if one is not other and one.y == other.y:
                assert one.x + one.width <= other.x or other.x + other.width <= one.x
    assert [way[0] for way in layout.ways] == [client for client, _ in arrows]
    assert [way[-1] for way in layout.ways] == [server for _, server in arrows]
    assert lay_out([], []).width == 0


def test_whom_a_component_trusts(system: System) -> None:
    found = {one.name: one for one in trusted_by(system, find_component(system, "clock"))}
    assert {name: one.role for name, one in found.items()} == {
        "init -> clock": Role.ITSELF,
        "init": Role.PARENT,
        "init -> timer": Role.SERVER,
        # The timer has the default route, by which it may depend on any of these.
        "core": Role.CORE,
    } | {name: Role.SERVER for name in found if name in ("init -> fs_a", "init -> fs_b")}
    assert found["init -> timer"].explicit
    assert found["init -> timer"].reasons[0] == "Timer for clock"
    deep = trusted_by(system, find_component(system, "drivers -> ahci"))
    assert [one.name for one in deep][:3] == ["init -> drivers -> ahci", "init -> drivers", "init"]
    assert "init -> timer" in [one.name for one in deep]
    with pytest.raises(UserError, match="no such component: `clok`") as caught:
        find_component(system, "clok")
    assert caught.value.hint == "did you mean `clock`?"


def test_everything_that_is_trusted_has_its_reasons() -> None:
    system = own(
        "<config><parent-provides><service name='LOG'/></parent-provides>"
        "<start name='nic'><binary name='nic_driver'/><provides><service name='Nic'/>"
        "<service name='Uplink'/></provides>"
        "<route><service name='LOG'><parent/></service></route></start>"
        "<start name='sub'><binary name='init'/><config>"
        "<parent-provides><service name='Nic'/><service name='Uplink'/></parent-provides>"
        "<start name='app'><config/><route><service name='ROM'><parent/></service>"
        "<service name='Nic' label='eth'><parent/></service>"
        "<any-service><parent/></any-service></route></start></config>"
        "<route><service name='Nic' label='app -> eth'><child name='nic'/></service>"
        "<service name='Nic'><parent/></service>"
        "<service name='Uplink'><any-child/></service></route></start></config>"
    )
    found = trusted_by(system, find_component(system, "sub -> app"))
    assert [(one.path, one.binary, one.role, one.reasons, one.explicit) for one in found] == [
        (("init", "sub", "app"), "app", Role.ITSELF, (), True),
        (("init", "sub"), "init", Role.PARENT, ("runs app",), True),
        (("init",), "init", Role.PARENT, ("runs sub", "runs nic"), True),
        (
            ("init", "nic"),
            "nic_driver",
            Role.SERVER,
            (
                "Nic for app",
                "Uplink for app, by wildcard",
                "Nic for sub",
                "Uplink for sub, by wildcard",
            ),
            True,
        ),
        ((), "core", Role.CORE, (), True),
    ]


def test_equal_names_at_several_places_need_a_path() -> None:
    inner = "<start name='x'/>"
    system = own(
        "".join(
            ["<config>"]
            + [
                f"<start name='{n}'><binary name='init'/><config>{inner}</config></start>"
                for n in "ab"
            ]
            + ["</config>"]
        )
    )
    with pytest.raises(UserError, match="several components") as caught:
        find_component(system, "x")
    assert caught.value.hint == "say which: `a -> x`, `b -> x`"
    assert find_component(system, "b -> x") == ("init", "b", "x")


def test_a_module_that_names_itself_ends(tmp_path: Path) -> None:
    del tmp_path
    text = (
        "config\n+ start sub\n  + binary init\n  + route\n"
        "    + service ROM | label: config | + parent | label: again.config\n-\n"
    )
    system = read_system(
        read_document(text, "f"), Dialect.FRAMEWORK, lambda _: (text, "again.config")
    )
    assert 5 < len(list(system.instances())) < 20
