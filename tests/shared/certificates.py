"""Certificates that sign themselves, for servers of tests: right ones, and wrong ones."""

from __future__ import annotations

import subprocess
from pathlib import Path

_CONFIGURATION = """
[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = names
x509_extensions = extensions
[names]
commonName = supplied
[extensions]
subjectAltName = {names}
basicConstraints = CA:true
"""


def make_certificate(
    directory: Path,
    names: str = "DNS:localhost,IP:127.0.0.1",
    begins: str = "20200101000000Z",
    ends: str = "20990101000000Z",
) -> Path:
    """Return a file in `directory` with a key and a certificate for `names`, by openssl(1)."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "configuration").write_text(_CONFIGURATION.format(names=names))
    (directory / "index").write_text("")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    openssl("req", "-new", "-nodes", *curve, "-subj", "/CN=x", "-keyout", "key", "-out", "request")
    signing = ("-batch", "-selfsign", "-notext", "-config", "configuration", "-keyfile", "key")
    openssl(
        *("ca", *signing, "-in", "request", "-out", "certificate"),
        *("-startdate", begins, "-enddate", ends),
    )
    both = directory / "both"
    both.write_bytes((directory / "key").read_bytes() + (directory / "certificate").read_bytes())
    return both
