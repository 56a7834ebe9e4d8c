"""What no certificate and no client may do to the server."""

import mmap
import os
import struct
import threading

import pytest

import der
from client import HandshakeRefused
from pki import dns, email, other, uri
from places import quoted
from preload import compiled
from tls_table import EXPECTED, outcome, settings

pytestmark = pytest.mark.compiled

REASON = "%n%s%x%p {email} $1"
RULES = f"""
<CertMapRule slow>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "((([a-z0-9])+.)+[A-Z]([a-z])+|(.*)*(.*)*(.*)*x)@example\\.com"
    CertMapUser     slow
</CertMapRule>
<CertMapRule cn>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser     {{subject.CN}}
</CertMapRule>
<CertMapRule deny>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapDeny     {quoted(REASON)}
</CertMapRule>
"""
OWN = "".join(f"""
<Location "/{name}/">
    AuthType ClientCert
    CertMapUse {name}
    Require valid-user
</Location>""" for name in ("slow", "cn", "deny"))


@pytest.fixture(scope="module")
def httpd(serve, pki):
    how = settings(pki, after="", log_level="notice certmap:trace8")
    how["files"].update({f"htdocs/{name}/page.html": name for name in ("slow", "cn", "deny")})
    return serve(**{**how, "main": how["main"] + RULES, "vhost": how["vhost"] + OWN})


def person(pki, name, *san):
    return pki.issuing.issue(["O=Example", f"CN={name}"], san=san)


# Format strings

FORMATS = ["%n%s%p%x", "%s" * 100, "%1$n", "{subject.O}", "$1", "%{HTTP_HOST}", "${PORT}", "%0a",
           "a\\x00b", "'; --", "<b>&amp;", "../../etc/passwd"]


@pytest.mark.parametrize("text", FORMATS, ids=range(len(FORMATS)))
def test_a_name_is_never_a_format_or_a_template(httpd, pki, text):
    seen = httpd.watch()
    assert httpd.get("/cn/page.html", person(pki, text)).status == 200
    (event,) = seen.events(1)
    assert event["user"]["name"] == text


@pytest.mark.parametrize("text", FORMATS, ids=range(len(FORMATS)))
def test_a_refused_name_is_never_a_format(httpd, pki, text):
    cert = person(pki, text, email(f"{text} @example.com"), dns(f"{text}.example"))
    seen = httpd.watch()
    for place in ("staff", "people", "deny"):
        assert httpd.get(f"/{place}/page.html", cert).status == 403
    subject = seen.events(3)[0]["tls"]["client"]["x509"]["subject"]["distinguished_name"]
    assert subject.startswith("CN=") and subject.endswith(",O=Example")


def test_the_reason_of_a_rule_is_said_as_it_is(httpd, pki):
    seen = httpd.watch()
    assert httpd.get("/deny/page.html", pki.alice).status == 403
    assert REASON in seen.error("denied_by_rule")


@pytest.mark.parametrize("path", ["/cn/%25n%25s%25p", "/cn/%0d%0aX-User:%20root", "/cn/%1b[31m",
                                  "/cn/" + "a/" * 1500], ids=range(4))
def test_a_path_is_never_a_format(httpd, pki, path):
    seen = httpd.watch()
    for cert, status in ((pki.alice, 404), (None, 403)):
        assert httpd.get(path, cert, {"User-Agent": "%n%s", "Referer": "%n%s"}).status in (
            status, 403, 404)
    seen.events(2)
    assert "\x1b" not in httpd.error_log()


# Certificates that cost time

def heavy(pki):
    return [
        person(pki, "x", email("a" * 4000 + "!@example.com")),
        person(pki, "x", email("a1." * 1300 + "@example.com")),
        person(pki, "x", *(email("a" * 200 + f"{number}@example.com") for number in range(250))),
        person(pki, "x", *(dns("a" * 150) for _ in range(300))),
        person(pki, "x" * 50000),
        person(pki, "x", *(uri("http://x/" + "%" * 100) for _ in range(256))),
        person(pki, "x", other("1.3." + ".".join(["4294967296"] * 6000), der.utf8("x"))),
        person(pki, "x", other("1.3." + "9" * 4000, der.utf8("x"))),
        person(pki, "x", *(other(f"1.3.{number}", der.octets(b"x" * 150)) for number in range(250))),
        pki.issuing.issue(["O=Example", *(f"OU={number}" for number in range(2000)), "CN=x"]),
        pki.issuing.issue([["O=Example", *(f"OU={number}" for number in range(500))], "CN=x"]),
    ]


def test_heavy_certificates_are_answered(httpd, pki):
    """Within the client's patience; matching takes time in proportion to a value's length."""
    for cert in heavy(pki):
        with httpd.connect(cert) as connection:
            assert connection.get("/slow/page.html").status == 403
            assert connection.get("/people/page.html").status == 403
    assert outcome(httpd.get("/staff/page.html", pki.alice)) == "200 alice"


def test_the_log_lines_of_heavy_certificates_are_bounded(httpd, pki):
    certs = heavy(pki)
    seen = httpd.watch()
    for cert in certs:
        httpd.get("/deny/page.html", cert)
    seen.events(len(certs))
    assert max(map(len, httpd.read("logs/audit.log").encode().splitlines())) <= 4096
    assert max(map(len, httpd.error_log().splitlines())) < 9000


# Many at once

def ask_repeatedly(httpd, cert, account, failures, requests=200):
    connection = httpd.connect(cert)
    for number in range(requests):
        if number % 20 == 19:
            old, connection = connection, httpd.connect(resume=connection)
            old.close()
        connection = connection.again() if connection.ended else connection
        told = outcome(connection.get("/people/page.html"))
        if told != account:
            failures.append((account, told))
    connection.close()


@pytest.mark.parametrize("mpm, processes", [("event", 2), ("prefork", 6)])
def test_nobody_ever_gets_anothers_account(serve, pki, mpm, processes):
    people = [person(pki, f"p{number}") for number in range(6)]
    how = settings(pki, after="", mpm=mpm, processes=processes)
    how["files"]["conf/people.map"] = "".join(
        f"spki:{cert.spki_sha256} account{number}\n" for number, cert in enumerate(people))
    httpd = serve(**how)
    failures = []
    expected = [(cert, f"200 account{number}") for number, cert in enumerate(people)]
    expected += [(pki.carol, "403 no_rule_matched"), (None, "403 no_certificate")]
    threads = [threading.Thread(target=ask_repeatedly, args=(httpd, *one, failures))
               for one in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# Exceptions: none of them leaves a hook, and none of them lets in

@pytest.fixture(scope="module")
def countdown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("failing")
    path = folder / "countdown"
    path.write_bytes(bytes(8))
    library = compiled(folder, "failing_new")
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 8) as memory:
        yield memory, {"LD_PRELOAD": library, "CERTMAP_FAILING_NEW": str(path)}


def ask_with_failure(httpd, memory, cert, place, number):
    """The outcome where allocation `number` fails; None: the request did not come to it."""
    try:
        memory[:] = struct.pack("l", number)
        with httpd.connect(cert) as connection:
            told = outcome(connection.get(f"/{place}/page.html"))
            left, memory[:] = struct.unpack("l", memory[:])[0], bytes(8)
            if told.startswith("500"):
                told = "500"
            assert told == "500" or outcome(connection.get(f"/{place}/page.html")) == told
    except HandshakeRefused:
        left, told, memory[:] = 0, "closed", bytes(8)
    return None if left > 0 else told


@pytest.mark.skipif("CERTMAP_PRELOAD" in os.environ, reason="a sanitizer has its own operator new")
@pytest.mark.parametrize("who, place, satisfy", [
    ("bob", "people", "All"), ("alice", "staff", "All"), ("carol", "people", "All"),
    ("bob", "people", "Any"), ("alice", "staff", "Any")])
def test_an_exception_is_500_and_nothing_else(serve, pki, countdown, who, place, satisfy):
    """Under "Satisfy Any" httpd goes on after it."""
    memory, environment = countdown
    cert = getattr(pki, who)
    right = EXPECTED[who][place]
    # No audit log: the JSON library's destructor allocates, and ends the process where it cannot.
    how = settings(pki, after="", modules=("access_compat",))
    how["vhost"] += f'\n<Location "/">\nSatisfy {satisfy}\n</Location>\n'
    httpd = serve(environment=environment, audit="", **how)
    children, number, told = httpd.children(), 0, set()
    while (one := ask_with_failure(httpd, memory, cert, place, number + 1)) is not None:
        number += 1
        told.add(one)
        assert outcome(httpd.get(f"/{place}/page.html", cert)) == right
    assert number > 20 and "500" in told and told <= {"500", "closed", right}
    assert httpd.children() == children


# Secrets

def test_logs_tell_no_secrets(httpd, pki):
    """Not even at trace8."""
    headers = {"Authorization": "Basic c2VjcmV0OnNlY3JldA==", "Cookie": "session=secret"}
    for path in ("staff", "people", "deny", "cn"):
        for cert in (pki.alice, pki.bob, pki.carol, None):
            httpd.get(f"/{path}/page.html?token=secret", cert, headers)
    seen = [line for line in httpd.error_log().splitlines() if "[certmap:" in line]
    assert seen
    for text in ("\n".join(seen), httpd.read("logs/audit.log")):
        for secret in ("secret", "c2VjcmV0", "BEGIN", "PRIVATE", pki.alice.pem.splitlines()[1]):
            assert secret not in text
