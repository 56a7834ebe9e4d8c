"""docs/ldap.md: a directory that dies, comes back, drops connections, answers late; what of that a
client sees."""

import itertools
import os

import pytest

from client import password
from fake_ldap import FakeLdap, everyone, half_record, hang_up, later, login_in, reset, result
from httpd_setup import user_file
from ldap_clients import UNAVAILABLE, people, someone, together  # noqa: F401 (fixtures)
from ldap_faults import other_then_right
from pki import ip
from places import Asker, ask, places
from processes import own_memory
from watch import wait_for

pytestmark = pytest.mark.compiled

def test_a_late_answer_is_not_given_to_the_next_client(serve, someone):
    """The first is answered after its deadline, when the second has asked."""
    first, second = someone(), someone()
    with_late = FakeLdap(on_search=lambda talk, request: (
        later(1.7, everyone) if login_in(request) == first[0] else later(1.0, everyone))(talk, request))
    httpd = serve(**places({"late": with_late.lines("CertMapLDAPTimeout 1",
                                                    "CertMapLDAPConnections 1"),
                            "patient": with_late.lines("CertMapLDAPTimeout 9")}))
    assert ask(httpd, first[1], "late") == UNAVAILABLE
    for _ in range(2):
        assert ask(httpd, second[1], "late") in (second[0], UNAVAILABLE)
    assert ask(httpd, first[1], "patient") == first[0]
    with_late.close()


@pytest.fixture(scope="module")
def life(serve):
    fake, dead = FakeLdap(), FakeLdap(start=False)
    httpd = serve(**places({"life": fake.lines("CertMapLDAPTimeout 2"),
                            "dead": dead.lines("CertMapLDAPTimeout 2")}))
    fake.wait_asked_at_start()
    wait_for(lambda: "CM0044" in httpd.error_log(), "warning of the dead server")
    yield httpd, fake, dead
    fake.close()
    dead.close()


def test_a_server_dead_at_start_is_503_and_works_when_it_comes(life, pki):
    httpd, _, dead = life
    for _ in range(2):
        assert ask(httpd, pki.alice, "dead") == UNAVAILABLE
    dead.start()
    assert ask(httpd, pki.alice, "dead") == "alice"


def test_a_server_that_dies_and_comes_back(life, someone):
    httpd, fake, _ = life
    for _ in range(2):
        login, cert = someone()
        assert ask(httpd, cert, "life") == login
        fake.stop()
        login, cert = someone()
        for _ in range(2):
            assert ask(httpd, cert, "life") == UNAVAILABLE
        fake.start()
        assert ask(httpd, cert, "life") == login


@pytest.mark.parametrize("how", [dict(), dict(reset=True), dict(notice=True)], ids=str)
def test_a_dropped_idle_connection_is_replaced_unseen(life, someone, how):
    httpd, fake, _ = life
    assert ask(httpd, someone()[1], "life") != UNAVAILABLE
    for _ in range(3):
        seen = httpd.watch()
        fake.drop(**how)
        login, cert = someone()
        assert ask(httpd, cert, "life") == login
        assert len(fake.searches(login)) == 1
        assert not seen.errors("CM0042") and "backend_down" not in str(seen.all_events())


def test_a_connection_that_ends_at_its_second_question_is_replaced_unseen(life, someone):
    """As a server does that closes idle connections just then."""
    httpd, fake, _ = life
    used = set()

    def once(talk, request):
        if talk.number in used:
            return talk.close()
        used.add(talk.number)
        return everyone(talk, request)
    fake.on_search = once
    for _ in range(4):
        login, cert = someone()
        assert ask(httpd, cert, "life") == login
    fake.on_search = everyone


def test_a_server_that_always_hangs_up_is_asked_twice_at_most(life, someone):
    httpd, fake, _ = life
    assert ask(httpd, someone()[1], "life") != UNAVAILABLE
    fake.on_search = hang_up
    login, cert = someone()
    assert ask(httpd, cert, "life") == UNAVAILABLE
    assert len(fake.searches(login)) == 2
    login, cert = someone()
    assert ask(httpd, cert, "life") == UNAVAILABLE
    assert len(fake.searches(login)) == 1
    fake.on_search = everyone


def test_many_stale_connections_are_replaced_unseen(life, someone):
    httpd, fake, _ = life
    fake.on_search = later(0.4, everyone)
    people = [someone() for _ in range(5)]
    answers = together(httpd, "life", [cert for _, cert in people])
    assert answers == [login for login, _ in people]
    fake.on_search = everyone
    for how in (dict(), dict(reset=True)):
        fake.drop(**how)
        people = [someone() for _ in range(5)]
        assert together(httpd, "life", [cert for _, cert in people]) == [login for login, _ in people]


def test_many_clients_of_a_server_that_fails_now_and_then_get_their_own_answer(serve, someone, pki):
    """Connections break off, answers come late or for another question; nobody becomes somebody else."""
    cert = pki.root.issue(["CN=x"], eku=("serverAuth",), san=[ip("127.0.0.1")])
    turns = itertools.count(1)
    steps = {0: hang_up, 7: half_record(everyone), 13: later(0.3, everyone), 17: other_then_right,
             19: result(51), 23: reset}

    def moody(talk, request):
        return steps.get(next(turns) % 25, everyone)(talk, request)
    fake = FakeLdap(tls=cert, on_search=moody)
    httpd = serve(**places({"moody": fake.lines("CertMapLDAPTimeout 2", "CertMapLDAPConnections 4")}))
    people = [someone() for _ in range(150)]
    answers = together(httpd, "moody", [one for _, one in people], threads=10)
    wrong = [(login, answer) for (login, _), answer in zip(people, answers) if answer != login]
    assert {answer for _, answer in wrong} <= {UNAVAILABLE}
    assert len(wrong) < len(people)
    fake.close()


@pytest.mark.skipif("CERTMAP_PRELOAD" in os.environ, reason="a sanitizer keeps freed memory")
def test_connections_that_fail_do_not_use_up_memory(serve, pki):
    """A leak of 4 KiB for each would show."""
    fake = FakeLdap(tls=pki.stranger.issue(["CN=x"], eku=("serverAuth",), san=[ip("127.0.0.1")]))
    httpd = serve(log_level="notice ssl:warn certmap:warn", **places({"wrong": fake.lines()}))
    assert set(together(httpd, "wrong", [pki.alice] * 150, threads=8)) == {UNAVAILABLE}
    before, children = own_memory(*httpd.children()), httpd.children()
    assert set(together(httpd, "wrong", [pki.alice] * 400, threads=2)) == {UNAVAILABLE}
    assert httpd.children() == children
    assert own_memory(*httpd.children()) - before < 1536
    fake.close()


# Beside another AuthType

BASIC = """AuthType Basic
    AuthName x
    AuthUserFile conf/passwd
    CertMapUse {name}
    CertMapControl {control}
    Require valid-user"""


@pytest.mark.parametrize("control", ["sufficient", "required"])
def test_under_another_auth_type_a_failure_does_not_fall_back(serve, pki, control):
    fake = FakeLdap(start=False)
    how = places({"dead": fake.lines()}, files={"conf/passwd": user_file("basic")})
    how["vhost"] = how["vhost"].replace(
        "AuthType ClientCert\n    CertMapUse dead\n    Require valid-user",
        BASIC.format(name="dead", control=control))
    httpd = serve(**how)
    for headers in ({}, password("basic")):
        assert ask(httpd, pki.alice, "dead", headers) == UNAVAILABLE
    fake.start()
    asker = Asker(httpd, pki.alice)
    if control == "sufficient":
        assert asker("dead") == "alice"
        assert ask(httpd, None, "dead", password("basic")) == "basic"
    else:
        assert ask(httpd, pki.alice, "dead", password("basic")) == "!account_mismatch"
    fake.close()
