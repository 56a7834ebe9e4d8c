"""certmapctl explain tells what a running server then does (docs/tools.md)."""

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from client import password
from explained import agree, explain
from httpd_setup import AUDIT, user_file, virtual_host
from pki import Ca, email
from test_decision_table import CASES, GOES_ON, PEOPLE, RULES, STOPS, USES, path_of, person

RULES = RULES.replace("CertMapAuditLog logs/audit.log", "") + r"""
<CertMapRule whole>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    subject.O == Example
    CertMapMatch    email !~ ".*@bad\.example"
    CertMapUser     {subject.CN}
</CertMapRule>
"""
USES = [*USES, "whole"]


def location(path, lines):
    return f'<Location "{path}">\n{lines}\n</Location>\n'


def alone(rules, require="Require valid-user"):
    return f"AuthType ClientCert\nCertMapUse {rules}\n{require}"


BASIC = "AuthType Basic\nAuthName x\nAuthUserFile conf/users\nCertMapUse {}\nCertMapControl {}\nRequire valid-user"
PLACES = {
    "sufficient": BASIC.format("login", "sufficient"), "required": BASIC.format("cn", "required"),
    "required-login": BASIC.format("login", "required"),
    "open": alone("login", "Require all granted"), "closed": alone("cn", "Require all denied"),
    "required-open": BASIC.format("cn", "required").replace("valid-user", "all granted"),
    "only-bob": alone("cn", "Require user bob"), "only-alice": alone("cn", "Require user alice"),
    "group": alone("map", "Require certmap-group admins"), "strong": alone("cn", "Require certmap-strength strong"),
    "by-rule": alone("cn", "<RequireAll>\nRequire certmap-rule cn\nRequire not user bob\n</RequireAll>"),
    "not-alice": alone("cn", "<RequireAll>\nRequire all granted\nRequire not user alice\n</RequireAll>"),
    "by-expression": alone("cn", "Require user %{SSL_CLIENT_S_DN_CN}"),
    "address-or-user": alone("login", "Require ip 127.0.0.1\nRequire valid-user"),
    "by-address": alone("cn", "Require ip 192.0.2.1"), "no-type": "CertMapUse cn\nRequire valid-user\nAuthType None",
    "no-use": "CertMapUse none\nAuthType ClientCert\nRequire valid-user",
    "no-use/open": "Require all granted", "no-use/closed": "Require all denied",
    "no-use/near": "Require ip 127.0.0.1", "no-use/far": "Require ip 192.0.2.1", "no-type/open": "Require all granted",
    "outer": alone("cn"), "outer/none": "CertMapUse none\nAuthType None\nRequire all granted",
    "outer/inner": "CertMapUse map",
}
LOCATIONS = "".join(location(path_of(rules), alone(rules)) for rules in USES)
LOCATIONS += "".join(location("/cgi/env/" + name, lines) for name, lines in PLACES.items())
PEOPLE = PEOPLE + "email:admin@example.com admin groups=admins,dev\n"
def host(name, *lines, locations=LOCATIONS, **how):
    return virtual_host(name, AUDIT, *lines, locations, **how)


AFTER = "".join([
    host("noca", verify="optional_no_ca"), host("never", verify="none"), host("required", verify="require"),
    host("chain", "SSLVerifyDepth 2", ca="root-ca"), host("shallow", "SSLVerifyDepth 0"), host("root-only", ca="root-ca"),
    host("aliases", "ServerAlias other.example.test *.wild.example.test", ca="partner-ca"),
    host("place", verify="none", locations=location("/cgi/env/cn", "SSLVerifyClient require\n" + alone("cn"))),
])
SERVER = dict(main=RULES, vhost=LOCATIONS, plain=LOCATIONS, after=AFTER,
              files={"conf/people.map": PEOPLE, "conf/users": user_file("alice")})



@pytest.fixture(scope="module")
def httpd(serve):
    return serve(**SERVER)


@pytest.mark.parametrize("reason, rules, make", CASES[1:] + STOPS)
def test_every_refusal_is_told(httpd, pki, reason, rules, make):
    told = agree(httpd, make(pki), path_of(rules))
    assert (told.code, told.reason, told.status) == (1, reason, 403)
    assert told.text.startswith(f"refused (403): {reason}")


@pytest.mark.parametrize("rules, make", GOES_ON)
def test_every_way_to_be_mapped_is_told(httpd, pki, rules, make):
    told = agree(httpd, make(pki), path_of(rules))
    assert (told.code, told.account, told.json["decision"]["rule"]) == (0, "alice", "cn")
    assert told.text.startswith("mapped: account alice, rule cn, strength issuer\n")


def test_the_section_is_that_of_httpd(httpd, pki):
    outer, inner = (agree(httpd, pki.alice, "/cgi/env/outer" + path) for path in ("", "/inner"))
    assert (outer.json["use"]["rules"], inner.json["use"]["rules"]) == (["cn"], ["map"])
    assert (outer.code, inner.code) == (0, 1)
    assert agree(httpd, pki.alice, "/cgi/env//outer/%69nner/../x").account == "alice"


@pytest.mark.parametrize("path", ["/cgi/env/outer/none", "/page.html"])
def test_where_certmap_has_no_say_it_cannot_be_told(httpd, pki, path):
    told = explain(httpd, pki.alice, vhost="localhost", location=path)
    assert told.code == 2 and "no CertMapUse is in force" in told.text.splitlines()[0]


@pytest.mark.parametrize("path", ["no-type", "no-use"])
def test_a_place_that_answers_500_is_told(httpd, pki, path):
    seen = httpd.watch()
    told = agree(httpd, pki.alice, "/cgi/env/" + path)
    assert (told.code, told.status) == (1, 500)
    assert told.json["decision"]["detail"] in seen.error("CM0011")


@pytest.mark.parametrize("path, told_status, status, words", [
    ("no-use/open", None, 200, "not mapped: AuthType ClientCert needs"), ("no-type/open", None, 200, "lets everyone in"),
    ("no-use/closed", 403, 403, "refused (403) by Require"),
    ("no-use/near", None, 200, "unless Require lets"), ("no-use/far", None, 403, "else 403")])
def test_a_place_that_would_answer_500_does_so_only_where_require_asks(httpd, pki, path, told_status, status, words):
    told = explain(httpd, pki.carol, vhost="localhost", location="/cgi/env/" + path)
    assert (told.code, told.status) == (1, told_status) and words in told.answer
    assert told.json["audit"] is None and told.json["environment"] == {}
    assert httpd.get("/cgi/env/" + path, pki.carol).status == status


# Other AuthTypes

def test_sufficient(httpd, pki):
    mapped = agree(httpd, pki.alice, "/cgi/env/sufficient")
    assert (mapped.code, mapped.json["environment"]["AUTH_TYPE"]) == (0, "ClientCert")
    other = agree(httpd, person(pki), "/cgi/env/sufficient")
    assert (other.code, other.reason, other.status, other.json["audit"]) == (1, "no_rule_matched", None, None)
    assert "AuthType Basic asks instead" in other.answer
    ambiguous = person(pki, email("a@example.com"), email("b@example.com"))
    assert agree(httpd, ambiguous, "/cgi/env/sufficient").status == 403


def test_required(httpd, pki):
    mapped = agree(httpd, pki.alice, "/cgi/env/required", headers=password("alice"))
    assert (mapped.code, mapped.json["environment"]["AUTH_TYPE"]) == (0, "Basic")
    assert "AuthType Basic asks for the same account's password as well" in mapped.answer
    assert agree(httpd, person(pki), "/cgi/env/required-login").status == 403


# Require

@pytest.mark.parametrize("path, code, result", [
    ("only-alice", 0, "granted"), ("only-bob", 1, "forbidden"), ("closed", 1, "forbidden"),
    ("strong", 1, "forbidden"), ("by-rule", 0, "granted")])
def test_require_is_asked(httpd, pki, path, code, result):
    told = agree(httpd, pki.alice, "/cgi/env/" + path)
    assert (told.code, told.json["require"]["result"], told.account) == (code, result, "alice")
    assert told.status == (403 if code else None)


def test_a_group_of_the_map_file(httpd, pki):
    assert agree(httpd, person(pki, email("admin@example.com")), "/cgi/env/group").code == 0
    assert agree(httpd, person(pki, email("one@example.com")), "/cgi/env/group").status == 403


def test_where_everyone_is_let_in_nobody_is_refused(httpd, pki):
    told = agree(httpd, person(pki), "/cgi/env/open")
    assert (told.code, told.status, told.json["audit"]) == (1, None, None)
    assert told.answer.startswith("not mapped: no_rule_matched") and "lets everyone in" in told.answer
    assert agree(httpd, pki.alice, "/cgi/env/open").code == 0


def test_who_is_mapped_may_be_the_one_who_is_refused(httpd, pki):
    told = agree(httpd, pki.alice, "/cgi/env/not-alice")
    assert (told.code, told.status, told.account) == (1, 403, "alice")
    assert agree(httpd, pki.bob, "/cgi/env/not-alice").code == 0


def test_require_with_an_expression_is_not_guessed(httpd, pki):
    told = agree(httpd, pki.alice, "/cgi/env/by-expression")
    assert (told.code, told.json["require"]["result"]) == (0, "unknown")
    assert "Require may refuse it" in told.answer


def test_an_address_may_let_in_who_is_not_mapped(httpd, pki):
    told = explain(httpd, person(pki), vhost="localhost", location="/cgi/env/address-or-user")
    assert told.code == 1 and "unless Require lets the request in without an account" in told.answer


def test_where_no_password_is_asked_for_there_is_no_user(httpd, pki):
    told = explain(httpd, pki.alice, vhost="localhost", location="/cgi/env/required-open")
    assert told.code == 1 and told.json["environment"] == {}
    assert told.answer.startswith("no account: Require lets everyone in") and "maps to account alice" in told.answer
    response = httpd.get("/cgi/env/required-open", pki.alice)
    assert response.status == 200 and "REMOTE_USER" not in response.env


def test_where_nobody_is_let_in(httpd, pki):
    told = agree(httpd, pki.carol, "/cgi/env/closed")
    assert (told.code, told.status) == (1, 403)
    assert told.answer.startswith("refused (403): no_rule_matched")
    assert told.json["audit"]["event"]["event"]["reason"] == "no_rule_matched"


def test_require_that_needs_a_client_is_named(httpd, pki):
    told = explain(httpd, pki.alice, vhost="localhost", location="/cgi/env/by-address")
    assert (told.code, told.json["require"]["result"]) == (0, "unknown")
    (unknown,) = told.json["require"]["not_evaluated"]
    file, _, number = unknown["place"].rpartition(":")
    assert (file, unknown["line"]) == (httpd.conf, "Require ip 192.0.2.1")
    assert httpd.read("conf/httpd.conf").splitlines()[int(number) - 1] == unknown["line"]
    assert f"Require ip 192.0.2.1 ({httpd.conf}:{number})" in told.text


# mod_ssl

def sni(name):
    return f"{name}.example.test"


def test_a_certificate_of_an_unknown_authority(httpd, pki):
    told = agree(httpd, pki.stranger.issue(["CN=alice"]), path_of("cn"))
    assert "no CA CN=Stranger CA,O=Stranger" in told.answer and "no HTTP answer" in told.answer
    assert told.json["rules_alone"]["reason"] == "no_rule_matched"
    told = agree(httpd, pki.stranger.issue(["CN=alice"]), path_of("cn"), sni("noca"))
    assert (told.code, told.reason) == (1, "certificate_not_verified")


def test_a_ca_that_only_the_client_has(httpd, pki):
    told = agree(httpd, pki.alice, path_of("cn"), sni("chain"))
    assert told.code == 1 and "the certificate's file has none that leads to a trusted CA" in told.answer
    assert agree(httpd, pki.alice.with_chain(pki.issuing), path_of("cn"), sni("chain")).account == "alice"


def test_the_rules_alone_are_told_too(httpd, pki):
    told = agree(httpd, pki.alice, path_of("cn"), sni("aliases"))
    assert told.json["rules_alone"]["account"] == "alice" and told.rule("cn")["result"] == "decides"
    assert "rules alone  mapped, account alice" in told.text


@pytest.mark.parametrize("how, words", [
    (dict(not_before=-7200, not_after=-3600), "expired"), (dict(not_before=3600), "not yet valid"),
    (dict(eku=("serverAuth",)), "purpose")])
@pytest.mark.parametrize("vhost", ["localhost", "required.example.test", "noca.example.test"])
def test_a_certificate_that_tls_refuses(httpd, pki, vhost, how, words):
    told = agree(httpd, person(pki, **how), path_of("cn"), vhost)
    assert words in told.json["tls"]["why"]


def test_the_depth_of_the_chain(httpd, pki):
    told = agree(httpd, pki.alice, path_of("cn"), sni("shallow"))
    assert "SSLVerifyDepth is 0" in told.answer


def test_a_client_that_is_not_asked(httpd, pki):
    told = agree(httpd, pki.alice, path_of("cn"), sni("never"))
    assert (told.code, told.reason) == (1, "no_certificate")
    assert "SSLVerifyClient is none" in told.answer and told.json["rules_alone"]["account"] == "alice"


def test_a_certificate_asked_for_at_the_place(httpd, pki):
    assert agree(httpd, pki.alice, "/cgi/env/cn", sni("place")).account == "alice"


def test_without_tls(httpd, pki):
    told = explain(httpd, pki.alice, vhost=f"localhost:{httpd.plain_port}", location=path_of("cn"))
    assert (told.code, told.reason, told.status) == (1, "no_certificate", 403)
    assert "SSLEngine is off" in told.answer and httpd.get_plain(path_of("cn")).status == 403


def test_a_revoked_certificate(serve, pki):
    ca = Ca("O=Example", "CN=Revoking CA")
    good, bad = (ca.issue(["O=Example", f"CN={name}"], serial=number) for number, name in ((5, "good"), (6, "bad")))
    vhost = LOCATIONS + "SSLCARevocationFile conf/crl.pem\nSSLCARevocationCheck chain\n"
    httpd = serve(**{**SERVER, "vhost": vhost, "after": "", "main": RULES.replace("corp-ca.pem", "revoking.pem"),
                     "files": {**SERVER["files"], "conf/crl.pem": crl(ca, 6), "conf/revoking.pem": ca.pem,
                               "conf/client-cas.pem": ca.pem}})
    assert agree(httpd, good, path_of("cn")).account == "good"
    assert "revoked" in agree(httpd, bad, path_of("cn")).answer


def crl(ca, *serials):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (x509.CertificateRevocationListBuilder()
               .issuer_name(x509.load_der_x509_certificate(ca.cert.der).subject)
               .last_update(now - datetime.timedelta(hours=1)).next_update(now + datetime.timedelta(days=1)))
    for serial in serials:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build())
    return builder.sign(ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
