"""docs/ldap.md: while a directory hangs, others are served; who waits for the same shares one
lookup."""

import time

import pytest

from directory import SERVICE, SERVICE_SECRET, Slapd, person as slapd_person
from fake_ldap import BASE, BlackHole, FakeLdap, everyone, later, result, silent
from ldap_clients import UNAVAILABLE, Asking, gated, people  # noqa: F401 (fixture)
from places import ask, places
from watch import wait_for

SLOW = 8.0
OPEN = '<Location "/public.html">\nRequire all granted\n</Location>\n'


@pytest.fixture(scope="module")
def world(serve):
    """hang: waits for us. slow: the same, gives up sooner. well: answers. black: is not there."""
    fakes = {name: FakeLdap() for name in ("hang", "slow", "well")}
    hole = BlackHole()
    rules = {"hang": fakes["hang"].lines("CertMapLDAPTimeout 20"),
             "slow": fakes["slow"].lines("CertMapLDAPTimeout 1"),
             "well": fakes["well"].lines(),
             "black": fakes["well"].lines("CertMapLDAPTimeout 1").replace(
                 f":{fakes['well'].port}", f":{hole.port}"),
             "cn": "CertMapUser {subject.CN}"}
    # One process, with threads enough that httpd starts no other.
    how = places(rules, main="Protocols h2 http/1.1\n", vhost=OPEN, mpm="event")
    httpd = serve(**how)
    for fake in fakes.values():
        fake.wait_asked_at_start()
    yield httpd, fakes
    for one in (*fakes.values(), hole):
        one.close()


def test_other_places_answer_while_a_directory_hangs(world, people):
    httpd, fakes = world
    gate, fake = gated(fakes["hang"]), fakes["hang"]
    somebody = people(5)
    before = len(fake.searches())
    with Asking(httpd, "hang", [cert for _, cert in somebody]) as asking:
        wait_for(lambda: len(fake.searches()) - before == 5, "5 lookups")
        (login, cert), = people(1)
        assert httpd.get("/public.html").status == 200
        assert httpd.get("/public.html", somebody[0][1]).status == 200
        assert ask(httpd, cert, "cn") == login
        assert ask(httpd, cert, "well") == login
        assert ask(httpd, somebody[0][1], "well") == somebody[0][0]
        assert asking.answers == [None] * 5
        gate.set()
        assert asking.join() == [login for login, _ in somebody]


def test_other_streams_of_the_same_connection_answer(world, people):
    httpd, fakes = world
    gate, fake = gated(fakes["hang"]), fakes["hang"]
    (login, cert), = people(1)
    before = len(fake.searches())
    with httpd.http2(cert) as connection:
        streams = connection.send_all(["/cgi/env/hang"] * 3)
        wait_for(lambda: len(fake.searches()) - before == 1, "lookup")
        others = connection.send_all(["/public.html", "/cgi/env/cn", "/cgi/env/well"])
        streams.update(others)
        waiting = set(streams)
        read_until(connection, streams, waiting, lambda: not waiting & set(others))
        assert waiting == set(streams) - set(others)
        assert [streams[number].status for number in others] == [200, 200, 200]
        gate.set()
        read_until(connection, streams, waiting, lambda: not waiting)
    assert {one.status for one in streams.values()} == {200}
    assert [one.env["REMOTE_USER"] for one in streams.values() if one.env] == [login] * 5
    assert len(fake.searches()) - before == 1


def read_until(connection, streams, waiting, done):
    while not done():
        for event in connection._receive():
            connection._take(event, streams, waiting)
        connection._flush()


def test_clients_with_one_certificate_share_one_lookup(world, people):
    httpd, fakes = world
    gate, fake = gated(fakes["hang"]), fakes["hang"]
    (login, cert), = people(1)
    with Asking(httpd, "hang", [cert] * 8) as asking:
        wait_for(lambda: fake.searches(login), "lookup")
        time.sleep(1.0)
        gate.set()
        assert asking.join() == [login] * 8
    assert len(fake.searches(login)) == 1
    assert ask(httpd, cert, "hang") == login
    assert len(fake.searches(login)) == 1


def test_clients_that_share_a_lookup_share_its_failure_in_time(world, people):
    httpd, fakes = world
    fake = fakes["slow"]
    fake.on_search = silent
    (login, cert), = people(1)
    start = time.monotonic()
    assert Asking(httpd, "slow", [cert] * 8).join() == [UNAVAILABLE] * 8
    assert time.monotonic() - start < SLOW
    assert len(fake.searches(login)) < 8
    fake.on_search = everyone
    assert ask(httpd, cert, "slow") == login


def test_a_failure_that_is_shared_is_not_remembered(world, people):
    httpd, fakes = world
    fake = fakes["well"]
    (login, cert), = people(1)
    fake.on_search = later(0.5, result(52))
    assert Asking(httpd, "well", [cert] * 4).join() == [UNAVAILABLE] * 4
    fake.on_search = everyone
    assert ask(httpd, cert, "well") == login


@pytest.mark.parametrize("place", ["slow", "black"])
def test_many_clients_of_a_directory_that_hangs_are_503_in_time(world, people, place):
    httpd, fakes = world
    fakes["slow"].on_search = silent
    start = time.monotonic()
    with Asking(httpd, place, [cert for _, cert in people(8)]) as asking:
        assert httpd.get("/public.html").status == 200
        assert asking.join() == [UNAVAILABLE] * 8
    assert time.monotonic() - start < SLOW + 2
    fakes["slow"].on_search = everyone


def test_a_lookup_under_way_is_finished_over_a_graceful_restart(world, people):
    httpd, fakes = world
    gate, fake = gated(fakes["hang"]), fakes["hang"]
    (login, cert), (other, other_cert) = people(2)
    with Asking(httpd, "hang", [cert]) as asking:
        wait_for(lambda: fake.searches(login), "lookup")
        httpd.graceful()
        assert ask(httpd, other_cert, "well") == other
        assert asking.answers == [None]
        gate.set()
        assert asking.join() == [login]
    fake.on_search = everyone
    assert ask(httpd, other_cert, "hang") == other


def test_httpd_stops_while_its_directories_hang(make_httpd, people):
    """Also in the middle of the questions that it asks at start."""
    fakes = [FakeLdap(on_bind=silent) for _ in range(4)]
    httpd = make_httpd(**places({f"hang{number}": fake.lines("CertMapLDAPTimeout 3")
                                 for number, fake in enumerate(fakes)})).start()
    wait_for(lambda: any(fake.connections for fake in fakes), "questions at start")
    start = time.monotonic()
    httpd.stop()
    assert time.monotonic() - start < 9
    for fake in fakes:
        fake.close()


# A real server that is stopped

@pytest.fixture(scope="module")
def frozen(serve, pki):
    with Slapd(pki, slapd_person("alice") | slapd_person("bob")) as first:
        with Slapd(pki, slapd_person("alice") | slapd_person("bob")) as second:
            url = f"ldap://127.0.0.1:{first.port}{{more}}/{BASE}?uid?sub?(mail={{email}})"
            secret = f'CertMapLDAPBindDN "{SERVICE}"\nCertMapLDAPBindPassword {SERVICE_SECRET}\n'
            rules = {"alone": f'CertMapLDAPURL "{url.replace("{more}", "")}"\nCertMapLDAPTimeout 2',
                     "two": f'CertMapLDAPURL "{url}"\nCertMapLDAPTimeout 2'.replace(
                         "{more}", f" 127.0.0.1:{second.port}"),
                     "wrong": f'CertMapLDAPURL "{url.replace("{more}", "")}"'}
            rules = {name: f"{lines}\n{secret}" for name, lines in rules.items()}
            rules["wrong"] = rules["wrong"].replace(f"Password {SERVICE_SECRET}", "Password wrong")
            yield serve(**places(rules)), first, second


def test_slapd_that_is_stopped_by_a_signal(frozen, pki):
    httpd, first, second = frozen
    assert ask(httpd, pki.alice, "alone") == "alice"
    first.freeze()
    try:
        start = time.monotonic()
        assert ask(httpd, pki.bob, "alone") == UNAVAILABLE
        assert time.monotonic() - start < SLOW + 1
        seen = second.watch()
        assert ask(httpd, pki.bob, "two") == "bob"
        assert ask(httpd, pki.alice, "two") == "alice"
        seen.searches(2)
    finally:
        first.thaw()
    assert ask(httpd, pki.bob, "alone") == "bob"


def test_slapd_that_is_killed_and_started_again(frozen, pki):
    httpd, first, _ = frozen
    dave = pki.person("dave")
    first.kill()
    assert ask(httpd, dave, "alone") == UNAVAILABLE
    first.start()
    first.add(*next(iter(slapd_person("dave").items())))
    assert ask(httpd, dave, "alone") == "dave"
    first.stop()
    first.start()
    erin = pki.person("erin")
    assert ask(httpd, erin, "alone") == "!no_rule_matched"


def test_a_wrong_password_is_no_anonymous_bind(frozen, pki):
    httpd, first, _ = frozen
    seen = first.watch()
    assert ask(httpd, pki.person("alice"), "wrong") == UNAVAILABLE
    binds = wait_for(lambda: [bind for bind in seen.binds() if bind.dn], "bind in slapd's log")
    assert all(bind.dn == SERVICE for bind in binds)
    assert not seen.searches() and not seen.lines('BIND dn=""')
