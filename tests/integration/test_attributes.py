"""docs/directives.md, "Attributes": what each attribute, and each alias, of a certificate is."""

import pytest

import der
from httpd_setup import virtual_host
from cert_parts import POLICIES
from pki import (Ca, dirname, dns, email, extension, ip, krb5, other, policies, rid, sid_extension,
                 smtputf8, srv, uri, upn, xmpp)
from places import Asker, ask, place, places

FASCN = bytes.fromhex("D0439458210C2C19A0846D83685A1082108CE73984108CA3FC")
SUBJECT = ["DC=com", "DC=example", "C=EE", ("O", der.PRINTABLE, "Acme, Inc. R+D"), "OU= lead",
           "OU=Second", ["UID=jaak", "CN=JÕEORG,JAAK"], "CN=bob",
           "emailAddress=jaak@example.com", ("2.3.4.5", der.UTF8, "custom"),
           ("2.5.4.45", 0x03, b"\x00\x05"), "GN=Jaak", "SN=Jõeorg", "serialNumber=PNOEE-38"]
SUBJECT_TEXT = (r"serialNumber=PNOEE-38,SN=Jõeorg,GN=Jaak,x500UniqueIdentifier=#03020005,"
                r"2.3.4.5=#0c06637573746f6d,emailAddress=jaak@example.com,CN=bob,"
                r"CN=JÕEORG\,JAAK+UID=jaak,OU=Second,OU=\ lead,O=Acme\, Inc. R\+D,C=EE,"
                r"DC=example,DC=com")
SID = "S-1-5-21-1-2-3-1104"
SAN = [email("Bob.Smith@EXAMPLE.com"), email("second@example.com"), dns("WWW.Example.COM"),
       dns("*.example.com"), uri("HTTPS://Host.Example/Path%20X"), ip("192.0.2.1"),
       ip("2001:db8:0:0:1::1"), rid("1.2.840.113549"), dirname(["O=Dir", "CN=Name"]),
       upn("Bob@CORP.example"), krb5("EXAMPLE.COM", "HTTP", "www.example.com"),
       krb5("EX@M\\P", "a/b", "c@d"), xmpp("Bob@xmpp.example"), srv("_xmpp-server.Example.com"),
       smtputf8("bõb@b.example"), other("2.16.840.1.101.3.6.6", der.octets(FASCN))]
UPN_DER, FASCN_DER = der.utf8("Bob@CORP.example").hex(), der.octets(FASCN).hex()

# The attribute as a template writes it, and its value; a function is asked with pki and certificate.
ATTRIBUTES = [
    ("subject", SUBJECT_TEXT),
    ("issuer", "CN=Corp CA,O=Example"),
    ("subject.O", "Acme, Inc. R+D"),
    ("subject.OU[1]", " lead"),
    ("subject.OU[2]", "Second"),
    ("subject.CN[1]", "JÕEORG,JAAK"),
    ("subject.CN[2]", "bob"),
    ("subject.DC[1]", "com"),
    ("subject.DC[-1]", "example"),
    ("subject.UID", "jaak"),
    ("subject.emailAddress", "jaak@example.com"),
    ("subject.SN", "Jõeorg"),
    ("subject.serialNumber", "PNOEE-38"),
    ("issuer.O", "Example"),
    ("issuer.CN", "Corp CA"),
    ("email[1]", "Bob.Smith@example.com"),
    ("email[-1]", "second@example.com"),
    ("dns[1]", "www.example.com"),
    ("dns[2]", "*.example.com"),
    ("uri", "HTTPS://Host.Example/Path%20X"),
    ("ip[1]", "192.0.2.1"),
    ("ip[2]", "2001:db8::1:0:0:1"),
    ("rid", "1.2.840.113549"),
    ("dirname", "CN=Name,O=Dir"),
    ("dirname.CN", "Name"),
    ("dirname.O", "Dir"),
    ("subject.x500UniqueIdentifier", "#03020005"),
    ("upn", "bob@corp.example"),
    ("krb5[1]", "HTTP/www.example.com@EXAMPLE.COM"),
    ("krb5[2]", r"a\/b/c\@d@EX\@M\\P"),
    ("xmpp", "Bob@xmpp.example"),
    ("srv", "_xmpp-server.Example.com"),
    ("smtputf8", "bõb@b.example"),
    ("othername.2.16.840.1.101.3.6.6", FASCN_DER),
    ("othername.1.3.6.1.4.1.311.20.2.3", UPN_DER),
    ("sid", SID),
    ("serial", "b1229a"),
    ("cert", lambda pki, cert: cert.sha256),
    ("spki", lambda pki, cert: cert.spki_sha256),
    ("sha256", lambda pki, cert: cert.sha256),
    ("sha1", lambda pki, cert: cert.sha1),
    ("cea", '{ serialNumber 11608730, issuer rdnSequence:"CN=Corp CA,O=Example" }'),
    ("ski", lambda pki, cert: cert.ski),
    ("aki", lambda pki, cert: pki.issuing.cert.ski),
    ("eku[1]", "1.3.6.1.5.5.7.3.2"),
    ("eku[2]", "1.2.3.4"),
    ("ku", "digitalSignature"),
    ("policy[1]", "2.16.840.1.101.2.1"),
    ("policy[2]", "1.2.3"),
    ("ext.1.2.3.4.5", "04020102"),
    ("ext.2.5.29.14", lambda pki, cert: "0414" + cert.ski),
    ("notbefore", lambda pki, cert: cert.not_before.strftime("%Y-%m-%dT%H:%M:%SZ")),
    ("notafter", lambda pki, cert: cert.not_after.strftime("%Y-%m-%dT%H:%M:%SZ")),
]
# Another name of the same attribute: sss-certmap's, another case, a long name, a dotted OID.
ALIASES = [
    ("subject_dn", "subject"), ("issuer_dn", "issuer"),
    ("subject_dn_component.o", "subject.O"), ("issuer_dn_component.cn", "issuer.CN"),
    ("subject_rfc822_name[1]", "email[1]"), ("subject_dns_name[1]", "dns[1]"),
    ("subject_uri", "uri"), ("subject_ip_address[1]", "ip[1]"), ("subject_registered_id", "rid"),
    ("subject_directory_name", "dirname"), ("subject_nt_principal", "upn"),
    ("subject_pkinit_principal[1]", "krb5[1]"), ("serial_number", "serial"),
    ("subject_key_id", "ski"), ("SUBJECT", "subject"), ("Subject.o", "subject.O"),
    ("EMAIL[1]", "email[1]"), ("Subject_DN", "subject"), ("SUBJECT_RFC822_NAME[1]", "email[1]"),
    ("UPN", "upn"), ("OtherName.2.16.840.1.101.3.6.6", "othername.2.16.840.1.101.3.6.6"),
    ("EXT.1.2.3.4.5", "ext.1.2.3.4.5"), ("NotAfter", "notafter"),
    ("subject.organizationName", "subject.O"), ("subject.ORGANIZATIONNAME", "subject.O"),
    ("subject.2.5.4.10", "subject.O"), ("subject.userId", "subject.UID"),
    ("subject.surname", "subject.SN"), ("issuer.commonName", "issuer.CN"),
    ("subject.0.9.2342.19200300.100.1.1", "subject.UID"),
    ("dirname.2.5.4.10", "dirname.O"), ("DIRNAME.organizationName", "dirname.O"),
]
NAMES = [name for name, _ in ATTRIBUTES + ALIASES]
ABSENT = ("subject subject.CN issuer.OU email dns uri ip rid dirname dirname.CN upn krb5 xmpp srv smtputf8 "
          "othername.1.2.3 sid ski aki eku policy ext.1.2.3").split()
SERIALS = [(b"\x0a\x1b", "0a1b", "2587"), (b"\x00\x80", "80", "128"), (b"\x00", "00", "0"),
           (b"\x7f" * 20, "7f" * 20, str(int("7f" * 20, 16)))]
ISSUER = ["O=Say \"hi\"\\, Inc.", "CN=Odd CA"]

LEGACY = virtual_host("legacy", "SSLOptions +LegacyDNStringFormat +StdEnvVars",
                      *map(place, ("t0", "t1", "subject.CN", "cea")))


@pytest.fixture(scope="module")
def odd(pki):
    """An authority with characters in its name that GSER and RFC 4514 know how to write."""
    return Ca(*ISSUER)


@pytest.fixture(scope="module")
def httpd(serve, pki, odd):
    # Bars show blanks at the ends, which no account may have.
    rules = {f"t{number}": f'CertMapUser "|{{{name}}}|"' for number, name in enumerate(NAMES)}
    rules |= {name: f"CertMapUser {{{name}}}" for name in ABSENT}
    rules |= {"serial": "CertMapUser {serial}", "dec": "CertMapUser {serial!dec}",
              "cea": "CertMapUser {cea}", "issuer": "CertMapUser {issuer}"}
    trusted = pki.conf_files()["conf/client-cas.pem"] + odd.pem
    return serve(**places(rules, issued_by=None, files={"conf/client-cas.pem": trusted},
                          after=LEGACY))


@pytest.fixture(scope="module")
def full(pki):
    return pki.issuing.issue(
        SUBJECT, san=SAN, eku=("clientAuth", "1.2.3.4"), serial=b"\x00\xb1\x22\x9a",
        extensions=[sid_extension(SID), policies("2.16.840.1.101.2.1", "1.2.3"),
                    extension("1.2.3.4.5", der.octets(b"\x01\x02"))])


@pytest.fixture(scope="module")
def asker(httpd, full):
    return Asker(httpd, full)


@pytest.mark.parametrize("name, value", ATTRIBUTES)
def test_the_value_of(pki, full, asker, name, value):
    value = value(pki, full) if callable(value) else value
    assert asker(f"t{NAMES.index(name)}") == f"|{value}|"


@pytest.mark.parametrize("alias, name", ALIASES)
def test_the_alias(asker, alias, name):
    answer = asker(f"t{NAMES.index(alias)}")
    assert answer.startswith("|") and answer == asker(f"t{NAMES.index(name)}")


@pytest.fixture(scope="module")
def bare_asker(httpd, pki):
    return Asker(httpd, pki.issuing.issue([], eku=None, ski=False, aki=False))


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_absent_is_no_empty_text(bare_asker, name):
    assert bare_asker(name) == "!no_rule_matched"


@pytest.mark.parametrize("octets, text, number", SERIALS)
def test_the_serial_number(httpd, pki, octets, text, number):
    asker = Asker(httpd, pki.issuing.issue(serial=octets))
    assert (asker("serial"), asker("dec")) == (text, number)


def test_quotation_marks_of_an_issuer(httpd, odd):
    asker = Asker(httpd, odd.issue(serial=5))
    issuer = r'CN=Odd CA,O=Say \"hi\"\\\, Inc.'
    assert asker("issuer") == issuer
    doubled = issuer.replace('"', '""')
    assert asker("cea") == '{ serialNumber 5, issuer rdnSequence:"%s" }' % doubled


@pytest.mark.parametrize("tag, octets", [
    (der.PRINTABLE, b"Jose"), (der.UTF8, b"Jose"), (der.IA5, b"Jose"), (der.T61, b"Jose"),
    (der.BMP, "Jose".encode("utf-16-be")),
    (der.UNIVERSAL, "Jose".encode("utf-32-be"))])
def test_every_string_type_is_decoded(httpd, pki, tag, octets):
    assert ask(httpd, pki.issuing.issue([("CN", tag, octets)]), "subject.CN") == "Jose"


@pytest.mark.parametrize("tag, octets", [
    (der.UTF8, "José Ж".encode()), (der.BMP, "José Ж".encode("utf-16-be")),
    (der.UNIVERSAL, "José Ж".encode("utf-32-be"))])
def test_beyond_ascii(httpd, pki, tag, octets):
    cert = pki.issuing.issue([("CN", tag, octets)])
    assert (ask(httpd, cert, "subject.CN"), ask(httpd, cert, "subject")) == ("José Ж", "CN=José Ж")


@pytest.mark.parametrize("text", [
    "bob@x.example, dns:alice.example", "a@b.example, email:admin@b.example",
    'quoted "x"@b.example', "uri:x@b.example", "%n%s%x@b.example", "a\\x00b@b.example",
    "a@b@b.example", "no-at-sign", "*)(uid=*@b.example", "$1{email}@b.example"])
def test_a_value_is_never_read_out_of_a_printed_form(httpd, pki, text):
    cert = pki.issuing.issue(san=[email(text)])
    assert ask(httpd, cert, "email") == text
    assert ask(httpd, cert, "dns") == "!no_rule_matched"


@pytest.mark.parametrize("text", ["bob/CN=alice", "bob,CN=alice", "a\\b", "deploy,root", "x+CN=y",
                                  '"q"', "#616c696365", "<a>;=", "bob\\00alice", "\\x00"])
def test_a_component_is_its_text_unescaped(httpd, pki, text):
    assert ask(httpd, pki.issuing.issue([f"CN={text}"]), "subject.CN") == text


def test_how_mod_ssl_prints_names_does_not_matter(httpd, pki, full, asker):
    legacy = Asker(httpd, full, sni="legacy.example.test")
    for name in ("t0", "t1", "cea"):
        assert legacy(name) == asker(name)
    cert = pki.issuing.issue(["CN=bob/CN=alice"])
    response = httpd.get("/cgi/env/subject.CN", cert, sni="legacy.example.test")
    assert response.env["SSL_CLIENT_S_DN"].startswith("/CN=bob")
    assert response.env["REMOTE_USER"] == "bob/CN=alice"


def test_a_t61_string_is_latin_1(httpd, pki):
    """Millions of certificates of older authorities have names like this."""
    cert = pki.issuing.issue([("CN", der.T61, b"Jos\xe9 M\xfcller")])
    assert (ask(httpd, cert, "subject.CN"), ask(httpd, cert, "subject")) == ("José Müller", "CN=José Müller")


def test_an_empty_value_is_absent(httpd, pki):
    empty = [("CN", der.UTF8, b""), ("CN", der.BMP, b""), "O=Example"]
    asker = Asker(httpd, pki.issuing.issue(empty, san=[
        email(""), dns(""), uri(""), upn(""), xmpp(""), srv(""), smtputf8(""), dirname([]),
        dirname([("CN", der.PRINTABLE, b"")])]))
    for name in "subject.CN email dns uri upn xmpp srv smtputf8 dirname.CN".split():
        assert asker(name) == "!no_rule_matched", name
    # It stays a part of the whole name, which is not another name without it.
    assert (asker("subject"), asker("dirname")) == ("O=Example,CN=,CN=", "CN=")


def test_a_strange_policy_qualifier_refuses_nobody(httpd, pki):
    cps = der.sequence(der.oid("1.3.6.1.5.5.7.2.1"), der.utf8("not an IA5String"))
    policy = der.sequence(der.oid("1.2.3.4"), der.sequence(cps))
    cert = pki.issuing.issue(extensions=[extension(POLICIES, der.sequence(policy))])
    assert ask(httpd, cert, "policy") == "1.2.3.4"
