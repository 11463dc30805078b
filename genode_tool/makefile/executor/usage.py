"""The texts of `--help` and `--version`."""

from __future__ import annotations

import os

from genode_tool.makefile.executor.options import OPTIONS, Kind, Option

_WIDTH = 30
_HELP = {
    "always-make": "Make all targets, up to date or not.",
    "d": "Print and explain everything, like --debug=a.",
    "environment-overrides": "Let the environment win over makefiles.",
    "eval": "Evaluate TEXT before the makefiles.",
    "help": "List the options.",
    "ignore-errors": "Go on after recipes that fail.",
    "keep-going": "Make what does not depend on a failure.",
    "check-symlink-times": "Take the age of symbolic links into account.",
    "just-print": "Print recipes instead of running them.",
    "print-data-base": "Print variables and rules.",
    "question": "Run nothing; exit with 1 when something is out of date.",
    "no-builtin-rules": "Leave the built-in rules out.",
    "no-builtin-variables": "Leave the built-in variables out.",
    "silent": "Do not print recipes.",
    "no-keep-going": "Stop at the first failure.",
    "touch": "Touch targets instead of running recipes.",
    "version": "Print the version.",
    "print-directory": "Print the directory before and after.",
    "directory": "Change to the directory TEXT first.",
    "file": "Read the makefile TEXT.",
    "include-dir": "Look for included makefiles in TEXT.",
    "jobs": "Run TEXT jobs at a time, or any number.",
    "load-average": "Start no second job at a load of TEXT.",
    "old-file": "Take TEXT for very old.",
    "output-sync": "Keep the output together by TEXT.",
    "what-if": "Take TEXT for brand new.",
    "debug": "Print and explain what TEXT names.",
    "trace": "Print each recipe, and why it runs.",
    "no-print-directory": "Do not print the directory.",
    "warn-undefined-variables": "Warn about undefined variables.",
    "no-silent": "Print recipes.",
    "jobserver-style": "Share job slots by TEXT: fifo or pipe.",
    "shuffle": "Visit prerequisites in the order TEXT.",
}


def version() -> list[str]:
    """Return the lines of `--version`; the first reads as that of GNU make does."""
    here = os.uname()
    return [
        "GNU Make 4.4.1 compatible: genode_tool.makefile",
        f"Built for {here.machine}-{here.sysname.lower()}",
    ]


def usage() -> list[str]:
    """Return a line or two for each option."""
    lines = [
        "Usage: make [options] [VARIABLE=value…] [target…]",
        "Options are those of GNU make 4.4:",
    ]
    for option in OPTIONS:
        text = _HELP.get(option.names[0] if option.names else option.letter)
        if text:
            lines += _listed(option, text)
    lines.append("docs/reference/make-language.md describes what is covered and what differs.")
    return lines


def _listed(option: Option, help_text: str) -> list[str]:
    names = [f"-{option.letter}"] if option.letter else []
    names += [f"--{name}" for name in option.names]
    text = "  " + ", ".join(names)
    if option.kind is not Kind.FLAG:
        text += " [TEXT]" if option.optional else " TEXT"
    if len(text) >= _WIDTH:
        return [text, " " * _WIDTH + help_text]
    return [text.ljust(_WIDTH) + help_text]
