"""docs/directives.md, "Comparison": how values compare, in CertMapMatch and as the keys of a map file."""

import pytest

import der
from pki import (dirname, dns, email, extension, ip, krb5, other, policies, rid, sid_extension,
                 smtputf8, srv, uri, upn, xmpp)
from places import Asker, places, quoted

ALICE = ["DC=example", "O=Example", "OU=Two  Words", ["CN=Alice Doe", "UID=ad"]]
ALICE_TEXT = "CN=Alice Doe+UID=ad,OU=Two Words,O=Example,DC=example"
WIDE = ["O=Example", ("CN", der.BMP, "josé".encode("utf-16-be"))]
COMMA = ["O=Acme, Inc.", "CN=Doe\\John+x"]
SID = "S-1-5-21-1-2-3-1104"

# Certificates by name; and what is typed, whether it is the value of that certificate.
CERTS = {
    "alice": dict(subject=ALICE, serial=b"\x00\xb1\x22\x9a", eku=("clientAuth",),
                  san=[email("Bob@EXAMPLE.com"), dns("WWW.example.com"),
                       uri("HTTPS://User@Host.Example:8443/Path%41?Q#F"), ip("192.0.2.1"),
                       ip("2001:db8::1"), rid("1.2.840.113549"), dirname(["O=Dir", "CN=In Side"]),
                       upn("Bob@CORP.example"), krb5("EXAMPLE.COM", "bob"), xmpp("Bob@x.example"),
                       srv("_im.Example.com"), smtputf8("bõb@b.example"),
                       other("1.2.3.4", der.utf8("x"))],
                  extensions=[sid_extension(SID), policies("1.2.3.4"),
                              extension("1.2.3.4.5", b"\xab\xcd")]),
    "wide": dict(subject=WIDE, san=[uri("urn:Example:A"), dns("example.com."), email("a@b.example"),
                                    ip("::ffff:192.0.2.1")]),
    "comma": dict(subject=COMMA, serial=b"\x0a", san=[uri("tag:Host,2026:x"), dns("xn--bcher-kva.de")]),
    "blanks": dict(subject=["O=Example", "CN=  Bob   B  "], san=[uri("http://h/a?u=http://X/")]),
    "deploy": dict(subject=["CN=deploy,root"]),
    "bits": dict(subject=[("2.5.4.45", 0x03, b"\x00\x05"), ("1.2.3.9", der.UTF8, "Ab"), "CN=x"]),
    "text": dict(subject=[("2.5.4.45", der.UTF8, "#03020005"), "CN=x"]),
    "latin": dict(subject=["O=Example", ("CN", der.T61, b"Jos\xe9")]),
    "empty": dict(subject=["O=Example", ("OU", der.PRINTABLE, b""), "CN=x"]),
}
EQUAL = [
    ("alice", "subject", ALICE_TEXT),
    ("alice", "subject", "cn=alice doe+uid=AD , ou=TWO WORDS,  o=example, dc=EXAMPLE"),
    ("alice", "subject", "UID=ad+CN=Alice Doe,OU=Two    Words,O=Example,DC=example"),
    ("alice", "subject", "2.5.4.3=Alice Doe+0.9.2342.19200300.100.1.1=ad,OU=Two Words,O=Example,"
                         "DC=example"),
    ("alice", "subject", "commonName=Alice Doe+userId=ad,OU=Two Words,O=Example,DC=example"),
    ("alice", "subject.CN", "ALICE  doe"),
    ("alice", "subject.cn", " alice doe "),
    ("alice", "issuer", "CN=Corp CA,O=Example"),
    ("alice", "issuer.O", "EXAMPLE"),
    ("alice", "dirname", "cn=in  side,o=DIR"),
    ("alice", "email", "Bob@example.com"),
    ("alice", "email", "Bob@Example.COM"),
    ("alice", "dns", "www.EXAMPLE.com"),
    ("alice", "uri", "https://User@HOST.example:8443/Path%41?Q#F"),
    ("alice", "ip", "192.0.2.1"),
    ("alice", "ip", "2001:DB8:0:0::1"),
    ("alice", "rid", "1.2.840.113549"),
    ("alice", "upn", "BOB@corp.EXAMPLE"),
    ("alice", "krb5", "bob@EXAMPLE.COM"),
    ("alice", "xmpp", "Bob@x.example"),
    ("alice", "srv", "_im.Example.com"),
    ("alice", "smtputf8", "bõb@b.example"),
    ("alice", "othername.1.2.3.4", "0C:01:78"),
    ("alice", "sid", SID),
    ("alice", "serial", "b1229a"),
    ("alice", "serial", "00:B1:22:9A"),
    ("alice", "eku", "1.3.6.1.5.5.7.3.2"),
    ("alice", "eku", "clientAuth"),
    ("alice", "ku", "digitalSignature"),
    ("alice", "ku", "DIGITALSIGNATURE"),
    ("alice", "dirname.CN", "in  SIDE"),
    ("alice", "DirName.organizationName", "dir"),
    ("alice", "dirname.2.5.4.10", "DIR"),
    ("text", "subject.2.5.4.45", "#03020005"),
    ("text", "subject", r"CN=x,2.5.4.45=\#03020005"),
    ("latin", "subject.CN", "josé"),
    ("latin", "subject", "CN=José,O=Example"),
    ("empty", "subject", "CN=x, OU=, O=Example"),
    ("alice", "policy", "1.2.3.4"),
    ("alice", "ext.1.2.3.4.5", "AB:cd"),
    ("alice", "subject_rfc822_name", "Bob@example.com"),
    ("alice", "SUBJECT_DN", ALICE_TEXT),
    ("alice", "Serial_Number", "b1229a"),
    ("wide", "subject", "CN=josé,O=Example"),
    ("wide", "subject", r"CN=jos\C3\A9,O=Example"),
    ("wide", "subject.CN", "JOSé"),
    ("wide", "uri", "URN:Example:A"),
    ("wide", "dns", "example.com."),
    ("comma", "subject", r"CN=Doe\\John\+x,O=Acme\, Inc."),
    ("comma", "subject", r"CN=Doe\5CJohn\2Bx,O=Acme\2C Inc."),
    ("comma", "subject.O", "acme, inc."),
    ("comma", "serial", "0a"),
    ("blanks", "subject", "CN=bob b,O=Example"),
    ("blanks", "subject.CN", "Bob B"),
    ("bits", "subject", "CN=x,1.2.3.9=#0C024162,2.5.4.45=#03020005"),
    ("bits", "subject.1.2.3.9", "ab"),
]
DIFFERENT = [
    ("alice", "subject", "DC=example,O=Example,OU=Two Words,CN=Alice Doe+UID=ad"),
    ("alice", "subject", "CN=Alice Doe,UID=ad,OU=Two Words,O=Example,DC=example"),
    ("alice", "subject", "UID=ad,CN=Alice Doe,OU=Two Words,O=Example,DC=example"),
    ("alice", "subject", "CN=Alice Doe+UID=ad,OU=TwoWords,O=Example,DC=example"),
    ("alice", "subject", "CN=Alice Doe+UID=ad,O=Example,OU=Two Words,DC=example"),
    ("alice", "subject", "CN=Alice Doe+UID=ad,OU=Two Words,O=Example"),
    ("alice", "subject", "CN=Alice Doe,OU=Two Words,O=Example,DC=example"),
    ("alice", "subject", "CN=Alice Doe+CN=ad,OU=Two Words,O=Example,DC=example"),
    ("alice", "subject.CN", "AliceDoe"),
    ("alice", "subject.CN", "ad"),
    ("alice", "email", "bob@example.com"),
    ("alice", "email", "Bob@example.com."),
    ("alice", "dns", "www.example.com."),
    ("alice", "uri", "https://user@host.example:8443/Path%41?Q#F"),
    ("alice", "uri", "https://User@host.example:8443/path%41?Q#F"),
    ("alice", "uri", "https://User@host.example:8443/PathA?Q#F"),
    ("alice", "uri", "https://User@host.example/Path%41?Q#F"),
    ("alice", "ip", "192.0.2.2"),
    ("alice", "krb5", "Bob@EXAMPLE.COM"),
    ("alice", "krb5", "bob@example.com"),
    ("alice", "xmpp", "bob@x.example"),
    ("alice", "srv", "_im.example.com"),
    ("alice", "smtputf8", "Bõb@b.example"),
    ("alice", "smtputf8", "bo\u0303b@b.example"),
    ("alice", "serial", "b1229a00"),
    ("alice", "policy", "1.2.3"),
    ("alice", "ku", "nonRepudiation"),
    ("alice", "ku", "contentCommitment"),
    ("alice", "dirname.CN", "Alice Doe"),
    ("bits", "subject.2.5.4.45", "#03020005"),
    ("bits", "subject", r"CN=x,1.2.3.9=Ab,2.5.4.45=\#03020005"),
    ("text", "subject", "CN=x,2.5.4.45=#03020005"),
    ("empty", "subject", "CN=x,O=Example"),
    ("alice", "upn", "Bob@example.com"),
    ("wide", "subject.CN", "JOSÉ"),
    ("wide", "subject.CN", "jose\u0301"),
    ("wide", "uri", "urn:example:A"),
    ("wide", "dns", "example.com"),
    ("wide", "email", "b@b.example"),
    ("wide", "ip", "192.0.2.1"),
    ("comma", "uri", "tag:host,2026:x"),
    ("comma", "subject", "CN=Doe,O=Acme"),
    ("comma", "serial", "0a00"),
    ("blanks", "uri", "http://h/a?u=http://x/"),
    ("deploy", "subject.CN", "deploy"),
    ("deploy", "subject.CN", "root"),
    ("bits", "subject", "CN=x,1.2.3.9=#0C024162,2.5.4.45=#03020004"),
]
CASES = [(*case, True) for case in EQUAL] + [(*case, False) for case in DIFFERENT]


def key(attribute, typed):
    return quoted(f"{attribute}:{typed}")


def rules():
    for number, (_, attribute, typed, _) in enumerate(CASES):
        yield f"m{number}", f"CertMapMatch {attribute} == {quoted(typed)}\nCertMapUser match"
        yield f"n{number}", f"CertMapMatch {attribute} != {quoted(typed)}\nCertMapUser other"
        yield f"k{number}", f"CertMapFile conf/k{number}.map"


DIGESTS = "cert spki sha256 sha1 ski aki".split()


@pytest.fixture(scope="module")
def certs(pki):
    return {name: pki.issuing.issue(**how) for name, how in CERTS.items()}


def digests(pki, cert):
    return {"cert": cert.sha256, "spki": cert.spki_sha256, "sha256": cert.sha256,
            "sha1": cert.sha1, "ski": cert.ski, "aki": pki.issuing.cert.ski,
            "issuer-serial": f"{cert.serial.upper()}@cn=corp ca, o=EXAMPLE"}


def colons(digits):
    return ":".join(digits[i:i + 2] for i in range(0, len(digits), 2)).upper()


@pytest.fixture(scope="module")
def httpd(serve, pki, certs):
    files = {f"conf/k{number}.map": f"{key(attribute, typed)} match\n"
             for number, (_, attribute, typed, _) in enumerate(CASES)}
    own = dict(rules())
    for kind, value in digests(pki, certs["alice"]).items():
        typed = value if "@" in value else colons(value)
        own[f"key-{kind}"] = f"CertMapFile conf/{kind}.map"
        files[f"conf/{kind}.map"] = f"{key(kind, typed)} match\n"
        if "@" not in value:
            own[f"match-{kind}"] = f"CertMapMatch {kind} == {typed}\nCertMapUser match"
    return serve(**places(own, files=files))


@pytest.fixture(scope="module")
def askers(httpd, certs):
    return {name: Asker(httpd, cert) for name, cert in certs.items()}


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: "-".join(
    map(str, (number, *CASES[number][:2]))))
def test_values_compare(askers, number):
    cert, _, _, equal = CASES[number]
    ask = askers[cert]
    assert ask(f"m{number}") == ("match" if equal else "!no_rule_matched")
    assert ask(f"n{number}") == ("!no_rule_matched" if equal else "other")
    assert ask(f"k{number}") == ("match" if equal else "!no_rule_matched")


@pytest.mark.parametrize("kind", DIGESTS)
def test_digests_compare_in_any_case_with_or_without_colons(askers, kind):
    assert (askers["alice"](f"match-{kind}"), askers["alice"](f"key-{kind}")) == ("match",) * 2


@pytest.mark.parametrize("kind", [kind for kind in DIGESTS if kind != "aki"])
def test_digests_of_another_certificate(askers, kind):
    assert (askers["wide"](f"match-{kind}"), askers["wide"](f"key-{kind}")) == (
        "!no_rule_matched",) * 2


def test_issuer_and_serial_compare_together(askers):
    assert askers["alice"]("key-issuer-serial") == "match"
    assert askers["wide"]("key-issuer-serial") == "!no_rule_matched"
