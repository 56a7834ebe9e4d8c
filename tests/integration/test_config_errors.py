"""Mistakes in the configuration (docs/directives.md, "Start, restart, errors"): `httpd -t` names file, line, and the remedy."""

import os

import pytest

from config_check import config_checker, is_told, lines_of
from pki import make

GOOD = """
<CertMapRule good>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser {subject.CN}
</CertMapRule>"""


def rule(*lines, name="r"):
    return "\n".join([f"<CertMapRule {name}>", *lines, "</CertMapRule>"])


def in_rule(line, *more):
    return rule("CertMapUser {subject.CN}", line, *more)


def user(template, *more):
    return rule("CertMapIssuedBy conf/corp-ca.pem", *more, f"CertMapUser {template}")


def location(*lines):
    return "\n".join([GOOD, '<Location "/x">', *lines, "</Location>"])


# What is in the configuration; a part of the line that is wrong; what the message must say.
ISSUED_BY = [
    (in_rule("CertMapIssuedBy"), "CertMapIssuedBy", ["FILE"]),
    (in_rule("CertMapIssuedBy conf/missing.pem"), "missing.pem", ["missing.pem", "No such file"]),
    (in_rule("CertMapIssuedBy conf"), "IssuedBy conf", ["conf"]),
    (in_rule("CertMapIssuedBy conf/junk.pem"), "junk.pem", ["junk.pem", "PEM"]),
    (in_rule("CertMapIssuedBy conf/key.pem"), "key.pem", ["key.pem", "certificate"]),
    (in_rule("CertMapIssuedBy conf/trusted.pem"), "trusted.pem", ["trusted.pem", "openssl x509 -in FILE -out NEW.pem"]),
    (in_rule("CertMapIssuedBy conf/server.pem"), "server.pem", ["server.pem", "no CA"]),
    (in_rule("CertMapIssuedBy conf/corp-ca.pem conf/server.pem"), "server.pem", ["server.pem", "no CA"]),
    (in_rule("CertMapIssuedBy conf/v1.pem"), "v1.pem", ["v1.pem", "no CA"]),
    (in_rule("CertMapIssuedBy conf/corp-ca.pem", "CertMapIssuedBy conf/root-ca.pem"), "root-ca.pem",
     ["CertMapIssuedBy: stands twice", "one line"]),
]
MATCH = [
    (in_rule("CertMapMatch"), "CertMapMatch", ["ATTRIBUTE", "VALUE"]),
    (in_rule("CertMapMatch email"), "CertMapMatch", ["VALUE"]),
    (in_rule("CertMapMatch email =="), "CertMapMatch", ["VALUE"]),
    (in_rule("CertMapMatch email alice@example.com"), "CertMapMatch", ["==", "=~"]),
    (in_rule("CertMapMatch email = alice@example.com"), "CertMapMatch", ["==", "=~", "!="]),
    (in_rule("CertMapMatch mail == alice@example.com"), "CertMapMatch", ["mail", "email"]),
    *((in_rule(f"CertMapMatch {indexed} == x"), "CertMapMatch", [f"index, like [1], stands in templates only; write {name},", "every value"])
      for indexed, name in (("email[1]", "email"), ("any email[-1]", "email"), ("subject_dn_component.cn[1]", "subject.CN"))),
    (in_rule("CertMapMatch nosuch[1] == x"), "CertMapMatch", ["unknown attribute"]),
    (in_rule("CertMapMatch subject.nosuchname == x"), "CertMapMatch", ["nosuchname", "OID"]),
    (in_rule("CertMapMatch othername.x == 00"), "CertMapMatch", ["othername", "OID"]),
    (in_rule("CertMapMatch any email != x@example.com"), "CertMapMatch", ["any", "!="]),
    (in_rule("CertMapMatch all email !~ x"), "CertMapMatch", ["all", "!~"]),
    (in_rule("CertMapMatch some email == x"), "CertMapMatch", ["some"]),
    (in_rule('CertMapMatch email =~ "(x"'), "CertMapMatch", ["(x"]),
    (in_rule('CertMapMatch email =~ "(?=a).*"'), "CertMapMatch", ["RE2"]),
    (in_rule(r'CertMapMatch email =~ "(a)\1"'), "CertMapMatch", ["RE2"]),
    (in_rule("CertMapMatch sha256 == 12xy"), "CertMapMatch", ["12xy", "hex"]),
    (in_rule("CertMapMatch subject == alice"), "CertMapMatch", ["alice", "RFC 4514"]),
    (in_rule("CertMapMatch ip == 192.0.2.0/24"), "CertMapMatch", ["192.0.2.0/24"]),
    (in_rule('CertMapMatch email == "alice@example.com'), "CertMapMatch", ["quote"]),
    (user("{login}", 'CertMapMatch email =~ "(?P<login>a)"', 'CertMapMatch upn =~ "(?P<login>b)"'),
     "CertMapMatch upn", ["CertMapMatch: group (?P<login>...) stands in two"]),
    (user("{email}", 'CertMapMatch email =~ "(?P<email>.*)"', "CertMapMatch upn =~ x"), "CertMapMatch email",
     ["CertMapMatch: group (?P<email>...) has the name of an attribute"]),
    (user("$1", 'CertMapMatch email =~ "(?P<a>.)(?P<a>.)"', "CertMapMatch upn =~ x"), "CertMapMatch email",
     ["CertMapMatch: group (?P<a>...) stands twice"]),
    (in_rule('CertMapMatch email =~ ""'), "CertMapMatch", ["empty", "write the expression"]),
    (in_rule("CertMapMatch notafter == 2026-13-40T00:00:00Z"), "CertMapMatch", ["2026-13-40T00:00:00Z", "UTC"]),
    (in_rule("CertMapMatch krb5 == u@"), "CertMapMatch", ["u@", "user@REALM"]),
    (in_rule("CertMapMatch sid == S-1-5-"), "CertMapMatch", ["S-1-5-", "S-1-5-21"]),
]
USER = [
    (user(""), "CertMapUser", ["TEMPLATE"]),
    (user('""'), "CertMapUser", ["empty|TEMPLATE"]),
    (user("a b"), "CertMapUser", ["quotes"]),
    (user("{nosuch}"), "CertMapUser", ["nosuch"]),
    (user("{sha512}"), "CertMapUser", ['"sha512" is a conversion', "{spki!sha512}"]),
    (user("{local!lower}"), "CertMapUser", ['"local" is a conversion', "{email!local}"]),
    (user("{openssl}"), "CertMapUser", ["{subject!openssl}"]),
    (user("{dec}"), "CertMapUser", ["{serial!dec}"]),
    (user("{email"), "CertMapUser", ["}|{{"]),
    (user("email}"), "CertMapUser", ["}}"]),
    (user("{}"), "CertMapUser", ['""']),
    (user("$1"), "CertMapUser", ["$1", "group"]),
    (user("$2", 'CertMapMatch email =~ "(.*)@x"'), "CertMapUser", ["$2", "group"]),
    (user("$1", 'CertMapMatch email =~ "(.*)@x"', 'CertMapMatch upn =~ "(.*)@y"'),
     "<CertMapRule r>|CertMapMatch|CertMapUser", ["two"]),
    (user("$x"), "CertMapUser", ["$$"]),
    (user("$0"), "CertMapUser", ["$0|$1"]),
    (user("{email!lowercase}"), "CertMapUser", ["lowercase", "lower"]),
    (user("{email!dec}"), "CertMapUser", ["dec"]),
    (user("{email!ad_x500}"), "CertMapUser", ["ad_x500"]),
    (user("{email!bin}"), "CertMapUser", ["bin", "CertMapLDAPURL"]),
    (user("{email!}"), "CertMapUser", ["conversion"]),
    (user("{email[0]}"), "CertMapUser", ["[1]"]),
    (user("{email[x]}"), "CertMapUser", ["[1]"]),
    (user("{login!lower}"), "CertMapUser", ["login"]),
]
RULE = [
    ("<CertMapRule>\nCertMapDeny\n</CertMapRule>", "<CertMapRule", ["name"]),
    (rule("CertMapDeny", name="a b"), "<CertMapRule", ["name"]),
    (rule("CertMapDeny", name="a/b"), "<CertMapRule", ["letters"]),
    (rule("CertMapDeny", name="none"), "<CertMapRule", ["none"]),
    ("<CertMapRule r\nCertMapDeny\n</CertMapRule>", "<CertMapRule r", [">"]),
    ("<CertMapRule r>\nCertMapDeny\n", "<CertMapRule r", ["not closed"]),
    (GOOD + "\n" + rule("CertMapDeny", name="good"), "<CertMapRule good>", ["good", "twice"]),
    (rule("CertMapIssuedBy conf/corp-ca.pem"), "<CertMapRule r>", ["outcome", "CertMapUser"]),
    (rule("CertMapUser x", "CertMapDeny"), "CertMapDeny", ["one outcome", "CertMapUser"]),
    (rule("CertMapUser x", "CertMapUser y"), "CertMapUser y", ["one outcome"]),
    (rule("CertMapDeny", "Require valid-user"), "Require valid-user", ["CertMapRule"]),
    (rule("CertMapDeny", "CertMapUse good"), "CertMapUse good", ["CertMapRule"]),
    (rule("CertMapDeny", "SSLVerifyClient none"), "SSLVerifyClient none", ["CertMapRule"]),
    (rule("CertMapDeny", "CertMapNoSuchThing"), "CertMapNoSuchThing", ["CertMapNoSuchThing"]),
    (rule("CertMapDeny", rule("CertMapDeny", name="inner")), "<CertMapRule inner>", ["CertMapRule"]),
    (rule("CertMapDeny left the company"), "CertMapDeny", ["quotes"]),
    (rule("CertMapFile"), "CertMapFile", ["PATH"]),
    (rule("CertMapFile conf/good.map mail"), "CertMapFile", ["mail", "email"]),
    (rule("CertMapFile conf/good.map email,spki"), "CertMapFile", ['"email,spki" has a comma', "write blanks"]),
    (rule("CertMapFile conf/good.map email[1]"), "CertMapFile", ["templates only; write email,"]),
    (rule("CertMapFile conf/good.map email EMAIL"), "CertMapFile", ["twice"]),
    (rule("CertMapFile conf/missing.map"), "CertMapFile", ["missing.map", "No such file"]),
    (rule("CertMapFile conf/bad.map"), "CertMapFile", ["bad.map:2: "]),
    *((f"{directive} x y", directive, ["inside <CertMapRule"]) for directive in (
        "CertMapIssuedBy", "CertMapMatch", "CertMapUser", "CertMapFile", "CertMapDeny")),
    (location(rule("CertMapDeny")), "<CertMapRule r>", ["not allowed", "move the rule out", "CertMapUse"]),
    (location("CertMapUser x"), "CertMapUser x", ["inside <CertMapRule"]),
]
USE = [
    (location("CertMapUse"), "CertMapUse", ["none"]),
    (location("CertMapUse goood"), "CertMapUse", ["goood", "good"]),
    (location("CertMapUse good GOOD"), "CertMapUse", ["GOOD"]),
    (location("CertMapUse good", "CertMapUse none"), "CertMapUse none", ["twice"]),
    (location("CertMapUse none good"), "CertMapUse", ["none"]),
    (location('CertMapUse "good'), "CertMapUse", ["quote"]),
    (location("CertMapUse good good"), "CertMapUse", ["twice"]),
    ("CertMapUse good", "CertMapUse", ["not allowed", '<Location "/">']),
    (location("CertMapControl optional"), "CertMapControl", ["sufficient", "required"]),
    (location("CertMapControl"), "CertMapControl", ["sufficient", "required"]),
    (location("CertMapControl required", "CertMapControl sufficient"), "sufficient", ["twice"]),
    ("CertMapControl required", "CertMapControl", ["not allowed", '<Location "/">']),
    ("<VirtualHost *:9>\nCertMapUse none\n</VirtualHost>", "CertMapUse", ["not allowed", '<Location "/">']),
    (location("Require certmap-rule goood"), "Require", ["goood"]),
    (location("Require certmap-rule"), "Require", ["certmap-rule"]),
    (location("Require certmap-group"), "Require", ["certmap-group"]),
    (location("Require certmap-strength"), "Require", ["strong", "issuer"]),
    (location("Require certmap-strength weak"), "Require", ["strong", "issuer"]),
    (location("Require certmap-strength strong issuer"), "Require", ["strong", "issuer"]),
    (location("AuthType Basic", "AuthName x", "AuthUserFile conf/users", "SSLOptions +FakeBasicAuth",
              "CertMapUse good", "CertMapControl required", "Require valid-user"),
     "CertMapControl", ["FakeBasicAuth"]),
]
AUDIT = [
    ("CertMapAuditLog", "CertMapAuditLog", ["PATH", "syslog", "none"]),
    *((f"CertMapAuditLog {word}", "CertMapAuditLog", ["none", "PATH"]) for word in ("off", "On", "NO", "yes")),
    ("CertMapAuditLog a b", "CertMapAuditLog", ["quotes"]),
    ("CertMapAuditLog syslog:nosuch", "CertMapAuditLog", ["nosuch", "local0"]),
    ('CertMapAuditLog "|"', "CertMapAuditLog", ["program"]),
    ("CertMapAuditLog a\nCertMapAuditLog b", "CertMapAuditLog b", ["twice"]),
    ("CertMapAuditFailure ignore", "CertMapAuditFailure", ["allow", "deny"]),
    ("CertMapAuditFailure", "CertMapAuditFailure", ["allow|one argument"]),
    ("CertMapAuditFailure deny\nCertMapAuditFailure allow", "CertMapAuditFailure allow", ["twice"]),
    (location("CertMapAuditLog a"), "CertMapAuditLog", ["not allowed"]),
    (location("CertMapAuditFailure deny"), "CertMapAuditFailure", ["not allowed"]),
]
METHODS = [
    (location("AuthType ClientCert", f"<{limit}>", line, f"</{limit.split()[0]}>"), line, [line.split()[0], *words])
    for limit in ("Limit POST", "LimitExcept GET")
    for line, words in (("CertMapUse good", ["all methods", "write it outside"]), ("CertMapUse none", ["all methods"]),
                        ("CertMapControl required", ["all methods"]), ("CertMapTrial good", ["all methods"]))
]
CASES = [*METHODS, *ISSUED_BY, *MATCH, *USER, *RULE, *USE, *AUDIT]


@pytest.fixture(scope="module")
def checker(pki):
    v1 = make(["CN=v1"], pki.stranger.key, ["CN=v1"], pki.stranger.key, version=0)
    with config_checker(pki, {
        "conf/junk.pem": "junk\n", "conf/key.pem": pki.server.key_pem, "conf/v1.pem": v1.pem,
        "conf/trusted.pem": v1.pem.replace(" CERT", " TRUSTED CERT"),
        "conf/good.map": "email:a@example.com a\n", "conf/bad.map": "# x\nbad\n", "conf/users": ""}) as check:
        yield check


@pytest.mark.parametrize("text, wrong, words", CASES, ids=[case[0].strip()[-60:] for case in CASES])
def test_a_mistake_is_told_with_file_line_and_remedy(checker, text, wrong, words):
    is_told(checker(text), text, wrong, words)


def test_test_config_opens_no_log_and_starts_no_program(make_httpd):
    httpd = make_httpd(audit="CertMapAuditLog logs/a.log", main='CertMapAuditLog "|$touch ${ROOT}/logs/b"')
    assert httpd.test_config()[0] == 0
    assert os.listdir(httpd.path("logs")) == []


def test_the_same_mistakes_stop_a_start(make_httpd):
    said = make_httpd(main=in_rule("CertMapMatch mail == x")).start_fails()
    assert "mail" in said and "email" in said


def test_all_undefined_names_and_bad_files_are_told_at_once(checker):
    code, output, _ = checker("\n".join([
        location("CertMapUse wrong1 wrong2", "Require certmap-rule wrong3"),
        rule("CertMapFile conf/bad.map"), rule("CertMapFile conf/missing.map", name="s")]))
    assert code != 0
    for word in ("wrong1", "wrong2", "wrong3", "bad.map:2: ", "missing.map: "):
        assert word in output


FINE = [
    rule("CertMapDeny", name="A.b_c-9"), rule('CertMapDeny "two words"'), rule("CertMapDeny 'a' "),
    rule(r'certmapmatch EMAIL =~ "a\.b" "c"', "certmapdeny"), rule("CertMapDeny", "# a comment", ""),
    rule("CertMapMatch all dns == a b", "CertMapMatch eku == clientAuth", "CertMapDeny"),
    user("{{{email!local!upper}}}$$-{email[-1]!domain}"), user("$1", 'CertMapMatch email =~ "(.*)@x"'),
    user("{login!lower}", 'CertMapMatch email =~ "(?P<login>.*)@x" "(?P<login>.*)@y"'),
    user("{spki!sha256!base64}-{serial!dec}-{subject!ad_x500}"),
    *(f'{GOOD}\n<{section}>\nAuthType Basic\nCertMapUse good\nCertMapControl required\nRequire valid-user\n</{name}>'
      for section, name in (('Directory "/x"', "Directory"), ('Files "x"', "Files"), ('If "true"', "If"),
                            ('LocationMatch "x"', "LocationMatch"))),
    location("AuthType ClientCert", "CertMapUse good", "<LimitExcept GET>", "Require certmap-rule good",
             "</LimitExcept>", "Require all granted"),
    location("CertMapUse none"), location("Require certmap-strength issuer", "Require certmap-group a b"),
    location("Require certmap-rule good", "Require not certmap-rule good").replace(
        "Require cert", "<RequireAll>\nRequire cert").replace("</Loc", "</RequireAll>\n</Loc"),
    "CertMapAuditLog none", "CertMapAuditLog syslog", "CertMapAuditLog syslog:authpriv:x",
    "CertMapAuditFailure DENY",
    "<IfModule mod_certmap.c>\nCertMapAuditLog none\n</IfModule>",
    "<IfModule certmap_module>\nCertMapAuditLog none\n</IfModule>",
    GOOD + "\n<VirtualHost *:9>\n" + rule("CertMapDeny", name="good") + "\n</VirtualHost>",
]


@pytest.mark.parametrize("text", FINE, ids=[text.strip()[-60:] for text in FINE])
def test_what_is_right_is_accepted(checker, text):
    code, output, _ = checker(text)
    assert (code, output) == (0, "Syntax OK\n")


WEAK = [
    (["CertMapUser {subject.CN}"], True),
    (["CertMapMatch issuer == CN=x", "CertMapUser {subject.CN}"], True),
    (["CertMapMatch subject.CN == alice", "CertMapUser alice"], True),
    (["CertMapFile conf/good.map"], True),
    (["CertMapFile conf/good.map sha256 email"], True),
    (["CertMapFile conf/good.map issuer-serial"], True),
    (["CertMapFile conf/good.map ski sid"], True),
    (["CertMapFile conf/good.map sha1"], True),
    (["CertMapFile conf/good.map sha256 spki"], False),
    (["CertMapFile conf/good.map spki"], False),
    (["CertMapMatch spki == " + "ab" * 32, "CertMapUser alice"], False),
    (["CertMapMatch sha256 != " + "ab" * 32, "CertMapUser {subject.CN}"], True),
    (["CertMapMatch sha256 =~ .*", "CertMapUser {subject.CN}"], True),
    (["CertMapDeny"], False),
    (["CertMapIssuedBy conf/corp-ca.pem", "CertMapUser {subject.CN}"], False),
    (["CertMapIssuedBy conf/corp-ca.pem", "CertMapFile conf/good.map"], False),
]


@pytest.mark.parametrize("log_level", ["emerg", "debug"])
def test_weak_rules_are_warned_of_by_name_at_any_log_level(checker, log_level):
    names = [f"rule-{number}x" for number in range(len(WEAK))]
    text = "\n".join(rule(*lines, name=name) for (lines, _), name in zip(WEAK, names))
    code, output, named = checker(text, log_level)
    assert code == 0
    warnings = [line for line in output.splitlines() if "weak" in line]
    warned = {name for name in names if any(name in line for line in warnings)}
    assert warned == {name for (_, weak), name in zip(WEAK, names) if weak}
    assert len(warnings) == len(warned)  # one for each
    assert named == {lines_of(text, f"<CertMapRule {name}>").pop() for name in warned}
    assert all("CertMapIssuedBy" in line for line in warnings)


def test_weak_rules_are_warned_of_at_start_and_in_virtual_hosts(make_httpd):
    weak = rule("CertMapUser x", name="frail")
    with make_httpd(vhost=weak, log_level="emerg") as httpd:
        said = httpd.read("logs/stderr.log") + httpd.error_log()
        assert [line for line in said.splitlines() if "frail" in line and "weak" in line]


def test_half_a_configuration_is_told_with_the_line(serve, pki):
    httpd = serve(main=GOOD, location="CertMapUse good\nRequire valid-user")
    seen = httpd.watch()
    assert httpd.get("/index.html", pki.alice).status == 500
    line = httpd.read("conf/httpd.conf").split("CertMapUse good")[0].count("\n") + 1
    assert f"(the CertMapUse of {httpd.conf}:{line})" in seen.error("CM0011")
