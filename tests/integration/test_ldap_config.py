"""Mistakes in the lines of a directory: `httpd -t` names file, line, and the remedy."""

import os
import re

import pytest

from config_check import config_checker, is_told, lines_of
from places import rule as rule_of

URL = "ldap://127.0.0.1:9/ou=People,dc=example,dc=com?uid?sub?(mail={email})"
GOOD = f'CertMapLDAPURL "{URL}"'
FAR = GOOD.replace("127.0.0.1:9", "ldap.example.com")
CA = "CertMapLDAPCACert conf/root-ca.pem"
TLS = GOOD + " STARTTLS"
BOUND = ('CertMapLDAPBindDN "cn=httpd,dc=example,dc=com"', "CertMapLDAPBindPassword secret")


def rule(*lines, name="r"):
    return "\n".join([f"<CertMapRule {name}>", "CertMapIssuedBy conf/corp-ca.pem", *lines, "</CertMapRule>"])


def url(text, mode="", quoted=True):
    return rule(f'CertMapLDAPURL "{text}" {mode}' if quoted else f"CertMapLDAPURL {text}")


def query(text, mode=""):
    """What stands behind the host."""
    return url(f"ldap://127.0.0.1:9/{text}", mode)


def search(text):
    return query(f"dc=example,dc=com?uid?sub?{text}")


# What is in the configuration; a part of the line that is wrong; what the message must say.
URLS = [
    (rule("CertMapLDAPURL"), "CertMapLDAPURL", ["URL", "ldap://"]),
    (url("ldap.example.com"), "CertMapLDAPURL", ["ldap://"]),
    (url("http://localhost/dc=x?uid?sub?(mail={email})"), "CertMapLDAPURL", ["http", "ldaps://"]),
    (url("ldap://localhost"), "CertMapLDAPURL", ["/"]),
    (query("dc=example,dc=com"), "CertMapLDAPURL", ["filter"]),
    (query("dc=example,dc=com?uid?sub"), "CertMapLDAPURL", ["filter"]),
    (query("dc=example,dc=com?uid?sub?"), "CertMapLDAPURL", ["filter"]),
    (query("dc=example,dc=com?uid?subtree?(mail={email})"), "CertMapLDAPURL", ["subtree", "sub"]),
    (query("dc=example,dc=com?uid?children?(mail={email})"), "CertMapLDAPURL", ["children", "sub"]),
    (query("nonsense?uid?sub?(mail={email})"), "CertMapLDAPURL", ["nonsense", "DN"]),
    (query("dc=example,dc=com?uid,?sub?(mail={email})"), "CertMapLDAPURL", ["attribute"]),
    (query("dc=example,dc=com?u id?sub?(mail={email})"), "CertMapLDAPURL", ["u id", "attribute"]),
    (query("dc=example,dc=com?*?sub?(mail={email})"), "CertMapLDAPURL", ["*", "attribute"]),
    (query("dc=example,dc=com?uid?sub?(mail={email})?bindname=cn=x"), "CertMapLDAPURL", ["extensions"]),
    (query("dc=example,dc=com?uid,a-b,a_b?sub?(mail={email})"), "CertMapLDAPURL", ["a_b|A_B"]),
    (query("dc=example,dc=com?uid,cn,CN?sub?(mail={email})"), "CertMapLDAPURL", ["CERTMAP_ATTR_CN"]),
    (query("dc=example%zz?uid?sub?(mail={email})"), "CertMapLDAPURL", ["%25"]),
    (url("ldap://localhost:0/dc=x?uid?sub?(mail={email})"), "CertMapLDAPURL", ["port"]),
    (url("ldap://localhost:99999/dc=x?uid?sub?(mail={email})"), "CertMapLDAPURL", ["port"]),
    (url("ldap://localhost:x/dc=x?uid?sub?(mail={email})"), "CertMapLDAPURL", ["port"]),
    (url("ldap://[::1/dc=x?uid?sub?(mail={email})"), "CertMapLDAPURL", ["[::1"]),
    (url("ldap://a_/b@c/dc=x?uid?sub?(mail={email})"), "CertMapLDAPURL", []),
    (url("ldapi:///dc=x?uid?sub?(mail={email})"), "CertMapLDAPURL", ["%2F"]),
    (url(URL, "MAYBE"), "CertMapLDAPURL", ["MAYBE", "STARTTLS"]),
    (url(URL, "NONE NONE"), "CertMapLDAPURL", ["STARTTLS"]),
    (url(URL.replace("127.0.0.1:9", "localhost 127.0.0.1"), quoted=False), "CertMapLDAPURL", ["quotes"]),
    (url(URL.replace("ldap:", "ldaps:"), "STARTTLS"), "CertMapLDAPURL", ["ldaps", "STARTTLS"]),
    (url(URL.replace("ldap:", "ldaps:"), "NONE"), "CertMapLDAPURL", ["ldaps", "NONE"]),
    (url("ldapi://%2Frun%2Fldapi/dc=x?uid?sub?(mail={email})", "STARTTLS"), "CertMapLDAPURL", ["ldapi"]),
    (rule(FAR), "CertMapLDAPURL", ["STARTTLS", "ldaps://", "NONE"]),
    (rule(FAR.replace("ldap.example.com", "localhost 192.0.2.1")), "CertMapLDAPURL", ["STARTTLS", "NONE"]),
    (rule(FAR.replace("ldap.example.com", "[2001:db8::1]")), "CertMapLDAPURL", ["STARTTLS", "NONE"]),
    (rule(FAR.replace("ldap.example.com", "127.example.com")), "CertMapLDAPURL", ["STARTTLS", "NONE"]),
    (rule(FAR.replace("ldap.example.com", "localhost.example.com")), "CertMapLDAPURL", ["STARTTLS", "NONE"]),
]
TEMPLATES_ELSEWHERE = [
    (url("ldap://{dns}/dc=x?uid?sub?(mail={email})"), "CertMapLDAPURL", ["template", "filter"]),
    (query("ou={subject.OU},dc=example?uid?sub?(mail={email})"), "CertMapLDAPURL", ["template", "filter"]),
    (query("dc=example?{subject.CN}?sub?(mail={email})"), "CertMapLDAPURL", ["template", "filter"]),
    (query("dc=example?uid,{subject.CN}?sub?(mail={email})"), "CertMapLDAPURL", ["template", "filter"]),
    (query("dc=example,dc=$1?uid?sub?(mail={email})"), "CertMapLDAPURL", ["template", "filter"]),
    (search("({subject.CN}={email})"), "CertMapLDAPURL", ["template", "value"]),
    (search("({email})"), "CertMapLDAPURL", ["template|="]),
    (search("{email}"), "CertMapLDAPURL", ["template|="]),
    (search("(mail:{subject.CN}:={email})"), "CertMapLDAPURL", ["template", "value"]),
    (search("({subject.CN}(mail={email}))"), "CertMapLDAPURL", []),
    (search("(&{email}(mail={email}))"), "CertMapLDAPURL", []),
]
FILTERS = [
    (search("(mail=alice@example.com)"), "CertMapLDAPURL", ["template", "{email}"]),
    (search("(objectClass=*)"), "CertMapLDAPURL", ["template"]),
    (search("(mail={email}"), "CertMapLDAPURL", [") is missing"]),
    (search("(mail={email}))"), "CertMapLDAPURL", ["behind"]),
    (search("(mail={email})(uid=x)"), "CertMapLDAPURL", ["(&"]),
    (search("(&)"), "CertMapLDAPURL", ["&"]),
    (search("(!(mail={email})(uid=x))"), "CertMapLDAPURL", ["!"]),
    (search("(&(mail={email}) or (uid=x))"), "CertMapLDAPURL", []),
    (search("(={email})"), "CertMapLDAPURL", ["attribute"]),
    (search("(ma il={email})"), "CertMapLDAPURL", ["ma il"]),
    (search("(mail;;x={email})"), "CertMapLDAPURL", ["mail;;x"]),
    (search(r"(&(mail={email})(cn=a\zz))"), "CertMapLDAPURL", ["5c"]),
    (search(r"(&(mail={email})(cn=a\))"), "CertMapLDAPURL", []),
    (search("(&(mail={email})(cn=a(b))"), "CertMapLDAPURL", ["28"]),
    (search("(&(mail={email})(cn>=a*))"), "CertMapLDAPURL", ["2a"]),
    (search("(mail:no rule:={email})"), "CertMapLDAPURL", []),
    (search("(mail={mail})"), "CertMapLDAPURL", ["mail", "email"]),
    (search("(mail={email!lowercase})"), "CertMapLDAPURL", ["lowercase", "lower"]),
    (search("(mail={email)"), "CertMapLDAPURL", ["}|{{"]),
    (search("(mail=$1)"), "CertMapLDAPURL", ["$1"]),
    (search("(mail={login})"), "CertMapLDAPURL", ["login"]),
    (search("(userCertificate={cert!bin!lower})"), "CertMapLDAPURL", ["bin"]),
    (search("(entryDN=uid={subject.CN!dn!upper})"), "CertMapLDAPURL", ["dn"]),
    (search("(&" * 60 + "(mail={email})" + ")" * 60), "CertMapLDAPURL", ["50"]),
    (rule("CertMapUser {subject.CN!dn}"), "CertMapUser", ["dn", "filter"]),
    (rule("CertMapUser {cert!bin}"), "CertMapUser", ["bin", "filter"]),
]
LINES = [
    (rule(TLS), "<CertMapRule r>|CertMapLDAPURL", ["CertMapLDAPCACert"]),
    (rule(GOOD.replace("ldap:", "ldaps:")), "<CertMapRule r>|CertMapLDAPURL", ["CertMapLDAPCACert"]),
    (rule(GOOD, BOUND[0]), "<CertMapRule r>|BindDN|CertMapLDAPURL", ["CertMapLDAPBindPassword"]),
    (rule(GOOD, BOUND[1]), "<CertMapRule r>|BindPassword|CertMapLDAPURL", ["CertMapLDAPBindDN"]),
    (BOUND[0] + "\n" + rule(GOOD), "<CertMapRule r>|BindDN|CertMapLDAPURL", ["CertMapLDAPBindPassword"]),
    (rule(GOOD, 'CertMapLDAPBindDN ""', BOUND[1]), "BindDN", ["write none", "anonymous"]),
    (rule(GOOD, "CertMapLDAPBindDN none", BOUND[1]), "<CertMapRule r>|BindPassword|CertMapLDAPURL",
     ["needs a CertMapLDAPBindDN"]),
    (rule(GOOD, BOUND[0], 'CertMapLDAPBindPassword ""'), "BindPassword", ["empty"]),
    (rule(GOOD, BOUND[0], "CertMapLDAPBindPassword"), "BindPassword", ["exec:", "file:"]),
    (rule(GOOD, BOUND[0], "CertMapLDAPBindPassword two words"), "BindPassword", ["quotes"]),
    (rule(GOOD, BOUND[0], "CertMapLDAPBindPassword file:conf/missing"), "BindPassword",
     ["missing", "No such file"]),
    (rule(GOOD, BOUND[0], "CertMapLDAPBindPassword file:conf"), "BindPassword", ["conf"]),
    (rule(GOOD, BOUND[0], "CertMapLDAPBindPassword file:conf/empty"), "BindPassword", ["empty"]),
    (rule(GOOD, BOUND[0], "CertMapLDAPBindPassword exec:"), "BindPassword", ["exec:"]),
    (rule(GOOD, BOUND[0], "CertMapLDAPBindPassword exec:/nonexistent/program"), "BindPassword", ["exec:|program"]),
    (rule(GOOD, BOUND[0], 'CertMapLDAPBindPassword "exec:/bin/false"'), "BindPassword", ["exec:"]),
    (rule(GOOD, BOUND[0], 'CertMapLDAPBindPassword "exec:/bin/true"'), "BindPassword", ["exec:|empty"]),
    (rule(GOOD, BOUND[0], """CertMapLDAPBindPassword "exec:/bin/sh -c 'echo half; exit 3'\""""), "BindPassword",
     ["failed"]),
    ("\n".join(BOUND) + "\n" + rule(GOOD, 'CertMapLDAPBindDN "cn=other,dc=example,dc=com"'),
     "<CertMapRule r>|cn=other|CertMapLDAPURL", ["needs a CertMapLDAPBindPassword"]),
    ("\n".join(BOUND) + "\n" + rule(GOOD, "CertMapLDAPBindPassword other"),
     "<CertMapRule r>|BindPassword other|CertMapLDAPURL", ["needs a CertMapLDAPBindDN"]),
    (rule(FAR + " NONE", *BOUND), "<CertMapRule r>|CertMapLDAPURL", ["clear", "STARTTLS"]),
    ("\n".join(BOUND) + "\n" + rule(FAR + " NONE"), "<CertMapRule r>|CertMapLDAPURL",
     ["the server's lines", "clear", "STARTTLS", "CertMapLDAPBindDN none"]),
    (rule(TLS, "CertMapLDAPCACert conf/missing.pem"), "CACert", ["missing.pem", "No such file"]),
    (rule(TLS, "CertMapLDAPCACert conf"), "CACert", ["conf"]),
    (rule(TLS, "CertMapLDAPCACert"), "CACert", ["PEM"]),
    (rule(TLS, "CertMapLDAPCACert conf/junk.pem"), "CACert", ["junk.pem", "PEM|certificate"]),
    (rule(TLS, CA, "CertMapLDAPClientCert conf/server.pem"), "ClientCert", ["CERTIFICATE KEY"]),
    (rule(TLS, CA, "CertMapLDAPClientCert conf/missing.pem conf/server.pem"), "ClientCert", ["missing.pem"]),
    (rule(TLS, CA, "CertMapLDAPClientCert conf/server.pem conf/missing.key"), "ClientCert", ["missing.key"]),
    (rule(GOOD, "CertMapLDAPClientCert conf/server.pem conf/server.pem"), "<CertMapRule r>|CertMapLDAPURL",
     ["ldaps://", "STARTTLS"]),
    *((rule(GOOD, f"CertMapLDAPTimeout {value}".strip()), "Timeout", ["seconds|whole number"])
      for value in ("0", "-1", "1.5", "3s", "ten", "", "1 2", "99999999999", '""')),
    *((rule(GOOD, f"CertMapLDAPConnections {value}".strip()), "Connections", ["connections|whole number"])
      for value in ("0", "-1", "many", "", "1000000000")),
    (rule(GOOD, "CertMapLDAPVerifyCert"), "VerifyCert", ["On", "Off"]),
    (rule(GOOD, "CertMapLDAPVerifyCert yes"), "VerifyCert", ["yes", "On", "Off"]),
    (rule(GOOD, "CertMapLDAPGroups"), "Groups", ["attribute"]),
    (rule(GOOD, "CertMapLDAPGroups memberOf isMemberOf"), "Groups", ["attribute"]),
    (rule(GOOD, 'CertMapLDAPGroups "member of"'), "Groups", ["member of", "attribute"]),
    (rule(GOOD, 'CertMapLDAPGroups ""'), "Groups", ["attribute"]),
    (rule(GOOD, "CertMapLDAPGroups {subject.CN}"), "Groups", ["{subject.CN}"]),
]
PLACES = [
    (rule(GOOD, GOOD), "CertMapLDAPURL", ["one outcome"]),
    (rule(GOOD, "CertMapUser x"), "CertMapUser", ["one outcome", "CertMapLDAPURL"]),
    (rule("CertMapUser x", GOOD), "CertMapLDAPURL", ["one outcome", "CertMapUser"]),
    (rule("CertMapUser x", "CertMapLDAPTimeout 3"), "<CertMapRule r>|Timeout", ["CertMapLDAPURL"]),
    (rule("CertMapLDAPTimeout 3"), "<CertMapRule r>|Timeout", ["CertMapLDAPURL"]),
    *((rule(GOOD, line, line), line, ["twice"]) for line in (
        *BOUND, CA, "CertMapLDAPClientCert conf/server.pem conf/server.pem", "CertMapLDAPTimeout 3",
        "CertMapLDAPVerifyCert On", "CertMapLDAPGroups memberOf", "CertMapLDAPConnections 8")),
    ("CertMapLDAPTimeout 3\nCertMapLDAPTimeout 4", "Timeout 4", ["twice"]),
    (GOOD, "CertMapLDAPURL", ["inside <CertMapRule"]),
    (f'<Location "/x">\n{GOOD}\n</Location>', "CertMapLDAPURL", ["inside <CertMapRule|not allowed"]),
    *((f'<Location "/x">\n{line}\n</Location>', line.split()[0], ["not allowed"]) for line in (
        *BOUND, CA, "CertMapLDAPTimeout 3", "CertMapLDAPVerifyCert On", "CertMapLDAPGroups memberOf",
        "CertMapLDAPConnections 8", "CertMapLDAPClientCert conf/server.pem conf/server.pem")),
]
CASES = [*URLS, *TEMPLATES_ELSEWHERE, *FILTERS, *LINES, *PLACES]


@pytest.fixture(scope="module")
def checker(pki):
    files = {"conf/junk.pem": "junk\n", "conf/empty": "\n", "conf/password": "secret\nmore\n"}
    with config_checker(pki, files) as check:
        yield check


@pytest.mark.parametrize("text, wrong, words", CASES, ids=[
    f"{number}-{re.sub(r'[^!-~]+', ' ', each[0])[-60:-14]}" for number, each in enumerate(CASES)])
def test_a_mistake_is_told_with_file_line_and_remedy(checker, text, wrong, words):
    told = checker(text)
    is_told(told, text, wrong, words)
    said = [line for line in told[1].splitlines() if "CM00" in line]
    assert len(said) == len(set(said)), told[1]


FINE = [
    rule(GOOD), rule(GOOD + " NONE"), rule(FAR + " NONE"), rule(TLS, CA), rule(FAR + " TLS", CA, *BOUND),
    rule(FAR + " SSL", CA), rule(FAR.replace("ldap:", "ldaps:"), CA, *BOUND), rule(GOOD, *BOUND),
    rule(FAR.replace("ldap.example.com", "ldap1.example.com ldap2.example.com:3389") + " starttls", CA),
    rule(GOOD.replace("127.0.0.1:9", "[::1]")), rule(GOOD.replace("127.0.0.1:9", "127.1.2.3:389")),
    rule(GOOD.replace("127.0.0.1:9", "localhost")), rule(GOOD.replace("127.0.0.1:9", "LOCALHOST:389")),
    url("ldapi://%2frun%2fslapd%2fldapi/dc=example,dc=com?uid?sub?(mail={email})"),
    rule(GOOD.replace("ldap:", "ldapi:").replace("127.0.0.1:9", "%2Frun%2Fldapi"), *BOUND),
    rule(FAR + " STARTTLS", CA, "CertMapLDAPClientCert conf/server.pem conf/server.pem"),
    rule(GOOD, "CertMapLDAPTimeout 1", "CertMapLDAPConnections 1", "CertMapLDAPVerifyCert on",
         "CertMapLDAPGroups memberOf"),
    rule("CertMapLDAPTimeout 300", GOOD, "CertMapLDAPVerifyCert OFF", "certmapldapgroups isMemberOf"),
    rule(GOOD, BOUND[0], "CertMapLDAPBindPassword file:conf/password"),
    rule(GOOD, BOUND[0], 'CertMapLDAPBindPassword "exec:/bin/echo a secret"'),
    rule(GOOD, BOUND[0], "CertMapLDAPBindPassword exec:/usr/bin/id"),
    "\n".join(BOUND) + "\n" + rule(FAR + " NONE", "CertMapLDAPBindDN none"),
    "\n".join([*BOUND, CA, "CertMapLDAPTimeout 9", rule(FAR + " STARTTLS")]),
    "\n".join([rule(FAR + " STARTTLS"), *BOUND, CA]),
    "CertMapLDAPTimeout 9\n<VirtualHost *:9>\nCertMapLDAPTimeout 8\n" + rule(GOOD) + "\n</VirtualHost>",
    CA + "\n<VirtualHost *:9>\n" + rule(TLS) + "\n</VirtualHost>",
    search("(userCertificate:certificateExactMatch:={cea})"), search("(userCertificate;binary={cert!bin})"),
    search("(&(objectClass=person)(|(mail={email})(uid={subject.CN}))(!(nsAccountLock=TRUE)))"),
    search("(entryDN:distinguishedNameMatch:=uid={subject.CN!dn})"), search("mail={email}"),
    search("(cn=*{subject.CN}*)"), search(r"(&(cn=\28{subject.CN}\29)(sn=*)(o=a*b*c))"),
    search("(&(cn={{x}})(cn=$$1)(mail={email!lower}))"), search("(1.2.3.4={email})"),
    search("(sn:dn:2.4.6.8.10:={subject.CN})"), search("(:caseExactMatch:={subject.CN})"),
    search("(cn;lang-en~={subject.CN})"), search("(&(uidNumber>=1000)(uidNumber<=2000)(mail={email}))"),
    search("(altSecurityIdentities=X509:<I>{issuer!ad_x500}<SR>{serial!hex_r})"),
    rule('CertMapMatch email =~ "(?P<login>.*)@x"', GOOD.replace("{email}", "{login}")),
    rule('CertMapMatch email =~ "(.*)@x"', GOOD.replace("{email}", "$1")),
    rule(GOOD.replace("{email}", "$1"), 'CertMapMatch email =~ "(.*)@x"'),
]


@pytest.mark.parametrize("text", FINE, ids=[f"{number}-{re.sub(r'[^!-~]+', ' ', each)[-60:-14]}"
                                            for number, each in enumerate(FINE)])
def test_what_is_right_is_accepted(checker, text):
    code, output, _ = checker(text)
    assert (code, output) == (0, "Syntax OK\n")


def test_a_bind_dn_beside_a_client_certificate_is_warned_of(checker):
    text = rule(TLS, CA, *BOUND, "CertMapLDAPClientCert conf/server.pem conf/server.pem")
    code, output, named = checker(text)
    assert code == 0
    assert "CertMapLDAPBindDN" in output and "EXTERNAL" in output
    assert named & lines_of(text, "CertMapLDAPURL|<CertMapRule")


def test_an_ldap_rule_without_issuer_is_weak_unless_the_entry_must_hold_the_certificate(checker):
    by_cea = GOOD.replace("(mail={email})", "(userCertificate:certificateExactMatch:={cea})")
    lines = {"mail": GOOD, "verified": GOOD + "\nCertMapLDAPVerifyCert On", "cea": by_cea,
             "cea-off": by_cea + "\nCertMapLDAPVerifyCert Off"}
    code, output, _ = checker("".join(rule_of(name, text, None) for name, text in lines.items()))
    assert code == 0
    assert sorted(re.findall(r"rule (\S+) is weak", output)) == ["cea-off", "mail"], output


def test_test_config_asks_no_directory(make_httpd, directory):
    httpd = make_httpd(main=rule(directory.lines("(mail={email})")))
    seen = directory.watch()
    assert httpd.test_config()[0] == 0
    assert seen.connections() == []


HTACCESS = ["CertMapLDAPURL ldap://localhost/dc=x?uid?sub?(mail={email})", *BOUND, CA, "CertMapLDAPTimeout 3",
            "CertMapLDAPVerifyCert Off", "CertMapLDAPGroups x", "CertMapLDAPConnections 3",
            "CertMapLDAPClientCert conf/server.pem conf/server.pem"]


def test_no_directive_works_in_htaccess(serve, pki):
    files = {f"htdocs/{number}/.htaccess": text + "\n" for number, text in enumerate(HTACCESS)}
    files |= {f"htdocs/{number}/index.html": "x" for number in range(len(HTACCESS))}
    httpd = serve(files=files, after='<Directory "${ROOT}/htdocs">\nAllowOverride All\n</Directory>')
    assert httpd.get("/index.html").status == 200
    for number, text in enumerate(HTACCESS):
        seen = httpd.watch()
        assert httpd.get(f"/{number}/index.html").status == 500, text
        assert text.split()[0] in seen.error("not allowed")


def test_a_secret_is_read_when_the_configuration_is(make_httpd):
    httpd = make_httpd(main=rule(GOOD, BOUND[0], "CertMapLDAPBindPassword exec:${ROOT}/conf/program"))
    httpd.write("conf/program", '#!/bin/sh\necho run >>"${0%program}"/runs\necho secret\n', mode=0o755)
    assert httpd.test_config()[0] == 0
    assert os.path.exists(httpd.path("conf/runs"))
    os.remove(httpd.path("conf/program"))
    code, output = httpd.test_config()
    assert code != 0 and "exec:" in output
