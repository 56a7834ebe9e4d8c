"""httpd as one process, under callgrind or as it is.

    with CountedHttpd(pki, location="Require valid-user") as httpd:
        httpd.per_request(cert, 200)      instructions a request on one keep-alive connection
        httpd.per_connection(certs)       instructions a full handshake with one request
        httpd.per_idle_second()           instructions of the threads that serve nobody
    with SingleHttpd(pki, location="Require valid-user") as httpd:
        httpd.cpu_per_request(cert, 200)  microseconds of processor time, the system's included
"""

import glob
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time

from client import tls_context
from httpd_setup import httpd_program, server_user
from server import Httpd, StartError
from watch import wait_for

REQUEST = b"GET /page.html HTTP/1.1\r\nHost: localhost\r\n\r\n"
WARM_UP = 20
START_BOUND = 120
# What a server has done when the client has its answer is not all that it does for it.
SETTLE = 0.3


class Client:
    """One TLS connection; as little as possible around it. `resume`: a closed one whose session it
    resumes."""

    def __init__(self, port, cert=None, tls=None, resume=None):
        self._context = resume._context if resume else tls_context(cert, tls)
        plain = socket.create_connection(("127.0.0.1", port), START_BOUND)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = self._context.wrap_socket(plain, server_hostname="localhost",
                                                 session=resume and resume.session)
        self.status = self.session = None

    @property
    def resumed(self):
        return self._socket.session_reused

    def get(self, request=REQUEST):
        self._socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._receive()
        head, _, body = answer.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
        while len(body) < length:
            body += self._receive()
        self.status = int(head.split(None, 2)[1])
        return self.status

    def _receive(self):
        octets = self._socket.recv(65536)
        if not octets:
            raise ConnectionError("the server closed the connection")
        return octets

    def close(self):
        self.session = self._socket.session
        try:
            self._socket.unwrap()
        except (ssl.SSLError, OSError):
            pass
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class SingleHttpd(Httpd):
    def __init__(self, pki, tickets=False, **how):
        super().__init__(pki, mpm="prefork", log_level="notice", **how)
        text = self.read("conf/httpd.conf")
        tickets = "on" if tickets else "off"
        text = re.sub(r"SSLSessionCache .*", f"SSLSessionCache none\nSSLSessionTickets {tickets}", text)
        text = re.sub(r"(?m)^(CustomLog|LogFormat) .*\n", "", text)
        self.write("conf/httpd.conf", text)
        for folder in ("logs", "run"):
            self.writable_folder(folder)

    @staticmethod
    def _as_user():
        """As root httpd would change its user, and valgrind's tools could not reach it any more."""
        user = server_user()
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}

    def start(self, under=()):
        with open(self.path("stderr.log"), "ab") as stderr:
            self._process = subprocess.Popen(
                [*under, httpd_program(), "-f", self.conf, "-X"], stdin=subprocess.DEVNULL,
                stdout=stderr, stderr=stderr, env=self._environment(), start_new_session=True,
                **self._as_user())
        try:
            wait_for(self._answers, "start of httpd", START_BOUND)
        except BaseException:
            self.stop()
            raise
        return self

    def _answers(self):
        if self._process.poll() is not None:
            raise StartError(self.read("stderr.log") + self.error_log())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.plain_port)) == 0

    def cpu_per_request(self, cert, count):
        clock = ~self.pid << 3 | 2      # clock_getcpuclockid(3)
        with self.warm_client(cert) as client:
            begin = time.clock_gettime(clock)
            self.ask(client, count)
            return (time.clock_gettime(clock) - begin) / count * 1e6

    def warm_client(self, cert, status=200):
        client = Client(self.port, cert)
        self.ask(client, WARM_UP, status)
        return client

    def ask(self, client, count, status=200):
        for _ in range(count):
            got = client.get()
            if got != status:
                raise AssertionError(f"HTTP status {got}\n{self.error_log()[-2000:]}")

    def stop(self, check=False):
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
        if not os.environ.get("CERTMAP_KEEP"):
            shutil.rmtree(self.root, ignore_errors=True)


def _total(name):
    with open(name, encoding="utf-8", errors="replace") as file:
        return int(re.search(r"(?m)^(?:totals|summary): (\d+)", file.read())[1])


class CountedHttpd(SingleHttpd):
    def __init__(self, pki, **how):
        super().__init__(pki, **how)
        self.counts = os.path.join(self.writable_folder("counts"), "out")

    def start(self, under=()):
        super().start(["valgrind", "--tool=callgrind", "--instr-atstart=no", "--trace-children=no",
                       "--separate-threads=yes", f"--callgrind-out-file={self.counts}", *under])
        self._control("instrumentation on")
        return self

    def _control(self, command):
        subprocess.run(["vgdb", f"--pid={self.pid}", "--wait=5", *command.split()], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30,
                       **self._as_user())

    def _counted(self):
        """Instructions since the last call of the thread that serves, and of the others; the former's profile."""
        time.sleep(SETTLE)
        self._control("dump")
        dumps = {name: tuple(map(int, re.findall(r"\d+", name[len(self.counts):]))) for name in glob.glob(self.counts + ".*-*")}
        last = max(number for number, _ in dumps.values())
        counts = {thread: (_total(name), name) for name, (number, thread) in dumps.items() if number == last}
        served, profile = counts.pop(1)
        return served, sum(count for count, _ in counts.values()), profile

    def per_idle_second(self, seconds=5):
        """What the threads that watch files take while nobody asks."""
        self._counted()
        begin = time.monotonic()
        time.sleep(seconds)
        _, others, self.profile = self._counted()
        return others / (time.monotonic() - begin)

    def per_request(self, cert, count, status=200):
        with self.warm_client(cert, status) as client:
            self._counted()
            self.ask(client, count, status)
            total, _, self.profile = self._counted()
        return total / count

    def per_connection(self, certs, warm_up=()):
        """One connection with one request for each certificate."""
        for cert in warm_up or certs[:3]:
            self._connect(cert)
        self._counted()
        for cert in certs:
            self._connect(cert)
        total, _, self.profile = self._counted()
        return total / len(certs)

    def per_resumption(self, cert, count, tls):
        """As many connections, with one request each, that resume the session of a first one."""
        with Client(self.port, cert, tls) as first:
            self.ask(first, 1)
        for measured in (3, count):
            self._counted()
            for _ in range(measured):
                with Client(self.port, resume=first) as client:
                    self.ask(client, 1)
                    if not client.resumed:
                        raise AssertionError("the session was not resumed")
        total, _, self.profile = self._counted()
        return total / count

    def _connect(self, cert):
        with Client(self.port, cert) as client:
            self.ask(client, 1)
