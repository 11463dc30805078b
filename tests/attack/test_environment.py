"""Variables of the caller that steer programs: what others describe and we execute has none."""

from __future__ import annotations

import hashlib
import os
import tarfile
from pathlib import Path

import pytest

from genode_tool.ports.preparation.prepare import prepare
from genode_tool.ports.preparation.tools import fetch_policy, tools_for
from genode_tool.settings.layered import settings_of
from tests.attack.outside import confined_by_kernel
from tests.unit.ports_fixture import Ports, messages

VARIABLES = {
    "LD_PRELOAD": "@DIR/evil.so",
    "LD_LIBRARY_PATH": "@DIR",
    "LD_AUDIT": "@DIR/evil.so",
    "LD_DEBUG_OUTPUT": "@NEW",
    "GCONV_PATH": "@DIR",
    "LOCPATH": "@DIR",
    "NLSPATH": "@DIR/%N",
    "MALLOC_CHECK_": "3",
    "GLIBC_TUNABLES": "glibc.malloc.check=3",
    "PYTHONPATH": "@DIR",
    "PYTHONHOME": "@DIR",
    "PYTHONSTARTUP": "@SCRIPT",
    "PYTHONBREAKPOINT": "os.abort",
    "PERL5LIB": "@DIR",
    "PERL5OPT": "-Mevil",
    "RUBYOPT": "-revil",
    "NODE_OPTIONS": "--require @SCRIPT",
    "JAVA_TOOL_OPTIONS": "-agentpath:@DIR/evil.so",
    "BASH_ENV": "@SCRIPT",
    "ENV": "@SCRIPT",
    "SHELLOPTS": "xtrace",
    "BASHOPTS": "extdebug",
    "BASH_FUNC_tar%%": "() { touch @NEW; }",
    "BASH_FUNC_patch%%": "() { touch @NEW; }",
    "PS4": "$(touch @NEW)",
    "PROMPT_COMMAND": "touch @NEW",
    "IFS": "/",
    "CDPATH": "@DIR",
    "GLOBIGNORE": "*",
    "POSIXLY_CORRECT": "1",
    "TAR_OPTIONS": "--checkpoint=1 --checkpoint-action=exec=@SCRIPT",
    "TAPE": "@DIR/tape",
    "GZIP": "-f",
    "XZ_OPT": "--threads=99",
    "XZ_DEFAULTS": "--format=raw",
    "BZIP2": "-t",
    "ZSTD_CLEVEL": "99",
    "UNZIP": "-d @DIR",
    "ZIPOPT": "-T -TT @SCRIPT",
    "PATCH_GET": "1",
    "VERSION_CONTROL": "numbered",
    "SIMPLE_BACKUP_SUFFIX": "@NEW",
    "QUOTING_STYLE": "shell",
    "GREP_OPTIONS": "-r",
    "GREP_COLORS": "x",
    "LS_COLORS": "x",
    "MAKEFLAGS": "n --eval=$(shell,touch,@NEW)",
    "GNUMAKEFLAGS": "-n",
    "MFLAGS": "-n",
    "MAKEFILES": "@SCRIPT",
    "MAKELEVEL": "99",
    "MAKE_TERMOUT": "@NEW",
    "NINJA_STATUS": "\x1b]0;title\x07",
    "SHELL": "@SCRIPT",
    "EDITOR": "@SCRIPT",
    "VISUAL": "@SCRIPT",
    "PAGER": "@SCRIPT",
    "LESSOPEN": "|@SCRIPT %s",
    "GIT_DIR": "@DIR",
    "GIT_EXEC_PATH": "@DIR",
    "GIT_SSH_COMMAND": "@SCRIPT",
    "GIT_EXTERNAL_DIFF": "@SCRIPT",
    "SVN_SSH": "@SCRIPT",
    "GPG_AGENT_INFO": "@DIR/agent:1:1",
    "GNUPGHOME": "@DIR",
    "SSH_ASKPASS": "@SCRIPT",
    "SUDO_ASKPASS": "@SCRIPT",
    "CC": "@SCRIPT",
    "CXX": "@SCRIPT",
    "CFLAGS": "-fplugin=@DIR/evil.so",
    "GCC_EXEC_PREFIX": "@DIR/",
    "COMPILER_PATH": "@DIR",
    "CPATH": "@DIR",
    "LIBRARY_PATH": "@DIR",
    "PKG_CONFIG_PATH": "@DIR",
    "CCACHE_PREFIX": "@SCRIPT",
    "TCLLIBPATH": "@DIR",
    "TCL_LIBRARY": "@DIR",
    "XDG_CONFIG_HOME": "@DIR",
    "AWS_SECRET_ACCESS_KEY": "s3cret",
    "GITHUB_TOKEN": "s3cret",
    "SSH_AUTH_SOCK": "@DIR/agent",
    "DBUS_SESSION_BUS_ADDRESS": "unix:path=@DIR/bus",
    "DISPLAY": ":0",
    "XAUTHORITY": "@DIR/x",
}

PATCH = "--- a/file\n+++ b/file\n@@ -1 +1 @@\n-known\n+patched\n"

pytestmark = confined_by_kernel


@pytest.fixture
def ports(tmp_path: Path) -> Ports:
    (tmp_path / "tree").mkdir()
    made = Ports(tmp_path / "tree")
    (tmp_path / "p").mkdir()
    (tmp_path / "p/file").write_text("known\n")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "p/file", "p/file")
    sha = hashlib.sha256((tmp_path / "a.tar.gz").read_bytes()).hexdigest()
    made.add(
        "z",
        "LICENSE := a\nVERSION := 1\nDOWNLOADS := a.archive\nURL(a) := http://a.invalid/a.tar.gz\n"
        f"SHA(a) := {sha}\nDIR(a) := src\nPATCHES := a.patch\nPATCH_OPT := -p1 -d src\n"
        "SEEN := $(shell env)\ndefault: t\nt: $(DOWNLOADS)\n\tenv > seen; echo '$(SEEN)' >> seen\n",
        {"a.patch": PATCH},
    )
    return made


@pytest.mark.parametrize("name", VARIABLES)
def test_a_port_is_prepared_without_the_variable(
    ports: Ports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    evil = tmp_path / "evil"
    evil.mkdir()
    script = evil / "script"
    script.write_text(f"#!/bin/sh\n: > {evil}/new\n")
    script.chmod(0o755)
    (evil / "evil.so").write_text("no library\n")
    before = sorted(path.name for path in evil.iterdir())
    value = VARIABLES[name].replace("@NEW", f"{evil}/new").replace("@SCRIPT", str(script))
    value = value.replace("@DIR", str(evil))
    monkeypatch.setenv("GENODE_CONTRIB_MIRRORS", str(tmp_path))
    policy = fetch_policy(settings_of())
    tools = tools_for(ports.collection, policy)
    monkeypatch.setitem(os.environ, name, value)
    result = prepare(ports.collection, ["z"], tools)
    monkeypatch.delenv(name)
    assert result.ok, messages(result)
    assert (ports.path("z") / "src/file").read_text() == "patched\n"
    content = (ports.path("z") / "seen").read_text()
    seen = content.splitlines()
    if name not in ("SHELL", "MAKELEVEL", "MAKEFLAGS", "MFLAGS", "CC", "CXX", "MAKE_TERMOUT"):
        assert not [line for line in seen if line.startswith(f"{name}=")], seen
    assert len(value) < 5 or value not in content
    assert sorted(path.name for path in evil.iterdir()) == before
