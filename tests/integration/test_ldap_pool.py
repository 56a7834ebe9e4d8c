"""docs/ldap.md: connections to a directory are few, kept, and closed when idle."""

import time

import pytest

from fake_ldap import BASE, FakeLdap, everyone, silent
from ldap_clients import UNAVAILABLE, Asking, gated, people  # noqa: F401 (fixture)
from places import ask, places
from watch import wait_for

SLOW = 5.0


@pytest.fixture(scope="module")
def world(serve):
    fakes = {name: FakeLdap() for name in ("well", "few", "one")}
    rules = {"well": fakes["well"].lines(),
             "few": fakes["few"].lines("CertMapLDAPTimeout 20", "CertMapLDAPConnections 2"),
             "one": fakes["one"].lines("CertMapLDAPTimeout 1", "CertMapLDAPConnections 1")}
    httpd = serve(mpm="event", **places(rules))
    for fake in fakes.values():
        fake.wait_asked_at_start()
    yield httpd, fakes
    for fake in fakes.values():
        fake.close()


def test_connections_are_bounded(world, people):
    httpd, fakes = world
    gate, fake = gated(fakes["few"]), fakes["few"]
    fake.most_open = fake.open
    somebody = people(7)
    with Asking(httpd, "few", [cert for _, cert in somebody]) as asking:
        wait_for(lambda: len(fake.searches()) >= 2, "2 lookups")
        time.sleep(0.5)
        assert len(fake.searches()) == 2
        gate.set()
        assert asking.join() == [login for login, _ in somebody]
    assert fake.most_open == 2
    fake.on_search = everyone


def test_waiting_for_a_connection_counts(world, people):
    httpd, fakes = world
    fakes["one"].on_search = silent
    start = time.monotonic()
    assert Asking(httpd, "one", [cert for _, cert in people(6)]).join() == [UNAVAILABLE] * 6
    assert time.monotonic() - start < SLOW
    fakes["one"].on_search = everyone
    (login, cert), = people(1)
    assert ask(httpd, cert, "one") == login


def test_the_questions_at_start_take_no_connection_of_lookups(serve, people):
    """And a server that was silent is not asked again for the next rule."""
    hung, well = FakeLdap(on_connect=silent), FakeLdap()
    lines = hung.lines("CertMapLDAPTimeout 2", "CertMapLDAPConnections 1",
                       more_hosts=f" 127.0.0.1:{well.port}")
    httpd = serve(mpm="event", **places({f"rule{number}": lines for number in range(4)}))
    wait_for(lambda: hung.connections, "questions at start")
    for login, cert in people(4):
        assert ask(httpd, cert, "rule0") == login
    wait_for(lambda: well.binds()[3:], "questions for all rules")
    assert httpd.error_log().count("CM0044") == 1
    assert hung.connections == 2  # that of the questions, and that of the first lookup
    hung.close()
    well.close()


def test_one_connection_serves_many_lookups_with_one_bind(world, people):
    httpd, fakes = world
    fake = fakes["one"]
    (login, cert), *more = people(12)
    assert ask(httpd, cert, "one") == login
    connections, binds, searches = fake.connections, len(fake.binds()), len(fake.searches())
    for login, cert in more:
        assert ask(httpd, cert, "one") == login
    assert (fake.connections, len(fake.binds())) == (connections, binds)
    assert len(fake.searches()) - searches == len(more)
    assert {(one.connection, one.attributes[0], one.base) for one in fake.searches()[-11:]} == {
        (fake.searches()[-1].connection, "uid", BASE)}


def test_the_next_question_after_a_timeout_has_a_connection_of_its_own(world, people):
    httpd, fakes = world
    fake = fakes["one"]
    fake.on_search = silent
    (login, cert), = people(1)
    assert ask(httpd, cert, "one") == UNAVAILABLE
    fake.on_search = everyone
    assert ask(httpd, cert, "one") == login
    first, second = [one.connection for one in fake.searches(login)]
    assert first != second
    wait_for(lambda: fake.open == 1, "end of the connection that hung")


def test_idle_connections_are_closed(world, serve, people):
    """After 30 s, looked at every few seconds; with threads and without."""
    httpd, fakes = world
    single = FakeLdap()
    prefork = serve(mpm="prefork", **places({"single": single.lines()}))
    (login, cert), = people(1)
    for server, name in ((httpd, "well"), (httpd, "few"), (prefork, "single")):
        assert ask(server, cert, name) == login
    connections = [fakes["well"], fakes["few"], single]
    assert all(fake.open for fake in connections)
    wait_for(lambda: not any(fake.open for fake in connections), "end of idle connections", 60)
    (login, cert), = people(1)
    assert ask(httpd, cert, "well") == login
    assert ask(prefork, cert, "single") == login
    prefork.stop()
    single.close()


def test_a_server_is_left_when_httpd_stops(serve, people):
    fake = FakeLdap()
    httpd = serve(**places({"well": fake.lines()}))
    (login, cert), = people(1)
    assert ask(httpd, cert, "well") == login
    httpd.stop()
    wait_for(lambda: fake.open == 0, "end of all connections")
    fake.close()
