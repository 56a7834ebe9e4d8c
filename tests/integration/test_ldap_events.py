"""docs/ldap.md and docs/audit.md: what is told of a directory that fails, where, and how often."""

import re
import time

import pytest

from fake_ldap import FakeLdap, everyone, result
from httpd_setup import virtual_host
from ldap_steps import login_in, silent
from ldap_clients import UNAVAILABLE, people, someone, together  # noqa: F401 (fixtures)
from places import ask, places, rule
from watch import wait_for

PROCESSES = 4
REQUESTS = 50
REST = 10.5  # seconds; a directory is told of as down once in ten


def changes(httpd, log="logs/audit.log"):
    return [event for event in httpd.audit(log) if event["event"]["action"].startswith("backend_")]


def actions(httpd, log="logs/audit.log"):
    return [event["event"]["action"] for event in changes(httpd, log)]


OTHER_LOG = virtual_host("other", "CertMapAuditLog logs/other.log")


@pytest.fixture(scope="module", params=["event", "prefork"])
def many(request, serve):
    """Several processes, two audit logs."""
    fake, well = FakeLdap(), FakeLdap()
    rules = {"down": fake.lines("CertMapLDAPTimeout 2"), "well": well.lines()}
    httpd = serve(mpm=request.param, processes=PROCESSES, after=OTHER_LOG,
                  log_level="notice ssl:warn certmap:warn", **places(rules))
    for one in (fake, well):
        one.wait_asked_at_start()
    yield httpd, fake, well
    fake.close()
    well.close()


def processes_of(httpd):
    return {event["process"]["pid"] for event in httpd.audit()
            if event["event"]["action"] == "authenticate"}


def test_down_and_up_are_audited_once_per_change(many, pki, someone):
    httpd, fake, _ = many
    server = f"127.0.0.1:{fake.port}"
    for turn in (1, 2):
        if turn == 2:
            time.sleep(REST)
        fake.stop()
        assert set(together(httpd, "down", [pki.alice] * REQUESTS, threads=10)) == {UNAVAILABLE}
        assert actions(httpd) == ["backend_down", "backend_up"] * (turn - 1) + ["backend_down"]
        fake.start()
        somebody = [someone() for _ in range(20)]
        answers = set(together(httpd, "down", [cert for _, cert in somebody], threads=10))
        assert answers == {login for login, _ in somebody}
        assert actions(httpd) == ["backend_down", "backend_up"] * turn
    assert len(processes_of(httpd)) > 1
    assert actions(httpd, "logs/other.log") == ["backend_down", "backend_up"] * 2
    down, up = changes(httpd)[-2:]
    assert (down["event"]["outcome"], up["event"]["outcome"]) == ("failure", "success")
    for event in (down, up):
        assert event["event"]["category"] == ["configuration"] and event["event"]["kind"] == "event"
        assert event["certmap"]["backend"] == "ldap"
        assert server in str(event)
        assert "user" not in event and "source" not in event
    assert down["error"]["message"]


def test_a_directory_that_answers_some_is_not_told_of_for_each(serve, pki, someone):
    fake = FakeLdap(on_search=lambda talk, request: (
        silent if login_in(request) == "alice" else everyone)(talk, request))
    httpd = serve(**places({"some": fake.lines("CertMapLDAPTimeout 1")}))
    fake.wait_asked_at_start()
    for _ in range(2):
        login, cert = someone()
        assert ask(httpd, pki.alice, "some") == UNAVAILABLE
        assert ask(httpd, cert, "some") == login
    assert actions(httpd) == ["backend_down", "backend_up"]
    fake.close()


def test_the_error_log_is_not_flooded(many, pki):
    httpd, fake, _ = many
    time.sleep(REST)
    fake.stop()
    before = len(httpd.error_log())
    assert set(together(httpd, "down", [pki.bob] * REQUESTS, threads=10)) == {UNAVAILABLE}
    lines = [line for line in httpd.error_log()[before:].splitlines() if "CM0" in line]
    assert 1 <= len(lines) <= 3, lines
    assert f"127.0.0.1:{fake.port}" in lines[0] and "refused" in lines[0]
    fake.start()
    assert set(together(httpd, "down", [pki.bob])) == {"bob"}
    assert wait_for(lambda: "CM0043" in httpd.error_log()[before:])


@pytest.mark.parametrize("code", [17, 18, 21, 34])
def test_a_refused_question_is_no_failed_directory(many, pki, someone, code):
    httpd, _, well = many
    before = actions(httpd)
    well.on_search = result(code)
    assert set(together(httpd, "well", [someone()[1] for _ in range(4)])) == {UNAVAILABLE}
    well.on_search = everyone
    assert set(together(httpd, "well", [pki.alice])) == {"alice"}
    assert actions(httpd) == before


def test_each_refusal_is_one_line_and_one_event(serve, pki):
    fake = FakeLdap(start=False)
    httpd = serve(**places({"down": fake.lines()}))
    seen = httpd.watch()
    for _ in range(5):
        assert ask(httpd, pki.alice, "down") == UNAVAILABLE
    assert {event["event"]["reason"] for event in seen.events(5)} == {"backend_unavailable"}
    assert len(seen.errors("backend_unavailable")) == 5
    fake.close()


def test_a_directory_that_is_dead_at_start_is_told_of_without_any_request(serve):
    fake = FakeLdap(start=False)
    httpd = serve(processes=3, **places({"down": fake.lines()}))
    wait_for(lambda: actions(httpd), "backend_down")
    line = wait_for(lambda: [line for line in httpd.error_log().splitlines() if "CM0044" in line])[0]
    assert str(fake.port) in line
    fake.start()
    wait_for(lambda: actions(httpd) == ["backend_down"])
    fake.close()


def test_a_directory_that_comes_back_is_up_without_any_request(serve):
    """Also where no CertMapUse names its rule: an alarm ends with what it was for."""
    fake = FakeLdap(start=False)
    httpd = serve(main=rule("parked", fake.lines()), processes=3)
    wait_for(lambda: actions(httpd), "backend_down")
    fake.start()
    wait_for(lambda: actions(httpd) == ["backend_down", "backend_up"], "backend_up", 60.0)
    fake.close()


def test_a_directory_that_accepts_and_says_nothing_is_down_from_the_start(serve):
    """Without bind and TLS only a search tells."""
    fake = FakeLdap(on_connect=silent)
    httpd = serve(**places({"silent": fake.lines("CertMapLDAPTimeout 1", bind=False)}))
    wait_for(lambda: actions(httpd), "what was seen at start")
    httpd.graceful()
    wait_for(lambda: httpd.error_log().count("CM0044") == 2, "the warnings of both generations")
    assert actions(httpd) == ["backend_down"]
    fake.close()


def test_one_process_asks_the_questions_at_start(serve):
    fake = FakeLdap()
    httpd = serve(processes=PROCESSES, **places({"people": fake.lines()}))
    fake.wait_asked_at_start()
    time.sleep(1.0)
    assert fake.connections == 1 and not fake.searches()
    httpd.graceful()
    wait_for(lambda: fake.connections == 2, "questions after a restart")
    assert not changes(httpd)
    fake.close()


def test_what_a_server_says_of_itself_forges_no_line(serve, pki):
    says = "x\nCM0043: forged \x1b[31m\u202e\x9b " + "y" * 5000
    fake = FakeLdap(on_search=result(80, says), on_bind=result(0))
    binds = FakeLdap(on_bind=result(49, says))
    httpd = serve(**places({"search": fake.lines(), "bind": binds.lines()}))
    for place in ("search", "bind"):
        assert ask(httpd, pki.alice, place) == UNAVAILABLE
    text = httpd.error_log() + httpd.read("logs/audit.log")
    assert not [line for line in text.splitlines() if line.startswith("CM0043") or len(line) > 4096]
    assert not re.search("[\x1b\x9b\u202e]", text)
    fake.close()
    binds.close()
