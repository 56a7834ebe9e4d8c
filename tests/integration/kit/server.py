"""A real httpd with a configuration made from snippets.

    with Httpd(pki, main=RULES, vhost="CertMapAuditLog logs/audit.log", location="Require valid-user") as httpd:
        httpd.get("/cgi/env", cert=pki.alice).env["REMOTE_USER"]

`main` stands in server config before the virtual host, `vhost` inside it, `location` inside its
<Location "/">, `after` behind it. Files: `files={"conf/x.map": "text"}`; ServerRoot is a new folder,
so that relative paths in snippets work. Every server has conf/{corp,root,partner,twin,stranger}-ca.pem,
conf/client-cas.pem and conf/server.pem (see pki.Pki), htdocs/{index,public,page}.html, the CGI script
/cgi/env that prints its environment (also /cgi/…/anything below it), and writes logs/audit.log,
logs/error.log, logs/access.log. ${PORT}, ${PLAIN_PORT}, ${ROOT} can be used in snippets.
SSLVerifyClient is optional unless verify= says something else. certmap="first" loads the module before
all others; environment={…} adds to httpd's environment.

Looking at what happened:
    seen = httpd.watch(); …; seen.events(1)       exactly 1 audit event since then, or AssertionError
    seen.access(1)[0].reason                      access log: path, status, reason (certmap-reason), user
    seen.errors("certmap")                        error-log lines since then that contain the word
All wait, with bounds. httpd.test_config() is `httpd -t`: (exit code, output).

Environment: CERTMAP_MODULE (the .so), CERTMAP_PRELOAD (LD_PRELOAD), CERTMAP_HTTPD, CERTMAP_MPM, APXS.
"""

import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from client import Connection, Http2, curl
from httpd_setup import MODULES, configuration, httpd_program, server_user
from ports import free_ports
from watch import BOUND, Access, Watch, wait_for

CRASH = re.compile(r"segfault|exit signal|AddressSanitizer|runtime error:|terminate called"
                   r"|LeakSanitizer|glibc detected|double free|stack smashing")
# The event MPM of httpd 2.4.71, without CertMap too, sometimes crashes a child that was told to stop, by a
# restart or for good, while a connection ends. Under AddressSanitizer such a crash is a report with a stack.
REPORT = re.compile(r"(?:AddressSanitizer:DEADLYSIGNAL\s+=+\s+)?==(\d+)==ERROR: AddressSanitizer: "
                    r"(SEGV )?.*?==\1==ABORTING", re.DOTALL)
ENV_SCRIPT = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nexec env\n"


class StartError(Exception):
    pass


def crashes(log, told_to_stop):
    """The lines that tell of crashes (a report is one), but for those of httpd itself while children stop."""
    for report in REPORT.finditer(log):
        if int(report[1]) not in told_to_stop or not report[2] or "mod_certmap" in report[0]:
            return [report[0]]
        log = log.replace(report[0], "").replace(f"child pid {report[1]} exit signal Abort", "")
    for pid in told_to_stop:
        log = log.replace(f"child pid {pid} exit signal Segmentation fault", "")
    return [line for line in log.splitlines() if CRASH.search(line)]


class Httpd:
    def __init__(self, pki, main="", vhost="", location="", after="", plain="", files=None, mpm=None,
                 modules=(), verify="optional", audit="CertMapAuditLog logs/audit.log", certmap=True,
                 processes=1, log_level="notice ssl:warn certmap:info", environment=None):
        self.mpm = mpm or os.environ.get("CERTMAP_MPM") or "event"
        self.root = tempfile.mkdtemp(prefix="certmap-", dir="/tmp")
        os.chmod(self.root, 0o755)
        self.pki = pki
        self.port, self.plain_port = free_ports(2)
        self._process = None
        self._told_to_stop = set()
        self._more_environment = environment or {}
        for folder in ("conf", "logs", "htdocs", "cgi", "run"):
            os.mkdir(self.path(folder))
        for name, content in {**pki.conf_files(), **(files or {})}.items():
            self.write(name, content)
        for page in ("index", "public", "page"):
            self.write(f"htdocs/{page}.html", f"<p>{page}</p>\n")
        self.write("cgi/env", ENV_SCRIPT, mode=0o755)
        self.conf = self.write("conf/httpd.conf", configuration(
            self.mpm, (*MODULES, *modules), certmap, processes, root=self.root, port=self.port,
            plain_port=self.plain_port, main=main, vhost=vhost, location=location, after=after,
            plain=plain, verify=verify, audit=audit if certmap else "",
            log_level=log_level if certmap else "notice"))

    # Files

    def path(self, name):
        return os.path.join(self.root, name)

    def write(self, name, content, mode=0o644):
        """Writes in one step (rename), as a careful administrator does."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        with open(path + ".new", "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        os.chmod(path + ".new", mode)
        os.rename(path + ".new", path)
        return path

    def read(self, name):
        try:
            with open(self.path(name), "rb") as file:
                return file.read().decode("utf-8", "backslashreplace")
        except FileNotFoundError:
            return ""

    def writable_folder(self, name):
        """A folder that the children may write to (CacheRoot …)."""
        os.makedirs(self.path(name), exist_ok=True)
        if server_user():
            os.chown(self.path(name), server_user().pw_uid, server_user().pw_gid)
        return self.path(name)

    def replace_config(self, old, new):
        text = self.read("conf/httpd.conf")
        assert old in text, f"the configuration has no {old!r}"
        self.write("conf/httpd.conf", text.replace(old, new))

    def line_of(self, text):
        """The number of the first line of the configuration that contains `text`."""
        lines = self.read("conf/httpd.conf").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    # Life

    def _environment(self):
        environment = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}
        if preload := os.environ.get("CERTMAP_PRELOAD"):
            environment["LD_PRELOAD"] = preload
        return {**environment, **self._more_environment}

    def _run(self, *options):
        run = subprocess.run([httpd_program(), "-f", self.conf, *options], env=self._environment(),
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        return run.returncode, run.stdout.decode("utf-8", "backslashreplace")

    def test_config(self):
        return self._run("-t")

    def control(self, word):
        """As apachectl does, by httpd -k."""
        return self._run("-k", word)

    def start(self):
        """In a session of its own: a stopping httpd signals its whole process group."""
        with open(self.path("logs/stderr.log"), "ab") as stderr:
            self._process = subprocess.Popen([httpd_program(), "-f", self.conf, "-DFOREGROUND"],
                                             stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr,
                                             env=self._environment(), start_new_session=True)
        atexit.register(self.stop, check=False)
        try:
            wait_for(self._started, "start of httpd")
        except BaseException:
            self.stop(check=False)
            raise
        return self

    def _started(self):
        if self._process.poll() is not None:
            self._process = None
            raise StartError(self.read("logs/stderr.log") + self.error_log())
        if "resuming normal operations" not in self.error_log():
            return False
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.plain_port)) == 0

    def start_fails(self):
        """Starts a server that must not come up; returns what it said."""
        try:
            self.start()
        except StartError as error:
            return str(error)
        raise AssertionError("httpd started")

    def children(self):
        try:
            with open(f"/proc/{self._process.pid}/task/{self._process.pid}/children") as file:
                return set(map(int, file.read().split()))
        except OSError:
            return set()

    def restart(self):
        """SIGUSR1; returns when the new generation serves."""
        count = self.error_log().count("resuming normal operations")
        self._told_to_stop |= self.children()
        self._process.send_signal(signal.SIGUSR1)
        wait_for(lambda: self._process.poll() is not None
                 or self.error_log().count("resuming normal operations") > count, "graceful restart")
        if self._process.poll() is not None:
            raise StartError(self.error_log())

    def graceful(self):
        """A restart; returns when idle children of the old generation are gone, too."""
        old = self.children()
        self.restart()
        end = time.monotonic() + 1.5
        while old & self.children() and time.monotonic() < end:
            time.sleep(0.02)

    def stop(self, check=True):
        if self._process is not None:
            self._told_to_stop |= self.children()
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(BOUND)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                raise
            finally:
                self._process = None
        atexit.unregister(self.stop)
        log = self.read("logs/stderr.log") + self.error_log()
        if not os.environ.get("CERTMAP_KEEP"):
            shutil.rmtree(self.root, ignore_errors=True)
        if check:
            found = crashes(log, self._told_to_stop)
            assert not found, "\n".join(found)

    @property
    def pid(self):
        return self._process.pid

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        self.stop(check=kind is None)

    # Requests

    def connect(self, cert=None, **how):
        return Connection(self.port, cert, **how)

    def get(self, path="/cgi/env", cert=None, headers=None, **how):
        """One request on a connection of its own."""
        with self.connect(cert, **how) as connection:
            return connection.get(path, headers)

    def get_plain(self, path="/cgi/env", headers=None):
        with Connection(self.plain_port, plain=True) as connection:
            return connection.get(path, headers)

    def whoami(self, cert=None, path="/cgi/env", **how):
        """The CGI script's environment; the request must succeed."""
        response = self.get(path, cert, **how)
        assert response.status == 200, response
        return response.env

    def http2(self, cert=None, **how):
        return Http2(self.port, cert, **how)

    def curl(self, path, *options):
        return curl(self.port, path, *options)

    # Logs

    def error_log(self):
        return self.read("logs/error.log")

    def audit(self, name="logs/audit.log"):
        """All events so far; each line must be JSON."""
        return [json.loads(line) for line in self.read(name).splitlines(keepends=True)
                if line.endswith("\n")]

    def access_log(self):
        """All whole lines so far."""
        return [Access(*line.rstrip("\n").split("\t"))
                for line in self.read("logs/access.log").splitlines(keepends=True) if line.endswith("\n")]

    def watch(self):
        return Watch(self)
