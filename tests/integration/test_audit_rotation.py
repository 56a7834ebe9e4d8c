"""The rules for logrotate, of docs/audit.md and of the packages, run by that program."""

import os
import re
import shutil

import pytest

from crls import builder, signed
from documents import blocks, each_block, read, section
from machine import SITE, Machine
from watch import wait_for

if os.geteuid():
    pytest.skip("only root can give a file to root:adm", allow_module_level=True)
LOGROTATE = shutil.which("logrotate", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))
if not LOGROTATE:
    pytest.skip("logrotate is not installed", allow_module_level=True)

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
RULES = {"audit.md": next(block.text for block in blocks("docs/audit.md") if block.language == "logrotate"),
         "debian": read("packaging/debian/libapache2-mod-certmap.logrotate"),
         "rpm": read("packaging/rpm/mod_certmap.logrotate")}
# What Fedora's and RHEL's httpd has in /etc/logrotate.d/httpd, its postrotate left out.
FEDORA = """
/var/log/httpd/*log {
    missingok
    notifempty
    sharedscripts
    delaycompress
}
"""
# What they call. Debian's apachectl asks for a good configuration first, but for -k; the unit of Fedora and RHEL does not.
RELOAD = {"apachectl": '[ "$1" != graceful ] || control configtest || exit 1\nexec control "$@"', "systemctl": "control graceful", "apache2ctl": 'apachectl "$@"'}
SETTINGS = {**Machine.settings, "main": SITE.replace("CertMapIssuedBy conf/corp-ca.pem", "CertMapIssuedBy conf/corp-ca.pem\nCertMapCRL conf/corp.crl")}
each_rule = pytest.mark.parametrize("rule", RULES)


@pytest.fixture
def machine(make_httpd, pki):
    crl = signed(builder(pki.issuing, 1), pki.issuing.key)
    machine = Machine(make_httpd(**{**SETTINGS, "files": {**SETTINGS["files"], "conf/corp.crl": crl}}))
    machine.places |= {"/var/log/httpd/certmap": machine.httpd.path("audit"), "/run/httpd/httpd.pid": machine.httpd.path("run/httpd.pid")}
    os.rename(machine.httpd.path("bin/apachectl"), machine.httpd.path("bin/control"))
    for name, command in RELOAD.items():
        machine.httpd.write(f"bin/{name}", f"#!/bin/sh\n{command}\n", mode=0o755)
    for folder in ("apache2", "httpd"):
        os.makedirs(machine.httpd.path(f"system/{folder}"))
    os.chmod(machine.httpd.path("audit"), 0o750)
    return machine


@pytest.fixture
def httpd(machine):
    with machine.httpd as httpd:
        yield httpd


def logrotate(machine, text):
    """One run over the systems' own rules and this one, in the folders of the test: what it says that is wrong."""
    rules = machine.here(DEBIAN + FEDORA + text)
    machine.httpd.write("conf/rotate", rules.replace("/var/log", machine.httpd.path("system")))
    status, output = machine.run(f"{LOGROTATE} -s run/rotated -f conf/rotate 2>&1")
    assert bool(status) == ("error:" in output), output
    return output if status else ""


def rotate(machine, rule, pki):
    """A rotation after which httpd writes to the new file."""
    httpd = machine.httpd
    before = httpd.read(AUDIT_LOG)
    started = httpd.error_log().count("resuming normal operations")
    assert logrotate(machine, RULES[rule]) == ""
    wait_for(lambda: httpd.error_log().count("resuming normal operations") > started, "graceful restart")
    assert httpd.read(AUDIT_LOG + ".1") == before
    assert httpd.get("/cgi/env", pki.alice).status == 200
    wait_for(lambda: '"mapped"' in httpd.read(AUDIT_LOG), "an event in the new file")


@each_block("logrotate")
def test_the_documents_have_one_rule(block):
    assert block.text == RULES["audit.md"]


@each_rule
def test_logrotate_takes_the_rule_beside_debian_s(machine, httpd, pki, rule):
    for rotations in (1, 2):
        rotate(machine, rule, pki)
        mode = os.stat(httpd.path(AUDIT_LOG))
        assert (oct(mode.st_mode & 0o777), mode.st_uid) == ("0o640", 0)
        assert os.path.exists(httpd.path(f"{AUDIT_LOG}.2.gz")) == (rotations == 2)


@each_rule
@pytest.mark.parametrize("file", ["conf/partners.map", "conf/corp.crl"])
def test_a_bad_file_does_not_keep_httpd_with_the_old_log(machine, httpd, pki, rule, file):
    httpd.write(file, "nonsense\n")
    wait_for(lambda: "_reload_failed" in httpd.read(AUDIT_LOG), "the event of the bad file")
    assert machine.run("apachectl graceful")[0] == 1
    rotate(machine, rule, pki)


@each_rule
@pytest.mark.parametrize("file", [None, "conf/partners.map", "conf/corp.crl"])
@pytest.mark.parametrize("old, new", [("CertMapUse partners staff", "CertMapUse partners staff interns"), ("ServerAlias", "Nonsense on\nServerAlias"),
                                      ("CertMapAuditLog audit/", "CertMapAuditLog gone/")], ids=["rule", "syntax", "folder"])
def test_a_broken_configuration_neither_ends_httpd_nor_loses_events(machine, httpd, pki, rule, file, old, new):
    if file:
        httpd.write(file, "nonsense\n")
        wait_for(lambda: "_reload_failed" in httpd.read(AUDIT_LOG), "the event of the bad file")
    httpd.replace_config(old, new)
    assert "error running shared postrotate script" in logrotate(machine, RULES[rule])
    assert httpd.get("/cgi/env", pki.alice).status == 200
    wait_for(lambda: '"mapped"' in httpd.read(AUDIT_LOG + ".1"), "an event in the old file")


@each_rule
def test_an_httpd_that_was_stopped_is_not_started(machine, rule):
    machine.httpd.write(AUDIT_LOG, "")
    assert logrotate(machine, RULES[rule]) == ""
    assert not machine.httpd.error_log()
    status, output = machine.run("apachectl graceful")  # What the page says of it.
    try:
        assert status == 0 and "not running, trying to start" in output, output
        wait_for(lambda: machine.httpd.read("run/httpd.pid"))
    finally:
        machine.run("apachectl stop")
        wait_for(lambda: not machine.httpd.read("run/httpd.pid"), "its end")


@pytest.mark.parametrize("folder", ["apache2", "httpd"])
def test_a_log_among_the_system_s_own_is_a_duplicate(machine, folder):
    """Why it has a folder of its own."""
    machine.httpd.write(f"system/{folder}/audit.log", "")
    assert "duplicate log entry" in logrotate(machine, RULES["audit.md"].replace("/var/log/certmap", f"/var/log/{folder}"))


def test_the_rule_of_the_rpm_is_for_the_folder_that_the_page_names():
    (folder,) = re.findall(r"^(/\S+)/audit.log \{", RULES["rpm"], re.M)
    assert f"`{folder}/audit.log`" in section(read("docs/packaging.md"), "## Fedora, RHEL")
    assert f"| `{folder}/audit.log` |" in read("docs/tasks/README.md") and f"`{folder}/`" in read("docs/audit.md")
    assert f"%{{_localstatedir}}{folder.removeprefix('/var')}\n" in read("packaging/rpm/mod_certmap.spec.in")
