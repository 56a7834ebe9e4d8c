"""Where revocation is shown: certmapctl explain, the visitor's page, the operator's page, metrics."""

import os

import pytest

from explained import agree
from revoked import HOUR, Crls, crl, delta, rule
from status_page import PLAIN, Counts
from watch import wait_for


@pytest.fixture(scope="module")
def mallory(pki):
    return pki.person("mallory")


@pytest.fixture(scope="module")
def crls(serve, pki, mallory):
    rules = {"a": rule("a", ["a.crl", "a+.crl"]), "old": rule("old", ["old.crl"]),
             "lax": rule("lax", ["old.crl"], "CertMapCRLStale allow")}
    files = {"a.crl": crl(pki.issuing, [mallory], number=1 << 64), "a+.crl": delta(pki.issuing, number=(1 << 64) + 1,
                                                                                 base=1 << 64),
             "old.crl": crl(pki.issuing, number=7, start=-3 * HOUR, end=-2 * HOUR)}
    return Crls(serve, pki, rules, files, plain=PLAIN,
                vhost='\n<Location "/who">\nSetHandler certmap-whoami\nAuthType ClientCert\nCertMapUse a\n</Location>\n'
                      '<Location "/whold">\nSetHandler certmap-whoami\nAuthType ClientCert\nCertMapUse old\n</Location>\n')


def line_of(told, name):
    return next((line["holds"], line["note"]) for line in told.rule(name)["lines"] if line["directive"] == "CertMapCRL")


def test_explain_names_the_list_that_decided(crls, pki, mallory):
    told = agree(crls.httpd, pki.alice, "/cgi/env/a")
    assert line_of(told, "a") == (True, f"it would be on {crls.path('a.crl')} (CN=Corp CA,O=Example, number "
                                        f"{1 << 64}), and is not")
    told = agree(crls.httpd, mallory, "/cgi/env/a")
    assert told.reason == "certificate_revoked" and told.code == 1
    assert f"it is on {crls.path('a.crl')} (CN=Corp CA,O=Example, number {1 << 64}) since" in told.text
    assert "reason keyCompromise" in told.text


def test_explain_says_why_it_is_not_known(crls, pki):
    told = agree(crls.httpd, pki.alice, "/cgi/env/old")
    assert (told.reason, told.code) == ("revocation_unknown", 1)
    holds, note = line_of(told, "old")
    assert not holds and f"{crls.path('old.crl')} (CN=Corp CA,O=Example, number 7) has passed its nextUpdate" in note
    holds, note = line_of(agree(crls.httpd, pki.alice, "/cgi/env/lax"), "lax")
    assert holds and "has passed its nextUpdate" in note


def test_the_visitor_is_told(crls, pki, mallory):
    page = crls.httpd.get("/who", mallory, {"Accept": "text/html"})
    assert "Your certificate was revoked" in page.text and "Ask for a new certificate" in page.text
    page = crls.httpd.get("/whold", pki.alice, {"Accept": "text/html"})
    assert "cannot tell at the moment whether your certificate still holds" in page.text


def test_the_operator_sees_each_list(crls):
    text = crls.httpd.get_plain("/status").text
    for word in ("CN=Corp CA,O=Example", "complete", "delta", str(1 << 64), crls.path("a+.crl"), "out of date since",
                 "The revocation list " + crls.path("old.crl") + " has passed its nextUpdate."):
        assert word in text, word


def test_metrics_of_each_list(crls, pki):
    counts = Counts(crls.httpd)
    path = crls.path("a.crl")
    labels = {"path": path, "list": "1", "issuer": "CN=Corp CA,O=Example", "kind": "complete"}
    assert counts("crl_entries", **labels) == 1
    assert counts("crl_info", number=str(1 << 64), **labels) == 1
    span = (counts("crl_next_update_timestamp_seconds", **labels)
            - counts("crl_this_update_timestamp_seconds", **labels))
    assert span == 2 * HOUR
    assert counts("crl_entries", kind="delta") == 0
    assert (counts("crl_path_good", path=path), counts("crl_path_live", path=path)) == (1, 1)
    assert f"CrlNumber({path},1): {1 << 64}" in crls.httpd.get_plain("/status?auto").text
    crls.put("a.crl", b"nothing")
    wait_for(lambda: Counts(crls.httpd)("crl_path_reload_failures_total", path=path) == 1, "the bad file")
    assert Counts(crls.httpd)("crl_path_good", path=path) == 0
    assert "is cut, or is none" in crls.httpd.get_plain("/status").text
    crls.change("a.crl", crl(pki.issuing, number=(1 << 64) + 1))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can close a file to httpd's User")
def test_a_list_that_is_not_followed_is_named(crls):
    path = crls.path("old.crl")
    said = f"CertMapCRL {path} is not followed: see CM0030 in the error log."
    assert said not in crls.httpd.get_plain("/status").text
    os.chmod(path, 0o600)
    crls.httpd.graceful()
    assert Counts(crls.httpd)("crl_path_live", path=path) == 0
    assert said in crls.httpd.get_plain("/status").text and "CM0030" in crls.httpd.error_log()
