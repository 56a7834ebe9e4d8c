"""HTTP/2: parallel streams share one connection's certificate and decisions."""

import collections

import pytest

import watch
from tls_table import EXPECTED, PLACES, connect, outcome, people, settings

STREAMS = 50
TLS = pytest.mark.parametrize("tls", ["1.2", "1.3"])
pytestmark = pytest.mark.parametrize("mpm", ["event", "worker"])


@pytest.fixture(scope="module")
def servers(serve, pki):
    return {mpm: serve(mpm=mpm, **settings(pki)) for mpm in ("event", "worker")}


@pytest.fixture
def httpd(servers, mpm):
    return servers[mpm]


def told(responses):
    return collections.Counter(map(outcome, responses))


@TLS
def test_parallel_streams_first_on_a_connection_make_one_success_event(httpd, pki, tls):
    for _ in range(3):
        seen = httpd.watch()
        with httpd.http2(pki.alice, tls=tls) as connection:
            assert told(connection.get_all(["/staff/page.html"] * STREAMS)) == {"200 alice": STREAMS}
        (event,) = seen.events(1, requests=STREAMS)
        assert event["user"]["name"] == "alice"


def test_each_refused_stream_has_its_event(httpd, pki):
    seen = httpd.watch()
    with httpd.http2(pki.carol) as connection:
        assert told(connection.get_all(["/staff/page.html"] * STREAMS)) == {
            "403 no_rule_matched": STREAMS}
    events = seen.events(STREAMS)
    assert {event["event"]["reason"] for event in events} == {"no_rule_matched"}
    assert len({event["http"]["request"]["id"] for event in events}) == STREAMS


@TLS
def test_parallel_streams_to_all_places(httpd, pki, tls):
    """Every stream gets the decision of its place, whichever of them comes first."""
    for who in ("alice", "bob", "nobody", "two", "control", "blocked"):
        with httpd.http2(people(pki)[who], tls=tls) as connection:
            paths = [f"/{place}/page.html" for place in PLACES] * 10
            expected = list(EXPECTED[who].values()) * 10
            assert [outcome(one) for one in connection.get_all(paths)] == expected


def test_parallel_streams_of_a_resumed_session(httpd, pki):
    with connect(httpd, pki.bob, "HTTP/2 TLS 1.3 ticket") as connection:
        seen = httpd.watch()
        assert told(connection.get_all(["/group/page.html"] * STREAMS)) == {"200 robert": STREAMS}
    (event,) = seen.events(1, requests=STREAMS)
    assert event["tls"]["resumed"] is True


def test_one_connection_for_a_long_time(httpd, pki):
    seen = httpd.watch()
    with httpd.http2(pki.alice) as connection:
        for _ in range(10):
            assert told(connection.get_all(["/staff/page.html", "/dn/page.html"] * 10)) == {
                "200 alice": 20}
    seen.events(2, requests=200)


def test_connections_that_break_off(httpd, pki):
    """Streams are at work when their connection goes away; the server's log shows any crash."""
    for _ in range(20):
        connection = httpd.http2(pki.alice)
        connection.send_all([f"/{place}/page.html" for place in PLACES] * 10)
        connection.abort()
    with httpd.http2(pki.alice) as connection:
        assert told(connection.get_all(["/staff/page.html"] * 5)) == {"200 alice": 5}
    assert watch.wait_for(lambda: len(httpd.children()) >= 1)
    assert "exit signal" not in httpd.error_log()
