"""Private stores for CertMapCache: a redis-server and a memcached on a free port of 127.0.0.1.

    with Redis("--maxmemory", "2mb") as redis:     with Memcached("-m", "8") as memcached:
        redis.address                    "127.0.0.1:PORT"
        redis.command("SET", b"k", b"v")  the reply: bytes, int, list, None; an error is a StoreError
    stop() start() (same port, empty)  kill()  freeze() thaw() (SIGSTOP, SIGCONT)  pid
"""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile

from ports import free_ports
from watch import BOUND, wait_for

PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/bin"])


class StoreError(Exception):
    pass


def _program(*names):
    return next(found for name in names if (found := shutil.which(name, path=PATH)))


class _Store:
    def __init__(self, *options):
        self._options = options
        self._process = None
        self.port = free_ports(1)[0]
        self.folder = tempfile.mkdtemp(prefix="certmap-store-", dir="/tmp")

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self._process = subprocess.Popen([*self._arguments(), *self._options], cwd=self.folder,
                                             stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             start_new_session=True)
        atexit.register(self.remove)
        wait_for(self._started, f"start of {self._arguments()[0]}")
        return self

    def _started(self):
        assert self._process.poll() is None, f"{self._arguments()[0]} ended at once"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _end(self, number):
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.send_signal(number)
        try:
            self._process.wait(BOUND)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def stop(self):
        self._end(signal.SIGTERM)

    def kill(self):
        self._end(signal.SIGKILL)

    def freeze(self):
        """From now on it accepts connections (the kernel does) and never answers."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def remove(self):
        self.stop()
        atexit.unregister(self.remove)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.remove()


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
