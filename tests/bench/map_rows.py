"""Rows for a map of a million entries: start, memory, and answers while it is read again."""

import multiprocessing
import os
import re
import statistics
import subprocess
import tempfile
import time

import setups
from counted import Client
from httpd_setup import module_path
from server import Httpd
from table import Row
from watch import wait_for

STARTS = 3
RELOADS = 6
CLIENTS = 8
PAUSE = 0.002       # seconds between two requests
RELOAD_BOUND = 30
NGINX, HAPROXY = "2.8 s (nginx) *, 0.4-1.2 s (HAProxy) *", "262 MB (nginx), 337 MB (HAProxy) a process *"


class BigServer(Httpd):
    """Many processes, and what they take."""

    def __init__(self, pki, **how):
        super().__init__(pki, log_level="notice", **how)

    def seconds_to_answer(self, cert):
        begin = time.monotonic()
        self.start()
        with Client(self.port, cert) as client:
            assert client.get() == 200, self.error_log()
        return time.monotonic() - begin

    def all_processes(self):
        found, new = set(), {self.pid}
        while new:
            found |= new
            new = {child for pid in new for child in _children(pid)} - found
        return found

    def megabytes(self):
        """All processes together, with every page of the shared tables, whoever maps it."""
        own = sum(_rollup(pid, "Pss_Anon") + _rollup(pid, "Pss_File") for pid in self.all_processes())
        shared = sum(_rollup(pid, "Pss_Shmem") for pid in self.all_processes())
        return (own + max(shared, _memfds(self.pid))) / 1e6


class MapServer(BigServer):
    """Event MPM, two processes, audit on."""

    def __init__(self, pki, text):
        super().__init__(pki, mpm="event", processes=2, **setups.map_file(text))

    def reload(self, text):
        """Swaps the file; returns when the new map is in force, as the audit log says."""
        count = self.reloads()
        self.write("conf/users.map", text)
        begin = time.monotonic()
        wait_for(lambda: self.reloads() > count, "reload of the map", RELOAD_BOUND)
        return begin, time.monotonic()

    def reloads(self):
        return self.read("logs/audit.log").count('"action":"map_reload"')


def _children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return set(map(int, file.read().split()))
    except OSError:
        return set()


def _rollup(pid, field):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return 1024 * int(re.search(rf"{field}: *(\d+) kB", file.read())[1])
    except OSError:
        return 0


def _memfds(pid):
    """What the shared memory files of the process take."""
    inodes = {}
    for fd in os.listdir(f"/proc/{pid}/fd"):
        path = f"/proc/{pid}/fd/{fd}"
        if "memfd:" in os.readlink(path):
            status = os.stat(path)
            inodes[status.st_ino] = 512 * status.st_blocks
    return sum(inodes.values())


def _ask(port, cert, until, answers):
    """A process of its own: asks on several connections in turn, and hands over (when, how long)."""
    clients = [Client(port, cert) for _ in range(CLIENTS)]
    times = []
    while not until.is_set():
        for client in clients:
            begin = time.monotonic()
            client.get()
            times.append((begin, time.monotonic() - begin))
            time.sleep(PAUSE)
    answers.put(times)


class Load:
    def __init__(self, port, cert):
        self._until, self._answers = multiprocessing.Event(), multiprocessing.Queue()
        self._process = multiprocessing.Process(target=_ask, daemon=True,
                                                args=(port, cert, self._until, self._answers))
        self._process.start()
        time.sleep(1)

    def stop(self):
        self._until.set()
        times = self._answers.get(timeout=RELOAD_BOUND)
        self._process.join(RELOAD_BOUND)
        return times


def _p99(times, windows):
    inside = [took for when, took in times if any(begin <= when <= end for begin, end in windows)]
    return statistics.quantiles(inside, n=100)[98] * 1000


def _changed(text, number):
    return text + f"email:new{number}@example.com user\n"


def _seconds_to_answer(pki, cert, text):
    def once():
        httpd = MapServer(pki, text)
        try:
            return httpd.seconds_to_answer(cert)
        finally:
            httpd.stop(check=False)
    return min(once() for _ in range(STARTS))


def _start_row(pki, cert, what, text, goal, today, base):
    seconds = _seconds_to_answer(pki, cert, text) - base
    return Row(f"start, {what}", f"{base:.2f} s", today, f"+{seconds:.2f} s",
               f"+{goal} s", seconds <= goal)


def start_rows(pki, say):
    cert = pki.person("rsa")
    say("start with maps of a million entries")
    base = _seconds_to_answer(pki, cert, setups.mail_map(10))
    return [_start_row(pki, cert, "e-mail keys", setups.mail_map(setups.MILLION), 0.5, NGINX, base),
            _start_row(pki, cert, "subject keys", setups.subject_map(setups.MILLION), 1.5, "", base)]


def _memory_row(when, base, megabytes):
    extra = megabytes - base
    return Row(f"memory of all processes {when}", f"{base:.0f} MB", HAPROXY, f"+{extra:.0f} MB",
               "+60 MB", extra <= 60)


def _measure_small(pki, cert):
    with MapServer(pki, setups.mail_map(10)) as httpd:
        _touch(httpd, cert)
        return httpd.megabytes()


def _touch(httpd, cert):
    for _ in range(20):
        with Client(httpd.port, cert) as client:
            assert client.get() == 200, httpd.error_log()


def running_rows(pki, say):
    cert = pki.person("rsa")
    text = setups.mail_map(setups.MILLION)
    say("memory and reloads of a map of a million entries")
    base = _measure_small(pki, cert)
    with MapServer(pki, text) as httpd:
        _touch(httpd, cert)
        before = httpd.megabytes()
        quiet, busy, times = _reload_under_load(httpd, cert, text)
        _touch(httpd, cert)
        after = httpd.megabytes()
    usual, during = _p99(times, quiet), _p99(times, busy)
    return [_memory_row("after start", base, before), _memory_row("after reloads", base, after),
            Row("p99 of answers while it is read again", f"{usual:.1f} ms", "", f"{during:.1f} ms",
                f"{2 * usual:.1f} ms", during <= 2 * usual)]


def _reload_under_load(httpd, cert, text):
    """Quiet times and reloads in turn; the times of all answers."""
    load = Load(httpd.port, cert)
    quiet, busy = [], []
    for number in range(RELOADS):
        begin = time.monotonic()
        time.sleep(3)
        quiet.append((begin, time.monotonic()))
        busy.append(httpd.reload(_changed(text, number)))
        time.sleep(1)
    return quiet, busy, load.stop()


def _seconds_of_tool(folder, *words):
    """The best of several; what add wrote is taken out again."""
    program = os.path.join(os.path.dirname(module_path()), "certmapctl")

    def run(*words):
        begin = time.monotonic()
        subprocess.run([program, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - begin

    times = []
    for _ in range(STARTS):
        times.append(run(*words))
        if words[0] == "add":
            run("remove", *words[1:3])
    return min(times)


def tool_rows(say):
    rows = []
    for what, text in (("e-mail keys", setups.mail_map(setups.MILLION)),
                       ("subject keys", setups.subject_map(setups.MILLION))):
        say(f"certmapctl, {what}")
        with tempfile.TemporaryDirectory(prefix="certmap-bench-") as folder:
            with open(os.path.join(folder, "m.map"), "w", encoding="ascii") as file:
                file.write(text)
            os.chmod(file.name, 0o644)
            lint = _seconds_of_tool(folder, "lint", "m.map")
            add = _seconds_of_tool(folder, "add", "m.map", "dns:new.example.com", "new")
        rows += [Row(f"certmapctl lint, {what}", "", "", f"{lint:.2f} s", "2 s", lint <= 2),
                 Row(f"certmapctl add, {what}", "", "", f"{add:.2f} s", "1 s", add <= 1)]
    return rows
