"""Contract, section 8: what certmap-status counts is what access log and audit log say."""

import collections
import os
import signal
import threading

import pytest

from pki import email
from status_page import PLAIN, Counts, wait_for_requests
from watch import wait_for

RULES = """
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "([^@]+)@example\\.com"
    CertMapUser     $1
</CertMapRule>
<CertMapRule listed>
    CertMapIssuedBy conf/partner-ca.pem
    CertMapFile     conf/listed.map
</CertMapRule>
"""
USE = "AuthType ClientCert\nCertMapUse staff listed\n"
OTHER = """
<VirtualHost 127.0.0.1:${PORT}>
    ServerName other.example.test
    SSLEngine on
    SSLCertificateFile conf/server.pem
    SSLCACertificateFile conf/client-cas.pem
    SSLVerifyClient optional
    CertMapAuditLog logs/audit.log
    <CertMapRule staff>
        CertMapIssuedBy conf/corp-ca.pem
        CertMapUser     other-{subject.CN}
    </CertMapRule>
    <Location "/">
        AuthType ClientCert
        CertMapUse staff
        Require valid-user
    </Location>
</VirtualHost>
"""
VHOST = f"""
Protocols h2 http/1.1
RewriteEngine on
RewriteRule ^/in/again$ /in/page.html
<Location "/open">
    {USE}
    Require all granted
</Location>
<Location "/in">
    {USE}
    Require valid-user
    ErrorDocument 403 /in/sorry.html
</Location>
<Location "/password">
    AuthType Basic
    AuthName both
    AuthUserFile conf/users
    CertMapUse staff
    Require valid-user
</Location>
<Location "/both">
    AuthType Basic
    AuthName both
    AuthUserFile conf/users
    CertMapUse staff
    CertMapControl required
    Require valid-user
    ErrorDocument 401 /open/denied.html
</Location>
<Location "/nothing">
    CertMapUse none
    Require all denied
    ErrorDocument 403 /open/denied.html
</Location>
<Directory "${{ROOT}}/htdocs">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
"""
PAGES = {f"htdocs/{place}/{page}": f"<p>{page}</p>\n" for place in ("in", "open", "password", "both")
         for page in ("index.html", "page.html", "sorry.html", "denied.html")}
INCLUDING = {"htdocs/in/all.shtml": '<!--#include virtual="/in/page.html" --><!--#include virtual="/open/page.html" -->\n'}
HASH = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="  # "password"
FILES = {**PAGES, **INCLUDING, "conf/listed.map": "email:carol@partner.example carol\nemail:mallory@partner.example !\n",
         "conf/users": f"alice:{HASH}\nbob:{HASH}\n"}
ALICE, BOB = ({"Authorization": "Basic " + text} for text in ("YWxpY2U6cGFzc3dvcmQ=", "Ym9iOnBhc3N3b3Jk"))
HOW = dict(main=RULES, vhost=VHOST, after=OTHER, files=FILES, plain=PLAIN)


@pytest.fixture(scope="module", params=["prefork", "worker", "event"])
def httpd(request, serve):
    return serve(mpm=request.param, processes=3, **HOW)


@pytest.fixture(scope="module")
def mallory(pki):
    return pki.partner.issue(["CN=mallory"], san=[email("mallory@partner.example")])


class Seen:
    """Counts, access log and audit log since some moment, when so many requests are over."""

    def __init__(self, httpd):
        self._httpd, self._counts = httpd, Counts(httpd)
        self._access, self._audit = len(self._lines()), len(httpd.audit())

    def _lines(self):
        return [line for line in self._httpd.access_log() if line.path != "/status"]

    def after(self, requests):
        wait_for(lambda: len(self._lines()) - self._access >= requests, "access log")
        self.counts = wait_for_requests(self._httpd, self._counts("decisions_total") + requests).since(self._counts)
        self.access = self._lines()[self._access:]
        self.audit = [event for event in self._httpd.audit()[self._audit:]
                      if event["event"]["action"] == "authenticate"]
        return self

    def outcomes(self, name):
        return collections.Counter(event["event"]["reason"] for event in self.audit
                                   if event["event"]["outcome"] == name)


def test_an_error_document_in_an_open_place_does_not_count(httpd, pki):
    seen = Seen(httpd)
    assert httpd.get("/nothing", pki.alice).status == 403
    assert httpd.get("/both/page.html", pki.alice, headers={"Authorization": "Basic YWxpY2U6eA=="}).status == 401
    counts = seen.after(1).counts
    assert counts("decisions_total") == 1 and counts("accepted_total") == 0


def test_one_request_is_one_decision_whatever_httpd_makes_of_it(httpd, pki):
    """Subrequests, internal redirects, DirectoryIndex, ErrorDocument, SSI."""
    paths = ["/in/page.html", "/in/", "/in/again", "/in/all.shtml", "/open/page.html", "/in/missing.html"]
    for cert, accepted in ((pki.alice, 6), (pki.carol, 6), (None, 1)):
        seen = Seen(httpd)
        for path in paths:
            httpd.get(path, cert)
        counts = seen.after(len(paths)).counts
        assert counts("decisions_total") == len(paths) == len(seen.access)
        if cert:
            assert counts("accepted_total") == accepted
            assert counts.values("decisions_total", "reason") == {"mapped": 6}
            assert counts("refused_total") == 0
        else:
            assert counts("accepted_total") == 0
            assert counts.values("refused_total", "reason") == {"no_certificate": 5}
            assert counts.values("decisions_total", "reason") == {"no_certificate": 6}
            assert seen.outcomes("failure") == {"no_certificate": 5}


def test_made_and_remembered_on_one_connection(httpd, pki):
    seen = Seen(httpd)
    with httpd.connect(pki.alice) as connection:
        for _ in range(7):
            assert connection.get("/in/page.html").status == 200
    counts = seen.after(7).counts
    assert counts("decisions_total", reason="mapped", answer="made") == 1
    assert counts("decisions_total", reason="mapped", answer="remembered") == 6
    assert counts("rule_decisions_total", server="main", rule="staff", answer="made") == 1
    assert counts("rule_decisions_total", server="main", rule="staff", answer="remembered") == 6
    assert counts("rule_decisions_total") == 7 == counts("accepted_total")
    assert seen.outcomes("success") == {"mapped": 1}


def test_http2_streams_are_requests(httpd, pki):
    if httpd.mpm == "prefork":
        pytest.skip("httpd speaks no HTTP/2 there")
    seen = Seen(httpd)
    with httpd.http2(pki.alice) as client:
        assert {answer.status for answer in client.get_all(["/in/page.html"] * 20)} == {200}
    counts = seen.after(20).counts
    assert counts("decisions_total", reason="mapped") == 20 == counts("accepted_total")
    assert counts("rule_decisions_total", rule="staff") == 20


def test_rules_of_the_same_name_are_counted_by_server(httpd, pki):
    seen = Seen(httpd)
    for _ in range(3):
        assert httpd.get("/in/page.html", pki.alice, sni="other.example.test").status == 200
    counts = seen.after(3).counts
    other = f"other.example.test:{httpd.port}"
    assert counts("rule_decisions_total", server=other, rule="staff") == 3 == counts("rule_decisions_total")


def test_blocks_and_what_no_rule_decides(httpd, pki, mallory):
    seen = Seen(httpd)
    for cert in (mallory, pki.twin.issue(["CN=x"])):
        assert httpd.get("/in/page.html", cert).status == 403
    counts = seen.after(2).counts
    expected = {"denied_by_rule": 1, "no_rule_matched": 1}
    assert counts.values("decisions_total", "reason") == expected == counts.values("refused_total", "reason")
    assert seen.outcomes("failure") == expected
    assert counts("rule_decisions_total") == 0


def test_with_passwords_what_is_left_to_them_is_not_refused(httpd, pki):
    seen = Seen(httpd)
    assert httpd.get("/password/page.html").status == 401
    assert httpd.get("/password/page.html", None, BOB).status == 200
    assert httpd.get("/password/page.html", pki.alice).status == 200
    counts = seen.after(3).counts
    assert counts.values("decisions_total", "reason") == {"no_certificate": 2, "mapped": 1}
    assert (counts("refused_total"), counts("accepted_total")) == (0, 1)


def test_two_factors(httpd, pki):
    seen = Seen(httpd)
    for headers, status in ((ALICE, 200), (BOB, 403), ({}, 401)):
        assert httpd.get("/both/page.html", pki.alice, headers).status == status
    counts = seen.after(3).counts
    assert counts.values("decisions_total", "reason") == {"mapped": 2, "account_mismatch": 1}
    assert counts.values("refused_total", "reason") == {"account_mismatch": 1}
    assert counts("accepted_total") == 1
    assert seen.outcomes("failure") == {"account_mismatch": 1}


class Load(threading.Thread):
    """Connections with some requests each, one after the other."""

    def __init__(self, httpd, cert, connections=None, requests=5):
        super().__init__()
        self.httpd, self.cert, self.connections, self.requests = httpd, cert, connections, requests
        self.statuses, self.stopped = collections.Counter(), threading.Event()

    def run(self):
        while not self.stopped.is_set() and self.connections != 0:
            if self.connections:
                self.connections -= 1
            self._connect()

    def _connect(self):
        try:
            with self.httpd.connect(self.cert) as connection:
                for _ in range(self.requests):
                    self.statuses[connection.get("/in/page.html").status] += 1
        except (OSError, AssertionError, Exception):  # pylint: disable=broad-except
            self.statuses["lost"] += 1

    def stop(self):
        self.stopped.set()
        self.join()
        return self.statuses


def start(httpd, pki, mallory, **how):
    load = [Load(httpd, cert, **how) for cert in (pki.alice, pki.bob, pki.carol, mallory, None)]
    for each in load:
        each.start()
    return load


def check_sums(seen):
    """Everything agrees with both logs."""
    counts, access = seen.counts, seen.access
    assert counts("decisions_total") == len(access)
    users = [line for line in access if line.user not in ("-", '""')]
    assert counts("accepted_total") == len(users)
    refused = collections.Counter(line.first_reason for line in access if line.status == "403")
    assert counts.values("refused_total", "reason") == refused == seen.outcomes("failure")
    assert counts("decisions_total", reason="mapped", answer="made") == seen.outcomes("success")["mapped"]
    by_rule = collections.Counter("listed" if line.user == "carol" else "staff" for line in users)
    assert counts.values("rule_decisions_total", "rule") == by_rule


def test_sums_of_several_processes(httpd, pki, mallory):
    seen = Seen(httpd)
    load = start(httpd, pki, mallory, connections=20)
    for each in load:
        each.join()
    assert sum((each.statuses for each in load), collections.Counter()) == {200: 300, 403: 200}
    check_sums(seen.after(500))
    pids = {event["process"]["pid"] for event in seen.audit}
    assert len(pids) > 1


def test_nothing_is_lost_or_doubled_by_graceful_restarts_under_load(httpd, pki, mallory):
    seen, restarts = Seen(httpd), Counts(httpd)("restarts_total")
    load = start(httpd, pki, mallory)
    for _ in range(5):
        done = [sum(each.statuses.values()) for each in load]
        httpd.graceful()
        wait_for(lambda: all(sum(each.statuses.values()) > count for each, count in zip(load, done)), "requests")
    answered = sum(sum(each.stop().values()) - each.statuses["lost"] for each in load)
    httpd.graceful()
    check_sums(seen.after(answered))
    assert seen.counts("decisions_total") == len(seen.access)
    assert Counts(httpd)("restarts_total") == restarts + 6


def test_a_killed_child_takes_no_count_with_it(httpd, pki, mallory):
    seen = Seen(httpd)
    for _ in range(10):
        httpd.get("/in/page.html", pki.alice)
    before = seen.after(10).counts
    children = httpd.children()
    for child in children:
        os.kill(child, signal.SIGKILL)
    wait_for(lambda: httpd.children() and not httpd.children() & children, "new children")
    assert before("decisions_total") == 10
    for _ in range(10):
        wait_for(lambda: httpd.get("/in/page.html", pki.alice).status == 200)
    check_sums(seen.after(20))
    assert seen.counts("decisions_total") == 20


def test_a_stop_and_a_start_begin_anew(make_httpd, pki):
    httpd = make_httpd(**HOW)
    httpd.start()
    assert httpd.get("/in/page.html", pki.alice).status == 200
    assert wait_for_requests(httpd, 1)("accepted_total") == 1
    os.kill(httpd.pid, signal.SIGTERM)
    httpd._process.wait(15)
    os.unlink(httpd.path("logs/error.log"))
    httpd.start()
    assert Counts(httpd)("decisions_total") == 0 == Counts(httpd)("restarts_total")


def test_a_rule_keeps_its_counts_while_others_come_and_go(make_httpd, pki):
    httpd = make_httpd(**HOW)
    httpd.start()
    assert httpd.get("/in/page.html", pki.alice).status == 200
    wait_for_requests(httpd, 1)
    httpd.replace_config("<CertMapRule staff>", "<CertMapRule another>\nCertMapUser x\n</CertMapRule>\n<CertMapRule staff>")
    httpd.graceful()
    assert httpd.get("/in/page.html", pki.carol).status == 200
    assert httpd.get("/in/page.html", pki.alice).status == 200
    counts = wait_for_requests(httpd, 3)
    assert counts.values("rule_decisions_total", "rule", server="main") == {"staff": 2, "listed": 1}
    httpd.replace_config("<CertMapRule staff>", "<CertMapRule crew>")
    httpd.replace_config("CertMapUse staff listed", "CertMapUse crew listed")
    text = httpd.read("conf/httpd.conf").replace("CertMapUse staff", "CertMapUse crew")
    httpd.write("conf/httpd.conf", text.replace("<CertMapRule staff>", "<CertMapRule crew>"))
    httpd.graceful()
    assert httpd.get("/in/page.html", pki.alice).status == 200
    counts = wait_for_requests(httpd, 4)
    assert counts.values("rule_decisions_total", "rule", server="main") == {"staff": 2, "listed": 1, "crew": 1}
