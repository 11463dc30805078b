"""The parts of an address, which others have written: a malformed one has no parts."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit


def split_url(url: str) -> SplitResult:
    """Return the parts of a URL; of one that is malformed, such as `http://[x`, only a path.

    Then it has no scheme and no host, and whoever wants one refuses it.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # computed, and checked, when it is asked for
    except ValueError:
        return SplitResult("", "", url, "", "")
    return parts


def join_url(base: str, reference: str) -> str:
    """Return the address that `reference` means at `base`; a malformed one as it is."""
    try:
        return urljoin(base, reference)
    except ValueError:
        return reference
