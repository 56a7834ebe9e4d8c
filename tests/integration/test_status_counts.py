"""docs/tools.md: what certmap-status counts is what access log and audit log say."""

import pytest

from client import password
from counted_requests import Seen, httpd, mallory  # noqa: F401 (fixtures)

def test_an_error_document_in_an_open_place_does_not_count(httpd, pki):
    seen = Seen(httpd)
    assert httpd.get("/nothing", pki.alice).status == 403
    assert httpd.get("/both/page.html", pki.alice, password("alice", "wrong")).status == 401
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


@pytest.mark.parametrize("path", ["/bob/page.html", "/bob/", "/away/to-bob", "/shelf/", "/either/page.html", "/strict/page.html"])
def test_a_mapped_user_whom_require_refuses_is_refused(httpd, pki, path):
    seen = Seen(httpd)
    for name, status in (("alice", 403), ("bob", 200)):
        assert httpd.get(path, getattr(pki, name), password(name) if "strict" in path else {}).status == status
    counts = seen.after(2).counts
    assert counts.values("decisions_total", "reason") == {"mapped": 2}
    assert counts.values("refused_total", "reason") == {"mapped": 1} == seen.outcomes("failure")
    assert (counts("accepted_total"), counts("connections_total")) == (1, 1)


def test_a_redirect_from_a_place_without_rules_counts(httpd, pki):
    seen = Seen(httpd)
    assert httpd.get("/away/to-in", pki.alice).status == 200
    assert httpd.get("/away/to-in").status == 403
    counts = seen.after(2).counts
    assert (counts("decisions_total"), counts("accepted_total")) == (2, 1)
    assert counts.values("refused_total", "reason") == {"no_certificate": 1}


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


def days(days):
    """The end of a certificate with so many whole days left, for as long as a test takes."""
    return days * 86400 + 3600


def test_connections_of_mapped_users_count_by_days_left(httpd, pki, mallory):
    seen = Seen(httpd)
    for left in (0, 1, 2, 30, 90, 91):
        with httpd.connect(pki.person("alice", not_after=days(left))) as connection:
            for _ in range(3):
                assert connection.get("/in/page.html").status == 200
    assert httpd.get("/in/page.html", mallory).status == 403
    assert httpd.get("/in/page.html").status == 403
    counts = seen.after(20).counts
    assert counts.values("connections_total", "days_left") == {"1": 2, "7": 1, "30": 1, "90": 1, "more": 1}


def test_http2_streams_of_one_connection_are_one_connection(httpd, pki):
    if httpd.mpm == "prefork":
        pytest.skip("httpd speaks no HTTP/2 there")
    seen = Seen(httpd)
    with httpd.http2(pki.person("alice", not_after=days(3))) as client:
        assert {answer.status for answer in client.get_all(["/in/page.html"] * 20)} == {200}
    counts = seen.after(20).counts
    assert counts.values("connections_total", "days_left") == {"7": 1}


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
    assert httpd.get("/password/page.html", None, password("bob")).status == 200
    assert httpd.get("/password/page.html", pki.alice).status == 200
    counts = seen.after(3).counts
    assert counts.values("decisions_total", "reason") == {"no_certificate": 2, "mapped": 1}
    assert (counts("refused_total"), counts("accepted_total")) == (0, 1)


def test_who_meets_a_mistake_of_the_configuration_is_not_refused(httpd, pki):
    seen = Seen(httpd)
    assert httpd.get("/away/to-both", pki.alice).status == 500
    counts = seen.after(1).counts
    assert counts.values("decisions_total", "reason") == {"mapped": 1}
    assert (counts("refused_total"), counts("accepted_total")) == (0, 0)


def test_two_factors(httpd, pki):
    seen = Seen(httpd)
    for headers, status in ((password("alice"), 200), (password("bob"), 403), ({}, 401)):
        assert httpd.get("/both/page.html", pki.alice, headers).status == status
    counts = seen.after(3).counts
    assert counts.values("decisions_total", "reason") == {"mapped": 2, "account_mismatch": 1}
    assert counts.values("refused_total", "reason") == {"account_mismatch": 1}
    assert counts("accepted_total") == 1
    assert seen.outcomes("failure") == {"account_mismatch": 1}
