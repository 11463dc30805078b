"""Switching real machines on and off: by a command, a power switch in the network, or firmware.

The options of the modules are the run tool's; what the devices understand is what it sends them.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import shlex
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.process import find_program, run
from genode_tool.programs import how_to_get
from genode_tool.run.context.run_modules import RunModule

Report = Callable[[str], None]

_COMMAND_SECONDS = 120.0
_ANSWER_SECONDS = 10.0
_SWITCH_SECONDS = 1.0
_NETIO_PORT = 1234
_WOL_PORT = 9
_SIOCGIFBRDADDR = 0x8919  # netdevice(7)
_AMT_SECONDS = 5.0
_RESET = """<p:RequestPowerStateChange_INPUT xmlns:p="{power}"><p:PowerState>5</p:PowerState>\
<p:ManagedElement xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" \
xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">\
<a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address>\
<a:ReferenceParameters><w:ResourceURI>{cim}/CIM_ComputerSystem</w:ResourceURI><w:SelectorSet>\
<w:Selector Name="CreationClassName">CIM_ComputerSystem</w:Selector>\
<w:Selector Name="Name">ManagedSystem</w:Selector></w:SelectorSet></a:ReferenceParameters>\
</p:ManagedElement></p:RequestPowerStateChange_INPUT>
"""
_CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2"


def switch(module: RunModule, cwd: Path, report: Report) -> None:
    """Switch a machine on or off by a module `power_on/NAME` or `power_off/NAME`.

    `report` gets a line about what is done. Raises `UserError` for options that are missing or
    wrong, `EnvironmentProblem` when the device or command fails or takes too long.
    """
    on = module.kind == "power_on"
    report(f"power {'on' if on else 'off'}: {module.name} {module.value('host')}".rstrip())
    try:
        _WAYS[module.name](module, cwd, on)
    except OSError as error:
        raise EnvironmentProblem(
            f"{module.include} {module.value('host')}: {error.strerror or error}"
        ) from error


def _command(module: RunModule, cwd: Path, _on: bool) -> None:
    command = module.wanted("cmd")
    argv = [command] if Path(cwd, command).is_file() else shlex.split(command)
    for parameters in module.switches.values(module.option("param")):
        argv += shlex.split(parameters)
    call(module, argv, cwd)


def call(
    module: RunModule,
    argv: Sequence[str],
    cwd: Path,
    *,
    seconds: float = _COMMAND_SECONDS,
    secrets: Mapping[str, str] | None = None,
    typed: bytes | None = None,
) -> bytes:
    """Run a command for a module to its end and return what it prints."""
    if find_program(argv[0]) is None and not Path(cwd, argv[0]).is_file():
        raise EnvironmentProblem(
            f"{module.include} needs the program {argv[0]}, which is not installed",
            hint=how_to_get(argv[0]),
        )
    env = {**os.environ, **secrets} if secrets else None
    done = run(argv, cwd=cwd, env=env, input=typed, timeout=seconds)
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise EnvironmentProblem(
            f"{module.include}: {argv[0]} ended with exit status {done.returncode}"
            + (f": {said[-1]}" if said else "")
        )
    return done.stdout


def _netio(module: RunModule, _cwd: Path, on: bool) -> None:
    _, port = module.wanted("host"), module.wanted("port")
    with _Dialogue(module, _NETIO_PORT) as device:
        device.expect(b"KSHELL")
        device.ask(f"login {module.wanted('user')} {module.wanted('password')}", b"250 OK")
        if not on:
            device.ask(f"port {port} 0", b"250 OK")
            return
        is_on = device.ask(f"port {port}", b"250 ").strip() != b"0"
        # one that is on is interrupted for a moment
        device.ask(f"port {port} {'int' if is_on else '1'}", b"250 OK")


def _softreset(module: RunModule, _cwd: Path, _on: bool) -> None:
    words = module.wanted("on"), module.wanted("off")
    with _Dialogue(module, _number(module, "port")) as device:
        for word in words:
            device.send_line(word)
            time.sleep(_SWITCH_SECONDS)


class _Dialogue:
    """A line-wise conversation with a device."""

    def __init__(self, module: RunModule, port: int) -> None:
        host, _, other = module.wanted("host").partition(":")
        self._module = module
        self._socket = socket.create_connection((host, int(other or port)), _ANSWER_SECONDS)
        self._heard = b""

    def __enter__(self) -> _Dialogue:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send_line(self, line: str) -> None:
        self._socket.sendall(line.encode() + b"\n")

    def ask(self, line: str, answer: bytes) -> bytes:
        """Send a line, wait for an answer, and return the rest of its line."""
        self.send_line(line)
        return self.expect(answer)

    def expect(self, text: bytes) -> bytes:
        deadline = Deadline.after(_ANSWER_SECONDS)
        while text not in self._heard or b"\n" not in self._heard.split(text, 1)[1]:
            data = b"" if deadline.expired else self._socket.recv(4096)
            if not data:
                said = self._heard.decode(errors="replace").strip()
                raise EnvironmentProblem(
                    f"{self._module.include}: wanted the answer `{text.decode()}` from the device"
                    + (f", found `{said}`" if said else "")
                )
            self._heard += data
        rest, _, self._heard = self._heard.split(text, 1)[1].partition(b"\n")
        return rest


def _allnet(module: RunModule, _cwd: Path, on: bool) -> None:
    words = f"{module.wanted('user')}:{module.wanted('password')}".encode()
    _http(
        f"http://{module.wanted('host')}/xml/jsonswitch.php"
        f"?id={module.wanted('port')}&set={int(on)}",
        headers={"Authorization": "Basic " + base64.b64encode(words).decode()},
    )


def _energenie(module: RunModule, _cwd: Path, on: bool) -> None:
    place = f"http://{module.wanted('host')}"
    _http(f"{place}/login.html", {"pw": module.wanted("password")})
    _http(f"{place}/status.html", {f"ctl{module.wanted('port')}": str(int(on))})
    _http(f"{place}/login.html")  # leaves again


def _http(
    url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> None:
    import urllib.parse
    import urllib.request

    data = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(url, data, dict(headers or {}))
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with without_proxy.open(request, timeout=_ANSWER_SECONDS) as answer:
        answer.read()


def _wol(module: RunModule, _cwd: Path, _on: bool) -> None:
    address = module.wanted("mac")
    digits = address.replace(":", "").replace("-", "")
    try:
        packet = b"\xff" * 6 + bytes.fromhex(digits) * 16
    except ValueError:
        packet = b""
    if len(packet) != 6 * 17:
        raise UserError(f"{module.option('mac')} is `{address}`: wanted a MAC address")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sender.sendto(packet, (_broadcast(sender, module.value("dev")), _WOL_PORT))


def _broadcast(sender: socket.socket, device: str) -> str:
    """Return the broadcast address of a network device, of all without one."""
    if not device:
        return "255.255.255.255"
    answer = fcntl.ioctl(sender, _SIOCGIFBRDADDR, struct.pack("256s", device.encode()[:15]))
    return socket.inet_ntoa(answer[20:24])


def _amt(module: RunModule, cwd: Path, _on: bool) -> None:
    host, password = module.wanted("host"), module.wanted("password")
    tool = next(iter(module.switches.values("--amt-tool")), "default")
    known = ("wsman", "meshcmd", "amttool")
    usable = [one for one in known if tool in (one, "default") and find_program(one)]
    if not usable:
        wanted = " or ".join(known) if tool == "default" else tool
        raise EnvironmentProblem(f"{module.include} needs {wanted}, which is not installed")
    if usable[0] == "amttool":
        secrets = {"AMT_PASSWORD": password}
        call(module, ("amttool", host, "reset"), cwd, secrets=secrets, typed=b"y\n")
    elif usable[0] == "meshcmd":
        tls = ("--tls",) if module.switches.enabled("--meshcmd-tls") else ()
        login = (*tls, "--host", host, "--password", password)
        said = call(module, ("meshcmd", "amtpower", "--reset", *login), cwd)
        if b"Soft off" in said:
            call(module, ("meshcmd", "amtpower", "--poweron", *login), cwd)
    else:
        service = f"{_CIM}/CIM_PowerManagementService"
        request = _RESET.format(power=service, cim=_CIM).encode()
        if module.switches.enabled("--wsman-tls"):
            raise UserError(
                "--wsman-tls: wsman cannot check the machine's certificate",
                hint="use --amt-tool meshcmd, or power_on/command with a command of your own",
            )
        argv: tuple[str, ...] = (
            "wsman",
            "invoke",
            "-a",
            "RequestPowerStateChange",
            "-J",
            "/dev/stdin",
            service,
        )
        argv += ("-h", host, "--port", "16992", "--username", "admin", "-p", password)
        call(module, argv, cwd, typed=request)
    time.sleep(module.seconds("timeout", _AMT_SECONDS))


def _number(module: RunModule, name: str) -> int:
    text = module.wanted(name)
    with contextlib.suppress(ValueError):
        return int(text)
    raise UserError(f"{module.option(name)} is `{text}`: wanted a number")


_WAYS: dict[str, Callable[[RunModule, Path, bool], None]] = {
    "allnet": _allnet,
    "amt": _amt,
    "command": _command,
    "energenie": _energenie,
    "netio": _netio,
    "softreset": _softreset,
    "wol": _wol,
}
