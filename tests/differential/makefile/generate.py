"""Makefiles put together at random: expressions, assignments, conditionals, rules."""

from __future__ import annotations

from hypothesis import strategies as st

_NAMES = ("a", "b", "c", "list", "x.y", "n")
_PIECES = (
    "foo.c",
    "bar.o",
    "d/e.c",
    "x",
    " ",
    "  ",
    ",",
    "%",
    "1",
    "a",
    "b c",
    "-",
    ":",
    "=",
    "\t",
)
_OPERATORS = ("=", ":=", "+=", "?=", "::=", ":::=")

pieces = st.sampled_from(_PIECES)
names = st.sampled_from(_NAMES)
patterns = st.sampled_from(("%.c", "%.o", "%", "d/%", "x", "foo%", "a%b", "\\%", "%%"))


def _join(parts: list[str]) -> str:
    return "".join(parts)


plain = st.lists(pieces, max_size=4).map(_join)


def _functions(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    one = st.sampled_from(
        (
            "strip",
            "sort",
            "words",
            "firstword",
            "lastword",
            "dir",
            "notdir",
            "suffix",
            "basename",
            "abspath",
            "origin",
            "flavor",
            "value",
            "wildcard",
        )
    )
    two = st.sampled_from(
        ("filter", "filter-out", "findstring", "addsuffix", "addprefix", "join", "if", "or", "and")
    )
    number = st.integers(1, 4)
    return st.one_of(
        inner.map(lambda t: t.replace("$", "") and t),
        names.map(lambda n: f"$({n})"),
        names.map(lambda n: "${" + n + "}"),
        st.builds(lambda n, f, t: f"$({n}:{f}={t})", names, patterns, patterns),
        st.builds(lambda f, t: f"$({f} {t})", one, inner),
        st.builds(lambda f, p, t: f"$({f} {p},{t})", two, inner, inner),
        st.builds(lambda p, q, t: f"$(patsubst {p},{q},{t})", patterns, patterns, inner),
        st.builds(lambda p, q, t: f"$(subst {p},{q},{t})", plain, plain, inner),
        st.builds(lambda i, t: f"$(word {i},{t})", number, inner),
        st.builds(lambda i, j, t: f"$(wordlist {i},{j},{t})", number, number, inner),
        st.builds(lambda t, u: f"$(foreach i,{t},{u}$(i))", inner, inner),
        st.builds(lambda t, u: f"$(let i j,{t},{u}$(j)$(i))", inner, inner),
        st.builds(lambda t, u: f"$(if {t},{u},no)", inner, inner),
        st.builds(lambda t, u: f"$(call f,{t},{u})", inner, inner),
        st.builds(lambda i, j, t: f"$(intcmp {i},{j},<,{t},>)", number, number, inner),
        st.builds(lambda n, t: f"$(eval {n} := {t})", names, inner),
    )


expressions = st.recursive(plain, _functions, max_leaves=6)

assignments = st.builds(
    lambda n, o, v: f"{n} {o} {v}", names, st.sampled_from(_OPERATORS), expressions
)
shows = names.map(lambda n: f"$(info {n} [$({n})] $(origin {n}) $(flavor {n}) $(value {n}))")
defines = st.builds(
    lambda n, o, v: f"define {n} {o}\n{v}\nendef",
    names,
    st.sampled_from(("=", ":=", "+=")),
    expressions,
)


def _conditional(lines: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tests = st.one_of(
        names.map(lambda n: f"ifdef {n}"),
        names.map(lambda n: f"ifndef {n}"),
        st.builds(lambda a, b: f"ifeq ($({a}),{b})", names, plain),
        st.builds(lambda a, b: f'ifneq "$({a})" "$({b})"', names, names),
    )
    return st.builds(lambda t, a, b: f"{t}\n{a}\nelse\n{b}\nendif", tests, lines, lines)


lines = st.recursive(
    st.one_of(assignments, shows, defines, names.map(lambda n: f"undefine {n}")),
    _conditional,
    max_leaves=3,
)

targets = st.sampled_from(("t1", "t2", "d/t3.o", "t4.o", "t5.x"))
sources = st.sampled_from(("s1.c", "t4.c", "d/t3.c", "t5.y", "s2"))


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Return a rule with a recipe that shows its automatic variables."""
    kind = draw(st.sampled_from(("explicit", "pattern", "static", "more", "variable", "double")))
    needed = " ".join(draw(st.lists(st.one_of(sources, targets), max_size=3)))
    order = " | " + draw(sources) if draw(st.integers(0, 3)) == 0 else ""
    show = "@echo '$@' from '$<' '$^' '$+' '$|' '$*' '$(@D)' '$(<F)' [$(v)]"
    target = draw(targets)
    if kind == "explicit":
        return f"{target}: {needed}{order}\n\t{show}"
    if kind == "more":
        return f"{target}: {needed}{order}"
    if kind == "double":
        return f"z{target}:: {needed}\n\t{show}"
    if kind == "variable":
        name = draw(st.sampled_from((target, "%.o", "t%", "%")))
        operator = draw(st.sampled_from(("=", ":=", "+=", "?=")))
        return f"{name}: v {operator} {draw(sources)}$(a)"
    if kind == "pattern":
        ends = draw(st.sampled_from((("o", "c"), ("x", "y"), ("o", "y"), ("y", "c"))))
        return f"%.{ends[0]}: %.{ends[1]} {draw(st.sampled_from(('', 's2')))}\n\t{show}"
    return f"t4.o t5.o: %.o: %.c {needed}\n\t{show}"


@st.composite
def makefiles(draw: st.DrawFn) -> str:
    """Return a makefile of assignments and messages."""
    body = draw(st.lists(lines, min_size=2, max_size=8))
    return "\n".join(["f = <$(1)|$(2)>", *body, *(f"$(info $({n}))" for n in _NAMES), "all:;", ""])


@st.composite
def rule_makefiles(draw: st.DrawFn) -> str:
    """Return a makefile of rules."""
    body = draw(st.lists(rules(), min_size=2, max_size=7))
    goals = " ".join(draw(st.lists(targets, min_size=1, max_size=3)))
    return "\n".join(["v = global", f"all: {goals}\n\t@echo all '$^'", *body, ""])
