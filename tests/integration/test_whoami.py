"""certmap-whoami: what it says of each visitor and each decision, in HTML and in JSON."""

import json
import os
import re

import pytest

from documents import words_of
from httpd_setup import TREE
from whoami_page import SERVER, facts, outcome, page  # noqa: F401 (SERVER: of `httpd`)
from whoami_people import SENTENCES, people, reason_of  # noqa: F401 (fixture)


def test_who_is_mapped(httpd, pki):
    told = facts(httpd, "/whoami", pki.alice)
    assert outcome(told) == "200 signed_in mapped alice"
    assert (told["rule"], told["strength"], told["groups"]) == ("people", "issuer", ["dev", "admins"])
    shown = page(httpd, "/whoami", pki.alice)
    assert shown.status == 200 and shown.title == "You are signed in as alice"
    assert shown.banner == ("You are signed in as alice", "Your certificate belongs to this account.")
    assert shown.facts["Account"] == "alice" and shown.facts["Groups"] == "devadmins"
    assert shown.facts["Rule"] == "people" and shown.facts["Strength"].startswith("issuer: ")


def test_the_certificate_as_the_server_sees_it(httpd, pki):
    alice = pki.alice
    moments = [moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (alice.not_before, alice.not_after)]
    told = facts(httpd, "/whoami", alice)["certificate"]
    days = told.pop("days_left")
    assert days in (29, 30)
    assert told == {"subject": "CN=alice,O=Example", "issuer": "CN=Corp CA,O=Example",
                    "email": ["alice@example.com"], "serial": alice.serial, "sha256": alice.sha256,
                    "notbefore": moments[0], "notafter": moments[1], "expires_soon": False, "verified": True}
    shown = page(httpd, "/whoami", alice).facts
    assert shown["Subject"] == "CN=alice,O=Example" and shown["E-mail"] == "alice@example.com"
    assert shown["Serial number"] == alice.serial and shown["Fingerprint"] == alice.sha256
    assert shown["Valid until"] == alice.not_after.strftime("%Y-%m-%d %H:%M:%S UTC")
    assert shown["Time left"] in ("29 days left", "30 days left") and "Issuer verified" not in shown
    assert shown["Encryption"] == "TLS 1.3"


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_the_tls_version(httpd, pki, tls):
    assert facts(httpd, "/whoami", pki.alice, tls=tls)["tls"] == {"version": tls, "certificate_requested": True}


@pytest.mark.parametrize("who", SENTENCES)
def test_who_is_not(httpd, people, who):
    """Where everyone may see it, and as the answer to a refusal, in which it also has the status."""
    reason = reason_of(who)
    for path, status in (("/whoami", 200), ("/whoami/in", 403)):
        told = facts(httpd, path, people[who])
        assert outcome(told) == f"{status} refused {reason} None"
        assert not {"rule", "strength", "groups"} & set(told)
        assert told["explanation"] == SENTENCES[who] and told["advice"]
        shown = page(httpd, path, people[who])
        assert shown.status == status and shown.title == "You are not signed in"
        assert shown.banner == ("You are not signed in", SENTENCES[who])
        assert shown.all("li")[:len(told["advice"])] == told["advice"]
        assert shown.report["Reason"] == reason and shown.report["Status"] == str(status)


@pytest.mark.parametrize("path", ["/whoami", "/whoami/in"])
def test_who_is_not_verified(httpd, people, path):
    told = facts(httpd, path, people["stranger"], sni="noca.example.test")
    assert told["reason"] == "certificate_not_verified" and told["certificate"]["verified"] is False
    shown = page(httpd, path, people["stranger"], sni="noca.example.test")
    assert shown.banner[1].startswith("The server does not trust your certificate")
    assert shown.facts["Issuer verified"] == "no"


def test_a_certificate_that_expires_during_the_connection(httpd, pki):
    cert = pki.person("alice", not_after=5)
    with httpd.connect(cert) as connection:
        cert.wait_expired()
        told = json.loads(connection.get("/whoami", {"Accept": "application/json"}).body)
        text = connection.get("/whoami").text
    assert told["reason"] == "certificate_expired" and told["certificate"]["days_left"] == -1
    assert told["explanation"] == f"Your certificate expired on {cert.not_after:%Y-%m-%d}."
    assert "expired less than a day ago" in text


DAY = 86400
SOON = [(-20 * DAY, 5 * DAY + 600, True, 5), (-20 * DAY, 600, True, 0), (-20 * DAY, DAY + 600, True, 1),
        (-300 * DAY, 40 * DAY + 600, False, 40), (-3600, 5 * DAY + 600, False, 5)]


@pytest.mark.parametrize("start, end, soon, days", SOON)
def test_few_days_left(httpd, pki, start, end, soon, days):
    """Of a certificate that lives for a few days only, these are not few."""
    cert = pki.person("alice", not_before=start, not_after=end)
    told = facts(httpd, "/whoami", cert)
    assert (told["certificate"]["days_left"], told["certificate"]["expires_soon"]) == (days, soon)
    shown = page(httpd, "/whoami", cert)
    warnings = [text for text in shown.all("h2") if "expires" in text]
    when = {0: "within a day", 1: "in 1 day"}.get(days, f"in {days} days")
    assert warnings == ([f"Your certificate expires {when}"] if soon else [])
    assert ('<strong class="warn">' in shown.body) is soon


# Whose certificate is fine, but who may not come in

def test_whom_require_refuses(httpd, pki):
    told = facts(httpd, "/group", pki.alice)
    assert outcome(told) == "403 not_allowed mapped alice" and told["rule"] == "people"
    shown = page(httpd, "/group", pki.alice)
    assert shown.title == "You may not open this page" and shown.facts["Account"] == "alice"


def test_what_was_refused_before(httpd, pki):
    assert outcome(facts(httpd, "/denied", pki.alice)) == "403 refused_elsewhere None None"
    assert outcome(facts(httpd, "/denied")) == "403 refused_elsewhere no_certificate None"
    assert page(httpd, "/denied").title == "The server refused your request"


def test_another_error(httpd, pki):
    told = facts(httpd, "/missing", pki.alice)
    assert outcome(told) == "404 no_rules None None"


# Other places

def test_where_no_rules_are_in_force(httpd, pki):
    told = facts(httpd, "/nothing", pki.alice)
    assert outcome(told) == "200 no_rules None None"
    assert told["certificate"]["subject"] == "CN=alice,O=Example"
    assert page(httpd, "/nothing", pki.alice).title == "Certificates are not used here"
    assert outcome(facts(httpd, "/nothing")) == "200 no_rules no_certificate None"


@pytest.mark.parametrize("path", ["/typeless", "/ruleless"])
def test_where_the_configuration_is_not_complete(httpd, pki, path):
    for inner, status in (("", 200), ("/in", 500)):
        seen = httpd.watch()
        told = facts(httpd, path + inner, pki.alice)
        assert outcome(told) == f"{status} misconfigured None None"
        assert seen.error("CM0011: ")
    assert page(httpd, path, pki.alice).title == "Signing in is not possible here"


def test_where_mod_dir_chose_a_file_that_is_misconfigured(make_httpd, pki):
    httpd = make_httpd(vhost="""
        ErrorDocument 500 /whoami
        <Location "/whoami">
            SetHandler certmap-whoami
            Require all granted
        </Location>
        <Location "/folder/index.html">
            AuthType ClientCert
            Require all granted
            SetHandler cgi-script
        </Location>""", files={"htdocs/folder/index.html": "no program"})
    with httpd:
        assert outcome(facts(httpd, "/folder/", pki.alice)) == "500 misconfigured None None"
        assert "CM0011: " in httpd.error_log()


@pytest.mark.parametrize("path, status", [("/directory", 200), ("/directory/in", 503)])
def test_where_the_directory_does_not_answer(httpd, pki, path, status):
    told = facts(httpd, path, pki.alice)
    assert outcome(told) == f"{status} refused backend_unavailable None"
    shown = page(httpd, path, pki.alice)
    assert shown.title == "Signing in is not possible at the moment" and 'class="banner warn"' in shown.body


def test_an_error_that_has_nothing_to_do_with_the_certificate(httpd, pki):
    shown = page(httpd, "/signed/nothing-here", pki.alice)
    assert shown.status == 404 and shown.title == "The server could not answer your request"
    assert "status 404" in shown.banner[1] and 'class="banner info"' in shown.body


def test_without_tls(httpd):
    told = facts(httpd, "/whoami", plain=True)
    assert outcome(told) == "200 refused no_certificate None"
    assert told["tls"] == {"certificate_requested": False}
    assert "something in front of the server ends the encryption" in str(told["advice"])
    shown = page(httpd, "/whoami", plain=True)
    assert shown.banner[1].startswith("The connection is not encrypted")
    assert shown.facts["Encryption"] == "none"


def test_where_the_server_does_not_ask_for_a_certificate(httpd, pki):
    told = facts(httpd, "/whoami", pki.alice, sni="never.example.test")
    assert outcome(told) == "200 refused no_certificate None"
    assert told["tls"] == {"version": "1.3", "certificate_requested": False}
    assert told["explanation"] == "The server did not ask your browser for a certificate here."


def test_http2(httpd, pki):
    with httpd.http2(pki.alice) as connection:
        first, second = connection.get_all(["/whoami", "/group"], {"accept": "application/json"})
    assert outcome(json.loads(first.body)) == "200 signed_in mapped alice"
    assert outcome(json.loads(second.body)) == "403 not_allowed mapped alice"


# docs/tools.md

def documented(heading):
    with open(os.path.join(TREE, "docs", "tools.md"), encoding="utf-8") as file:
        text = file.read().partition("## The visitor's page: certmap-whoami")[2]
    block = text.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return set(re.findall(r"`(\w+)`", " ".join(line.split("|")[1] for line in block.splitlines()[2:])))


def test_each_outcome_is_documented():
    assert documented("outcome") == words_of("Standing", "mod_certmap/httpd/whoami/visit.cpp")


def test_each_field_is_documented(httpd, pki):
    told = facts(httpd, "/whoami", pki.alice)
    assert documented("field") == set(told) | {"event"}
