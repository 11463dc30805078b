"""The options of a run, and the switches that run scripts see."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.settings.schema.runs import RunDefaults


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of a run.

    `switches` are the words that `have_cmd_switch`, `have_include` and `get_cmd_arg` see, as
    the framework's `RUN_OPT` holds them (`--include boot_dir/hw --autopilot …`). They are added
    to the ones of the build directory's configuration. `qemu_args` are added to `QEMU_OPT`.
    `timeout_scale` multiplies every timeout of the scripts. `until` replaces the pattern of
    the script's first `run_genode_until` and, with it, everything the script does after it.
    `boot_attempts` is how often a machine that does not boot is started.
    `retries` is how often a scenario that failed is run again, from its build on; `screenshot`
    keeps a picture of the machine's screen at the end of a run.
    `keep` leaves the boot directory in place. `plan_seconds` is how long planning follows a
    script at most (None: to its end). `image_format` names the kind of image
    to make and boot from, "" for the plain kernel; `image_only` makes it without booting. `jobs`
    is passed to the build (0: as the configuration says, or one per processor). `interactive` joins
    the user's terminal to the system, which goes on after the verdict until the user leaves. `gdb`
    holds the system for a debugger. `time_limit` is how many seconds a scenario may take besides
    its build and its own timeouts (None: as many as it likes). With `skip_unfit`, a scenario that
    does not apply here, or whose ports or depot archives are missing, is skipped instead of failed.
    """

    switches: tuple[str, ...] = ()
    qemu_args: tuple[str, ...] = ()
    timeout_scale: float = 1.0
    until: str = ""
    boot_attempts: int = 3
    skip_build: bool = False
    keep: bool = False
    plan_seconds: float | None = None
    retries: int = 0
    screenshot: bool = False
    image_format: str = ""
    image_only: bool = False
    jobs: int = 0
    verbose: bool = False
    interactive: bool = False
    gdb: bool = False
    time_limit: float | None = None
    skip_unfit: bool = False

    def __post_init__(self) -> None:
        if not self.timeout_scale > 0:
            raise UserError(f"timeout scale is {self.timeout_scale:g}: wanted more than 0")
        if self.boot_attempts < 1:
            raise UserError(f"{self.boot_attempts} boot attempts: wanted 1 or more")
        if self.time_limit is not None and not self.time_limit > 0:
            raise UserError(f"time limit is {self.time_limit:g} s: wanted more than 0")

    @staticmethod
    def of_settings(settings: RunDefaults) -> RunOptions:
        """Return the options of a call that gives none."""
        return RunOptions(
            switches=settings.switches,
            qemu_args=settings.qemu_arguments,
            timeout_scale=settings.timeout_scale,
            boot_attempts=settings.attempts,
            retries=settings.retries,
            screenshot=settings.screenshot,
        )


@dataclass(frozen=True, slots=True)
class Switches:
    """The command line that run scripts can look at."""

    words: tuple[str, ...]

    @staticmethod
    def parse(text: str, *, origin: Path | str) -> Switches:
        """Split the value of `RUN_OPT` as a shell would.

        Raises `UserError` for an open quotation, naming `origin`.
        """
        try:
            return Switches(tuple(shlex.split(text)))
        except ValueError as error:
            raise UserError(f"{origin}: cannot split `{text.strip()}`: {error}") from error

    def has(self, switch: str) -> bool:
        """Return whether the word `switch` is there."""
        return switch in self.words

    def enabled(self, switch: str) -> bool:
        """Return whether `switch` is there, without a value or with another one than `no`."""
        return self.has(switch) and self.values(switch)[-1:] != ("no",)

    def values(self, switch: str) -> tuple[str, ...]:
        """The words that follow each `switch`, in order."""
        return tuple(
            self.words[index + 1] for index, word in enumerate(self.words[:-1]) if word == switch
        )

    @property
    def includes(self) -> tuple[str, ...]:
        """The run modules asked for with `--include`, without duplicates."""
        return tuple(dict.fromkeys(self.values("--include")))
