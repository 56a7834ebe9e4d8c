"""CertMapCRL in a decision (docs/directives.md, docs/crl.md): who is revoked, who is known, what it says."""

import base64

import pytest

from crls import PEM, REASON, scope, uris
from httpd_setup import user_file
from pki import email
from revoked import HOUR, Crls, crl, delta, location, rule

MAP = "email:eve@example.com !\nemail:alice@example.com alice\nemail:bob@example.com bob\n"
BASIC = """
<Location "/cgi/env/basic">
    AuthType Basic
    AuthName x
    AuthUserFile conf/users
    CertMapUse plain
    Require valid-user
</Location>"""


@pytest.fixture(scope="module")
def eve(pki):
    """On the CRL, and blocked."""
    return pki.person("eve")


@pytest.fixture(scope="module")
def mallory(pki):
    return pki.person("mallory")


@pytest.fixture(scope="module")
def crls(serve, pki, eve, mallory):
    rules = {
        "plain": rule("plain", ["corp.crl"]),
        "stale": rule("stale", ["stale.crl"]),
        "graced": rule("graced", ["stale.crl"], "CertMapCRLStale 3"),
        "short": rule("short", ["stale.crl"], "CertMapCRLStale 1"),
        "lax": rule("lax", ["stale.crl"], "CertMapCRLStale allow"),
        "map": rule("map", ["corp.crl"], outcome="CertMapFile conf/people.map"),
        "root": rule("root", ["root.crl"], issued_by="conf/both.pem", outcome="CertMapUser {subject.CN}"),
        "folder": rule("folder", [""]),
        "delta": rule("delta", ["corp.crl", "corp+.crl"]),
        "weak": rule("weak", [], "CertMapMatch email =~ '.*@example.com'"),
        "elsewhere": rule("elsewhere", ["scoped.pem"]),
        "twice": rule("twice", ["corp.crl"], "CertMapMatch subject.CN == nobody"),
    }
    files = {
        "corp.crl": crl(pki.issuing, [eve, mallory]),
        "corp+.crl": delta(pki.issuing, [pki.bob]),
        "stale.crl": crl(pki.issuing, [mallory], number=9, start=-3 * HOUR, end=-2 * HOUR),
        "root.crl": crl(pki.root, [pki.issuing.cert]),
        "scoped.pem": crl(pki.issuing, extensions=[scope(full_name=uris("http://crl/1"))], encoding=PEM),
    }
    more = location("both", "weak stale") + location("other", "twice plain")
    more_files = {"conf/people.map": MAP, "conf/both.pem": pki.root.pem + pki.issuing.pem,
                  "conf/users": user_file("mallory")}
    made = Crls(lambda files, **how: serve(files={**files, **more_files}, **how), pki,
                {name: text for name, text in rules.items() if name != "folder"}, files,
                vhost=more + BASIC)
    return made


def test_who_is_on_no_crl_is_let_in(crls, pki):
    assert crls.outcome("plain", pki.alice) == "alice"


def test_who_is_on_one_is_refused_and_the_event_says_when_and_why(crls, mallory):
    mark = crls.mark()
    assert crls.outcome("plain", mallory) == "403 certificate_revoked"
    [event] = crls.events(mark, "authenticate")
    assert event["event"]["reason"] == "certificate_revoked"
    revoked = event["certmap"]["revoked"]
    assert (revoked["reason"], revoked["crl"]) == ("keyCompromise", crls.path("corp.crl"))
    assert revoked["at"].endswith("Z") and "rule" not in event
    assert crls.path("corp.crl") in event["error"]["message"]


def test_it_ends_the_connection(crls, mallory):
    with crls.httpd.connect(mallory) as connection:
        assert connection.get("/cgi/env/plain").status == 403
        assert connection.ended


def test_revoked_comes_before_blocks(crls, eve):
    assert crls.outcome("map", eve) == "403 certificate_revoked"


def test_whichever_rule_would_decide(crls, mallory):
    """Also one without CertMapCRL, or with another list; what a stale CRL revokes stays revoked."""
    assert crls.outcome("other", mallory) == "403 certificate_revoked"
    assert crls.outcome("both", mallory) == "403 certificate_revoked"
    assert crls.outcome("weak", mallory) == "mallory"


def test_a_stale_crl_makes_nobody_known(crls, pki):
    mark = crls.mark()
    assert crls.outcome("stale", pki.alice) == "503 revocation_unknown"
    [event] = crls.events(mark, "authenticate")
    assert event["rule"]["name"] == "stale" and "has passed its nextUpdate" in event["error"]["message"]
    assert crls.outcome("both", pki.alice) == "alice"  # the rule before it has no CertMapCRL


def test_hours_of_grace_and_allow(crls, pki, mallory):
    assert crls.outcome("graced", pki.alice) == "alice"
    assert crls.outcome("short", pki.alice) == "503 revocation_unknown"
    assert crls.outcome("lax", pki.alice) == "alice"
    for place in ("graced", "short", "lax"):
        assert crls.outcome(place, mallory) == "403 certificate_revoked", place


def test_a_ca_on_a_list_issues_nothing_any_more(crls, pki):
    assert crls.outcome("root", pki.alice) == "403 certificate_revoked"


def test_a_delta_adds_to_its_complete_crl(crls, pki):
    assert crls.outcome("delta", pki.bob) == "403 certificate_revoked"
    assert crls.outcome("plain", pki.bob) == "bob"


def test_a_scope_that_a_certificate_does_not_name_covers_it_where_it_names_none(crls, pki):
    assert crls.outcome("elsewhere", pki.alice) == "alice"


def test_it_never_falls_back_to_a_password(crls, pki, mallory):
    password = {"Authorization": "Basic " + base64.b64encode(b"mallory:password").decode()}
    assert crls.get("basic", pki.carol, headers=password).status == 200
    assert crls.get("basic", mallory, headers=password).status == 403


def test_reasons_are_those_of_the_list(serve, pki):
    reasons = {"hold": REASON.certificate_hold, "plain": None, "left": REASON.affiliation_changed}
    people = {name: pki.person(name) for name in reasons}
    crls = Crls(serve, pki, {name: rule(name, [f"{name}.crl"]) for name in reasons},
                {f"{name}.crl": crl(pki.issuing, [people[name]], reason=reason)
                 for name, reason in reasons.items()})
    words = {}
    for name, cert in people.items():
        mark = crls.mark()
        assert crls.outcome(name, cert) == "403 certificate_revoked"
        words[name] = crls.events(mark)[-1]["certmap"]["revoked"]["reason"]
    assert words == {"hold": "certificateHold", "plain": "unspecified", "left": "affiliationChanged"}


def test_a_ca_with_a_new_key_revokes_what_the_old_one_signed(serve, pki):
    """Revoked and known are two questions: its list says nothing of who is not on it."""
    old = pki.twin.issue(["O=Example", "CN=old"], san=[email("old@example.com")])
    good = pki.twin.issue(["O=Example", "CN=good"], san=[email("good@example.com")])
    crls = Crls(serve, pki, {"a": rule("a", ["new.crl"], issued_by="conf/corp-ca.pem conf/twin-ca.pem")},
                {"new.crl": crl(pki.issuing, [old])})
    assert crls.outcome("a", old) == "403 certificate_revoked"
    assert crls.outcome("a", good) == "503 revocation_unknown"
    assert crls.outcome("a", pki.alice) == "alice"
