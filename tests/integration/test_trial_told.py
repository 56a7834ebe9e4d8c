"""docs/directives.md, CertMapTrial: what the event, the operator's page and certmapctl explain tell of it."""

import re

from explained import explain
from status_page import PLAIN
from trials import FILES, RULES, Trials

PLACES = {
    "name": "SSLUserName SSL_CLIENT_S_DN_CN\nCertMapTrial new",
    "use": "AuthType ClientCert\nCertMapUse old\nRequire valid-user\nCertMapTrial new",
    "use/none": "CertMapTrial none",
}
VHOST = "".join(f'<Location "/cgi/env/{name}">\n{lines}\n</Location>\n' for name, lines in PLACES.items())
SERVER = dict(main=RULES, vhost=VHOST, files=FILES, plain=PLAIN)


# The event

def test_the_event(httpd, pki):
    tried = Trials(httpd)
    with httpd.connect(pki.bob) as connection:
        connection.get("/cgi/env/use")
    (event,) = tried.after(1)[1]
    assert event["event"]["kind"] == "event" and event["event"]["category"] == ["authentication"]
    assert event["event"]["type"] == ["info"] and event["event"]["outcome"] == "unknown"
    assert event["event"]["reason"] == "mapped" and event["rule"]["name"] == "old"
    assert event["url"]["path"] == "/cgi/env/use" and event["http"]["request"]["method"] == "GET"
    assert event["source"]["ip"] == "127.0.0.1" and event["tls"]["version"] == "1.3"
    assert event["certmap"]["trial"] == {"reason": "mapped", "account": "robert", "rule": "new"}
    assert event["certmap"]["san"] == [{"type": "email", "value": "bob@example.com"}]
    assert event["certmap"]["backend"] == "template" and event["certmap"]["rules_tried"] == ["old"]
    assert event["tls"]["client"]["x509"]["subject"]["distinguished_name"] == "CN=bob,O=Example"


def test_the_event_says_why_the_trial_refuses(httpd, pki):
    tried = Trials(httpd)
    httpd.get("/cgi/env/name", pki.carol)
    (event,) = tried.after(1)[1]
    assert "reason" not in event["event"] and "rule" not in event
    assert "does not apply" in event["error"]["message"]


# The operator's page

def test_the_status_page_has_a_table_of_trials(httpd, pki):
    httpd.get("/cgi/env/name", pki.bob)
    page = httpd.get_plain("/status").text
    assert "Trials by rule" in page and "<th scope=\"row\">new</th>" in page.split("Trials by rule")[-1]
    lines = httpd.get_plain("/status?auto").text
    assert re.search(r"^Trials\(.*new.*\): ", lines, re.M)


# certmapctl explain

def told_at(httpd, cert, path):
    return explain(httpd, cert, vhost=f"localhost:{httpd.port}", location=path)


def test_explain_tells_what_a_trial_would_decide(httpd, pki):
    told = told_at(httpd, pki.bob, "/cgi/env/use")
    assert (told.code, told.account) == (0, "bob")
    tried = told.json["trial"]
    assert (tried["rules"], tried["decision"]["account"], tried["decision"]["rule"]) == (["new"], "robert", "new")
    assert tried["place"].endswith(f"httpd.conf:{httpd.line_of('CertMapTrial new')}") or "httpd.conf:" in tried["place"]
    assert re.search(r"CertMapTrial +new \(.*\n +decision +mapped, account robert, rule new", told.text)


def test_explain_where_there_is_only_a_trial(httpd, pki):
    told = told_at(httpd, pki.person("erin"), "/cgi/env/name")
    assert told.code == 2 and "no CertMapUse is in force" in told.answer
    assert told.json["trial"]["decision"]["reason"] == "denied_by_rule"
    assert "trial" not in told_at(httpd, pki.person("erin"), "/cgi/env/use/none").json
