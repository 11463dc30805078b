"""The data base of an evaluation as text, for `-p`."""

from __future__ import annotations

from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.executor.output import Output


def print_data_base(ev: Evaluation, output: Output) -> None:
    """Print variables and rules in a form that is a makefile again."""
    output.out("# Variables\n")
    for name, variable in ev.globals.items():
        place = f" ({variable.location})" if variable.location else ""
        output.out(f"# {variable.origin.text}{place}")
        if "\n" in variable.value:
            output.out(f"define {name}\n{variable.value}\nendef")
        else:
            output.out(f"{name} {'=' if variable.recursive else ':='} {variable.value}")
    output.out("\n# Implicit rules\n")
    for rule in ev.rules.patterns:
        needed = " ".join(one.name for one in rule.prerequisites)
        output.out(f"{' '.join(rule.targets)}:{':' if rule.terminal else ''} {needed}")
        for line in rule.recipe.lines if rule.recipe else ():
            output.out(f"\t{line.text}")
    output.out("\n# Files\n")
    for target in ev.rules.targets.values():
        needed = " ".join(one.name for one in target.prerequisites)
        output.out(f"{target.name}:{':' if target.double else ''} {needed}".rstrip())
        for one in target.rules:
            for line in one.recipe.lines if one.recipe else ():
                output.out(f"\t{line.text}")
