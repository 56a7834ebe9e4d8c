"""Private stores for CertMapCache: a redis-server and a memcached on a free port of 127.0.0.1.

    with Redis("--maxmemory", "2mb") as redis:     with Memcached("-m", "8") as memcached:
        redis.address                    "127.0.0.1:PORT"
        redis.command("SET", b"k", b"v")  the reply: bytes, int, list, None; an error is a StoreError
    stop() start() (same port, empty)  kill()  freeze() thaw() (SIGSTOP, SIGCONT)  pid
"""

import os
import shutil
import socket

from daemon import Daemon
from ports import free_ports
from watch import BOUND

PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/bin"])


class StoreError(Exception):
    pass


def _program(*names):
    return next(found for name in names if (found := shutil.which(name, path=PATH)))


class _Store(Daemon):
    def __init__(self, *options):
        super().__init__("certmap-store-")
        self._options = options
        self.port = free_ports(1)[0]

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        return self.run([*self._arguments(), *self._options], self._started)

    def _started(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Redis(_Store):
    def _arguments(self):
        return [_program("redis-server", "valkey-server"), "--bind", "127.0.0.1", "--port", str(self.port),
                "--save", "", "--appendonly", "no"]

    def command(self, *words):
        words = [word.encode() if isinstance(word, str) else word for word in words]
        request = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)
        with socket.create_connection(("127.0.0.1", self.port), BOUND) as connection:
            connection.sendall(request)
            with connection.makefile("rb") as reader:
                return self._reply(reader)

    def _reply(self, reader):
        """RESP 2."""
        line = reader.readline().rstrip(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"-":
            raise StoreError(rest.decode())
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if int(rest) < 0:
            return None
        if kind == b"*":
            return [self._reply(reader) for _ in range(int(rest))]
        return reader.read(int(rest) + 2)[:-2]


class Memcached(_Store):
    def _arguments(self):
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        return [_program("memcached"), "-l", "127.0.0.1", "-p", str(self.port), "-U", "0", *user]

    def command(self, line, data=None):
        """What it answers to one line (and data, for set): all octets until it is silent for a moment."""
        with socket.create_connection(("127.0.0.1", self.port), BOUND) as connection:
            connection.sendall(line.encode() + b"\r\n" + (data + b"\r\n" if data is not None else b""))
            connection.settimeout(0.3)
            answer = b""
            try:
                while part := connection.recv(65536):
                    answer += part
            except TimeoutError:
                pass
            return answer
