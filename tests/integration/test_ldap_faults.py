"""docs/ldap.md: a directory that fails: 503 in time, never another answer; the next server.

Every fault has a server and a rule of its own, with CertMapLDAPTimeout 1; SLOW is a generous bound for it.
"""

import time

import pytest

from fake_ldap import FakeLdap
from ldap_clients import UNAVAILABLE, people, someone  # noqa: F401 (fixtures)
from ldap_faults import FAULTS, SERVER_FAULTS, TLS_FAULTS, World
from places import ask, places
from watch import wait_for

SLOW = 8.0


@pytest.fixture(scope="module")
def world(serve, pki):
    made = World(serve, pki)
    yield made
    made.close()


@pytest.mark.parametrize("fault", [*FAULTS, "refused", "black", "referral"])
def test_a_fault_is_503_in_time_and_no_later_rule_decides(world, someone, fault):
    _, cert = someone()
    seen = world.httpd.watch()
    start = time.monotonic()
    assert ask(world.httpd, cert, f"{fault}+anyone") == UNAVAILABLE
    assert time.monotonic() - start < SLOW
    (event,) = seen.events(1)
    assert event["event"]["reason"] == "backend_unavailable" and event["event"]["outcome"] == "failure"
    assert "user" not in event
    assert event["rule"]["name"] == fault
    assert event["error"]["message"]


@pytest.mark.parametrize("fault", [*SERVER_FAULTS, *TLS_FAULTS, "refused", "black"])
def test_the_second_server_answers_for_the_first(world, someone, fault):
    login, cert = someone()
    start = time.monotonic()
    assert ask(world.httpd, cert, f"second-{fault}") == login
    assert time.monotonic() - start < SLOW + 1


@pytest.mark.parametrize("fault", ["silent", "search-silent", "tls-drips"])
def test_a_server_that_failed_is_not_tried_first_for_a_while(serve, world, someone, fault):
    """On a server of its own: the module asks a directory that is down now and then, too."""
    failing = FakeLdap(tls=world.cert if fault in TLS_FAULTS else None, **FAULTS[fault])
    good = world.tls_good if fault in TLS_FAULTS else world.good
    httpd = serve(**places({"people": failing.lines(
        "CertMapLDAPTimeout 2", more_hosts=f" 127.0.0.1:{good.port}")}))
    failing.wait_asked_at_start()
    for _ in range(4):
        login, cert = someone()
        assert ask(httpd, cert, "people") == login
    assert failing.connections == 2  # that of the questions at start, and that of the first lookup
    failing.close()


def test_a_wrong_password_is_never_followed_by_an_anonymous_search(world):
    for code in (48, 49, 53):
        fake = world.fakes[f"bind-{code}"]
        assert fake.binds() and all(bind.dn and bind.password for bind in fake.binds())
        assert not fake.searches()


@pytest.mark.parametrize("name", ["several", "size-limit"])
def test_several_entries_are_ambiguous_whatever_their_order(world, someone, name):
    assert ask(world.httpd, someone()[1], f"{name}+anyone") == "!ambiguous_account"


@pytest.mark.parametrize("name", ["endless", "endless-reference"])
def test_a_server_that_never_stops_is_stopped(world, someone, name):
    start = time.monotonic()
    assert ask(world.httpd, someone()[1], f"{name}+anyone") in (UNAVAILABLE, "!ambiguous_account")
    assert time.monotonic() - start < SLOW
    wait_for(lambda: world.fakes[name].open == 0, "end of the connection")


def test_nothing_stays_open_after_a_fault(world):
    """But a connection that works, and those of the module's own questions at start until they end."""
    most = {name: 0 if name in SERVER_FAULTS or name in TLS_FAULTS else 1 for name in world.fakes
            if world.fakes[name] is not world.good}
    wait_for(lambda: not [name for name in most if world.fakes[name].open > most[name]],
             "end of the connections", 60)


def test_references_are_ignored_and_nobody_is_asked_there(world, someone):
    login, cert = someone()
    assert ask(world.httpd, cert, "references+anyone") == login
    assert not world.rogue.connections


def test_the_answer_to_another_question_is_not_taken(world, someone):
    login, cert = someone()
    assert ask(world.httpd, cert, "other-then-right") in (login, UNAVAILABLE)
