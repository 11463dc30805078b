"""Keys and detached signatures, by GnuPG.

Signatures are made with SHA-256, which is what systems on the target verify. A signature by a key
that has expired since counts if it is older; one made by a key after its end, by a revoked
key, or with MD5 or SHA-1, does not.
"""

from __future__ import annotations

import contextlib
import datetime
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool import process
from genode_tool.errors import EnvironmentProblem, GenodeError, UserError
from genode_tool.programs import how_to_get
from genode_tool.scratch import scratch_directory

_SECONDS = 60.0
"""For one signature: the user may be asked for a passphrase."""

_ALGORITHMS = {"1": "RSA", "3": "RSA", "17": "DSA", "19": "ECDSA", "22": "EdDSA", "27": "Ed25519"}
_WEAK_HASHES = {"1": "MD5", "2": "SHA-1", "3": "RIPEMD-160"}
_LEAST_RSA_BITS = 2048


class BadSignature(GenodeError):
    """A signature is not good, or not by the key that is wanted."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key. `expires` is in seconds since 1970, None: never; `remarks` are weaknesses.

    `ends` has the same for each of its keys that expires, by fingerprint: a subkey may sign.
    """

    fingerprint: str
    owner: str
    algorithm: str
    bits: int
    created: int
    expires: int | None
    remarks: tuple[str, ...]
    ends: Mapping[str, int]

    @property
    def expired(self) -> bool:
        """True if the key may no longer be used for new signatures."""
        return self.expires is not None and self.expires <= time.time()


def gpg() -> list[str]:
    """Return the beginning of a command line. Raises `EnvironmentProblem` without GnuPG."""
    if process.find_program("gpg") is None:
        raise EnvironmentProblem("gpg is not installed", hint=how_to_get("gpg"))
    return ["gpg", "--batch", "--no-tty"]


def read_key(path: Path) -> PublicKey:
    """Return what a file with a public key says. Raises `UserError` when it has none."""
    with _private_home() as env:
        command = [*gpg(), "--with-colons", "--show-keys", str(path)]
        shown = process.run(command, env=env, timeout=_SECONDS)
        packets = process.run([*gpg(), "--list-packets", str(path)], env=env, timeout=_SECONDS)
    rows = [line.split(":") for line in shown.stdout.decode(errors="replace").splitlines()]
    primary = next((row for row in rows if row[0] == "pub"), None)
    print_row = next((row for row in rows if row[0] == "fpr"), None)
    if primary is None or print_row is None:
        raise UserError(
            f"{path} has no OpenPGP public key",
            hint="`gpg --armor --export NAME` writes one",
        )
    owner = next((row[9] for row in rows if row[0] == "uid"), "")
    algorithm, bits = _ALGORITHMS.get(primary[3], f"algorithm {primary[3]}"), int(primary[2] or 0)
    remarks = []
    if algorithm == "RSA" and bits < _LEAST_RSA_BITS:
        remarks.append(f"RSA with {bits} bits")
    if algorithm == "DSA":
        remarks.append("DSA")
    weak = _weak_self_signatures(packets.stdout.decode(errors="replace"), primary[4])
    if weak:
        remarks.append(f"bound to its name by {weak} only, which newer programs refuse")
    return PublicKey(
        print_row[9],
        owner,
        algorithm,
        bits,
        int(primary[5] or 0),
        int(primary[6]) if primary[6] else None,
        tuple(remarks),
        _ends(rows),
    )


def _ends(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return when the keys in a listing with colons expire, by fingerprint."""
    found, end = {}, ""
    for row in rows:
        if row[0] in ("pub", "sub"):
            end = row[6]
        elif row[0] == "fpr" and end:
            found[row[9]] = int(end)
    return found


def _weak_self_signatures(packets: str, key_id: str) -> str:
    """Return the hash of the signatures that bind a key to its owner if all are weak."""
    hashes = []
    pattern = rf"^:signature packet: .*keyid {key_id}\n.*sigclass 0x1[0-3]\n\tdigest algo (\d+)"
    for match in re.finditer(pattern, packets, re.MULTILINE):
        hashes.append(match[1])
    weak = [_WEAK_HASHES[one] for one in hashes if one in _WEAK_HASHES]
    return weak[0] if weak and len(weak) == len(hashes) else ""


class Verifier:
    """Verifies signatures by the keys in one file. Use `verifier`, which makes one."""

    def __init__(self, key: PublicKey, env: dict[str, str]) -> None:
        self.key = key
        self._env = env

    def verify(self, path: Path, signature: Path, what: str) -> str:
        """Check the signature of a file; return a remark, "" if all is well.

        Raises `BadSignature`; `what` names the file there.
        """
        command = [*gpg(), "--status-fd", "1", "--verify", str(signature), str(path)]
        done = process.run(command, env=self._env, timeout=_SECONDS)
        status = done.stdout.decode(errors="replace")
        valid = re.search(r"^\[GNUPG:\] VALIDSIG (.*)$", status, re.MULTILINE)
        if valid is None or re.search(r"^\[GNUPG:\] REVKEYSIG\b", status, re.MULTILINE):
            raise BadSignature(
                f"{what}: the signature is not good: {_why(status)}",
                hint="the server's files are damaged or forged; nothing was installed",
            )
        fields = valid[1].split()
        made, algorithm = int(fields[2]), fields[7]
        if algorithm in _WEAK_HASHES:
            raise BadSignature(f"{what}: the signature uses {_WEAK_HASHES[algorithm]}")
        if re.search(r"^\[GNUPG:\] EXPSIG\b", status, re.MULTILINE):
            raise BadSignature(f"{what}: the signature has expired")
        if not re.search(r"^\[GNUPG:\] EXPKEYSIG\b", status, re.MULTILINE):
            return ""
        ends = [self.key.ends[one] for one in (fields[0], fields[9]) if one in self.key.ends]
        end = min(ends, default=0)
        if made > end:
            raise BadSignature(
                f"{what}: signed on {_day(made)} by a key that had expired on {_day(end)}",
                hint="`genode depot user add` replaces the key, if the user has a newer one",
            )
        return f"its key has expired since it was signed on {_day(made)}"


@contextlib.contextmanager
def verifier(pubkey: Path) -> Iterator[Verifier]:
    """Yield a verifier for the key in a file. Raises `UserError` when it has none."""
    key = read_key(pubkey)
    with _private_home() as env:
        done = process.run([*gpg(), "--import", str(pubkey)], env=env, timeout=_SECONDS)
        if done.returncode and b"imported" not in done.stderr:
            raise UserError(f"gpg cannot import the key in {pubkey}")
        yield Verifier(key, env)


@contextlib.contextmanager
def _private_home() -> Iterator[dict[str, str]]:
    """Yield the environment for a gpg that knows none of the caller's keys."""
    with scratch_directory("gpg") as home:
        yield process.scrubbed_environment({"GNUPGHOME": str(home), "LC_ALL": "C"})


def _day(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).date().isoformat()


def _why(status: str) -> str:
    for word, words in (
        ("BADSIG", "the file was changed after it was signed"),
        ("NO_PUBKEY", "it was made with another key"),
        ("REVKEYSIG", "the key was revoked"),
        ("NODATA", "there is no signature in it"),
    ):
        if re.search(rf"^\[GNUPG:\] {word}\b", status, re.MULTILINE):
            return words
    return "gpg cannot read it"
