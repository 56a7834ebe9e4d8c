"""Contract, section 6: graceful restarts of a server that asks a directory."""

import itertools
import os
import threading

import pytest

from fake_ldap import FakeLdap, found, person
from places import ask, places
from processes import descriptors, own_memory, settled
from watch import wait_for

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
    load = [Load(httpd, [pki.person(f"load{number}{one}") for one in range(40)]) for number in range(2)]
    for thread in load:
        thread.start()
    for _ in range(RESTARTS):
        done = [thread.done for thread in load]
        httpd.restart()
        wait_for(lambda: all(thread.done > count for thread, count in zip(load, done)), "requests")
    for thread in load:
        thread.stopped.set()
    for thread in load:
        thread.join()
    httpd.graceful()
    assert [thread.failures for thread in load] == [[], []]
    after = settled(httpd.pid, len(before))
    assert not [fd for fd in after if "memfd" in fd and after.count(fd) > before.count(fd)]
    httpd.stop()
    wait_for(lambda: fake.open == 0, "end of all connections")
    fake.close()


class Load(threading.Thread):
    """Requests on new connections by people in turn, until stopped."""

    def __init__(self, httpd, certs):
        super().__init__()
        self.httpd, self.certs = httpd, itertools.cycle(certs)
        self.done, self.failures, self.stopped = 0, [], threading.Event()

    def run(self):
        while not self.stopped.is_set():
            try:
                answer = ask(self.httpd, next(self.certs), "people")
            except Exception as error:  # pylint: disable=broad-except
                answer = repr(error)
            if not answer.startswith("load"):
                self.failures.append(answer)
            self.done += 1


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
