"""Lines of recipes that try to get out; `Outside.fill` puts names in."""

from __future__ import annotations

from tests.attack.outside import SHARED_MEMORY
from tests.attack.tricks import TRICKS


def python(text: str) -> str:
    """Return a command line for a few words of Python."""
    return f'@PYTHON -c "import os, socket; {text}"'


RECIPES = {
    "a write": "echo x > @NEW",
    "a removal": "rm @FILE",
    "a mode": "chmod 777 @FILE",
    "an owner": "chown 1:1 @FILE",
    "a time": "touch @FILE",
    "an extended attribute": python("os.setxattr('@FILE', 'user.a', b'x')"),
    "a link, then a write": "ln -s @DIRECTORY d; echo x > d/new",
    "a hard link, then a mode": "ln @FILE f && chmod 777 f",
    "tcp": python("socket.create_connection(('127.0.0.1', @TCP))"),
    "multipath tcp": python("socket.socket(2, 1, 262).connect(('127.0.0.1', @TCP))"),
    "tcp fast open": python("socket.socket().sendto(b'x', 0x20000000, ('127.0.0.1', @TCP))"),
    "tcp of bash": "bash -c 'echo x > /dev/tcp/127.0.0.1/@TCP'",
    "udp": python("socket.socket(2, 2).sendto(b'x', ('127.0.0.1', @UDP))"),
    "a socket in a directory": python("socket.socket(1).connect('@DIRECTORY/socket')"),
    "an abstract socket": python("socket.socket(1).connect(chr(0) + 'genode-attack-@MAIN')"),
    "a signal": "kill -9 @PID",
    "a signal to all": "kill -9 -1",
    "a priority": "renice 5 -p @PID",
    "a limit": "prlimit --pid @PID --nofile=3",
    "shared memory": f"echo x > {SHARED_MEMORY}",
    "a mount": "mount -o remount,rw / ; echo x > @NEW",
    "another namespace": "unshare -rm sh -c 'mount -o remount,rw / ; echo x > @NEW'",
    "the namespace of the system": "nsenter -t @MAIN -m sh -c 'echo x > @NEW'",
    "a new root": "chroot / sh -c 'echo x > @NEW'",
    "memory": "dd if=/dev/zero of=/proc/@PID/mem count=1",
    "a way by another process": "echo x > /proc/@MAIN/root@NEW",
    "the keyboard": python("import fcntl; fcntl.ioctl(os.open('/dev/tty', 2), 0x5412, b'x')"),
    **{name: f"@TRICK {name}" for name in TRICKS},
}

WITH_NAMESPACES = frozenset(
    (
        *("a mode", "an owner", "a time", "a hard link, then a mode", "an extended attribute"),
        *("a signal to all", "extended attributes", "modes by descriptor", "flags of a file"),
        *("flags by file setattr", "clone into namespaces", "the 32 bit interface"),
    )
)
"""What Landlock does not keep in, nor seccomp where recipes change modes of their own files."""
