"""Signing with the caller's secret keys: those of GnuPG, or those of Sequoia's key store.

GnuPG is asked first; with the newest releases of the original, a user may have the secret key in
Sequoia alone. The signatures are of the same form (RFC 9580), and are verified by `openpgp`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from genode_tool import process
from genode_tool.depot.publishing.openpgp import PublicKey, gpg
from genode_tool.errors import EnvironmentProblem

_SECONDS = 60.0
_SIGNING_SECONDS = 600.0  # a person may have to type a passphrase
# The command line of `sq` that is meant, whatever its version; older ones do not know the option.
_SQ = ("sq", "--cli-version", "1.2.0")
# Keys of 2017 are bound to their owners by SHA-1, which Sequoia accepts up to that day.
_POLICY = ("--policy-as-of", "2013-01-31")


class Signer(Protocol):
    """Signs files with one key."""

    def sign(self, path: Path, signature: Path, name: str) -> None:
        """Write the signature of the file `path` to `signature`; messages call the file `name`.

        Raises `EnvironmentProblem` when that is not possible.
        """


def signer_of(key: PublicKey, pubkey: Path) -> Signer | None:
    """Return what signs with the secret part of `key`, which the file `pubkey` holds, or None."""
    listed = [*gpg(), "--with-colons", "--list-secret-keys", key.fingerprint]
    if process.run(listed, env=dict(os.environ), timeout=_SECONDS).returncode == 0:
        return _GnuPG(key.fingerprint)
    if process.find_program("sq") is None:
        return None
    words = [*_SQ, "--keyring", str(pubkey), "key", "list", "--cert", key.fingerprint]
    done = process.run(words, env=dict(os.environ), timeout=_SECONDS)
    usable = done.returncode == 0 and b"usable for signing" in done.stdout + done.stderr
    return _Sequoia(key.fingerprint, pubkey) if usable else None


@dataclass(frozen=True, slots=True)
class _GnuPG:
    fingerprint: str

    def sign(self, path: Path, signature: Path, name: str) -> None:
        command = [*gpg(), "--yes", "--detach-sign", "--digest-algo", "SHA256"]
        command += ["--local-user", self.fingerprint, "--output"]
        hint = f"`gpg --local-user {self.fingerprint} --detach-sign FILE` has to work"
        _sign([*command, str(signature), str(path)], name, hint)


@dataclass(frozen=True, slots=True)
class _Sequoia:
    fingerprint: str
    pubkey: Path

    def sign(self, path: Path, signature: Path, name: str) -> None:
        command = [*_SQ, *_POLICY, "--keyring", str(self.pubkey), "sign", "--batch"]
        command += ["--signer", self.fingerprint, "--signature-file"]
        hint = (
            f"`sq sign --signer {self.fingerprint} --signature-file FILE.sig FILE` has to work"
            " without a question: `sq key password` removes the passphrase of a key"
        )
        _sign([*command, str(signature), str(path)], name, hint)


def _sign(command: Sequence[str], name: str, hint: str) -> None:
    done = process.run(command, env=dict(os.environ), timeout=_SIGNING_SECONDS)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise EnvironmentProblem(
            f"cannot sign {name}: {said[-1] if said else f'{command[0]} failed'}",
            trail=tuple(said[:-1]),
            hint=hint,
        )
