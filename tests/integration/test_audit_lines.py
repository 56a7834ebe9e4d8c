"""The lines of an audit log (docs/audit.md), with certificates and requests of an attacker's making."""

import os
import re

import pytest

import der
from audit_servers import LONG_RULES, SERVER, person  # noqa: F401
from pki import dns, email, other, upn

UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

def long_name(character, count):
    return ["O=Example", ("CN", der.UTF8, character * count)]


HOSTILE_CERTS = {
    "many names": lambda pki: person(pki, *(email(f"{number:03}{'x' * 60}@example.com")
                                            for number in range(250))),
    "too many names": lambda pki: person(pki, *(dns(f"h{number}.example.com") for number in range(300))),
    "long names": lambda pki: person(pki, *(dns("x" * 4000 + f".{number}") for number in range(12))),
    "long other name": lambda pki: person(pki, other("1.2.3.4", der.octets(b"\xff" * 40000))),
    "long subject": lambda pki: person(pki, subject=long_name("é", 2000)),
    "subject of escapes": lambda pki: person(pki, subject=long_name("\u202e", 1300)),
    "subject of quotes": lambda pki: person(pki, subject=long_name('"', 4000)),
    "astral subject": lambda pki: person(pki, subject=long_name("\U000e0001\U0001f600", 500)),
    "too long subject": lambda pki: person(pki, subject=long_name("x", 60000)),
    "long serial": lambda pki: person(pki, serial=b"\x7f" * 3000),
    "bidi": lambda pki: person(pki, subject=["CN=\u202eecila\u2066\u200f\u061c\u2028\u2029\ufeff"]),
    "lines": lambda pki: person(pki, email(b'a@x"}\r\n{"event":{"outcome":"success"}}\n')),
    "terminal": lambda pki: person(pki, dns(b"\x1b]0;x\x07\x1b[2J\x9b31m.example.com")),
    "not UTF-8": lambda pki: person(pki, upn(b"\xff\xfe\xc0\x80\xed\xa0\x80@corp")),
    "nul": lambda pki: person(pki, email(b"alice@example.com\0.evil.test")),
    "format string": lambda pki: person(pki, subject=["CN=%n%s%n%s"]),
}
HOSTILE_PATHS = ["/cgi/env/m", "/cgi/env/m" + ("/" + "x" * 200) * 15,
                 "/cgi/env/long/" + "%0d%0a%1b%c2%9b" * 500,
                 "/cgi/env/m/%e2%80%ae%ff%fe", "/cgi/env/long/%f3%a0%80%81" + "%22%5c" * 1000]


def raw_lines(httpd, start):
    """The lines since `start` as octets; each is whole, short enough, and safe to show."""
    with open(httpd.path("logs/audit.log"), "rb") as file:
        file.seek(start)
        lines = file.read().split(b"\n")
    assert lines.pop() == b""
    for line in lines:
        assert len(line) + 1 <= 4096
        assert not UNSAFE.search(line.decode("utf-8"))
    return lines


@pytest.mark.parametrize("name", HOSTILE_CERTS)
def test_hostile_certificates_and_urls_make_clean_lines(httpd, pki, name):
    cert = HOSTILE_CERTS[name](pki)
    seen, start = httpd.watch(), os.path.getsize(httpd.path("logs/audit.log"))
    with httpd.connect(cert, tls="1.3") as connection:
        for path in HOSTILE_PATHS:
            assert connection.get(path).status in (403, 404)
    for event in seen.events(len(HOSTILE_PATHS)):
        assert event["tls"]["client"]["hash"]["sha256"] == cert.sha256.upper()
        assert (event["event"]["outcome"], event["source"]["ip"]) == ("failure", "127.0.0.1")
    assert len(raw_lines(httpd, start)) == len(HOSTILE_PATHS)


def truncated(httpd, cert, path="/cgi/env/m", **how):
    seen = httpd.watch()
    httpd.get(path, cert, **how)
    (event,) = seen.events(1)
    return event, event["certmap"].get("truncated")


def test_what_fits_is_not_cut(httpd, pki):
    event, cut = truncated(httpd, person(pki, *(email(f"{n}@example.com") for n in range(30))))
    assert cut is None and len(event["certmap"]["san"]) == 30


def test_alternative_names_are_cut_first_and_from_the_end(httpd, pki):
    cert = person(pki, *(email(f"{n:03}{'x' * 60}@example.com") for n in range(200)),
                  subject=["CN=" + "é" * 400])
    event, cut = truncated(httpd, cert)
    sans = [int(san["value"][:3]) for san in event["certmap"]["san"]]
    assert cut is True and 10 < len(sans) < 100 and sans == list(range(len(sans)))
    assert event["tls"]["client"]["x509"]["subject"]["distinguished_name"] == "CN=" + "é" * 400
    assert event["certmap"]["rules_tried"] == ["elsewhere", "m"]


def test_long_values_are_cut_between_characters(httpd, pki):
    event, cut = truncated(httpd, person(pki, subject=["CN=" + "é" * 2000]))
    name = event["tls"]["client"]["x509"]["subject"]["distinguished_name"]
    assert cut is True and re.fullmatch("CN=é{100,1999}", name)


def test_a_long_list_of_rules_is_cut(httpd, pki):
    event, cut = truncated(httpd, pki.alice, "/cgi/env/long")
    tried = event["certmap"]["rules_tried"]
    assert cut is True and tried == LONG_RULES[:len(tried)] and len(tried) < len(LONG_RULES)


def test_the_account_is_never_cut(httpd, pki):
    account = "é" * 127
    cert = person(pki, *(dns("x" * 200 + f".{n}") for n in range(40)), subject=["CN=" + account])
    event, cut = truncated(httpd, cert, "/cgi/env/cn" + ("/" + "y" * 200) * 15)
    assert cut is True and event["user"]["name"] == account


@pytest.mark.parametrize("host, domain", [("localhost", "localhost"), ("LOCALHOST:443", "localhost"),
                                          ("x" * 200 + ".example.test", "x" * 200 + ".example.test")])
def test_the_domain_is_the_host_that_was_asked_for(httpd, pki, host, domain):
    seen = httpd.watch()
    with httpd.connect(pki.alice, host=host) as connection:
        connection.get("/cgi/env/m")
    (event,) = seen.events(1)
    assert (event["url"]["domain"], event["service"]["name"]) == (domain, "localhost")


def test_a_long_method_is_cut(httpd, pki):
    seen, start = httpd.watch(), os.path.getsize(httpd.path("logs/audit.log"))
    with httpd.connect(pki.bob) as connection:
        assert connection.request("X" * 5000, "/cgi/env/m").status in (403, 405, 501)
    assert seen.events(1)[0]["http"]["request"]["method"].startswith("XXX")
    raw_lines(httpd, start)


def test_the_error_log_is_clean_too(httpd, pki):
    """At level info it tells of each of them."""
    for make in HOSTILE_CERTS.values():
        assert httpd.get("/cgi/env/m/%0d%0a%1b%c2%9b", make(pki)).status == 403
    with open(httpd.path("logs/error.log"), "rb") as file:
        text = file.read()
    assert b"refused" in text and not re.search(rb"[\x00-\x08\x0b-\x1f\x7f-\xff]", text)
