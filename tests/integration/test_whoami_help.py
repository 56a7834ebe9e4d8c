"""certmap-whoami for who is refused: whom to ask, and lines by which the help desk finds the visit."""

import json

import pytest

from whoami_page import SERVER, facts, page  # noqa: F401 (SERVER: of `httpd`)
from whoami_people import people  # noqa: F401 (fixture)

OPEN = """
<Location "/whoami">
    SetHandler certmap-whoami
    Require all granted
</Location>"""


def test_a_refused_person_sees_whom_to_ask_and_what_to_send(httpd, people):
    shown = page(httpd, "/whoami/in?token=nobody-else", people["carol"])
    assert "nobody-else" not in shown.body
    assert shown.all("h2")[:2] == ["What you can do", "Whom to ask"]
    assert "The administrator of localhost: helpdesk@example.com. Send these lines along:" in shown.all("p")
    assert ("a", {"href": "mailto:helpdesk@example.com"}) in shown.elements
    assert {"Reason", "Time (UTC)", "Host", "Path", "Request", "SHA-256"} <= set(shown.report)
    assert shown.report["Path"] == "/whoami/in"
    told = facts(httpd, "/whoami/in", people["carol"])
    assert (told["contact"], told["path"]) == ("helpdesk@example.com", "/whoami/in")


def test_the_path_of_who_writes_it(httpd, people):
    shown = page(httpd, "/whoami/in/%3Cscript%3E/" + "%C3%A9" * 300, people["carol"])
    assert shown.report["Path"].startswith("/whoami/in/<script>/\u00e9") and len(shown.report["Path"]) < 201
    assert page(httpd, "/whoami/in/%FF", people["carol"]).report["Path"] == "/whoami/in/\ufffd"


CONTACTS = [("ServerAdmin https://help.example.com/?a=1&b=2", "https://help.example.com/?a=1&b=2"),
            ("ServerAdmin mailto:x@example.com", "mailto:x@example.com"),
            ("ServerAdmin webmaster@localhost", None), ("", None)]


@pytest.mark.parametrize("line, contact", CONTACTS)
def test_other_administrators(make_httpd, pki, line, contact):
    with make_httpd(vhost=line + OPEN) as httpd:
        shown = page(httpd, "/whoami", pki.alice)
        assert [attributes["href"] for tag, attributes in shown.elements if tag == "a"] == ([contact] if contact else [])
        assert facts(httpd, "/whoami", pki.alice).get("contact") == contact
        told = f"The administrator of localhost{': ' + contact if contact else ''}. Send these lines along:"
        assert told in shown.all("p")


def test_what_is_for_those_who_write_rules_is_folded(httpd, pki):
    for path, who in (("/whoami", pki.alice), ("/whoami/in", pki.carol)):
        shown, folded = page(httpd, path, who).folded
        for text in ("<code>email</code>", "<code>sha256</code>", "Fingerprint", "TLS 1.3"):
            assert text in folded and text not in shown, text
    shown, folded = page(httpd, "/whoami", pki.alice).folded
    for text in ("people", "Strength", "issuer</strong>"):
        assert text in folded and text not in shown, text


# The event that tells of the visit

def asked(connection, path):
    return json.loads(connection.get(path, {"Accept": "application/json"}).body)


def test_the_shown_request_is_in_the_audit_log_where_the_success_was_written_before(httpd, pki):
    seen = httpd.watch()
    with httpd.connect(pki.alice) as connection:
        assert "event" not in asked(connection, "/whoami")
        connection.get("/signed/page.html")
        (event,) = seen.events(1)
        for path in ("/whoami", "/whoami/in", "/signed/missing"):
            told = asked(connection, path)
            assert told["request_id"] == event["http"]["request"]["id"], path
            assert told["event"] == event["event"]["sequence"]
    assert len(seen.events(1)) == 1


def test_where_requests_have_no_ids_the_number_of_the_event_leads_to_it(make_httpd, pki):
    lines = OPEN + """
<Location "/">
    AuthType   ClientCert
    CertMapUse staff
    Require    valid-user
</Location>
<Location "/whoami">
    Require all granted
</Location>
ErrorDocument 403 /whoami"""
    rules = "<CertMapRule staff>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapUser {subject.CN}\n</CertMapRule>"
    with make_httpd(main=rules, vhost=lines) as httpd:
        httpd.replace_config("LoadModule unique_id_module", "#LoadModule unique_id_module")
        httpd.restart()
        for cert, outcome in ((pki.alice, "signed_in"), (pki.carol, "refused")):
            seen = httpd.watch()
            with httpd.connect(cert) as connection:
                connection.get("/page.html")
                (event,) = seen.events(1)
                told = asked(connection, "/whoami" if outcome == "signed_in" else "/page.html")
                assert told["outcome"] == outcome and "request_id" not in told
                number = event["event"]["sequence"]
                assert told["event"] == (number if outcome == "signed_in" else number + 1)
