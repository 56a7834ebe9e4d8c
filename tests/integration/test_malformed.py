"""docs/directives.md, "Certificates that are refused whole": which certificates are refused whole, before any rule, and which are not."""

# What OpenSSL itself does not take for a certificate (a name that does not decode, an extension that
# it knows standing twice) never gets through a handshake; the unit tests have it.

import pytest

import der
from cert_parts import KRB5, POLICIES, SRV, UPN, XMPP
from client import password
from httpd_setup import user_file
from pki import (Ca, dirname, dns, email, extension, ip, krb5, other, sid_extension, smtputf8, srv,
                 uri, upn, xmpp)
from places import Asker, ask, outcome, place, places

BASIC = """AuthType Basic
    AuthName staff
    AuthUserFile conf/users"""
MALFORMED = "!malformed_certificate"
BAD_ISSUERS = {"control": ["CN=Bad\x07 CA"], "nul": ["O=Example", "CN=Corp CA\0.evil"],
               "t61": [("CN", der.T61, b"Caf\x85 CA")], "long": ["CN=" + "a" * 4097]}


@pytest.fixture(scope="module")
def bad_issuers(pki):
    return {name: Ca(*subject) for name, subject in BAD_ISSUERS.items()}


@pytest.fixture(scope="module")
def good_issuers(pki):
    return {name: Ca(*subject) for name, subject in GOOD_ISSUERS.items()}


@pytest.fixture(scope="module")
def httpd(serve, pki, bad_issuers, good_issuers):
    trusted = pki.conf_files()["conf/client-cas.pem"]
    trusted += "".join(ca.pem for ca in [*bad_issuers.values(), *good_issuers.values()])
    return serve(**places(
        {"any": "CertMapUser mapped", "exact": "CertMapMatch spki == " + "00" * 32 + "\nCertMapUser x"},
        extra=["exact+any"], issued_by=None,
        vhost=place("any", BASIC).replace("/any\"", "/basic\"")
        + place("any", BASIC + "\nCertMapControl required").replace("/any\"", "/required\"")
        + place("any").replace("/any\"", "/open\"").replace("valid-user", "all granted"),
        files={"conf/client-cas.pem": trusted,
               "conf/users": user_file("alice")}))


# Octets that are wrong in any text, and in texts of one type.
EVERYWHERE = [b"a\0b", b"\0", b"a\n", b"a\r\nb", b"\x1b[2J", b"a\tb", b"a\x7f", b"a" * 4097]
ASCII = EVERYWHERE + [b"\xc3\xa9@x.example", b"\xff", b"a\x9b"]
UTF_8 = EVERYWHERE + [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"a\xc2", b"a\xc2\x85b", b"\xc2\x9bx",
                      b"\xf4\x90\x80\x80"]
TEXTS = [(email, ASCII), (dns, ASCII), (uri, ASCII), (srv, ASCII), (upn, UTF_8), (xmpp, UTF_8),
         (smtputf8, UTF_8)]


@pytest.mark.parametrize("make, octets", [(make, octets) for make, all_octets in TEXTS
                                          for octets in all_octets],
                         ids=lambda item: getattr(item, "__name__", None) or repr(item[:12]))
def test_a_san_text_that_is_no_clean_text(httpd, pki, make, octets):
    assert ask(httpd, pki.issuing.issue(san=[make(octets)]), "any") == MALFORMED


SANS = {
    "upn of another type": other(UPN, der.ia5("alice@corp.example")),
    "upn as octets": other(UPN, der.octets("alice@corp.example")),
    "upn in a sequence": other(UPN, der.sequence(der.utf8("alice@corp.example"))),
    "xmpp of another type": other(XMPP, der.printable("alice")),
    "srv of another type": other(SRV, der.utf8("_im.example.com")),
    "no address": ip(b""), "address of 3": ip(b"\1\2\3"), "address of 5": ip(b"\1\2\3\4\5"),
    "address and mask": ip(b"\1\2\3\4\xff\xff\xff\0"), "address of 15": ip(b"\1" * 15),
    "address of 17": ip(b"\1" * 17), "address and mask of 32": ip(b"\1" * 32),
    "krb5 with NUL": krb5("EXAMPLE.COM", b"root\0"), "krb5 realm with newline": krb5(b"X\n", "root"),
    "krb5 beyond ASCII": krb5("EXAMPLE.COM", b"r\xc3\xb6ot"),
    "krb5 with an empty component": krb5("EXAMPLE.COM", ""), "krb5 without a realm": krb5("", "a"),
    "krb5 without components": krb5("EXAMPLE.COM"), "krb5 as text": other(KRB5, der.utf8("a@B")),
    "krb5 with more behind": other(KRB5, der.sequence(
        der.explicit(0, der.tlv(der.GENERAL, "R")),
        der.explicit(1, der.sequence(der.explicit(0, der.integer(1)),
                                     der.explicit(1, der.sequence(der.tlv(der.GENERAL, "a"))))),
        der.utf8("more"))),
    "krb5 of 5000": krb5("R", "a" * 5000),
    "dirname with NUL": dirname(["CN=alice\0"]), "dirname with C1": dirname(["CN=al\u0085ice"]),
    "dirname, T61 with C1": dirname([("CN", der.T61, b"Jos\x9b")]),
    "dirname of 5000": dirname(["CN=" + "a" * 5000]),
}


@pytest.mark.parametrize("san", SANS.values(), ids=SANS)
def test_a_san_of_the_wrong_type_or_size(httpd, pki, san):
    assert ask(httpd, pki.issuing.issue(san=[email("a@b.example"), san]), "any") == MALFORMED


SUBJECTS = [
    ("CN", der.UTF8, b"alice\0.evil"), ("CN", der.UTF8, b"alice\n"), ("CN", der.UTF8, b"\x1b[2J"),
    ("CN", der.UTF8, b"al\xc2\x85ice"), ("CN", der.UTF8, b"a\x7f"),
    ("CN", der.UTF8, b"a" * 4097), ("CN", der.UTF8, b"a" * 60000),
    ("CN", der.PRINTABLE, b"alice\0"), ("CN", der.PRINTABLE, b"Jos\xe9"),
    ("CN", der.PRINTABLE, b"alice\t"), ("CN", der.IA5, b"Jos\xe9"), ("CN", der.IA5, b"a\x08b"),
    ("CN", der.T61, b"Jos\x85"), ("CN", der.T61, b"a\0b"), ("CN", der.T61, b"\xe9" * 2049),
    ("CN", der.BMP, "al\0ice".encode("utf-16-be")), ("CN", der.BMP, "a\u0085b".encode("utf-16-be")),
    ("CN", der.UNIVERSAL, "a\0b".encode("utf-32-be")),
    ("OU", der.UTF8, b"x\0"), ("emailAddress", der.IA5, b"a@b\0.example"),
    ("CN", 0x03, b"\0alice"), ("CN", 0x30, der.utf8("alice")),
    ("1.2.3.4", der.UTF8, b"a\0b"), ("DC", der.IA5, b"ex\xe9mple"),
]


@pytest.mark.parametrize("component", SUBJECTS, ids=lambda item: repr(item)[:30])
def test_a_subject_that_is_no_clean_text(httpd, pki, component):
    cert = pki.issuing.issue(["O=Example", component, "UID=alice"])
    assert ask(httpd, cert, "any") == MALFORMED


GOOD_ISSUERS = {"t61": [("O", der.T61, b"Soci\xe9t\xe9"), "CN=Old CA"],
                "empty value": ["O=Example", ("OU", der.PRINTABLE, b""), "CN=Empty CA"]}


@pytest.mark.parametrize("name", GOOD_ISSUERS)
def test_an_issuer_that_is_only_old_refuses_nobody(httpd, good_issuers, name):
    assert ask(httpd, good_issuers[name].issue(["CN=alice"]), "any") == "mapped"


@pytest.mark.parametrize("name", BAD_ISSUERS)
def test_an_issuer_that_is_no_clean_text(httpd, bad_issuers, name):
    assert ask(httpd, bad_issuers[name].issue(["CN=alice"]), "any") == MALFORMED


WHOLE = {
    "257 SANs": dict(san=[email(f"u{n}@x.example") for n in range(257)]),
    "257 SANs of unknown types": dict(san=[other("1.2.3", der.utf8("x"))] * 257),
    "3000 SANs": dict(san=[dns(f"h{n}.example") for n in range(3000)]),
    "an extension twice": dict(extensions=[extension("1.2.3", der.null())] * 2),
    "an extension twice, other values": dict(extensions=[extension("1.2.3", der.null()),
                                                         extension("1.2.3", der.octets(b"x"))]),
    "negative serial": dict(serial=b"\x80"),
    "negative long serial": dict(serial=b"\xff" + b"\1" * 8),
    "SID twice": dict(extensions=[sid_extension("S-1-5-21-1-2-3-500"),
                                  sid_extension("S-1-5-21-1-2-3-501")]),
}


@pytest.mark.parametrize("how", WHOLE.values(), ids=WHOLE)
def test_a_certificate_that_is_wrong_as_a_whole(httpd, pki, how):
    assert ask(httpd, pki.issuing.issue(**how), "any") == MALFORMED


GOOD = {
    "256 SANs": dict(san=[email(f"u{n}@x.example") for n in range(256)]),
    "4096 bytes": dict(subject=["CN=" + "a" * 4096], san=[email("a" * 4096), upn("é" * 2048)]),
    "all of ASCII as PrintableString": dict(subject=[("CN", der.PRINTABLE, bytes(range(32, 127)))]),
    "types that are no text": dict(subject=[("2.5.4.45", 0x03, b"\0\1"), "CN=x",
                                            ("2.5.4.16", 0x30, der.utf8("Main Street 1"))]),
    "no subject": dict(subject=[]), "T61String of ASCII": dict(subject=[("CN", der.T61, b"bob")]),
    "a SAN of an unknown type": dict(san=[other("1.2.3", der.utf8(b"\0\n"))]),
    "ediPartyName": dict(san=[der.tlv(0xA5, der.explicit(1, der.utf8("x")))]),
    "serial 0": dict(serial=b"\0"), "positive serial": dict(serial=b"\0\x80"),
    "format character": dict(subject=["CN=a\u202eb"], san=[smtputf8("a\u200b@x.example")]),
    "beyond the BMP": dict(subject=["CN=\U0001F600"], san=[upn("\U0001F600@x.example")]),
    "T61String beyond ASCII": dict(subject=[("CN", der.T61, b"Jos\xe9"), ("O", der.T61, b"Jos\xc3\xa9")],
                                   san=[dirname([("CN", der.T61, b"Jos\xe9")])]),
    "empty values": dict(subject=["O=", ("CN", der.BMP, b"")],
                         san=[email(""), dns(""), uri(""), upn(""), dirname([]), dirname(["CN="])]),
    "strange policy qualifiers": dict(extensions=[extension(POLICIES, der.sequence(
        der.sequence(der.oid("1.2.3"), der.utf8("x")),
        der.sequence(der.oid("1.2.4"), der.sequence(der.sequence(
            der.oid("1.3.6.1.5.5.7.2.2"), der.sequence(der.bits(b"x")))))))]),
    "an unknown extension": dict(extensions=[extension("1.2.3", b"\0\1\2")]),
    "percent encoding": dict(san=[uri("https://x.example/%00%0A")]),
}


@pytest.mark.parametrize("how", GOOD.values(), ids=GOOD)
def test_what_is_only_unusual_is_no_reason(httpd, pki, how):
    assert ask(httpd, pki.issuing.issue(**how), "any") == "mapped"


ENDLESS = "1.2" + ".99999999" * 8000


@pytest.mark.parametrize("how", [
    dict(san=[other(ENDLESS, der.utf8("x"))]),
    dict(extensions=[extension(ENDLESS, der.null())]),
    dict(subject=[(ENDLESS, der.UTF8, b"x")]),
    dict(subject=[f"OU=unit{n}" for n in range(1500)])],
    ids=["otherName", "extension", "component", "many components"])
def test_endless_things_are_answered(httpd, pki, how):
    asker = Asker(httpd, pki.issuing.issue(**how))
    assert {asker("any") for _ in range(3)} in ({MALFORMED}, {"mapped"})


@pytest.fixture(scope="module")
def bad(pki):
    return pki.issuing.issue(["CN=alice"], san=[email("alice@example.com\0.evil")])


@pytest.mark.parametrize("name", ["exact", "exact+any", "basic", "required"])
@pytest.mark.parametrize("headers", [None, password("alice")], ids=["", "password"])
def test_it_never_falls_to_a_weaker_rule_or_a_password(httpd, bad, name, headers):
    response = httpd.get(f"/cgi/env/{name}", bad, headers)
    assert outcome(response) == MALFORMED
    assert "WWW-Authenticate" not in response.headers


def test_the_password_alone_would_do(httpd):
    assert httpd.get("/cgi/env/basic", headers=password("alice")).env["REMOTE_USER"] == "alice"


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_it_is_refused_on_resumed_sessions_too(httpd, bad, tls):
    first = httpd.connect(bad, tls=tls)
    assert [outcome(first.get("/cgi/env/any")) for _ in range(2)] == [MALFORMED] * 2
    second = httpd.connect(resume=first)
    assert second.resumed and outcome(second.get("/cgi/env/any")) == MALFORMED


def test_where_all_are_granted_nobody_is_refused(httpd, bad):
    response = httpd.get("/cgi/env/open", bad)
    assert response.status == 200 and "REMOTE_USER" not in response.env


def test_the_log_says_what_is_wrong_on_one_line(httpd, pki):
    seen = httpd.watch()
    cert = pki.issuing.issue(["CN=x"], san=[upn("a\nfake line \x1b[31m")])
    assert ask(httpd, cert, "any") == MALFORMED
    assert "upn" in seen.error("malformed_certificate")
    (event,) = seen.events(1)
    assert event["event"]["reason"] == MALFORMED[1:] and "user" not in event
    assert not seen.errors("\x1b") and not [line for line in seen.errors("fake") if line[0] != "["]
