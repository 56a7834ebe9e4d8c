"""certmap-whoami and what is in the logs."""

import time

from directory import person
from places import rule
from whoami_page import SERVER, facts, outcome, page  # noqa: F401 (SERVER: of `httpd`)
from whoami_people import people  # noqa: F401 (fixture)

# What it leaves in the logs

def test_the_page_makes_no_event(httpd, people):
    seen = httpd.watch()
    for who in ("alice", "carol", "nobody"):
        facts(httpd, "/whoami", people[who])
    seen.events(0, requests=3)


def test_a_refusal_makes_one_event_which_the_report_leads_to(httpd, people):
    seen = httpd.watch()
    shown = page(httpd, "/whoami/in", people["blocked"])
    (event,) = seen.events(1)
    assert event["event"]["reason"] == shown.report["Reason"] == "denied_by_rule"
    assert event["http"]["request"]["id"] == shown.report["Request"]
    assert event["url"]["domain"] == shown.report["Host"]
    digest = event["tls"]["client"]["hash"]["sha256"].lower()
    assert len(shown.report["SHA-256"]) == 17 and digest.startswith(shown.report["SHA-256"].rstrip("…"))
    assert event["tls"]["client"]["x509"]["serial_number"].lower() == shown.report["Serial"]
    written = time.strptime(shown.report["Time (UTC)"], "%Y-%m-%dT%H:%M:%SZ")
    assert abs(time.mktime(written) - time.mktime(time.gmtime())) < 600


def test_the_page_may_be_protected(httpd, people):
    seen = httpd.watch()
    assert outcome(facts(httpd, "/whoami/in", people["alice"])) == "200 signed_in mapped alice"
    (event,) = seen.events(1)
    assert event["user"]["name"] == "alice"


def test_what_the_audit_log_cannot_take(make_httpd, pki):
    httpd = make_httpd(main=rule("staff", "CertMapUser {subject.CN}"), vhost="""
        CertMapAuditLog /dev/full
        CertMapAuditFailure deny
        <Location "/">
            AuthType ClientCert
            CertMapUse staff
            Require valid-user
        </Location>
        <Location "/whoami">
            SetHandler certmap-whoami
            Require all granted
        </Location>
        ErrorDocument 503 /whoami""", audit="")
    with httpd:
        told = outcome(facts(httpd, "/index.html", pki.alice))
    assert told == "503 not_recorded mapped None"


def test_a_certificate_that_the_entry_does_not_hold(make_httpd, make_directory, pki):
    directory = make_directory({**person("alice", userCertificate_binary=pki.bob.der), **person("bob")})
    httpd = make_httpd(main=rule("held", directory.lines("(mail={email})", "CertMapLDAPVerifyCert On", mode="NONE")),
                       location="AuthType ClientCert\nCertMapUse held\nSetHandler certmap-whoami")
    with httpd:
        told = facts(httpd, "/", pki.alice)
        assert outcome(told) == "200 refused certificate_not_in_entry None"
        assert told["explanation"] == "This certificate is not registered for the account that it names."
        assert outcome(facts(httpd, "/", pki.carol)) == "200 refused no_rule_matched None"
