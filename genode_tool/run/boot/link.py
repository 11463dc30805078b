"""Linking an image with the tree's own linker, and looking at the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.binary.elf import ElfMachine
from genode_tool.binary.image import problems_of, read_image
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.files import replacing
from genode_tool.process import find_program, run
from genode_tool.programs import how_to_get
from genode_tool.run.context.build_side import BuildSide

_LINK_SECONDS = 300.0
_EMULATIONS = {
    "x86_64": "elf_x86_64",
    "x86_32": "elf_i386",
    "arm_64": "aarch64elf",
    "arm": "armelf",
    "riscv": "elf64lriscv",
}


@dataclass(frozen=True, slots=True)
class Linker:
    """The linker of a build, for one machine. `warn` gets its warnings."""

    program: str
    compiler: str
    machine: ElfMachine
    warn: Callable[[str], None]

    @staticmethod
    def of(build: BuildSide, machine: ElfMachine, warn: Callable[[str], None]) -> Linker:
        """Return the linker that the build's configuration names."""
        prefix = build.variable("CROSS_DEV_PREFIX")
        return Linker(
            build.variable("CUSTOM_LD") or prefix + "ld",
            build.variable("CUSTOM_CXX") or prefix + "g++",
            machine,
            warn,
        )

    def link(
        self,
        target: Path,
        inputs: Sequence[Path],
        *,
        script: Path,
        more_scripts: Sequence[Path] = (),
        options: Sequence[str] = (),
        whole: bool = False,
        text: str = "",
        strip: bool = False,
    ) -> None:
        """Link `inputs` by a linker script; the result replaces `target` in one step.

        `more_scripts` add to the first one, as far as the linker can do that. `whole` takes
        archives completely and adds the compiler's support library, `text` is the address of
        the code, `strip` leaves the symbols out. Raises `UserError` with the linker's words
        when it fails, `EnvironmentProblem` when it is missing.
        """
        if find_program(self.program) is None:
            raise EnvironmentProblem(
                f"the linker `{self.program}` is not installed",
                hint=how_to_get(self.program),
            )
        files = [str(path) for path in inputs]
        if whole:
            files = ["--whole-archive", "--start-group", *files, "--no-whole-archive"]
            files += ["--end-group", *self._support_library()]
        target.parent.mkdir(parents=True, exist_ok=True)
        argv = [self.program, "-m", _EMULATIONS[self.machine.name], "-nostdlib", *options]
        argv += ["-z", "max-page-size=0x1000", "-T", str(script)]
        argv += [word for one in more_scripts for word in ("-T", str(one))]
        argv += [f"-Ttext={text}"] if text else []
        argv += ["--gc-sections"] if whole else []
        argv += ["-s"] if strip else []
        with replacing(target, mode=0o755) as part:
            done = run([*argv, *files, "-o", str(part)], timeout=_LINK_SECONDS)
            said = done.stderr.decode(errors="replace").strip().splitlines()
            if done.returncode:
                raise UserError(
                    f"linking {target.name} failed: {said[-1] if said else 'no message'}",
                    trail=(*said[:-1][-8:], f"command: {done.command_line}"),
                )
        for line in said:
            self.warn(line)

    def _support_library(self) -> tuple[str, ...]:
        mode = {"x86_64": ("-m64", "-mcmodel=large"), "x86_32": ("-m32",)}
        argv = [self.compiler, "-print-libgcc-file-name", *mode.get(self.machine.name, ())]
        done = run(argv, timeout=_LINK_SECONDS)
        return (done.stdout.decode().strip(),) if done.returncode == 0 else ()


def check_image(path: Path, *, multiboot: bool) -> None:
    """Read an image back. Raises `UserError` that lists everything that is wrong with it."""
    problems = problems_of(read_image(path), multiboot=multiboot)
    if problems:
        raise UserError(f"the image {path.name} is wrong: {problems[0]}", trail=problems[1:])
