"""docs/ldap.md: graceful restarts of a server that asks a directory."""

import itertools
import os

import pytest

from fake_ldap import FakeLdap, found, person
from load import restart_under_load
from places import ask, places
from processes import descriptors, own_memory, settled
from watch import wait_for

pytestmark = pytest.mark.compiled

RESTARTS = 15


@pytest.mark.skipif("CERTMAP_PRELOAD" in os.environ, reason="a sanitizer keeps freed memory")
def test_a_restart_does_not_load_the_tls_library_anew(serve, pki):
    """Each time it left 120 KiB in httpd's first process."""
    fake = FakeLdap(tls=pki.server)
    httpd = serve(**places({"people": fake.lines()}))
    for _ in range(3):
        httpd.restart()
    before = own_memory(httpd.pid)
    for _ in range(10):
        httpd.restart()
    assert own_memory(httpd.pid) - before < 10 * 60
    fake.close()


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_graceful_restarts_under_load_fail_no_request_and_leave_nothing(serve, pki, mpm):
    fake = FakeLdap(tls=pki.server)
    httpd = serve(mpm=mpm, **places({"people": fake.lines("CertMapLDAPTimeout 20")}))
    for _ in range(3):
        httpd.restart()
    before = descriptors(httpd.pid)

    def client(name):
        certs = itertools.cycle([pki.person(f"{name}{number}") for number in range(40)])

        def ask_next():
            assert ask(httpd, next(certs), "people").startswith(name)
        return ask_next

    assert restart_under_load(httpd, [client("first"), client("second")], RESTARTS) == []
    after = settled(httpd.pid, len(before))
    assert not [fd for fd in after if "memfd" in fd and after.count(fd) > before.count(fd)]
    httpd.stop()
    wait_for(lambda: fake.open == 0, "end of all connections")
    fake.close()


def test_a_directory_that_changes_with_a_restart(serve, pki):
    first, second = FakeLdap(), FakeLdap(on_search=found(person("other")))
    httpd = serve(**places({"people": first.lines()}))
    assert ask(httpd, pki.alice, "people") == "alice"
    httpd.replace_config(f":{first.port}/", f":{second.port}/")
    httpd.graceful()
    assert ask(httpd, pki.alice, "people") == "other"
    wait_for(lambda: first.open == 0, "end of the old connections")
    first.close()
    second.close()
