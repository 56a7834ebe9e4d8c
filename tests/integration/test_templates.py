"""docs/directives.md, "Templates": indexes, conversions, groups, ambiguity, the checked value."""

import base64
import hashlib

import pytest

import der
from pki import dirname, dns, email, upn
from places import Asker, ask, places, quoted, refuse

THREE = [email("a1@x.example"), email("b2@y.example"), email("c3@x.example")]
SAME = [email("same@x.example"), email("same@X.EXAMPLE")]
CERTS = {
    "none": dict(subject=["CN=Nobody"]),
    "one": dict(subject=["C=EE", "O=Acme, Inc.", "OU=Dev+Ops", "CN=Alice", "UID=AL"],
                serial=b"\x0a\x1b\x2c", san=[email("Al.Ice@X.example"), upn("alice@corp.example"),
                                             dns("h1.x.example"), dirname(["O=D", "CN=N"])]),
    "three": dict(subject=["OU=First", "OU=Second", "CN=Three"], san=THREE),
    "same": dict(subject=["CN=Same", "CN=Same"], san=SAME),
    "case": dict(subject=["CN=alice", "CN=ALICE"]),
    "at": dict(subject=["CN=at"], san=[email("x@y@z.example")]),
    "noat": dict(subject=["CN=no"], san=[email("x.example")]),
    "eid": dict(subject=["DC=com", "C=EE", "ST=Harju", "O=Acme, Inc. R+D", "OU= lead and trail",
                         "serialNumber=PNOEE-38001085718", "SN=JÕEORG", "GN=JAAK-KRISTJAN",
                         ["UID=jaak", "CN=JÕEORG,JAAK"]]),
    "types": dict(subject=["title=Dr", "street=A 1", "L=#1", "emailAddress=a@x.example",
                           ("2.3.4.5", der.UTF8, "custom")]),
    "half": dict(subject=["CN=half"], san=[email("@x.example")]),
}
NO, TWO_VALUES = "!no_rule_matched", "!ambiguous_attribute"
X = r'CertMapMatch email =~ "([^@]+)@x\.example"' + "\n"
LOGIN = r'CertMapMatch email =~ "(?P<login>[a-zA-Z.]+)(?P<number>\d*)@.*"' + "\n"


def digest(text):
    """For texts that are too long for an account."""
    return hashlib.sha1(text.encode()).hexdigest()


# Lines before the outcome, the template, and what certificates get from them.
CASES = [
    ("", "fixed", dict(none="fixed")),
    ("", "{subject.CN}", dict(none="Nobody", one="Alice", same="Same", case=TWO_VALUES)),
    ("", "x-{subject.CN}-{subject.UID}@y", dict(one="x-Alice-AL@y", none=NO)),
    ("", "{{{subject.CN}}}", dict(one="{Alice}")),
    ("", "$$1{{a}}", dict(none="$1{a}")),
    ("", "{email}", dict(one="Al.Ice@x.example", three=TWO_VALUES, same="same@x.example", none=NO)),
    ("", "{email[1]}", dict(one="Al.Ice@x.example", three="a1@x.example", none=NO)),
    ("", "{email[2]}", dict(one=NO, three="b2@y.example")),
    ("", "{email[3]}", dict(three="c3@x.example")),
    ("", "{email[4]}", dict(three=NO)),
    ("", "{email[-1]}", dict(one="Al.Ice@x.example", three="c3@x.example", none=NO)),
    ("", "{email[-3]}", dict(three="a1@x.example")),
    ("", "{email[-4]}", dict(three=NO)),
    ("", "{subject.OU[1]}/{subject.OU[-1]}", dict(three="First/Second", one="Dev+Ops/Dev+Ops")),
    ("", "{email!local}", dict(one="Al.Ice", at=NO, noat=NO, half=NO, three=TWO_VALUES)),
    ("", "{email!domain}", dict(one="x.example", at=NO, noat=NO, half="x.example")),
    ("", "{email[2]!local}", dict(three="b2")),
    ("", "{email!local!upper}", dict(one="AL.ICE")),
    ("", "{email!upper!local!lower}", dict(one="al.ice")),
    ("", "{subject.CN!lower}", dict(one="alice", case=TWO_VALUES)),
    ("", "{subject.CN!local}", dict(one=NO)),
    ("", "{upn!local}", dict(one="alice", none=NO)),
    ("", "{serial}", dict(one="0a1b2c")),
    ("", "{serial!hex}", dict(one="0a1b2c")),
    ("", "{serial!HEX}", dict(one="0A1B2C")),
    ("", "{serial!hex_c}", dict(one="0a:1b:2c")),
    ("", "{serial!HEX_C}", dict(one="0A:1B:2C")),
    ("", "{serial!hex_r}", dict(one="2c1b0a")),
    ("", "{serial!hex_r!upper}", dict(one="2C1B0A")),
    ("", "{serial!dec}", dict(one="662316")),
    ("", "{serial!base64}", dict(one="Chss")),
    ("", "{serial!sha1}", dict(one=hashlib.sha1(b"\x0a\x1b\x2c").hexdigest())),
    ("", "{serial!sha256!HEX}", dict(one=hashlib.sha256(b"\x0a\x1b\x2c").hexdigest().upper())),
    ("", "{serial!sha512}", dict(one=hashlib.sha512(b"\x0a\x1b\x2c").hexdigest())),
    ("", "{email!sha256}", dict(one=hashlib.sha256(b"Al.Ice@x.example").hexdigest())),
    ("", "{email!hex}", dict(one=b"Al.Ice@x.example".hex())),
    ("", "{subject}", dict(one=r"UID=AL,CN=Alice,OU=Dev\+Ops,O=Acme\, Inc.,C=EE")),
    ("", "{subject!rfc4514}", dict(one=r"UID=AL,CN=Alice,OU=Dev\+Ops,O=Acme\, Inc.,C=EE")),
    ("", "{subject!rfc4514!lower}", dict(none="cn=nobody")),
    ("", "{subject!openssl}", dict(one=r"UID=AL,CN=Alice,OU=Dev\+Ops,O=Acme\, Inc.,C=EE")),
    ("", "{subject!nss_ldap}", dict(one=r"UID=AL,CN=Alice,OU=Dev\+Ops,O=Acme\, Inc.,C=EE")),
    ("", "{subject!nss_x500}", dict(one=r"C=EE,O=Acme\, Inc.,OU=Dev\+Ops,CN=Alice,UID=AL")),
    ("", "{subject!ad_x500}", dict(
        one=r"C=EE,O=Acme\, Inc.,OU=Dev\+Ops,CN=Alice,OID.0.9.2342.19200300.100.1.1=AL")),
    ("", "{subject!ad_ldap}", dict(none="CN=Nobody")),
    ("", "{subject!openssl!sha1}", dict(eid=digest(
        r"CN=JÕEORG\,JAAK+UID=jaak,GN=JAAK-KRISTJAN,SN=JÕEORG,serialNumber="
        r"PNOEE-38001085718,OU=\ lead and trail,O=Acme\, Inc. R\+D,ST=Harju,C=EE,DC=com"))),
    ("", "{subject!nss_ldap!sha1}", dict(eid=digest(
        r"CN=J\C3\95EORG\,JAAK,UID=jaak,givenName=JAAK-KRISTJAN,SN=J\C3\95EORG,serialNumber="
        r"PNOEE-38001085718,OU=\ lead and trail,O=Acme\, Inc. R\+D,ST=Harju,C=EE,DC=com"))),
    ("", "{subject!ad_x500!sha1}", dict(eid=digest(
        r"DC=com,C=EE,S=Harju,O=Acme\, Inc. R\+D,OU=\ lead and trail,SERIALNUMBER="
        r"PNOEE-38001085718,SN=J\C3\95EORG,G=JAAK-KRISTJAN,OID.0.9.2342.19200300.100.1.1=jaak,"
        r"CN=J\C3\95EORG\,JAAK"))),
    ("", "{subject!rfc4514}", dict(types=r"2.3.4.5=#0c06637573746f6d,emailAddress=a@x.example,"
                                         r"L=\#1,street=A 1,title=Dr")),
    ("", "{subject!nss_ldap}", dict(types=r"UNDEF=custom,E=a@x.example,L=\#1,STREET=A 1,title=Dr")),
    ("", "{subject!ad_x500}", dict(types=r"T=Dr,STREET=A 1,L=\#1,E=a@x.example,UNDEF=custom")),
    ("", "{dirname!nss_x500}", dict(one="O=D,CN=N", none=NO)),
    # The value that was checked is the value that is used.
    (X, "$1", dict(one="Al.Ice", three=TWO_VALUES, same="same", none=NO, half=NO)),
    (X, "{email}", dict(one="Al.Ice@x.example", three=TWO_VALUES)),
    (X, "{email[2]}", dict(three="c3@x.example")),
    (X, "{email[-1]}", dict(three="c3@x.example")),
    (X, "{email[3]}", dict(three=NO)),
    ("CertMapMatch email == b2@y.example\n", "{email}", dict(three="b2@y.example", one=NO)),
    ("CertMapMatch email == b2@y.example\n", "{email!local}", dict(three="b2")),
    ("CertMapMatch email == b2@y.example\n", "{subject.OU[1]}", dict(three="First")),
    ("CertMapMatch email == b2@y.example a1@x.example\n", "{email}", dict(three=TWO_VALUES)),
    ("CertMapMatch email == b2@y.example a1@x.example\n" + X, "$1", dict(three="a1")),
    ("CertMapMatch email == b2@y.example\n" + X, "$1", dict(three=NO)),
    ("CertMapMatch email == b2@y.example\n" + X, "{email}", dict(three=NO)),
    ("CertMapMatch email != nobody@x.example\n", "{email}", dict(three=TWO_VALUES,
                                                                 one="Al.Ice@x.example")),
    ("CertMapMatch subject.OU == second\n", "{subject.OU}", dict(three="Second")),
    ("CertMapMatch subject.CN == alice\n", "{subject.CN}", dict(case=TWO_VALUES, one="Alice")),
    ("CertMapMatch subject.CN =~ ALICE\n", "{subject.CN}", dict(case="ALICE", one=NO)),
    ("CertMapMatch subject_rfc822_name == b2@y.example\n", "{Email}", dict(three="b2@y.example")),
    ("CertMapMatch subject.2.5.4.11 == second\n", "{subject.OU}", dict(three="Second")),
    ("CertMapMatch all email =~ .*@..example\n", "{email}", dict(three=TWO_VALUES)),
    ("CertMapMatch dns == h1.x.example\n", "{email}", dict(one="Al.Ice@x.example")),
    # Groups.
    (r'CertMapMatch email =~ "(.)(\d)@(.)\.(.*)"' + "\nCertMapMatch email == b2@y.example\n",
     "$4.$2-$1$3", dict(three="example.2-by")),
    (r'CertMapMatch email =~ "(.*)@y\.example" "(.*)@x\.example"' + "\n" "CertMapMatch email =~ b.*\n",
     "$1", dict(three="b2")),
    (r'CertMapMatch email =~ "(.).*@x\.example" "(.*)@x\.example"' + "\n", "$1", dict(one="A")),
    (r'CertMapMatch email =~ "[abc](\d)@.*"' + "\n", "$1", dict(three=TWO_VALUES)),
    (r'CertMapMatch email =~ "[abc]\d@([xy])\.example"' + "\nCertMapMatch email !~ d.*\n", "$1",
     dict(three=TWO_VALUES)),
    (r'CertMapMatch email =~ ".*@.*(\.example)"' + "\n", "u$1", dict(three="u.example")),
    (r'CertMapMatch email =~ "(z*).*@.*"' + "\n", "u$1", dict(one=NO)),
    (r'CertMapMatch email =~ "(z)?.*@.*"' + "\n", "u$1", dict(one=NO)),
    (LOGIN, "{login}", dict(one="Al.Ice", three=TWO_VALUES)),
    (LOGIN, "{login!lower}", dict(one="al.ice")),
    (LOGIN, "{login}{number}", dict(one=NO)),
    (LOGIN + X, "{login}-$1", dict(one="Al.Ice-Al.Ice", three=TWO_VALUES)),
    (LOGIN + "CertMapMatch email == b2@y.example\n", "{login}{number}", dict(three="b2")),
    (r'CertMapMatch email =~ "(?P<login>.*)@x\.example" "(?P<login>.*)@y\.example"' + "\n"
     "CertMapMatch email == b2@y.example\n", "{login}", dict(three="b2")),
    (r'CertMapMatch email =~ "(?P<login>.*)@x\.example" ".*@y\.example"' + "\n", "{login}",
     dict(one="Al.Ice", three=TWO_VALUES)),
    (r'CertMapMatch email =~ "(?P<login>.*)@x\.example" ".*@y\.example"' + "\n"
     "CertMapMatch email == b2@y.example\n", "{login}", dict(three=NO)),
    (r'CertMapMatch subject.CN =~ "(.)lice"' + "\n", "$1", dict(one="A", case="a")),
    (r'CertMapMatch subject =~ ".*CN=([^,]*),.*"' + "\n", "$1", dict(one="Alice")),
    (r'CertMapMatch serial =~ "(..).*"' + "\n", "$1", dict(one="0a")),
]
MAPS = {
    # A key of a value that the lines above it did not check is no hit.
    X: dict(one="by-email", three=NO),
    "": dict(one="by-email", three="by-email"),
    "CertMapMatch email == b2@y.example\n": dict(one=NO, three="by-email"),
    "CertMapMatch email == c3@x.example\n": dict(three=NO),
    "CertMapMatch email != d4@x.example\n": dict(three="by-email"),
}
OPENSSL = f"t{[template for _, template, _ in CASES].index('{subject!openssl}')}"
SERVER = places(
    {**{f"t{number}": f"{lines}CertMapUser {quoted(template)}"
        for number, (lines, template, _) in enumerate(CASES)},
     **{f"map{number}": f"{lines}CertMapFile conf/people.map email"
        for number, lines in enumerate(MAPS)}},
    vhost=f'<Location "/cgi/env/{OPENSSL}">\nSSLOptions +StdEnvVars\n</Location>\n',
    files={"conf/people.map": "email:b2@y.example by-email\nemail:Al.Ice@x.example by-email\n"})


@pytest.fixture(scope="module")
def askers(httpd, pki):
    return {name: Asker(httpd, pki.issuing.issue(**how)) for name, how in CERTS.items()}


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: CASES[number][1])
def test_the_account_is(askers, number):
    expected = CASES[number][2]
    assert {name: askers[name](f"t{number}") for name in expected} == expected


@pytest.mark.parametrize("common_name", [
    der.utf8("Zoë €"), der.t61(b"Zo\xeb"), der.bmp("Zoë"), der.universal("Zoë"),
    der.utf8("Zoë, +<a>;\"\\ #")],
    ids=["utf8", "t61", "bmp", "universal", "escaped"])
def test_openssl_is_what_mod_ssl_says_of_a_name_beyond_ascii(httpd, pki, common_name):
    cert = pki.issuing.issue(der.sequence(der.set_of(der.sequence(der.oid("2.5.4.3"), common_name))))
    with httpd.connect(cert) as connection:
        response = connection.get(f"/cgi/env/{OPENSSL}")
    assert "ë" in response.env["REMOTE_USER"]
    assert response.env["REMOTE_USER"] == response.env["SSL_CLIENT_S_DN"]


@pytest.mark.parametrize("lines", MAPS, ids=lambda lines: lines.strip() or "no line")
def test_the_checked_value_is_the_one_looked_up(askers, lines):
    name = f"map{list(MAPS).index(lines)}"
    assert {cert: askers[cert](name) for cert in MAPS[lines]} == MAPS[lines]


@pytest.mark.parametrize("name", [f"t{number}" for number, case in enumerate(CASES)
                                  if case[2].get("none") == NO])
def test_no_header_stands_in_for_what_is_missing(httpd, pki, name):
    headers = {"Authorization": "Basic YWxpY2U6cGFzc3dvcmQ=", "SSL_CLIENT_S_DN_CN": "alice",
               "SSL-Client-SAN-Email-0": "alice@x.example", "X-Remote-User": "alice",
               "Client-Cert": ":%s:" % base64.b64encode(pki.alice.der).decode(),
               "X-SSL-Client-Cert": base64.b64encode(pki.alice.der).decode()}
    assert ask(httpd, pki.issuing.issue(["CN=Nobody"]), name, headers) == NO


GROUP = r'CertMapMatch email =~ "(.*)@x\.example"' + "\n"
NAMED = r'CertMapMatch email =~ "(?P<login>.*)@x\.example"' + "\n"
WRONG = [
    ("", "$1", "$1"),
    ("CertMapMatch email =~ .*\n", "$1", "$1"),
    ("CertMapMatch email !~ (x)\n", "$1", "$1"),
    (GROUP, "$2", "$2"),
    (GROUP, "$0", "$0"),
    (GROUP, "a$", "$$"),
    (GROUP + "CertMapMatch dns =~ (.*)\n", "$1", "$1"),
    (GROUP + GROUP, "$1", "$1"),
    (r'CertMapMatch email =~ "(.*)@x\.example" ".*@y\.example"' + "\n", "$1", "$1"),
    (NAMED + "CertMapMatch dns =~ (?P<login>.*)\n", "{login}", "login"),
    (r'CertMapMatch email =~ "(?P<login>.)(?P<login>.)"' + "\n", "{login}", "login"),
    (r'CertMapMatch email =~ "(?P<upn>.*)@x"' + "\n", "{upn}", "upn"),
    (r'CertMapMatch email =~ "(?P<UPN>.*)@x"' + "\n", "fixed", "UPN"),
    (r'CertMapMatch email =~ "(?P<subject_dn>.*)@x"' + "\n", "fixed", "subject_dn"),
    (NAMED, "{logon}", "logon"),
    (NAMED, "{login[1]}", "login"),
    ("", "{}", "attribute"),
    ("", "{email", "{"),
    ("", "email}", "}"),
    ("", "{mail}", "email"),
    ("", "{email!nosuch}", "nosuch"),
    ("", "{email!}", "conversion"),
    ("", "{email!LOCAL}", "LOCAL"),
    ("", "{email!openssl}", "openssl"),
    ("", "{subject!hex}", "hex"),
    ("", "{email!bin}", "bin"),
    ("", "{email!dn}", "dn"),
    ("", "{email[0]}", "[1]"),
    ("", "{email[x]}", "[1]"),
    ("", "{email[]}", "[1]"),
    ("", "{email[1}", "[1]"),
    ("", "{email[99999999999]}", "[1]"),
    ("", "{issuer-serial}", "issuer-serial"),
    ("", "", "template"),
]


@pytest.mark.parametrize("lines, template, word", WRONG)
def test_a_mistake_is_told_with_its_line(make_httpd, lines, template, word):
    refuse(make_httpd, f"{lines}CertMapUser {quoted(template)}", word)
