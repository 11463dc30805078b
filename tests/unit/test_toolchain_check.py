"""Checks of tool chains: green on adopted ones, red on each that is wrong in one way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from genode_tool.errors import Severity
from genode_tool.toolchain.adopt import Family, WantedCompiler, adopt
from genode_tool.toolchain.adopt.host_compilers import HostTools, find_host_tools
from genode_tool.toolchain.architectures import architecture
from genode_tool.toolchain.check import CheckResult, check, tool_chain_at
from genode_tool.toolchain.check.check import CHECKS, Check
from genode_tool.toolchain.check.workbench import ProbeFailed, Workbench
from tests.unit.toolchains import Adopting, adopted, imitate, need, replace_tool

__all__ = ["adopted"]


def named(name: str) -> Check:
    return next(one for one in CHECKS if one.__name__ == f"check_{name}")


def answers(name: str, bench: Workbench) -> dict[str, CheckResult]:
    bench.directory.mkdir(exist_ok=True)
    return {one.check: one for one in named(name)(bench)}


def bench_of(architecture_name: str, prefix: str, tmp_path: Path) -> Workbench:
    return Workbench(architecture(architecture_name), prefix, tmp_path / "scraps")


@pytest.mark.parametrize("name", ["x86", "arm", "aarch64", "riscv"])
def test_an_adopted_tool_chain_passes(adopted: Adopting, name: str) -> None:
    chain = tool_chain_at(architecture(name), adopted(name).prefix)
    findings = check(chain)
    assert [one for one in findings if one.failed] == []
    assert {one.check for one in findings} >= {"version", "macros", "linker scripts", "binutils"}
    if plugins_of(name):
        assert {one.check for one in findings if one.diagnostic.severity is Severity.WARNING} <= {
            "gdb"
        }


def plugins_of(name: str) -> bool:
    return find_host_tools(architecture(name)).plugin_headers() is not None


def test_without_headers_for_plugins_it_is_told_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("arm-linux-gnueabi-g++")
    monkeypatch.setattr(HostTools, "plugin_headers", lambda _: None)
    real = adopt(architecture("arm"), tmp_path)
    findings = {one.check: one for one in check(tool_chain_at(real.architecture, real.prefix))}
    assert [one for one in findings.values() if one.failed] == []
    assert findings["thread-local"].diagnostic.severity is Severity.WARNING
    assert findings["size_t"].diagnostic.severity is Severity.WARNING
    assert "plugins of GCC" in findings["size_t"].diagnostic.hint


def test_an_adopted_clang_passes_and_emulates_thread_local_variables(tmp_path: Path) -> None:
    need("clang", "x86_64-linux-gnu-g++")
    real = adopt(architecture("x86"), tmp_path / "a place", WantedCompiler(Family.CLANG))
    findings = {one.check: one for one in check(tool_chain_at(real.architecture, real.prefix))}
    assert [one for one in findings.values() if one.failed] == []
    assert findings["thread-local"].ok
    assert findings["version"].diagnostic.text == f"clang {real.version}"


def test_the_distribution_s_own_compiler_does_not_pass() -> None:
    need("x86_64-linux-gnu-g++")
    findings = check(tool_chain_at(architecture("x86"), "x86_64-linux-gnu-", "1.2.3"))
    failed = {one.check for one in findings if one.failed}
    assert failed >= {
        "version",
        "macros",
        "integer types",
        "headers",
        "PIE",
        "build-id",
        "hash table",
        "RELRO",
        "GOT relaxation",
        "C++ support (64)",
        "C++ program (64)",
        "linker scripts",
    }
    assert all(one.diagnostic.hint for one in findings if one.failed)
    needs = next(one for one in findings if one.check == "C++ support (64)")
    assert "__tls_get_addr" in needs.diagnostic.text


def test_other_machines_compilers_of_the_distribution_do_not_pass(tmp_path: Path) -> None:
    need("aarch64-linux-gnu-g++", "riscv64-linux-gnu-g++")
    arm = bench_of("aarch64", "aarch64-linux-gnu-", tmp_path / "a")
    risc = bench_of("riscv", "riscv64-linux-gnu-", tmp_path / "r")
    for bench in (arm, risc):
        bench.directory.parent.mkdir()
    assert answers("atomics", arm)["atomics"].failed
    assert answers("linker", arm)["linker"].failed
    assert answers("soft_float", risc)["soft float"].failed


@pytest.mark.parametrize(
    ("check_name", "answer", "options"),
    [
        ("macros", "macros", ["-D__linux__"]),
        ("types", "integer types", ["-U__INT64_TYPE__", "-D__INT64_TYPE__=long int"]),
        ("types", "integer types", ["-U__INT64_C", "-D__INT64_C(c)=c##L"]),
        ("headers", "headers", ["-isystem/usr/include", "-idirafter/usr/include/x86_64-linux-gnu"]),
        ("position", "PIE", ["-pie", "-fPIE"]),
        ("position", "PIE", ["-fPIC"]),
        ("protections", "stack protector", ["-fstack-protector-strong"]),
        ("protections", "control flow", ["-fcf-protection=full"]),
        ("output", "build-id", ["-Wl,--build-id"]),
        ("output", "hash table", ["-Wl,--hash-style=both"]),
        ("output", "RELRO", ["-Wl,-z,relro"]),
        ("relocations", "GOT relaxation", ["-Wa,-mrelax-relocations=yes"]),
        ("program", "C++ program (64)", ["-fno-rtti"]),
        ("program", "C++ program (64)", ["-fno-exceptions"]),
    ],
)  # fmt: skip
def test_each_way_of_being_wrong_is_seen(
    adopted: Adopting, tmp_path: Path, check_name: str, answer: str, options: list[str]
) -> None:
    real = adopted("x86")
    good = answers(check_name, bench_of("x86", real.prefix, tmp_path))
    assert good[answer].ok
    (tmp_path / "wrong").mkdir()
    wrong = bench_of("x86", imitate(real, tmp_path / "chain", *options), tmp_path / "wrong")
    try:
        found = answers(check_name, wrong)
    except ProbeFailed:
        return
    assert found[answer].failed
    assert found[answer].diagnostic.hint


def test_an_assembler_for_which_a_slash_begins_a_comment(adopted: Adopting, tmp_path: Path) -> None:
    before = 'for word; do case $word in *.s) sed -i "s,/.*,," "$word";; esac; done'
    prefix = imitate(adopted("x86"), tmp_path / "chain", before=before)
    found = answers("assembler", bench_of("x86", prefix, tmp_path))
    assert found["assembler"].failed


def test_a_preprocessor_that_is_a_compiler_in_disguise(adopted: Adopting, tmp_path: Path) -> None:
    prefix = imitate(adopted("x86"), tmp_path / "chain")
    good = answers("preprocessor", bench_of("x86", prefix, tmp_path))
    assert good["preprocessor"].ok
    replace_tool(prefix, "cpp", f'exec "{prefix}gcc" -E "$@"')
    try:
        found = answers("preprocessor", bench_of("x86", prefix, tmp_path))
    except ProbeFailed:
        return
    assert found["preprocessor"].failed


def test_a_strip_that_strips_nothing(adopted: Adopting, tmp_path: Path) -> None:
    prefix = imitate(adopted("x86"), tmp_path / "chain")
    assert answers("binutils", bench_of("x86", prefix, tmp_path))["binutils"].ok
    replace_tool(prefix, "strip", 'cp "$3" "$2"')
    assert answers("binutils", bench_of("x86", prefix, tmp_path))["binutils"].failed


def test_missing_tools_end_the_check(adopted: Adopting, tmp_path: Path) -> None:
    prefix = imitate(adopted("x86"), tmp_path / "chain")
    Path(f"{prefix}objcopy").unlink()
    (finding,) = check(tool_chain_at(architecture("x86"), prefix))
    assert (finding.failed, finding.diagnostic.text) == (True, "missing: objcopy")


def test_a_tool_chain_without_debugger_is_usable(adopted: Adopting, tmp_path: Path) -> None:
    prefix = imitate(adopted("x86"), tmp_path / "chain")
    Path(f"{prefix}gdb").unlink(missing_ok=True)
    assert (
        answers("gdb", bench_of("x86", prefix, tmp_path))["gdb"].diagnostic.severity
        is Severity.WARNING
    )


def test_a_compiler_that_changed_since_its_adoption_is_told(adopted: Adopting) -> None:
    real = adopted("x86")
    chain = tool_chain_at(architecture("x86"), real.prefix)
    assert chain.record is not None
    version = next(one for one in check(chain) if one.check == "version")
    assert version.ok
    record = {**chain.record, "size": 1}
    changed = type(chain)(chain.architecture, chain.prefix, "", record)
    version = next(one for one in check(changed) if one.check == "version")
    assert version.failed
    assert version.diagnostic.hint.endswith("genode tool-chain adopt x86")


def test_a_built_tool_chain_of_another_version_is_wrong_an_adopted_one_differs(
    adopted: Adopting, tmp_path: Path
) -> None:
    real = adopted("x86")
    severities = []
    for record in (None, tool_chain_at(architecture("x86"), real.prefix).record):
        chain = tool_chain_at(architecture("x86"), real.prefix, "99.1.0")
        changed = type(chain)(chain.architecture, chain.prefix, chain.wanted, record)
        severities.append(
            next(one.diagnostic.severity for one in check(changed) if one.check == "version")
        )
    assert severities == [Severity.ERROR, Severity.WARNING]


def test_the_command_line_tells_and_returns_what_was_found(
    adopted: Adopting, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    from genode_tool.cli import main as entry

    monkeypatch.chdir(tmp_path)
    prefix = Path(adopted("x86").prefix).parent.parent
    assert entry.main(["tool-chain", "check", "x86", "--prefix", str(prefix), "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert shown["ok"] and shown["adopted"] and shown["architecture"] == "x86"
    wrong = imitate(adopted("x86"), tmp_path / "chain", "-Dlinux")
    assert entry.main(["tool-chain", "check", "x86", "--tools", wrong]) == 1
    out = capsys.readouterr().out
    assert "x86: wrong" in out and "predefined: linux" in out
    assert entry.main(["tool-chain", "check", "--prefix", str(tmp_path / "none")]) == 2
    assert "genode tool-chain adopt x86" in capsys.readouterr().err
