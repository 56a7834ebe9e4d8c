"""docs/audit.md: its rules for logrotate and rsyslog, run by these programs; what it says of devices."""

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
# What Debian's package apache2 has in /etc/logrotate.d/apache2 (its postrotate, for invoke-rc.d, left out).
DEBIAN = """
/var/log/apache2/*.log {
    daily
    missingok
    rotate 14
    compress
    delaycompress
    notifempty
    create 640 root adm
    sharedscripts
}
"""
AUDIT_LOG = "audit/audit.log"


def program(name):
    found = shutil.which(name, path=PATH)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="module")
def machine(serve):
    return Machine(serve(**Machine.settings))


# logrotate

def logrotate(machine, text, *options):
    """One run over Debian's own rule and this one, in the folders of the test."""
    httpd = machine.httpd
    os.makedirs(httpd.path("apache2"), exist_ok=True)
    os.chmod(httpd.path("audit"), 0o750)
    httpd.write("conf/rotate", machine.here(DEBIAN + text).replace("/var/log/apache2", httpd.path("apache2")))
    status, output = machine.run(f"{program('logrotate')} -s run/rotated {' '.join(options)} conf/rotate 2>&1")
    assert status == 0 and "error" not in output, output


@each_block("logrotate")
def test_logrotate_takes_the_rule_beside_debian_s(machine, pki, block):
    if os.geteuid():
        pytest.skip("only root can give a file to root:adm")
    httpd = machine.httpd
    assert httpd.get("/cgi/env", pki.alice).status == 200
    for rotations in (1, 2):
        before = httpd.read(AUDIT_LOG)
        started = httpd.error_log().count("resuming normal operations")
        logrotate(machine, block.text, "-f")
        wait_for(lambda: httpd.error_log().count("resuming normal operations") > started, "graceful restart")
        assert httpd.read(AUDIT_LOG + ".1") == before
        assert httpd.get("/cgi/env", pki.alice).status == 200
        wait_for(lambda: '"mapped"' in httpd.read(AUDIT_LOG), "an event in the new file")
        mode = os.stat(httpd.path(AUDIT_LOG))
        assert (oct(mode.st_mode & 0o777), mode.st_uid) == ("0o640", 0)
        assert os.path.exists(httpd.path(f"{AUDIT_LOG}.2.gz")) == (rotations == 2)


def test_a_log_among_debian_s_own_is_a_duplicate(machine):
    """Why it has a folder of its own."""
    if os.geteuid():
        pytest.skip("only root can give a file to root:adm")
    text = next(block.text for block in blocks("docs/audit.md") if block.language == "logrotate")
    machine.httpd.write("apache2/audit.log", "")
    with pytest.raises(AssertionError, match="duplicate log entry"):
        logrotate(machine, text.replace("/var/log/certmap", "/var/log/apache2"), "-d")
    os.unlink(machine.httpd.path("apache2/audit.log"))


def test_graceful_starts_an_httpd_that_does_not_run(make_httpd):
    """What the page says of apachectl graceful."""
    httpd = make_httpd(**Machine.settings)
    machine = Machine(httpd)
    status, output = machine.run("apachectl graceful")
    try:
        assert status == 0 and "not running, trying to start" in output, output
        wait_for(lambda: httpd.read("run/httpd.pid"))
    finally:
        machine.run("apachectl stop")
        wait_for(lambda: not httpd.read("run/httpd.pid"), "its end")


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


# Fields

def test_the_table_has_every_field_once():
    named = []
    for row in table(section(read("docs/audit.md"), "## Fields").split("\n### ")[0])[1:]:
        for name in re.findall(r"`([^`]+)`", row[0]):
            start = named[-1].rpartition(".")[0] if name.startswith(".") else ""
            named.append(start + name)
    fields = words(r'(?m)^    \{"([@a-z0-9_.]+)",', "mod_certmap/core/audit/fields.cpp")
    assert sorted(named) == sorted(fields)
