"""docs/directives.md, CertMapTrial: a directory is asked by a thread of its own, and no request
waits for it."""

import os
import signal

import pytest

from directory import SERVICE, SERVICE_SECRET, Slapd, person as slapd_person
from fake_ldap import BASE, FakeLdap, everyone, silent
from ldap_clients import gated, people  # noqa: F401 (fixture)
from pki import email
from places import rule
from status_page import PLAIN, Counts
from trials import Trials, trial
from watch import wait_for

MPMS = ["prefork", "worker", "event"]


def trial_place(name):
    lines = f"SSLUserName SSL_CLIENT_S_DN_CN\nCertMapTrial {name}"
    return f'<LocationMatch "^/(cgi/env/)?{name}">\n{lines}\n</LocationMatch>\n'


def settings(rules, **how):
    main = "".join(rule(name, lines) for name, lines in rules.items())
    return dict(main="Protocols h2 http/1.1\n" + main, vhost="".join(map(trial_place, rules)), plain=PLAIN, **how)


@pytest.fixture(scope="module")
def fake():
    with_gate = FakeLdap()
    yield with_gate
    with_gate.close()


@pytest.fixture(scope="module")
def httpd(serve, fake):
    started = serve(mpm="event", **settings({"slow": fake.lines("CertMapLDAPTimeout 60"),
                                             "cn": "CertMapUser x-{subject.CN}",
                                             "both": "CertMapUser {subject.emailAddress}"}))
    fake.wait_asked_at_start()
    return started


def test_the_answer_of_a_directory_is_compared(httpd, fake, people):
    fake.on_search = everyone
    (login, cert), = people(1)
    tried = Trials(httpd)
    with httpd.connect(cert) as connection:
        for _ in range(3):
            assert connection.get("/cgi/env/slow").status == 200
    assert tried.after(3) == ({("slow", "same"): 3}, [])
    assert len(fake.searches(login)) == 1


def test_no_request_of_the_connection_waits(httpd, fake, people):
    gate = gated(fake)
    (login, cert), = people(1)
    tried = Trials(httpd)
    try:
        with httpd.connect(cert) as connection:
            for _ in range(3):
                assert connection.get("/cgi/env/slow").env["REMOTE_USER"] == login
            wait_for(lambda: fake.searches(login), "question")
            assert connection.get("/page.html").status == 200
            assert not tried.counts()
        with httpd.http2(cert) as connection:
            assert [each.status for each in connection.get_all(["/cgi/env/slow"] * 3)] == [200] * 3
    finally:
        gate.set()
    assert tried.after(6)[0] == {("slow", "same"): 6}
    assert len(fake.searches(login)) == 1


def test_the_event_is_written_when_the_connection_is_gone(httpd, fake, people, pki):
    gate = gated(fake)
    tried = Trials(httpd)
    cert = pki.issuing.issue(["CN=other"], san=[email("person0@example.com")])
    with httpd.connect(cert) as connection:
        connection.get("/cgi/env/slow?q=1")
    wait_for(lambda: fake.searches("person0"), "question")
    gate.set()
    counts, (event,) = tried.after(1)
    assert counts == {("slow", "different"): 1}
    assert trial(event) == ("other", "mapped", "person0", "slow")
    assert event["url"]["path"] == "/cgi/env/slow" and event["http"]["request"]["method"] == "GET"
    assert event["source"]["ip"] == "127.0.0.1" and event["tls"]["version"] == "1.3"
    assert event["service"]["name"] == "localhost" and event["http"]["request"]["id"]


def test_rules_without_a_directory_are_tried_meanwhile(httpd, fake, people):
    gate = gated(fake)
    (login, cert), = people(1)
    try:
        httpd.get("/cgi/env/slow", cert)
        wait_for(lambda: fake.searches(login), "question")
        tried = Trials(httpd)
        httpd.get("/cgi/env/cn", cert)
        assert tried.after(1)[0] == {("cn", "different"): 1}
        tried = Trials(httpd)
        httpd.get("/cgi/env/slow")  # no certificate: nothing to ask
        assert tried.after(1)[0] == {("(none)", "different"): 1}
    finally:
        gate.set()
    tried.after(2)


def test_at_most_a_thousand_wait(httpd, fake, people):
    gate = gated(fake)
    (login, cert), = people(1)
    tried = Trials(httpd)
    httpd.write("htdocs/slow.html", "")
    try:
        with httpd.connect(cert) as connection:
            connection.get("/cgi/env/slow")
            wait_for(lambda: fake.searches(login), "question")  # it waits no more
            for _ in range(1003):
                connection.get("/slow.html")
            wait_for(lambda: sum(tried.counts().values()) >= 3, "skipped")
            assert tried.counts() == {("slow", "skipped"): 3}
    finally:
        gate.set()
    assert tried.after(1004)[0] == {("slow", "skipped"): 3, ("slow", "same"): 1001}


def test_a_directory_that_fails_is_a_difference_of_this_trial_only(httpd, fake, people):
    fake.on_search = everyone
    (login, cert), = people(1)
    port = fake.port
    tried = Trials(httpd)
    fake.stop()
    try:
        with httpd.connect(cert) as connection:
            assert connection.get("/cgi/env/slow").env["REMOTE_USER"] == login
        counts, (event,) = tried.after(1)
    finally:
        fake.start()
    assert counts == {("slow", "different"): 1}
    assert trial(event) == (login, "backend_unavailable", None, "slow")
    assert str(port) in event["error"]["message"]


@pytest.mark.parametrize("mpm", MPMS)
@pytest.mark.parametrize("word", [signal.SIGUSR1, signal.SIGHUP])
def test_children_end_while_the_directory_hangs(make_httpd, people, mpm, word):
    """What was not answered is skipped, and counted once. httpd kills children that take ten seconds."""
    fake = FakeLdap()
    httpd = make_httpd(mpm=mpm, **settings({"slow": fake.lines("CertMapLDAPTimeout 300")})).start()
    fake.wait_asked_at_start()
    fake.on_search = silent
    tried = Trials(httpd)
    (login, cert), = people(1)
    with httpd.connect(cert) as connection:
        for _ in range(5):
            connection.get("/cgi/env/slow")
    wait_for(lambda: fake.searches(login), "question")
    old = httpd.children()
    os.kill(httpd.pid, word)
    wait_for(lambda: not old & httpd.children(), "end of the old children")
    assert tried.after(5)[0] == {("slow", "skipped"): 5}
    with httpd.connect(cert) as connection:
        connection.get("/cgi/env/slow")
    wait_for(lambda: len(fake.searches(login)) >= 2, "question of the new child")
    assert "SIGKILL" not in httpd.error_log()
    assert not Counts(httpd).values("directory_lookups_total", "outcome")  # a search that was stopped tells nothing
    httpd.stop()
    fake.close()


# A real server that is stopped

def test_slapd_that_is_stopped_by_a_signal(serve, pki):
    with Slapd(pki, slapd_person("alice") | slapd_person("bob")) as slapd:
        lines = (f'CertMapLDAPURL "ldap://127.0.0.1:{slapd.port}/{BASE}?uid?sub?(mail={{email}})"\nCertMapLDAPTimeout 60\n'
                 f'CertMapLDAPBindDN "{SERVICE}"\nCertMapLDAPBindPassword {SERVICE_SECRET}\n')
        httpd = serve(**settings({"real": lines}))
        tried = Trials(httpd)
        httpd.get("/cgi/env/real", pki.alice)
        assert tried.after(1)[0] == {("real", "same"): 1}
        tried = Trials(httpd)
        slapd.freeze()
        try:
            with httpd.connect(pki.bob) as connection:
                for _ in range(5):
                    assert connection.get("/cgi/env/real").env["REMOTE_USER"] == "bob"
            assert not tried.counts()
        finally:
            slapd.thaw()
        assert tried.after(5)[0] == {("real", "same"): 5}
