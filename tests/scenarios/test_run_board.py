"""Real machines: power, loading and the serial line by run modules, on a board of our own."""

from __future__ import annotations

import base64
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from genode_tool.run.verdict import Outcome, Verdict
from tests.scenarios.boards import Board, board
from tests.shared.standin import Tree, make_guest, make_process, needs_qemu

_WAIT = "run_genode_until {module init.*\\n} 60\n"


@pytest.fixture
def pc(tmp_path: Path) -> Iterator[Board]:
    with board(tmp_path / "tftp") as one:
        yield one


def _switches(pc: Board, *more: str) -> tuple[str, ...]:
    return (
        *("--include", "load/copy", "--load-copy-dir", str(pc.directory)),
        *("--include", "log/tcp", "--log-tcp-host", pc.line),
        *more,
    )


def _netio(pc: Board, kind: str) -> tuple[str, ...]:
    option = f"--power-{kind}-netio"
    return (
        *("--include", f"power_{kind}/netio", f"{option}-host", pc.switch),
        *(f"{option}-user", "me", f"{option}-password", "secret", f"{option}-port", "3"),
    )


@needs_qemu
def test_a_board_is_loaded_switched_on_listened_to_and_switched_off(
    tmp_path: Path, pc: Board
) -> None:
    tree = make_guest(tmp_path)
    verdict = tree.boot(
        "echo\nready",
        f"{_WAIT}set spawn_id [output_spawn_id]\nsend hello\n"
        "run_genode_until {hello} 30 $spawn_id",
        switches=_switches(pc, *_netio(pc, "on"), *_netio(pc, "off")),
    )
    assert verdict.outcome is Outcome.PASSED, verdict
    assert not pc.on and pc.boots == 1
    assert "login me secret" in pc.said and "port 3 1" in pc.said and pc.said[-1] == "port 3 0"
    log = (tree.path / "var/run/test/serial.log").read_text()
    assert "core: hw kernel on pc" in log and "hello" in log
    assert pc.line.rpartition(":")[2] in (tree.path / "var/run/test/command").read_text()


@needs_qemu
def test_a_line_that_is_lost_is_connected_again(tmp_path: Path, pc: Board) -> None:
    pc.drops = 1
    tree = make_guest(tmp_path)
    verdict = tree.boot(
        "loop",
        "run_genode_until {tick.*tick} 60\n",
        switches=_switches(pc, *_netio(pc, "on")),
    )
    assert verdict.outcome is Outcome.PASSED, verdict
    assert pc.drops == 0
    assert pc.on  # without a module that switches it off


def test_a_line_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    verdict = _on_linux(
        tmp_path,
        *("--include", "log/tcp", "--log-tcp-host", f"localhost:{port}"),
        *("--log-tcp-timeout", "0.3"),
    )
    assert verdict.exit_code == 2
    assert verdict.reason == (
        f"the serial line at localhost:{port} cannot be reached: Connection refused"
    )


def test_a_command_is_the_line_and_others_are_the_power(tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    script = tmp_path / "power switch"
    script.write_text(f'#!/bin/sh\necho "$@" >> {noted}\n')
    script.chmod(0o755)
    verdict = _on_linux(
        tmp_path,
        *("--include", "log/serial", "--log-serial-cmd", "echo up; printf 'x\\ay\\n'; sleep 100"),
        *("--log-serial-filter", "sed -u 's/\\a//'"),
        *("--include", "power_on/command", "--power-on-command-cmd", str(script)),
        *("--power-on-command-param", "on 'plug 1'"),
        *("--include", "power_off/command", "--power-off-command-cmd", str(script)),
        *("--power-off-command-param", "off"),
        wait="xy",
    )
    assert verdict.outcome is Outcome.PASSED, verdict
    assert noted.read_text().splitlines() == ["off", "on plug 1", "off"]


def test_the_end_of_the_line_s_command_is_told(tmp_path: Path) -> None:
    line = ("--include", "log/serial", "--log-serial-cmd")
    verdict = _on_linux(tmp_path, *line, "echo up; exit 3", wait="never")
    assert (verdict.outcome, verdict.exit_code) == (Outcome.END_OF_OUTPUT, 253)
    assert verdict.reason.endswith(
        "the command of the serial line, `echo up; exit 3`, ended with exit status 3"
    )
    verdict = _on_linux(tmp_path, *line, "no-picocom -b 1")
    assert verdict.exit_code == 2
    assert verdict.reason.endswith("no-picocom is not installed")


def test_a_power_switch_that_fails_is_told(tmp_path: Path) -> None:
    line = ("--include", "log/serial", "--log-serial-cmd", "sleep 100")
    verdict = _on_linux(
        tmp_path, *line, "--include", "power_on/command", "--power-on-command-cmd", "sh",
        "--power-on-command-param", "-c 'echo no such plug >&2; exit 4'",
    )  # fmt: skip
    assert verdict.exit_code == 2
    assert verdict.reason == "power_on/command: sh ended with exit status 4: no such plug"
    verdict = _on_linux(tmp_path, *line, "--include", "power_on/netio")
    assert verdict.reason == "run module power_on/netio wants --power-on-netio-host"
    verdict = _on_linux(tmp_path, *line, "--include", "power_on/nettio")
    assert verdict.reason == "no such run module: `power_on/nettio`"
    assert "power_on/netio" in verdict.hint


def test_power_switches_with_a_page(tmp_path: Path) -> None:
    asked: list[tuple[str, str, str]] = []

    class Plug(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length).decode()
            asked.append((self.path, body, self.headers.get("Authorization", "")))
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET  # noqa: N815 -- a name of the base class

        def log_message(self, *_: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Plug) as plug:
        thread = threading.Thread(target=plug.serve_forever)
        thread.start()
        host = f"127.0.0.1:{plug.server_address[1]}"
        line = ("--include", "log/serial", "--log-serial-cmd", "echo up; sleep 100")
        for on, off, names in (
            ("power_on/allnet", "power_off/allnet", ("user", "password", "port")),
            ("power_on/energenie", "power_off/energenie", ("password", "port")),
        ):
            words: tuple[str, ...] = ()
            for module in (on, off):
                option = "--" + module.replace("_", "-").replace("/", "-")
                words += ("--include", module, f"{option}-host", host)
                for name in names:
                    words += (f"{option}-{name}", {"port": "2"}.get(name, f"the-{name}"))
            verdict = _on_linux(tmp_path, *line, *words)
            assert verdict.outcome is Outcome.PASSED, verdict
        plug.shutdown()
        thread.join()
    login = "Basic " + base64.b64encode(b"the-user:the-password").decode()
    page = "/xml/jsonswitch.php?id=2&set="
    assert asked[:3] == [(f"{page}{value}", "", login) for value in (0, 1, 0)]
    assert [one[:2] for one in asked[3:9]] == [
        ("/login.html", "pw=the-password"),
        ("/status.html", "ctl2=0"),
        ("/login.html", ""),
        ("/login.html", "pw=the-password"),
        ("/status.html", "ctl2=1"),
        ("/login.html", ""),
    ]


def test_softreset_and_wake_on_lan(tmp_path: Path) -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as relay:

        def listen() -> None:
            connection, _ = relay.accept()
            with connection:
                while data := connection.recv(100):
                    heard.append(data)

        thread = threading.Thread(target=listen)
        thread.start()
        option = "--power-on-softreset"
        verdict = _on_linux(
            tmp_path,
            *("--include", "log/serial", "--log-serial-cmd", "echo up; sleep 100"),
            *("--include", "power_on/softreset", f"{option}-host", "127.0.0.1"),
            *(f"{option}-port", str(relay.getsockname()[1])),
            *(f"{option}-on", "relay 1 on", f"{option}-off", "relay 1 off"),
        )
        thread.join()
    assert verdict.outcome is Outcome.PASSED, verdict
    assert b"".join(heard) == b"relay 1 on\nrelay 1 off\n"
    verdict = _on_linux(
        tmp_path,
        *("--include", "log/serial", "--log-serial-cmd", "echo up; sleep 100"),
        *("--include", "power_on/wol", "--power-on-wol-mac", "00:11:22:33:44"),
    )
    assert verdict.reason == "--power-on-wol-mac is `00:11:22:33:44`: wanted a MAC address"


def test_modules_of_a_site_come_first(tmp_path: Path) -> None:
    tree = make_process(tmp_path, "echo not this one")
    site = tree.genode_dir / "repos/base/tool/run"
    for name, text in (
        ("power_on/lab", "proc run_power_on {} { exec touch powered; return true }\n"),
        ("power_off/lab", "proc run_power_off {} { exec sh -c {echo off >> off}; return true }\n"),
        (
            "load/lab",
            "proc run_load {} { set ::load_spawn_id -1; exec touch loaded; return true }\n",
        ),
        (
            "log/serial",
            "proc run_log {wait_for_re timeout_value} {\n"
            "  global output_spawn_id\n"
            "  spawn sh -c {echo starting; echo booted; echo it works; sleep 100}\n"
            "  set output_spawn_id $spawn_id\n"
            "  expect {\n    -i $output_spawn_id booted {}\n    timeout { return false }\n  }\n"
            "  wait_for_output $wait_for_re $timeout_value $output_spawn_id\n"
            "  return true\n}\n",
        ),
    ):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    includes = ("power_on/lab", "power_off/lab", "load/lab", "log/serial")
    verdict = tree.run(
        "create_boot_directory\ninstall_config {<config/>}\nbuild_boot_image { core init }\n"
        "run_genode_until {it works} 30\n",
        switches=tuple(word for one in includes for word in ("--include", one)),
    )
    assert verdict.outcome is Outcome.PASSED, verdict
    assert all((tree.path / name).exists() for name in ("powered", "loaded"))
    assert (tree.path / "off").read_text() == "off\noff\n"  # before, and when all is over
    log = (tree.path / "var/run/test/serial.log").read_text()
    assert "starting" in log and "it works" in log and "not this one" not in log


def test_images_are_put_where_a_board_loads_them_from(tmp_path: Path) -> None:
    pytest.importorskip("genode_tool.run.machine.image_loader")
    from genode_tool.run.context.run_modules import RunModule
    from genode_tool.run.image.entry import BootEntry, BootFile, BootProtocol
    from genode_tool.run.machine.image_loader import LoadableImage, load
    from genode_tool.run.options import Switches

    run_dir = tmp_path / "build/var/run/log"
    (run_dir / "boot").mkdir(parents=True)
    image = run_dir / "boot/image.elf"
    image.write_text("image")
    kernel = run_dir / "boot/kernel"
    kernel.write_text("kernel")
    entry = BootEntry(
        "a kernel",
        BootProtocol.MULTIBOOT,
        BootFile(kernel, "kernel", "serial"),
        (BootFile(image, "image.elf"),),
    )
    (tmp_path / "tree/tool/boot").mkdir(parents=True)
    (tmp_path / "tree/tool/boot/bender").write_text("bender")
    said: list[str] = []

    def tftp(*words: str, pc: bool) -> None:
        base = ("--load-tftp-base-dir", str(tmp_path / "srv"), "--load-tftp-offset-dir", "/here")
        loadable = LoadableImage(None, entry, run_dir, tmp_path / "tree", pc)
        module = RunModule("load", "tftp", None, Switches((*base, *words)))
        load(module, loadable, tmp_path / "build", said.append)

    place = tmp_path / "srv/here"
    tftp(pc=False)
    assert place.is_symlink() and place.read_text() == "kernel"
    tftp("--load-tftp-copy-files", pc=False)
    assert not place.is_symlink() and place.read_text() == "kernel"
    place.unlink()
    tftp(pc=True)
    assert (place / "config-00-00-00-00-00-00").read_text() == (
        " root /here/var/run/log\n config config-52-54-00-12-34-56\n"
    )
    assert (run_dir / "config-52-54-00-12-34-56").read_text() == (
        " exec /boot/bender\n load /boot/kernel serial\n load /boot/image.elf\n"
    )
    assert said[-1] == "load: tftp kernel, image.elf"


def _on_linux(tmp_path: Path, *switches: str, wait: str = "up") -> Verdict:
    """Run a scenario on what `switches` make of a machine; core itself is never started."""
    tree: Tree = make_process(tmp_path / f"t{len(list(tmp_path.iterdir()))}", "echo not this one")
    return tree.run(
        "create_boot_directory\ninstall_config {<config/>}\nbuild_boot_image { core init }\n"
        f"run_genode_until {{{wait}}} 30\n",
        switches=switches,
    )
