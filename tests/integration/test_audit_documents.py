"""docs/audit.md: its rules for rsyslog, run by that program; its recipes; what it says of devices."""

import grp
import os
import re
import shutil
import socket
import subprocess
import time

import pytest

from daemon import Daemon
from documents import blocks, each_block, read, section, table, words
from machine import Machine
from watch import wait_for

PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
AUDIT_LOG = "audit/audit.log"


def program(name):
    found = shutil.which(name, path=PATH)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="module")
def machine(serve):
    return Machine(serve(**Machine.settings))


def test_who_reads_logs_may_read_the_one_that_httpd_makes(make_httpd, pki):
    """notify and expiring run as members of that group (conf/systemd/certmapctl-notify.service)."""
    if os.geteuid():
        pytest.skip("only root can give a file to root:adm")
    (command,) = [block.text for block in blocks("docs/audit.md") if "install -d" in block.text]
    assert command in read("docs/tasks/first-steps.md")
    httpd = make_httpd(**Machine.settings)
    machine = Machine(httpd)
    assert machine.run(command) == (0, "")
    with httpd:
        assert httpd.get("/cgi/env", pki.alice).status == 200
        log = os.stat(httpd.path(AUDIT_LOG))
        assert (oct(log.st_mode & 0o777), log.st_gid) == ("0o640", grp.getgrnam("adm").gr_gid)


# rsyslog

class Rsyslogd(Daemon):
    def __init__(self, text):
        super().__init__("certmap-rsyslog-")
        with open(self.path("rsyslog.conf"), "w", encoding="utf-8") as file:
            file.write(f'module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="{self.path("log-socket")}"'
                       ' UseSpecialParser="on")\n' + text.replace("/var/log/certmap", self.folder)
                       + f'\n*.* action(type="omfile" file="{self.path("others")}")\n')

    def start(self):
        command = [program("rsyslogd"), "-n", "-f", self.path("rsyslog.conf"), "-i", self.path("pid")]
        assert subprocess.run([*command, "-N1"], capture_output=True, check=False).returncode == 0
        return self.run(command, lambda: os.path.exists(self.path("log-socket")))

    def read(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""


@each_block("rsyslog")
def test_rsyslog_writes_the_events_as_they_are(machine, pki, block):
    if os.geteuid():
        pytest.skip("only root can give a file to root:adm")
    tag = re.search('programname == "([^"]+)"', block.text)[1]
    assert f":{tag}" in next(each.text for each in blocks("docs/audit.md") if "CertMapAuditLog syslog:" in each.text
                             and each.language == "apache")
    assert machine.httpd.get("/cgi/env", pki.alice).status == 200
    events = machine.httpd.read(AUDIT_LOG)
    with Rsyslogd(block.text) as daemon, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.connect(daemon.path("log-socket"))
        for line in events.splitlines():
            # As httpd/audit/syslog_socket.cpp sends it.
            log.send(f"<86>{time.strftime('%b %e %H:%M:%S')} {tag}[123]: {line}".encode())
            log.send(f"<86>{time.strftime('%b %e %H:%M:%S')} sshd[7]: something else".encode())
        wait_for(lambda: len(daemon.read("audit.log").splitlines()) == len(events.splitlines()), daemon.read("log"))
        assert daemon.read("audit.log") == events
        wait_for(lambda: daemon.read("others").count("something else") == len(events.splitlines()))
        assert tag not in daemon.read("others")


# Devices

def test_stderr_is_where_errorlog_goes(make_httpd, pki):
    settings = {**Machine.settings, "audit": "CertMapAuditLog /dev/stderr"}
    with make_httpd(**settings) as httpd:
        assert httpd.get("/cgi/env", pki.alice).status == 200
        wait_for(lambda: '"reason":"mapped"' in httpd.error_log(), "the event in the error log")
        assert "mapped" not in httpd.read("logs/stderr.log")


def test_stdout_is_the_container_s(make_httpd, pki):
    settings = {**Machine.settings, "audit": "CertMapAuditLog /dev/stdout"}
    with make_httpd(**settings) as httpd:
        assert httpd.get("/cgi/env", pki.alice).status == 200
        wait_for(lambda: '"reason":"mapped"' in httpd.read("logs/stderr.log"), "the event in standard output")
        assert '"mapped"' not in httpd.error_log()


# Missing lines

def recipe():
    (text,) = [block.text for block in blocks("docs/audit.md") if "# missing lines" in block.text]
    return text[text.index("# missing lines"):]


def missing_in(machine, *files):
    """What the recipe prints. The files, the oldest first, hold the numbers of each day's run; 0 is a broken line."""
    machine.run("rm -rf numbered; mkdir numbered")
    for age, file in enumerate(files):
        lines = "".join(f'{{"@timestamp":"2026-11-0{day}T00:00:{number:02}Z","event":{{"sequence":{number}}}}}\n' if number else '{"half\n'
                        for day, numbers in file.items() for number in numbers)
        path = machine.httpd.write(f"numbered/audit.log{['.2', '.1', ''][age + 3 - len(files)]}", lines)
        os.utime(path, (1000 + age, 1000 + age))
        if path.endswith(".2"):
            machine.run(f"gzip {path}")
    status, output = machine.run(recipe().replace("/var/log/certmap", machine.httpd.path("numbered")))
    assert status == 0
    return output.splitlines()


@pytest.mark.parametrize("files, missing", [
    ([{1: [1, 3, 2]}, {1: [4, 5], 2: [1, 2]}, {2: [3]}], []),
    ([{1: [1, 2, 4], 2: [1, 2, 3, 4]}], ["2026-11-01T00:00:01Z 3 - 3"]),
    ([{1: [1, 2, 3]}, {2: [1, 2, 5]}], ["2026-11-02T00:00:01Z 3 - 4"]),
    ([{1: [1, 2, 3], 2: [2, 3, 4]}], ["2026-11-02T00:00:02Z 1 - 1"]),
    ([{1: [3, 4]}, {1: [5], 2: [1]}], ["2026-11-01T00:00:03Z 1 - 2"]),
    ([{1: [1, 2, 0, 4]}], ["2026-11-01T00:00:01Z 3 - 3"]),
    ([{1: [*range(1, 12)]}], [])])
def test_missing_lines_are_found_in_each_run(machine, files, missing):
    assert missing_in(machine, *files) == missing


def test_a_run_begins_with_the_event_start(make_httpd, pki):
    httpd = make_httpd(**Machine.settings)
    machine = Machine(httpd)
    for run in (1, 2):
        assert machine.run("apachectl start") == (0, "")
        wait_for(lambda: httpd.get("/cgi/env", pki.alice).status == 200, "its start")
        wait_for(lambda: httpd.read(AUDIT_LOG).count('"mapped"') == run, "the event")
        machine.run("apachectl stop")
        wait_for(lambda: not httpd.read("run/httpd.pid"), "its end")
    events = [(event["event"]["sequence"], event["event"]["action"]) for event in httpd.audit(AUDIT_LOG)]
    assert events == [(1, "start"), (2, "authenticate")] * 2
    assert machine.run(recipe()) == (0, "")
    lines = httpd.read(AUDIT_LOG).splitlines(keepends=True)
    httpd.write(AUDIT_LOG, "".join(lines[:2] + lines[3:]))
    assert machine.run(recipe())[1].endswith("Z 1 - 1\n")


# Fields

def test_the_table_has_every_field_once():
    named = []
    for row in table(section(read("docs/audit.md"), "## Fields").split("\n### ")[0])[1:]:
        for name in re.findall(r"`([^`]+)`", row[0]):
            start = named[-1].rpartition(".")[0] if name.startswith(".") else ""
            named.append(start + name)
    fields = words(r'(?m)^    \{"([@a-z0-9_.]+)",', "mod_certmap/core/audit/fields.cpp")
    assert sorted(named) == sorted(fields)
