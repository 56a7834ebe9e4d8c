"""certmapctl explain shows how it came: each line of each rule, what was looked up, and where it stands."""

import pytest

from directory import PEOPLE, SERVICE, SERVICE_SECRET, person
from explained import agree, explain
from pki import email, upn
from places import place, rule

RULES = {
    "elsewhere": "CertMapMatch subject.O == Elsewhere\nCertMapUser nobody",
    "lines": 'CertMapMatch subject.O == Example\nCertMapMatch email !~ "root@.*"\n'
             'CertMapMatch any email =~ "(no)@.*" "([^@]+)@example\\.com"\nCertMapUser $1',
    "map": "CertMapFile conf/people.map",
    "last": "CertMapUser {subject.CN}",
}
MAP = """# people
upn:alice@corp.example    alice   groups=a,b
email:alice@example.com   alice
email:old@example.com     old     expires=2020-01-31
"issuer-serial:4d@CN=Corp CA,O=Example"  !
"""
SERVER = dict(
    main="".join(rule(name, lines, "conf/partner-ca.pem" if name == "elsewhere" else "conf/corp-ca.pem")
                 for name, lines in RULES.items()),
    vhost=place("elsewhere+lines+last") + place("map+last") + place("elsewhere"),
    files={"conf/people.map": MAP})


def lines_of(told, name):
    return [(line["holds"], line["line"], line["note"]) for line in told.rule(name)["lines"]]


def test_each_line_is_told_with_what_the_certificate_has(httpd, pki):
    told = agree(httpd, pki.alice, "/cgi/env/elsewhere+lines+last")
    (issued,) = lines_of(told, "elsewhere")
    assert issued[0] is False and "its issuer CN=Corp CA,O=Example is not in" in issued[2]
    assert told.rule("elsewhere")["result"] == "does not apply"
    assert lines_of(told, "lines") == [
        (True, "CertMapIssuedBy conf/corp-ca.pem", "signed by CN=Corp CA,O=Example"),
        (True, "CertMapMatch subject.O == Example", "subject.O is Example"),
        (True, 'CertMapMatch email !~ "root@.*"', "email is alice@example.com"),
        (True, 'CertMapMatch any email =~ "(no)@.*" "([^@]+)@example\\.com"', "email is alice@example.com"),
        (True, "CertMapUser $1", "account alice")]
    assert (told.rule("lines")["result"], told.rule("last")["result"]) == ("decides", "not tried")
    assert told.rule("last")["lines"] == []
    line = httpd.line_of("subject.O == Example")
    assert told.rule("lines")["lines"][1]["place"] == f"{httpd.conf}:{line}"
    assert "  1 elsewhere: does not apply" in told.text and "  3 last: not tried" in told.text


@pytest.mark.parametrize("subject, san, note", [
    (["CN=x"], [], "the certificate has no subject.O"),
    (["O=Other", "CN=x"], [], "subject.O is Other"),
    (["O=Example", "CN=x"], [email("root@example.com"), email("x@example.com")], "email is root@example.com"),
    (["O=Example", "CN=x"], [email("x@example.org"), email("y@example.org")],
     "email is x@example.org, y@example.org")])
def test_the_first_line_that_does_not_hold_ends_a_rule(httpd, pki, subject, san, note):
    told = agree(httpd, pki.issuing.issue(subject, san=san), "/cgi/env/elsewhere+lines+last")
    *held, (holds, _, said) = lines_of(told, "lines")
    assert all(each[0] for each in held) and (holds, said) == (False, note)
    assert told.rule("last")["result"] == "decides"


def test_keys_of_a_map_file(httpd, pki):
    cert = pki.issuing.issue(["CN=x"], san=[email("nobody@example.com"), upn("alice@corp.example")])
    told = agree(httpd, cert, "/cgi/env/map+last")
    line = told.rule("map")["lines"][-1]
    path = httpd.path("conf/people.map")
    assert line["note"] == f"upn:alice@corp.example at {path}:2: account alice"
    assert [(step["text"], step["found"], step.get("place")) for step in line["lookup"]][1:] == [
        ("upn:alice@corp.example", True, path + ":2")]
    assert line["lookup"][0]["text"].startswith("issuer-serial:")
    assert told.json["decision"]["groups"] == ["a", "b"] and told.json["environment"]["CERTMAP_GROUPS"] == "a;b"
    told = agree(httpd, pki.issuing.issue(["CN=x"], san=[email("nobody@example.com")]), "/cgi/env/map+last")
    assert [step["found"] for step in told.rule("map")["lines"][-1]["lookup"]] == [False, False]
    assert told.rule("map")["result"] == "does not apply" and told.account == "x"
    assert "key email:nobody@example.com: not in the file" in told.text


def test_an_entry_that_refuses(httpd, pki):
    told = agree(httpd, pki.issuing.issue(["CN=x"], san=[email("old@example.com")]), "/cgi/env/map+last")
    path = httpd.path("conf/people.map")
    assert (told.code, told.reason) == (1, "entry_expired")
    assert told.rule("map")["lines"][-1]["note"].startswith(f"email:old@example.com at {path}:4: ")


def test_a_block(httpd, pki):
    told = agree(httpd, pki.person("alice", serial=0x4d), "/cgi/env/map+last")
    (block,) = told.json["blocks"]
    assert block["blocked"] and block["place"] == httpd.path("conf/people.map") + ":5"
    assert {each["result"] for each in told.json["rules"]} == {"not tried"}
    assert "is blocked at" in told.text
    assert agree(httpd, pki.alice, "/cgi/env/map+last").json["blocks"][0]["blocked"] is False


def test_a_certificates_text_cannot_touch_the_terminal(httpd, pki):
    odd = "\u202e\x1b[31m\u2028x\u009b"
    told = explain(httpd, pki.issuing.issue(["O=Other", "CN=" + odd]), location="/cgi/env/elsewhere")
    assert (told.code, told.reason) == (1, "malformed_certificate")
    assert not set(odd) - set("x[31m") & set(told.text) and "\\u202e" in told.text
    invisible = explain(httpd, pki.issuing.issue(["O=Other", "CN=a\u202eb"]), location="/cgi/env/elsewhere+lines+last")
    assert invisible.reason == "unsafe_account" and "\u202e" not in invisible.text


# A directory

BY_MAIL = "(mail={email})"


@pytest.fixture(scope="module")
def asking(serve, make_directory, pki):
    directory = make_directory({**person("alice", displayName="Alice Doe"), **person("twin", mail="x@example.com"),
                                **person("twin-2", mail="x@example.com"), **person("exact")},
                               access=f'access to * by dn.exact="{SERVICE}" read by anonymous auth')
    bind = (f'CertMapLDAPBindDN "{SERVICE}"', f"CertMapLDAPBindPassword {SERVICE_SECRET}")
    rules = {"mail": directory.lines(BY_MAIL, *bind, attributes="uid,displayName"),
             "typo": directory.lines("(maill={email})", *bind),
             "exact": directory.lines(BY_MAIL, "CertMapLDAPVerifyCert On", *bind),
             "down": directory.lines(BY_MAIL, host="ldap://127.0.0.1:1"),
             "last": "CertMapUser {subject.CN}"}
    uses = [*rules, "mail+last", "typo+last"]
    return (serve(main="".join(rule(*each) for each in rules.items()), vhost="".join(map(place, uses))),
            directory)


def test_an_entry_of_the_directory(asking, pki):
    httpd, directory = asking
    told = agree(httpd, pki.alice, "/cgi/env/mail")
    line = told.rule("mail")["lines"][-1]
    assert line["entry"] == f"uid=alice,{PEOPLE}" and line["note"] == f"entry uid=alice,{PEOPLE}: account alice"
    assert [(step["what"], step["text"]) for step in line["lookup"]] == [
        ("server", directory.host), ("base", PEOPLE), ("filter", "(mail=alice@example.com)")]
    assert told.json["environment"]["CERTMAP_ATTR_DISPLAYNAME"] == "Alice Doe"


def test_nothing_is_found_in_the_directory(asking, pki):
    told = agree(asking[0], pki.person("nobody"), "/cgi/env/mail+last")
    assert told.account == "nobody" and "has no entry for (mail=nobody@example.com)" in told.rule("mail")["why"]


def test_an_attribute_that_the_schema_does_not_have(asking, pki):
    told = agree(asking[0], pki.alice, "/cgi/env/typo+last")
    assert any("no attribute maill in its schema" in each for each in told.rule("typo")["lines"][-1]["directory"])
    assert "note: " in told.text


@pytest.mark.parametrize("rules, cert, reason, status", [
    ("mail", lambda pki: pki.person("x"), "ambiguous_account", 403),
    ("exact", lambda pki: pki.alice, "certificate_not_in_entry", 403),
    ("down", lambda pki: pki.alice, "backend_unavailable", 503)])
def test_what_a_directory_refuses(asking, pki, rules, cert, reason, status):
    told = agree(asking[0], cert(pki), f"/cgi/env/{rules}")
    assert (told.code, told.reason, told.status) == (1, reason, status)


def test_no_secret_is_told(asking, pki):
    told = explain(asking[0], pki.alice, location="/cgi/env/mail")
    assert "Password" not in told.text and SERVICE_SECRET not in told.text
