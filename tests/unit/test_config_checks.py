"""Every kind of mistake in a configuration, as a small one with the message it gets."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from genode_tool.config.checks.report import CheckOptions
from genode_tool.config.examine import Examination, examine
from genode_tool.config.routing.chart import read_chart
from genode_tool.config.routing.trust import trusted_by
from genode_tool.config.schema.catalogue import Schemas, find_schemas
from genode_tool.config.system.model import Dialect
from genode_tool.report.chart.formats import render

ROOT = Path(__file__).parents[2]
OWN_HEAD = """<config>
<parent-provides>  <service name="LOG"/> <service name="ROM"/> </parent-provides>
"""  # line 3 comes next
HSD = r"""schema config

+ type any   | : .*
+ type count | : \d+
+ type bool  | : yes|no
+ type name  | : [a-z]+

+ category target
  + node parent
  + node child | + attr name | type: name

+ attr verbose | type: bool | default: no
+ node route | multiple: no
  + node | category: target | optional: no
+ node start
  + attr name | type: name
  + attr caps | type: count | default:
  + node config | + anything
+ node text | + quote
-
"""


@pytest.fixture(scope="module")
def own() -> Schemas:
    return find_schemas([ROOT / "repos/base", ROOT / "repos/os"])


def look(
    text: str,
    schemas: Schemas | None = None,
    dialect: Dialect = Dialect.OWN,
    options: CheckOptions = CheckOptions(),  # noqa: B008 - frozen
) -> Examination:
    """Examine a small text, whose children need no environment here; see the last tests."""
    found = examine(text, "c", schemas or Schemas(), dialect, binary="init", options=options)
    return replace(found, findings=tuple(f for f in found.findings if f.kind != "environment"))


def told(found: Examination) -> list[str]:
    return [
        f"{one}" + (f" ({one.diagnostic.hint})" if one.diagnostic.hint else "")
        for one in found.findings
    ]


START = '<start name="a"> {} </start>\n'
ROUTE = START.format("<route> {} </route>")
ANY = "<any-service> <parent/> </any-service>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            ROUTE.format('<service name="X"> <child name="bb"/> </service>')
            + '<start name="b"> <provides> <service name="X"/> </provides> </start>',
            [
                "c:3:52: error: the route of X leads to `bb`, but there is no such child"
                " [init -> a] (did you mean `b`?)",
                "c:4:38: warning: no route leads to the service X [init -> b]",
            ],
        ),
        (
            ROUTE.format('<service name="X"> <child name="b"/> </service>') + '<start name="b"/>',
            [
                "c:3:52: error: the route of X leads to `b`, which does not provide it"
                " [init -> a] (no component here provides X)"
            ],
        ),
        (
            ROUTE.format('<service name="RON"> <parent/> </service>'),
            [
                "c:3:47: error: the route of RON leads to the parent, which does not provide it"
                " [init -> a] (did you mean `ROM`?)"
            ],
        ),
        (
            ROUTE.format('<service name="X"> <child name="a"/> </service>'),
            ["c:3:52: error: the route of X leads back to `a` itself [init -> a]"],
        ),
        (
            ROUTE.format("<any-service> <any-child/> </any-service>")
            + '<start name="b"> <provides> <service name="X"/> </provides> </start>\n'
            + '<start name="c"> <provides> <service name="X"/> </provides> </start>\n',
            [
                "c:3:26: warning: the wildcard is ambiguous for X: `b`, `c`; used by `a`"
                ' [init -> a] (name one: <service name="X"> <child name="…"/> </service>)'
            ],
        ),
        (
            '<start name="a"/>\n<start name="a"/>',
            ["c:4:8: error: there are two children called `a` [init]"],
        ),
        ("<start/>", ["c:3:1: error: <start> without a name [init]"]),
        (
            '<service name="X"> <child name="a"/> </service>\n<start name="a"/>',
            [
                "c:3:27: error: the service X for the parent leads to `a`, which does not provide"
                " it [init] (no component here provides X)"
            ],
        ),
        (
            START.format('<resource name="RAM" quantum="1X"/>'),
            [
                "c:3:39: error: `1X` is not a number of bytes [init -> a]"
                " (write digits, followed by K, M or G if needed)",
            ],
        ),
        (
            START.format('<provides> <service name="X"/> </provides>'),
            ["c:3:38: warning: no route leads to the service X [init -> a]"],
        ),
        (
            START.format(
                '<provides> <service name="X"/> </provides>'
                ' <config> <policy lable_prefix="b"/> <policy label="c"/> </config>'
            )
            + '<start name="b"> <route> <service name="X"> <child name="a"/> </service> </route>'
            "</start>",
            [
                "c:3:78: warning: a <policy> without label, label_prefix or label_suffix never"
                " applies [init -> a] (did you mean `label_prefix`?)"
            ],
        ),
        (
            '<start name="a"> <provides> <service name="X"/> </provides> <route> '
            '<service name="Y"> <child name="b"/> </service> </route> </start>\n'
            '<start name="b"> <provides> <service name="Y"/> </provides> <route> '
            '<service name="X"> <child name="a"/> </service> </route> </start>\n',
            [
                "c:3:78: warning: children need each other: `a` -> `b` -> `a` [init -> a]",
            ],
        ),
    ],
)
def test_mistakes_in_routes(body: str, expected: list[str]) -> None:
    assert told(look(f"{OWN_HEAD}{body}\n</config>")) == expected


@pytest.mark.parametrize(
    ("attributes", "body", "expected"),
    [
        ('prio_levels="3"', "", "c:1:9: warning: prio_levels is 3: wanted a power of two [init]"),
        (
            'prio_levels="2"',
            '<start name="a" priority="-2"/>',
            "c:1:41: warning: the priority -2 is out of range: with prio_levels 2, it ranges from"
            " -1 to 0 [init -> a]",
        ),
        (
            "",
            '<affinity-space width="2"/> <start name="a"> <affinity xpos="2"/> </start>',
            "c:1:65: warning: the affinity xpos=2 width=1 is outside of a space with width 2"
            " [init -> a]",
        ),
        (
            "",
            '<start name="a" ram="3G"/> <start name="b" ram="1M"/>',
            "c:1:1: warning: children are assigned 3073 MiB of RAM; only 64 MiB is available"
            " [init]",
        ),
        (
            "",
            '<alias name="x" child="tmer"/> <start name="timer"/>',
            "c:1:26: warning: the alias `x` means `tmer`, but there is no such child [init]",
        ),
    ],
)
def test_mistakes_in_resources(attributes: str, body: str, expected: str) -> None:
    text = f"<config {attributes}>{body}</config>"
    found = look(text, dialect=Dialect.FRAMEWORK, options=CheckOptions(ram=64 << 20))
    assert str(found.findings[0]) == expected
    assert len(found.findings) == 1


def test_limits_that_are_just_met() -> None:
    text = (
        '<config prio_levels="2"> <affinity-space width="2" height="1"/>'
        ' <start name="a" ram="48M" priority="-1"> <affinity xpos="1" width="1"/> </start>'
        ' <start name="b" ram="16M" priority="0"/> </config>'
    )
    assert not look(text, dialect=Dialect.FRAMEWORK, options=CheckOptions(ram=64 << 20)).findings
    found = look(text, dialect=Dialect.FRAMEWORK, options=CheckOptions(ram=(64 << 20) - 1))
    assert [one.kind for one in found.findings] == ["quota"]


def test_a_program_that_is_not_in_the_image() -> None:
    text = OWN_HEAD + '<start name="clock"> <binary name="test-timr"/> </start> </config>'
    found = look(text, options=CheckOptions(frozenset({"test-timer", "init"})))
    assert told(found) == [
        "c:3:30: error: the program `test-timr` is not in the image [init -> clock]"
        " (did you mean `test-timer`?)"
    ]
    routed = (
        '<config> <start name="rom"> <provides> <service name="ROM"/> </provides> </start>'
        '<start name="x"> <route> <service name="ROM"> <child name="rom"/> </service> </route>'
        "</start></config>"
    )
    options = CheckOptions(frozenset({"rom"}))
    found = look(routed, dialect=Dialect.FRAMEWORK, options=options)
    assert not [one for one in found.findings if "`x`" in one.diagnostic.text]


def test_strictness_bans_wildcards() -> None:
    text = (
        OWN_HEAD
        + "<default-route> <any-service> <parent/> <any-child/> </any-service> </default-route>"
        + ROUTE.format('<service name="LOG"> <parent/> </service>')
        + "</config>"
    )
    assert told(look(text)) == []
    assert told(look(text, options=CheckOptions(strict=True))) == [
        "c:3:17: error: the default route of any service applies to every service [init]"
        " (name services)",
        "c:3:41: error: the default route of any service leads to any child [init]"
        " (name the child)",
    ]


def test_the_framework_s_init_lives_with_a_route_that_leads_nowhere() -> None:
    text = "config\n+ start a | + route | + service Nic | + child router\n-\n"
    (finding,) = look(text, dialect=Dialect.FRAMEWORK).findings
    assert finding.severity.value == "warning"
    strict = look(text, dialect=Dialect.FRAMEWORK, options=CheckOptions(strict=True))
    assert [one.kind for one in strict.errors] == ["no child"]
    assert finding.location.column == 47


def test_a_nested_instance_is_checked_with_its_path_and_its_own_quota() -> None:
    inner = (
        '<start name="deep"> <resource name="RAM" quantum="9M"/>'
        " <route> <any-service> <child name='no'/> </any-service> </route> </start>"
    )
    text = (
        OWN_HEAD + f'<start name="sub"> <binary name="init"/> <resource name="RAM" quantum="8M"/>\n'
        f"<config> {inner} </config> </start></config>"
    )
    found = look(text)
    assert told(found) == [
        "c:4:95: error: the route of any service leads to `no`, but there is no such child"
        " [init -> sub -> deep]",
        "c:4:1: warning: children are assigned 9 MiB of RAM; only 8 MiB is available [init -> sub]",
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            ROUTE.format('<service name="ROM" label_prefx="x"> <parent/> </service>'),
            "c:3:46: error: <service> has no attribute `label_prefx` [init]"
            " (did you mean `label_prefix`?)",
        ),
        (
            "<strat/>",
            "c:3:1: error: unknown or misplaced node <strat> [init] (did you mean `start`?)",
        ),
        (
            '<start name="sub"> <binary name="init"/> <config verbose="maybe"/> </start>',
            "c:3:50: error: <config>: [facet 'enumeration'] The value 'maybe' is not an element of"
            " the set {'yes', 'no'}. [init -> sub]",
        ),
        (
            '<start name="a"> <binary/> </start>',
            "c:3:18: error: <binary>: the attribute 'name' is required but missing. [init]",
        ),
    ],
)
def test_what_the_schema_of_our_own_init_says(body: str, expected: str, own: Schemas) -> None:
    assert expected in told(look(f"{OWN_HEAD}{body}\n</config>", own))


def test_our_own_schema_takes_all_that_the_documentation_shows(own: Schemas) -> None:
    text = (ROOT / "repos/os/doc/init.md").read_text()
    example = text.partition("```xml\n")[2].partition("```")[0]
    assert told(look(example, own)) == []


@pytest.fixture
def hsd(tmp_path: Path) -> Schemas:
    path = tmp_path / "src/init/init.hsd"
    path.parent.mkdir(parents=True)
    path.write_text(HSD)
    return find_schemas([tmp_path])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "+ start a | cap: 1",
            "c:2:13: error: <start> has no attribute `cap` [init] (did you mean `caps`?)",
        ),
        (
            "+ start a | caps: many",
            "c:2:13: error: `caps` is `many`, which is not of type count [init]"
            " (expected a value that matches \\d+)",
        ),
        ("+ start", "c:2:3: error: <start> is missing the attribute `name` [init]"),
        (
            "+ strat a",
            "c:2:3: error: unknown node <strat> in <config> [init] (did you mean `start`?)",
        ),
        ("+ route", "c:2:3: error: <route> is missing <parent> or <child> [init]"),
        (
            "+ route | + parent\n+ route | + parent",
            "c:3:3: error: more than one <route> in <config> [init]",
        ),
        ("+ start a | : text", "c:2:13: error: text in <start>, which takes none [init]"),
        (
            "x start a | cap: 1",
            "c:2:13: error: <start> has no attribute `cap` [init] (did you mean `caps`?)",
        ),
        (
            "+ route | + child BIG",
            "c:2:19: error: `name` is `BIG`, which is not of type name [init]"
            " (expected a value that matches [a-z]+)",
        ),
        ("+ start a | caps: 1 | + config | x: 1 | + y", ""),
        ("+ text | : any | thing", ""),
    ],
)
def test_what_a_schema_in_hid_says(body: str, expected: str, hsd: Schemas) -> None:
    found = told(look(f"config\n{body}\n-\n", hsd, Dialect.FRAMEWORK))
    of_schema = [line for line in found if ": error:" in line and "without" not in line]
    assert of_schema == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("+ type bool  | : yes|no", "+ type bool  | : (", "malformed pattern"),
        ("type: bool", "type: boolean", "unknown type `boolean`"),
        ("category: target |", "category: targets |", "no such category: `targets`"),
        ("+ node text | + quote", "+ nod text", "unknown node <nod>"),
        ("+ node parent", "+ node | category: target", "contains itself"),
    ],
)
def test_schemas_have_to_be_right_themselves(
    old: str, new: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "src/init/init.hsd"
    path.parent.mkdir(parents=True)
    assert old in HSD
    path.write_text(HSD.replace(old, new, 1))
    found = look("config\n+ start a\n-\n", find_schemas([tmp_path]), Dialect.FRAMEWORK)
    (finding,) = found.findings
    assert finding.diagnostic.text.startswith("the schema of init is not applied: ")
    assert words in finding.diagnostic.text
    assert finding.location.file == str(path)
    assert not found.errors


@pytest.mark.parametrize("scheme", ["genode://", ""])
def test_children_are_checked_by_the_schema_of_their_program(scheme: str, tmp_path: Path) -> None:
    """What it includes is in some repository's `xsd`, whether named by the scheme or not."""
    program = tmp_path / "src/server/nic"
    program.mkdir(parents=True)
    (program / "target.mk").write_text("TARGET := nic_server\nSRC_CC = main.cc\n")
    (tmp_path / "xsd").mkdir()
    xs = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
    (tmp_path / "xsd/types.xsd").write_text(
        f'{xs}<xs:simpleType name="Word"><xs:restriction base="xs:string">'
        '<xs:pattern value="[a-z]+"/></xs:restriction></xs:simpleType></xs:schema>'
    )
    (program / "config.xsd").write_text(
        f'{xs}<xs:include schemaLocation="{scheme}types.xsd"/><xs:element name="config">'
        '<xs:complexType><xs:attribute name="mode" type="Word"/></xs:complexType></xs:element>'
        "</xs:schema>"
    )
    schemas = find_schemas([tmp_path])
    nic = '<start name="nic"> <binary name="nic_server"/> <config mdoe="x"/> </start>'
    text = (
        f'{OWN_HEAD}<start name="sub"> <binary name="init"/> <config>\n{nic}\n</config> </start>'
        '\n<start name="nic_server"> <config mode="UP"/> </start> </config>'
    )
    assert told(look(text, schemas)) == [
        "c:4:56: error: <config> has no attribute `mdoe` [init -> sub -> nic]"
        " (did you mean `mode`?)",
        "c:6:35: error: <config>: [facet 'pattern'] The value 'UP' is not accepted by the pattern"
        " '[a-z]+'. [init -> nic_server]",
    ]
    (tmp_path / "xsd/types.xsd").unlink()
    unusable = look(text, find_schemas([tmp_path])).warnings
    assert "unusable XML schema" in unusable[0].diagnostic.text
    assert unusable[0].diagnostic.hint == "no repository has xsd/types.xsd"


def test_no_configuration_breaks_the_checks(own: Schemas) -> None:
    texts = [
        found
        for path in sorted(ROOT.glob("repos/os/run/*.run"))
        for found in re.findall(r"<config>.*</config>", path.read_text(), flags=re.DOTALL)
    ]
    chance = random.Random(11)
    looked_at = 0
    for _ in range(80):
        text = chance.choice(texts)
        for _ in range(chance.randint(1, 4)):
            pieces = re.split(r'(<[^>]*>|\s+|"[^"]*")', text)
            at = chance.randrange(len(pieces))
            pieces[at] = chance.choice(
                ("", pieces[at] * 2, '"init"', '"-1"', "<child/>", "<config>", '"99999999999G"')
            )
            text = "".join(pieces)
        found = look(
            text, own, chance.choice(list(Dialect)), CheckOptions(frozenset({"init"}), 1 << 26)
        )
        assert all(one.diagnostic.text for one in found.findings)
        if found.system is not None:
            looked_at += 1
            assert render(read_chart(found.system), "svg", "t").endswith("</svg>\n")
            for start in found.system.children[:1]:
                assert trusted_by(found.system, ("init", start.name))
    assert looked_at > 10


def _environment(text: str, dialect: Dialect) -> list[str]:
    found = examine(text, "c", Schemas(), dialect, binary="init")
    only = [one for one in found.findings if one.kind == "environment"]
    return told(replace(found, findings=tuple(only)))


_ALL = "".join(f'<service name="{name}"/>' for name in ("ROM", "PD", "CPU", "LOG"))


def test_a_child_of_our_init_without_a_route_to_log_is_told() -> None:
    start = '<start name="a"> <route> <service name="ROM"> <parent/> </service> </route> </start>'
    assert _environment(OWN_HEAD + start + "\n</config>", Dialect.OWN) == [
        "c:3:8: warning: no route to LOG for `a`: its output will not be shown (no rule applies)"
        ' [init -> a] (add <service name="LOG"> <parent/> </service> to its <route>)'
    ]
    anything = start.replace("</route>", "<any-service> <parent/> </any-service> </route>")
    assert not _environment(OWN_HEAD + anything + "\n</config>", Dialect.OWN)


@pytest.mark.parametrize(
    ("routes", "missing"),
    [
        (("ROM", "PD", "CPU", "LOG"), ""),
        (("ROM", "PD", "CPU"), "LOG"),
        (("ROM", "LOG"), "PD and CPU"),
        (("PD", "CPU", "LOG"), "ROM"),
        ((), "PD, CPU, LOG and ROM"),
    ],
)
def test_a_child_of_the_frameworks_init_needs_the_sessions_of_its_environment(
    routes: tuple[str, ...], missing: str
) -> None:
    route = "".join(f'<service name="{one}"> <parent/> </service>' for one in routes)
    start = f'<start name="a"> <route> {route} </route> </start>'
    text = f"<config> <parent-provides> {_ALL} </parent-provides>\n{start} </config>"
    expected = []
    if missing:
        first = missing.replace(",", " ").split()[0]
        expected = [
            f"c:2:8: warning: `a` will not start: no route to {missing} (no rule applies)"
            f' [init -> a] (add <service name="{first}"> <parent/> </service> to its <route>)'
        ]
    assert _environment(text, Dialect.FRAMEWORK) == expected
    # The init of old releases opens PD and CPU, and with them RAM, by itself.
    old = text.replace("<parent-provides>", '<parent-provides> <service name="RAM"/>')
    assert bool(_environment(old, Dialect.FRAMEWORK)) == ("LOG" in missing)


def test_the_route_to_the_linker_counts_unless_the_child_has_none() -> None:
    rom = '<service name="ROM" label_last="ld.lib.so"> <parent/> </service>'
    other = '<any-service> <parent/> </any-service><service name="ROM"/>'
    text = f"""<config> <parent-provides> {_ALL} </parent-provides>
<start name="a"> <route> <service name="ROM" label_last="ld.lib.so"/> {other} </route> </start>
<start name="b" ld="no"> <route> <service name="ROM" label_last="ld.lib.so"/> {other}
</route> </start>
<start name="c"> <route> {rom} {other} </route> </start>
</config>"""
    found = _environment(text, Dialect.FRAMEWORK)
    assert [one.split(":")[1] for one in found] == ["2"]
    assert "`a` will not start: no route to ROM" in found[0]
