"""Translates the plan of a leaf to ninja edges.

Names that only group others are dissolved: an edge depends on what the names stand for. Three
things differ from make on purpose, because ninja knows commands and header dependencies:

* makefiles are not inputs (unless a recipe reads them): a changed option changes the command,
  and a comment changes nothing;
* names that are never made (`FORCE`) do not force a compile step, whose inputs are all known;
* a `.PHONY` target whose recipe makes a file of that name out of things it names is a file;
* a directory (a target that ends in `/`) counts as made when it is there: its time changes with
  each file in it.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable

from genode_tool.building.graph.model import Leaf
from genode_tool.building.memory.context import EvaluationContext
from genode_tool.building.ninja.syntax import ALWAYS, NINJAS_OWN, QUIET, Edge
from genode_tool.building.plan.edge_order import in_turn, without_unmade_targets
from genode_tool.building.plan.leaf_inputs import LeafInputs
from genode_tool.building.plan.recipe import RecipeCommand, command_of
from genode_tool.building.plan.sub_build import without_early_directories
from genode_tool.makefile import Evaluation, Export, Origin, Plan, Step
from genode_tool.regex import regex

_MAKES_ONE = regex(r"\bmkdir\s+(?!-\w*p)")
_IN_PLACE = regex(r"\bof=|>>|\b(sed|perl)\s[^;|&]*-i")


class Translation:
    """Turns the plan of one leaf into edges.

    `unmade` are objects that a command names although nothing makes them, each with what the
    command makes. To make, a name with a rule but without a recipe counts as made, so that a
    source file that does not exist would be found by the linker. What follows from a file that
    is made may be made along with it.
    """

    def __init__(
        self, ctx: EvaluationContext, leaf: Leaf, ev: Evaluation, plan: Plan, inputs: LeafInputs
    ) -> None:
        self._settings = ctx.settings
        self._shell = (ctx.settings.shell, *ctx.layout.shell_flags)
        self._leaf = leaf
        self._ev = ev
        self._plan = plan
        self._inputs = inputs
        self._prefix = ctx.settings.build_dir + "/"
        self._directory = os.path.relpath(leaf.directory, ctx.settings.build_dir)
        self._makefiles = {self._node(name) for name in ev.rules.makefiles}
        self._names: dict[str, tuple[tuple[str, ...], bool]] = {}
        self.edges: list[Edge] = []
        self.links: dict[str, str] = {}
        self.compiles: list[tuple[str, str, str, str]] = []
        self.directories: set[str] = set()
        self.goal: tuple[str, ...] = ()
        self.unmade: list[tuple[str, str]] = []
        self._made: dict[str, int] = {}
        self._link_targets: dict[str, str] = {}

    def files(self) -> Iterable[str]:
        """Return the absolute paths of the files that the edges make.

        Links are left out, and for a directory the name of it in itself stands.
        """
        yield from (f"{self._absolute(one)}/." for one in sorted(self.directories))
        for edge in self.edges:
            for output in edge.outputs:
                path = self._absolute(output)
                if path not in self.links and output not in self.directories:
                    yield path

    def _absolute(self, node: str) -> str:
        return node if node.startswith("/") else self._prefix + node

    def translate(self) -> None:
        """Fill `edges`, `links`, `compiles` and `goal`."""
        exports = self._exports()
        names = ("CC", "CXX", "CUSTOM_CC", "CUSTOM_CXX")
        compilers = frozenset(self._ev.value(name).strip() for name in names) - {""}
        for step in self._plan.steps:
            outputs = tuple(dict.fromkeys(self._node(name) for name in step.outputs))
            command = RecipeCommand("", (), ())
            if step.has_recipe:
                command = command_of(
                    step.recipe(), self._directory, self._shell, exports, compilers
                )
            if command.text:
                self._edge(step, outputs, command)
            else:
                self._name(step, outputs, announced=bool(command.announcements))
        self._revise_edges()
        goal: list[str] = []
        for name in self._plan.goals:
            goal += self._expand(self._node(name))[0]
        self.goal = tuple(dict.fromkeys(goal))

    def _revise_edges(self) -> None:
        edges = without_unmade_targets(self.edges, self._link_targets, self._directory)
        known = {self._node(name).rstrip("/") for step in self._plan.steps for name in step.outputs}
        edges = without_early_directories(edges, self._directory, known)
        serial = self._ev.rules.special(".NOTPARALLEL")
        if serial is not None:
            edges = in_turn(edges, {self._node(name) for name in serial})
        self.edges = list(edges)

    def _node(self, name: str) -> str:
        """Return the ninja name of a file: relative to the build directory, or absolute."""
        path = self._ev.path(name)
        slash = "/" if path.endswith("/") else ""
        path = os.path.normpath(path)
        return path.removeprefix(self._prefix) + slash

    def _name(self, step: Step, outputs: tuple[str, ...], *, announced: bool) -> None:
        """Record a name that stands for others; it is forced when it stands for nothing."""
        inputs, forced = self._dissolve(step.inputs)
        order, _ = self._dissolve(step.order_only)
        found = (*inputs, *order)
        path = self._ev.path(step.outputs[0])
        kind = self._inputs.stat(path) if not path.endswith("/") else None
        for output in outputs:
            if kind is not None and not step.phony and output not in self._made:
                self._names[output] = ((output, *found), False)
            else:
                idle = not found and not announced and not step.has_recipe
                self._names[output] = (found, forced or (idle and not output.endswith("/")))

    def _expand(self, node: str) -> tuple[tuple[str, ...], bool]:
        """Return the files that a name stands for, and whether it is never up to date."""
        known = self._names.get(node)
        return known if known is not None else ((node,), False)

    def _dissolve(self, names: Iterable[str]) -> tuple[tuple[str, ...], bool]:
        files: list[str] = []
        forced = False
        for name in names:
            found, never = self._expand(self._node(name))
            files += found
            forced = forced or never
        return tuple(dict.fromkeys(files)), forced

    def _note_unmade(self, step: Step, command: RecipeCommand) -> None:
        wanted = [
            name
            for name in step.inputs
            if name.endswith(".o")
            and (node := self._node(name)) in self._names
            and not any(one == node or one in self._made for one in self._expand(node)[0])
        ]
        if wanted:
            words = {word for line in command.lines for word in line.split()}
            self.unmade += [(name, step.outputs[0]) for name in wanted if name in words]

    def _edge(self, step: Step, outputs: tuple[str, ...], command: RecipeCommand) -> None:
        self._note_unmade(step, command)
        made = {output: output.rstrip("/") for output in outputs}
        outputs = tuple(made.values())
        for name, node in made.items():
            if name != node:
                self.directories.add(node)
                self._names[name] = ((node,), False)
        inputs, forced = self._dissolve(step.inputs)
        order, _ = self._dissolve(step.order_only)
        order += tuple(node for node in inputs if node in self.directories)
        inputs = tuple(node for node in inputs if node not in self.directories)
        inputs = tuple(
            node
            for node in inputs
            if node not in self._makefiles or any(node in line for line in command.lines)
        )
        depfile = self._depfile(outputs[0], command)
        if depfile and inputs and inputs[0].endswith(".s"):
            depfile = ""  # not preprocessed: there is nothing else that it depends on
            forced = False
        text = command.text
        if depfile:
            text += f" && {self._depfile_command(command.lines)}"
        elif forced:
            inputs += (ALWAYS,)
        text = self._keeping_times(text, inputs, command)
        if self.directories.intersection(outputs) and _MAKES_ONE.search(text):
            # Ninja may have made it for a file in it.
            text = f"{{ rmdir {shlex.quote(outputs[0])} 2>/dev/null || true; }} && {text}"
        link = _link(command, outputs[0], self._prefix, self._directory)
        if link:
            # Ninja follows links: the target must be made first.
            self.links[self._absolute(outputs[0])] = link
            target = link.removeprefix(self._prefix)
            if target not in inputs:
                inputs += (target,)
                self._link_targets[outputs[0]] = target
        elif step.phony and not depfile:
            inputs += self._mentioned(outputs[0], command) or (ALWAYS,)
        name = os.path.basename(outputs[0])  # noqa: PTH119
        title = command.announcements[0] if command.announcements else QUIET + name
        edge = Edge(
            outputs,
            tuple(node for node in dict.fromkeys(inputs) if node not in outputs),
            tuple(node for node in order if node not in inputs and node not in outputs),
            text,
            f"[{self._leaf.label}] {title}",
            f"{self._directory}/{depfile}{NINJAS_OWN}" if depfile else "",
        )
        before = self._made.get(outputs[0])
        if before is not None:  # several double-colon rules for one target
            edge = _merged(self.edges[before], edge)
            self.edges[before] = edge
        else:
            for output in outputs:
                self._made[output] = len(self.edges)
            self.edges.append(edge)
        if depfile and edge.inputs:
            self._compile(edge, command)

    def _keeping_times(self, text: str, inputs: tuple[str, ...], command: RecipeCommand) -> str:
        """Return the command such that inputs that it changes in place keep their times.

        Else ninja would take them for newer than what was made from them, forever.
        """
        changed: list[str] = []
        if not any(_IN_PLACE.search(line) for line in command.lines):
            return text
        for node in inputs:
            if node in self._made:
                name = re.escape(self._leaf_name(node))
                pattern = rf"(\bof={name}|>>\s*{name}|\b(sed|perl)\s[^;|&]*-i[^;|&]*\s{name})(\s|$)"
                if any(re.search(pattern, line) for line in command.lines):
                    changed.append(shlex.quote(node))
        for name in changed:
            note = f"{name}.time"
            text = f"touch -r {name} {note} && ({text}) && touch -r {note} {name} && rm -f {note}"
        return text

    def _compile(self, edge: Edge, command: RecipeCommand) -> None:
        """Record a compile command for `compile_commands.json`."""
        source = edge.inputs[0]
        if source.endswith((".c", ".cc", ".cpp", ".cxx", ".C", ".S", ".m")):
            path = self._absolute(source)
            line = next((line for line in command.lines if " -c " in line), command.lines[0])
            self.compiles.append((path, edge.outputs[0], self._directory, line))

    def _depfile(self, output: str, command: RecipeCommand) -> str:
        """Return the dependency file, relative to the leaf, that a compiler writes, or ""."""
        for line in command.lines:
            if not re.search(r"\s-MM?D(\s|$)", line):
                continue
            named = re.search(r"\s-MF\s*(\S+)", line)
            if named:
                return named.group(1)
            target = re.search(r"\s-o\s*(\S+)", line)
            name = target.group(1) if target else os.path.basename(output)  # noqa: PTH119
            return os.path.splitext(name)[0] + ".d"  # noqa: PTH122
        return ""

    def _depfile_command(self, lines: tuple[str, ...]) -> str:
        """Return the command that makes a dependency file for ninja from that of the compiler.

        The compiler names headers relative to the leaf's directory, or with their absolute
        paths, also those in the build directory; ninja knows these relative to the latter. Its
        own file stays, for the original's front end in the same directory.
        """
        depfile = self._depfile("x.o", RecipeCommand("", (), lines))
        # Both are quoted for sed, where `#` separates, and `&` stands for the match.
        here = re.sub(r"[#&\\]", r"\\\g<0>", self._directory)
        root = re.sub(r"[#.*\[\]\\^$]", r"\\\g<0>", self._prefix)
        script = f"s# \\([^/ \\]\\)# {here}/\\1#g;s# {root}# #g"
        name = shlex.quote(depfile)
        return f"{{ test ! -f {name} || sed {shlex.quote(script)} {name} > {name}{NINJAS_OWN}; }}"

    def _mentioned(self, output: str, command: RecipeCommand) -> tuple[str, ...]:
        """Return what the recipe of a phony target makes its file of, () if it makes no file."""
        words = set(re.split(r"[\s'\";|&()<>]+", " ".join(command.lines).replace("\\n", " ")))
        if self._leaf_name(output) not in words and output not in words:
            return ()
        found = []
        cache = self._settings.lib_cache_dir
        for word in sorted(words):
            node = self._node(word.replace("$libs", cache)) if word else ""
            if node and node != output and (node in self._made or node.endswith((".lib.a", ".o"))):
                found.append(node)
        return tuple(found)

    def _leaf_name(self, node: str) -> str:
        return node.removeprefix(f"{self._directory}/")

    def _exports(self) -> str:
        """Return the shell text that exports what this leaf's makefiles export."""
        names = [
            name
            for name, variable in self._ev.globals.items()
            if variable.export is Export.YES
            and variable.origin in (Origin.FILE, Origin.OVERRIDE)
            and name not in self._settings.exported
            and not name.startswith("MAKE")
            and re.fullmatch(r"[A-Za-z_]\w*", name)
        ]
        words = []
        for name in sorted(names):
            value = self._ev.value(name)
            if "\n" not in value:
                words.append(f"{name}={shlex.quote(value)}")
        return f"export {' '.join(words)} && " if words else ""


def _link(command: RecipeCommand, output: str, prefix: str, directory: str) -> str:
    """Return where the symbolic link leads that a command makes, absolute, or ""."""
    if len(command.lines) != 1:
        return ""
    match = re.fullmatch(r"ln\s+-(?:sf|fs|s|sfn|nsf)\s+(\S+)\s+(\S+)", command.lines[0])
    if not match:
        return ""
    here = f"{prefix}{directory}"
    target, name = (word.replace("`pwd`", here).replace("$PWD", here) for word in match.groups())
    if re.search(r"[`$*?]", target + name):
        return ""
    absolute = prefix + output if not output.startswith("/") else output
    if os.path.normpath(os.path.join(here, name)) != absolute:  # noqa: PTH118
        return ""
    return os.path.normpath(os.path.join(os.path.dirname(absolute), target))  # noqa: PTH118, PTH120


def _merged(first: Edge, second: Edge) -> Edge:
    return Edge(
        first.outputs,
        tuple(dict.fromkeys((*first.inputs, *second.inputs))),
        tuple(dict.fromkeys((*first.order_only, *second.order_only))),
        f"({first.command}) && ({second.command})",
        first.description,
        first.depfile or second.depfile,
    )
