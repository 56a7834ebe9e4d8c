"""docs/ldap.md: the bind password is told to the directory and to nobody else."""

import os
import re
import signal
import time

import pytest

from fake_ldap import BASE, BIND_DN, FakeLdap, accept, result
from ldap_clients import UNAVAILABLE
from places import ask, places, quoted
from processes import descriptors

TYPED, FROM_FILE, FROM_PROGRAM = "typed-7c1f0", "from-file-93ab", "from-program-e55d"
SECRETS = {"typed": TYPED, "file": "file:conf/secret", "exec": "exec:/bin/cat ${ROOT}/conf/other",
           "wrong": "file:conf/secret", "tls": "file:conf/secret"}
INFO = '<Location "/server-info">\nSetHandler server-info\n</Location>\n'
DESCRIPTORS = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nls -l /proc/self/fd\nenv\n"


@pytest.fixture(scope="module")
def secretive(serve, pki):
    fakes = {name: FakeLdap(tls=pki.server if name == "tls" else None,
                            on_bind=result(49, "no") if name == "wrong" else accept) for name in SECRETS}
    rules = {name: fake.lines(f'CertMapLDAPBindDN "{BIND_DN}"',
                              f"CertMapLDAPBindPassword {quoted(SECRETS[name])}", bind=False)
             for name, fake in fakes.items()}
    httpd = serve(log_level="trace8", modules=("info",), **places(
        rules, vhost=INFO, files={"conf/secret": FROM_FILE + "\n", "conf/other": FROM_PROGRAM + "\n"}))
    httpd.write("cgi/descriptors", DESCRIPTORS, mode=0o755)
    yield httpd, fakes
    for fake in fakes.values():
        fake.close()


def test_the_bind_has_the_password_from_wherever_it_comes(secretive, pki):
    httpd, fakes = secretive
    for name, secret in (("typed", TYPED), ("file", FROM_FILE), ("exec", FROM_PROGRAM),
                         ("tls", FROM_FILE)):
        assert ask(httpd, pki.alice, name) == "alice"
        assert {bind.password for bind in fakes[name].binds()} == {secret.encode()}
        assert {bind.dn for bind in fakes[name].binds()} == {BIND_DN}
    assert ask(httpd, pki.alice, "wrong") == UNAVAILABLE


def test_a_quote_that_is_not_closed_does_not_tell_it(make_httpd):
    code, said = make_httpd(main=f'CertMapLDAPBindPassword "{TYPED} x\n').test_config()
    assert code != 0 and "argument 1 begins with a quote that is not closed; close it" in said and TYPED not in said, said


def test_the_password_is_in_no_log(secretive, pki):
    httpd, _ = secretive
    for name in SECRETS:
        ask(httpd, pki.bob, name)
    httpd.graceful()
    for name in SECRETS:
        ask(httpd, pki.bob, name)
    logs = [httpd.read(f"logs/{name}") for name in ("error.log", "audit.log", "access.log", "stderr.log")]
    assert "certmap:trace" in logs[0] or "trace" in logs[0]
    for log in logs:
        for secret in (TYPED, FROM_FILE, FROM_PROGRAM):
            assert secret not in log


def test_the_configuration_shows_only_what_was_typed(secretive):
    httpd, _ = secretive
    code, dump = httpd._run("-t", "-D", "DUMP_CONFIG")
    page = httpd.get("/server-info").text
    assert code == 0 and "CertMapLDAPBindPassword" in dump and "CertMapLDAPBindPassword" in page
    for secret in (FROM_FILE, FROM_PROGRAM):
        assert secret not in dump and secret not in page


def test_no_memory_file_holds_a_secret(secretive, pki):
    """A child's user could read the parent's from /proc."""
    httpd, _ = secretive
    assert ask(httpd, pki.alice, "tls") == "alice"
    opened = [path for child in httpd.children() for path in descriptors(child)]
    assert opened and not [path for path in opened if "memfd:" in path]


def test_a_cgi_script_inherits_neither_connections_nor_keys(secretive, pki):
    httpd, fakes = secretive
    for name in ("typed", "tls"):
        assert ask(httpd, pki.person("cgi" + name), name) == "cgi" + name
        assert fakes[name].open
    text = httpd.get("/cgi/descriptors").text
    assert "->" in text and not re.search("socket:|memfd", text)
    for secret in (TYPED, FROM_FILE, FROM_PROGRAM):
        assert secret not in text


# Programs

@pytest.fixture
def program(make_httpd):
    """A server whose secret this script prints."""
    def make(script):
        lines = [f'CertMapLDAPURL "ldap://127.0.0.1:9/{BASE}?uid?sub?(mail={{email}})"', f'CertMapLDAPBindDN "{BIND_DN}"',
                 "CertMapLDAPBindPassword exec:${ROOT}/conf/program"]
        httpd = make_httpd(**places({"exec": "\n".join(lines)}))
        httpd.write("conf/program", "#!/bin/sh\n" + script, mode=0o755)
        return httpd
    return make


def timed_test(httpd):
    start = time.monotonic()
    return (*httpd.test_config(), time.monotonic() - start)


def test_a_program_is_waited_for_and_nobody_whom_it_leaves_behind(program):
    """Such a helper holds its output open; httpd.test_config() would wait for the end of stderr."""
    httpd = program('sleep 55 2>/dev/null &\necho $! >"${0%program}"helper\necho secret; sleep 1; echo more\n')
    code, output, seconds = timed_test(httpd)
    os.kill(int(httpd.read("conf/helper")), signal.SIGKILL)
    assert code == 0 and seconds < 25, output


def test_a_program_that_does_not_end_is_killed(program):
    httpd = program('echo $$ >"${0%program}"pid\necho secret\nexec sleep 58\n')
    code, output, seconds = timed_test(httpd)
    assert code != 0 and "exec: did not end in 30 seconds" in output
    assert 30 <= seconds < 50 and not os.path.exists("/proc/" + httpd.read("conf/pid").strip())
