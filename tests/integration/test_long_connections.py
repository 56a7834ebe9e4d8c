"""Connections that stay open: what is remembered, when it ends, what it costs."""

import os

import pytest

from client import HandshakeRefused
from processes import own_memory
from tls_table import EXPECTED, PLACES, WAYS, ask_all, connect, outcome, people, settings

pytestmark = pytest.mark.compiled


@pytest.fixture(scope="module")
def httpd(serve, pki):
    return serve(mpm="event", **settings(pki))


# Several CertMapUse lines on one connection

def test_each_place_decides_for_itself_however_often(httpd, pki):
    for who, cert in people(pki).items():
        with httpd.connect(cert) as connection:
            for places in (list(PLACES), list(reversed(PLACES)), list(PLACES)):
                assert ask_all(connection, places) == EXPECTED[who]


def test_a_success_is_written_once_per_connection_rules_and_account(httpd, pki):
    seen = httpd.watch()
    for _ in range(2):
        with httpd.connect(pki.bob) as connection:
            for _ in range(3):
                ask_all(connection, ["staff", "people", "dn", "group"])  # people and group: the same rules
    accounts = [event["user"]["name"] for event in seen.events(6, requests=24)]
    assert accounts == ["bob", "robert", "bob"] * 2


def test_a_refusal_is_written_every_time(httpd, pki):
    seen = httpd.watch()
    with httpd.connect(pki.carol) as connection:
        for _ in range(4):
            assert outcome(connection.get("/staff/page.html")) == "403 no_rule_matched"
    seen.events(4)


# The certificate's dates

@pytest.fixture(scope="module")
def after_expiry(httpd, pki):
    """A connection over each way, made and used while the certificate was good."""
    cert = pki.person("alice", not_after=4)
    connections = {way: connect(httpd, cert, way) for way in WAYS}
    for way, connection in connections.items():
        assert ask_all(connection, ["staff"]) == {"staff": "200 alice"}, way
    cert.wait_expired()
    yield connections
    for connection in connections.values():
        connection.close()


@pytest.mark.parametrize("way", WAYS)
def test_a_certificate_that_expires_during_a_connection(httpd, after_expiry, way):
    seen = httpd.watch()
    # A connection of HTTP/1.1 ends with the first refusal.
    rounds = [["staff"]] if WAYS[way][0] == "HTTP/1.1" else [PLACES, PLACES]
    for asked in rounds:
        assert ask_all(after_expiry[way], asked) == dict.fromkeys(asked, "403 certificate_expired")
    # HTTP/2 writes the access log when it comes to it, at the latest when the connection ends.
    events = seen.events(sum(map(len, rounds)), requests=0)
    assert {event["event"]["reason"] for event in events} == {"certificate_expired"}


@pytest.mark.parametrize("way", WAYS)
def test_a_session_whose_certificate_has_expired(httpd, after_expiry, way):
    http, tls, handshake = WAYS[way]
    sni = "stateful.example.test" if (tls, handshake) == ("1.3", "session ID") else "localhost"
    connect_ = httpd.connect if http == "HTTP/1.1" else httpd.http2
    try:
        with connect_(resume=after_expiry[way], sni=sni) as connection:
            assert ask_all(connection) == dict.fromkeys(PLACES, "403 certificate_expired")
    except HandshakeRefused:
        pass  # a full handshake does not get so far


# Memory

def pipelined(connection, path, count, batch=100):
    """HEAD requests, as fast as the server answers."""
    request = f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    for _ in range(count // batch):
        connection.socket.sendall(request * batch)
        answers = b""
        while answers.count(b"\r\n\r\n") < batch:
            answers += connection.socket.recv(1 << 16)
        yield from answers.split(b"\r\n\r\n")[:batch]


@pytest.mark.skipif("CERTMAP_PRELOAD" in os.environ, reason="a sanitizer keeps freed memory")
@pytest.mark.parametrize("who, status", [("bob", b"200"), ("carol", b"403")])
def test_requests_do_not_use_up_memory(serve, pki, who, status):
    """A leak of 64 octets for each request would show."""
    httpd = serve(mpm="event", log_level="notice", audit="", **settings(pki))
    with httpd.connect(getattr(pki, who)) as connection:
        for answer in pipelined(connection, "/people/page.html", 2000):
            assert answer.split(b" ", 2)[1] == status
        before = own_memory(*httpd.children())
        statuses = {answer.split(b" ", 2)[1]
                    for answer in pipelined(connection, "/people/page.html", 18000)}
    assert statuses == {status}
    assert own_memory(*httpd.children()) - before < 1024


# What a client says about itself in headers

def test_headers_are_no_certificate(httpd, pki):
    pem = pki.alice.pem.replace("\n", " ").strip()
    headers = {
        "Client-Cert": f":{''.join(pki.alice.pem.splitlines()[1:-1])}:", "X-SSL-Client-Cert": pem,
        "X-Client-Cert": pem, "X-Forwarded-Client-Cert": f'Hash={pki.alice.sha256};Cert="{pem}"',
        "SSL-Client-Verify": "SUCCESS", "SSL_CLIENT_VERIFY": "SUCCESS", "SSL_CLIENT_CERT": pem,
        "SSL_CLIENT_S_DN": "CN=alice,O=Example", "Remote-User": "alice", "X-Remote-User": "alice",
        "CERTMAP-RULE": "staff", "Authorization": "Basic YWxpY2U6cGFzc3dvcmQ="}
    for cert, expected in ((None, "403 no_certificate"), (pki.carol, "403 no_rule_matched"),
                           (pki.bob, "200 robert")):
        assert outcome(httpd.get("/people/page.html", cert, headers)) == expected
