"""Checking a detached signature with gpg, in a home directory made for the purpose.

`KEY(…)` may be a file below the tree or a URL (the key itself), or a name — a fingerprint, an
address, "GNU" — under which the key ring directory holds `NAME.asc`, `.gpg` or `.key`. A
fingerprint is compared with the one that signed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from genode_tool import process
from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, Location
from genode_tool.ports.fetch.problems import FetchFailed
from genode_tool.programs import how_to_get
from genode_tool.scratch import scratch_directory

_ENDS = (".asc", ".gpg", ".key", "")
_TIME = 60.0  # seconds for one run of gpg


@dataclass(frozen=True, slots=True)
class Key:
    """The value of `KEY(…)`: fingerprints, or a name."""

    text: str

    @property
    def words(self) -> tuple[str, ...]:
        """The names, without quotes."""
        return tuple(self.text.replace('"', " ").replace("'", " ").split())

    @property
    def is_url(self) -> bool:
        """True if the text is a URL to fetch the key from."""
        return "://" in self.text

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """The full fingerprints among the words, in capitals."""
        return tuple(word.upper() for word in self.words if _is_fingerprint(word))

    def files(self, places: tuple[Path, ...]) -> tuple[Path, ...]:
        """Return the files in `places` that hold the key."""
        found = []
        for word in self.words:
            for place in places:
                for end in _ENDS:
                    path = place / f"{word}{end}"
                    if path.is_file():
                        found.append(path)
        return tuple(dict.fromkeys(found))


def verify(
    file: Path,
    signature: Path,
    key_files: tuple[Path, ...],
    key: Key,
    deadline: Deadline,
    location: Location | None = None,
) -> str:
    """Check `signature` of `file` against the keys in `key_files`; returns the signer.

    Raises `FetchFailed` when the signature is not good or by another key, and
    `EnvironmentProblem` when gpg is missing.
    """
    if process.find_program("gpg") is None:
        raise EnvironmentProblem(
            f"the signature of {file.name} cannot be checked: gpg is not installed",
            hint=how_to_get("gpg"),
        )
    # Not the user's home, whose keys would count as well.
    with scratch_directory("gpg") as home:
        env = process.scrubbed_environment({"GNUPGHOME": str(home), "LC_ALL": "C"})
        gpg = ["gpg", "--batch", "--no-tty", "--no-autostart", "--no-auto-key-retrieve"]
        time = deadline.bounded(_TIME)
        imported = process.run([*gpg, "--import", *map(str, key_files)], env=env, timeout=time)
        # Some of several files may be unusable; one imported key is enough to go on.
        if imported.returncode and b"imported" not in imported.stderr:
            names = ", ".join(map(str, key_files))
            raise FetchFailed(f"gpg finds no public key in {names}", location=location)
        checked = process.run(
            [*gpg, "--status-fd", "1", "--verify", str(signature), str(file)],
            env=env,
            timeout=time,
        )
    status = checked.stdout.decode(errors="replace")
    valid = re.search(r"^\[GNUPG:\] VALIDSIG (\S+)(?: \S+)* (\S+)$", status, re.MULTILINE)
    revoked = re.search(r"^\[GNUPG:\] (REVKEYSIG|EXPKEYSIG|EXPSIG)\b", status, re.MULTILINE)
    if checked.returncode or valid is None or (revoked and revoked[1] == "REVKEYSIG"):
        raise FetchFailed(
            f"the signature of {file.name} is not good: {_why(status)}",
            location=location,
            hint="the file or the key is not the one that the description declares; do not use it",
        )
    # Releases are usually signed by a subkey, while descriptions name the primary key.
    made_by, primary = valid[1], valid[2]
    if key.fingerprints and not {made_by, primary} & set(key.fingerprints):
        raise FetchFailed(
            f"{file.name} is signed by {primary}, expected {' or '.join(key.fingerprints)}",
            location=location,
        )
    return primary


def _is_fingerprint(word: str) -> bool:
    return bool(re.fullmatch("[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}", word))


def _why(status: str) -> str:
    for word, words in (
        ("BADSIG", "the file was changed after it was signed"),
        ("NO_PUBKEY", "it was made with a key that is not the declared one"),
        ("REVKEYSIG", "the key was revoked"),
        ("NODATA", "it contains no signature"),
    ):
        if re.search(rf"^\[GNUPG:\] {word}\b", status, re.MULTILINE):
            return words
    return "gpg cannot read it"
