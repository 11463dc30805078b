"""The environment of programs that fetch for us: scrubbed, but with the way to the network."""

from __future__ import annotations

import os

from genode_tool import process

AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""The variables that name a file of certificate authorities, the one that wins first."""

_NETWORK = (
    *("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"),
    *AUTHORITIES,
    "SSL_CERT_DIR",
    *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_PROXY_SSL_CAINFO"),
    *("SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"),
)


def network_environment(**extra: str) -> dict[str, str]:
    """Return the environment for a program that talks to the network, plus `extra`."""
    env = {name: os.environ[name] for name in _NETWORK if name in os.environ}
    env["LC_ALL"] = "C.UTF-8"  # we read their messages
    return process.scrubbed_environment({**env, **extra})


def git_environment(url: str) -> dict[str, str]:
    """Return the environment for git talking to `url`: without prompts and helpers."""
    env = network_environment(
        GIT_TERMINAL_PROMPT="0",
        GIT_SSH_COMMAND="ssh -o BatchMode=yes",
        # No `ext:`, which runs commands; and a server asked by https cannot redirect git to http.
        GIT_ALLOW_PROTOCOL="https:git:ssh:file" + ("" if url.startswith("https:") else ":http"),
        # Hosts with Git LFS would download large files that no port declares.
        GIT_LFS_SKIP_SMUDGE="1",
    )
    decides = next((name for name in AUTHORITIES if env.get(name)), "")
    if decides:
        env.setdefault("GIT_SSL_CAINFO", env[decides])
    return env
