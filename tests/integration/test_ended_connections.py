"""docs/directives.md, "Decisions": refusals that end the connection, so that the next one can show a better certificate."""

import pytest

from httpd_setup import user_file, virtual_host
from tls_table import WAYS

USE = "AuthType ClientCert\nCertMapUse staff\n"
PLACES = f"""
Protocols h2 http/1.1
<Location "/in">
{USE}
Require valid-user
</Location>
<Location "/open">
{USE}
Require all granted
</Location>
<Location "/either">
AuthType Basic
AuthName people
AuthUserFile conf/users
CertMapUse staff
Require valid-user
</Location>
<Directory "${{ROOT}}/htdocs">
Options +Includes
AddOutputFilter INCLUDES .shtml
</Directory>
"""
SERVER = dict(
    mpm="event", vhost=PLACES,
    after=virtual_host("stateful", "SSLSessionTickets off", "CertMapAuditLog logs/audit.log", PLACES),
    main="""
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    subject.O == Example
    CertMapUser     {subject.CN}
</CertMapRule>
""", files={
        "conf/users": user_file("alice"), "htdocs/in/page.html": "inside\n", "htdocs/open/page.html": "open\n",
        "htdocs/either/page.html": "either\n", "htdocs/open/whole.shtml": '[<!--#include virtual="/in/page.html" -->]\n'})
IN = "/in/page.html"
HTTP1 = [way for way in WAYS if way.startswith("HTTP/1.1")]


def first(httpd, cert, way):
    """A connection with a full handshake whose session is kept in that way."""
    _, tls, handshake = WAYS[way]
    sni = "stateful.example.test" if (tls, handshake) == ("1.3", "session ID") else "localhost"
    return httpd.connect(cert, tls=tls, sni=sni, tickets=handshake != "session ID")


def test_no_certificate_ends_the_connection(httpd):
    with httpd.connect() as connection:
        response = connection.get(IN)
        assert (response.status, response.headers["Connection"]) == (403, "close")
        assert connection.ended


def test_a_refused_certificate_does_not(httpd, pki):
    with httpd.connect(pki.carol) as connection:
        assert [connection.get(IN).status for _ in range(3)] == [403] * 3


@pytest.mark.parametrize("path, status", [("/open/page.html", 200), ("/open/whole.shtml", 200), ("/either/page.html", 401)])
def test_what_refuses_nobody_ends_nothing(httpd, path, status):
    with httpd.connect() as connection:
        assert [connection.get(path).status for _ in range(3)] == [status] * 3


@pytest.fixture(scope="module")
def expired(httpd, pki):
    """Connections whose certificate has expired since."""
    cert = pki.person("alice", not_after=6)
    connections = {way: first(httpd, cert, way) for way in HTTP1}
    for connection in connections.values():
        assert connection.get(IN).text == "inside\n"
    http2 = httpd.http2(cert)
    assert http2.get(IN).status == 200
    cert.wait_expired()
    yield {**connections, "HTTP/2": http2}
    for connection in (*connections.values(), http2):
        connection.close()


@pytest.mark.parametrize("way", HTTP1)
def test_a_renewed_certificate_is_taken_by_the_next_connection(httpd, pki, expired, way):
    connection = expired[way]
    response = connection.get(IN)
    assert (response.status, response.headers["Connection"], connection.ended) == (403, "close", True)
    connection.context.load_cert_chain(pki.alice.path)
    if WAYS[way][2] == "session ID":
        with httpd.connect(resume=connection, sni=connection.host) as renewed:
            assert not renewed.resumed and renewed.get(IN).text == "inside\n"
    with httpd.connect(pki.alice, tls=WAYS[way][1]) as anew:
        assert anew.get(IN).text == "inside\n"


@pytest.mark.parametrize("way", [way for way in HTTP1 if WAYS[way][2] == "ticket"])
def test_a_ticket_brings_the_expired_certificate_back(httpd, expired, way):
    with httpd.connect(resume=expired[way]) as old:
        assert old.resumed
        assert (old.get(IN).status, old.ended) == (403, True)


def test_http2_goes_on(expired):
    assert [expired["HTTP/2"].get(path).status for path in (IN, "/open/page.html", IN)] == [403, 200, 403]


@pytest.mark.parametrize("way", [way for way in HTTP1 if WAYS[way][2] == "session ID"])
def test_a_session_without_certificate_is_forgotten(httpd, pki, way):
    connection = first(httpd, None, way)
    connection.get("/open/page.html")
    assert connection.get(IN).status == 403
    connection.context.load_cert_chain(pki.alice.path)
    with httpd.connect(resume=connection, sni=connection.host) as next_one:
        assert not next_one.resumed
        assert next_one.get(IN).text == "inside\n"


@pytest.mark.parametrize("way", [way for way in HTTP1 if WAYS[way][2] == "ticket"])
def test_a_good_ticket_is_resumed(httpd, pki, way):
    connection = first(httpd, pki.alice, way)
    connection.get(IN)
    with httpd.connect(resume=connection) as next_one:
        assert next_one.resumed and next_one.get(IN).text == "inside\n"
    connection.close()
