"""A revocation bites at the next request of whatever is open or comes back, and nothing takes its place: docs/crl.md."""
# pylint: disable=redefined-outer-name

import os

import pytest
from cryptography import x509

import places
from client import password
from crl_forms import REVOKED, numbered, serial
from crl_server import SOON
from crls import DAY, NOW, REASON, builder, signed
from explained import explain
from httpd_setup import AUDIT, user_file, virtual_host
from maps import last_answers
from tls_table import WAYS
from watch import wait_for

MAIN = """
<CertMapRule blocked>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile conf/blocked.map
</CertMapRule>
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapCRL crl/corp.crl
    CertMapUser {subject.CN}
</CertMapRule>
"""
ALONE = "AuthType ClientCert\nCertMapUse blocked staff\n"
BASIC = "AuthType Basic\nAuthName people\nAuthUserFile conf/users\nCertMapUse staff\nRequire valid-user\n"
PLACES = {"in": ALONE + "Require valid-user", "open": ALONE + "Require all granted", "either": BASIC,
          "both": BASIC + "CertMapControl required"}
LOCATIONS = "Protocols h2 http/1.1\n" + places.REASON + "\n" + "".join(
    f'<Location "/cgi/env/{name}">\n{lines}\n</Location>\n' for name, lines in PLACES.items())
IN = "/cgi/env/in"


def told(response):
    headers = {name.lower(): value for name, value in response.headers.items()}
    return response.status, headers.get("x-reason")


NOT_ANY_MORE = (403, REVOKED)


class Corp:
    """Revokes on a server; .start is what its list begins with."""

    def __init__(self, pki):
        self.pki, self.count, self.listed = pki, 0, {}
        self.first = self.crl()

    def crl(self):
        self.count += 1
        made = builder(self.pki.issuing, start=NOW - DAY + DAY / 1000 * self.count, extensions=numbered(self.count))
        for number, reason in self.listed.items():
            made = made.add_revoked_certificate(revoked_entry(number, reason))
        return signed(made, self.pki.issuing.key)

    def set(self, httpd, **changes):
        """reason=[certificates], or good=[certificates]; returns when all processes know."""
        seen = httpd.watch()
        for reason, certs in changes.items():
            for cert in certs:
                self.listed.pop(serial(cert), None)
                if reason != "good":
                    self.listed[serial(cert)] = REASON[reason]
        httpd.write("crl/corp.crl", self.crl())
        seen.event("crl_reload", SOON)


def revoked_entry(number, reason):
    return (x509.RevokedCertificateBuilder().serial_number(number).revocation_date(NOW - DAY)
            .add_extension(x509.CRLReason(reason), False).build())


@pytest.fixture(scope="module")
def corp(pki):
    return Corp(pki)


def settings(corp):
    tickets = "SSLSessionTicketKeyFile conf/ticket.key\n"
    return dict(main=MAIN, vhost=tickets + LOCATIONS, files={
        "conf/ticket.key": os.urandom(48), "conf/users": user_file("wilma", "paul", "alice"), "crl/corp.crl": corp.first,
        "conf/blocked.map": "email:barney@example.com !\n"},
        after=virtual_host("stateful", "SSLSessionTickets off", AUDIT, LOCATIONS))


@pytest.fixture(scope="module")
def httpd(serve, corp):
    return serve(mpm="event", processes=3, **settings(corp))


def connect(httpd, cert, way):
    """A connection with a full handshake that has asked; another can resume its session."""
    http, tls, handshake = WAYS[way]
    sni = "stateful.example.test" if (tls, handshake) == ("1.3", "session ID") else "localhost"
    made = (httpd.connect if http == "HTTP/1.1" else httpd.http2)(cert, tls=tls, sni=sni, tickets=handshake != "session ID")
    assert made.get(IN).status == 200
    return made


def resume(httpd, connection, way):
    http, _, _ = WAYS[way]
    sni = connection.host.split(":")[0]
    return (httpd.connect if http == "HTTP/1.1" else httpd.http2)(sni=sni, resume=connection)


@pytest.fixture(scope="module")
def revoked(httpd, corp, pki):
    """One connection for each way, all from before the revocation; they ask in the order of the tests."""
    cert = pki.person("wilma")
    connections = {way: (connect(httpd, cert, way), connect(httpd, cert, way)) for way in WAYS}
    good = connect(httpd, pki.person("good"), "HTTP/1.1 TLS 1.3 full")
    corp.set(httpd, key_compromise=[cert])
    wait_for(lambda: httpd.get(IN, cert).status == 403, "the revocation", SOON)
    yield cert, connections, good
    for opened in connections.values():
        for connection in opened:
            connection.close()


@pytest.mark.parametrize("way", WAYS)
def test_an_open_connection(revoked, way):
    _, connections, _ = revoked
    connection, _ = connections[way]
    if WAYS[way][0] == "HTTP/2":
        assert {told(each) for each in connection.get_all([IN] * 20)} == {NOT_ANY_MORE}
        assert [connection.get(path).status for path in ("/cgi/env/open", "/cgi/env")] == [200, 200]
    else:
        response = connection.get(IN)
        assert told(response) == NOT_ANY_MORE
        # So that the next one can show a better certificate.
        assert response.headers["Connection"] == "close" and connection.ended


@pytest.mark.parametrize("way", [way for way, (_, _, handshake) in WAYS.items() if handshake != "full"])
def test_a_resumed_session(httpd, revoked, way):
    """A refusal forgets a session of the server's own cache, as it ends the connection: the other one was not asked yet."""
    _, connections, _ = revoked
    _, asleep = connections[way]
    with resume(httpd, asleep, way) as connection:
        assert connection.resumed and told(connection.get(IN)) == NOT_ANY_MORE


def test_another_persons_open_connection_goes_on(revoked):
    _, _, good = revoked
    assert good.get(IN).env["REMOTE_USER"] == "good"


def test_where_everybody_is_let_in_nobody_is_refused(httpd, revoked):
    cert, _, _ = revoked
    assert httpd.get("/cgi/env/open", cert).status == 200


@pytest.mark.parametrize("place", ["either", "both"])
def test_no_password_takes_its_place(httpd, revoked, place):
    cert, _, _ = revoked
    assert told(httpd.get(f"/cgi/env/{place}", cert, password("wilma"))) == NOT_ANY_MORE
    assert told(httpd.get(f"/cgi/env/{place}", cert, password("paul"))) == NOT_ANY_MORE
    assert httpd.get("/cgi/env/either", None, password("paul")).env["REMOTE_USER"] == "paul"


def test_a_revocation_comes_before_blocks(httpd, corp, pki):
    barney = pki.person("barney")
    assert told(httpd.get(IN, barney)) == (403, "denied_by_rule")
    corp.set(httpd, ca_compromise=[barney])
    wait_for(lambda: told(httpd.get(IN, barney)) == NOT_ANY_MORE, "the revocation", SOON)


def test_the_event_says_when_why_and_which_list(httpd, revoked):
    cert, _, _ = revoked
    seen = httpd.watch()
    httpd.get(IN, cert)
    (event,) = seen.events(1)
    assert (event["event"]["outcome"], event["event"]["reason"]) == ("failure", REVOKED)
    told_of = event["certmap"]["revoked"]
    assert set(told_of) == {"at", "reason", "crl"} and told_of["reason"] == "keyCompromise"
    assert told_of["at"].startswith(f"{NOW - DAY:%Y-%m-%dT%H:%M:%S}") and told_of["crl"] == httpd.path("crl/corp.crl")
    assert "user" not in event
    # One line in the error log, too.
    assert len(seen.errors(REVOKED)) == 1


def test_explain_names_the_list(httpd, revoked):
    cert, _, _ = revoked
    told_of = explain(httpd, cert, location=IN, vhost="localhost")
    assert (told_of.code, told_of.reason) == (1, REVOKED) and httpd.path("crl/corp.crl") in told_of.text


def test_one_process_reads_for_all(httpd, corp, pki):
    """Events of all processes."""
    before = len(httpd.audit())
    corp.set(httpd, superseded=[pki.person("somebody")])
    corp.set(httpd, superseded=[pki.person("somebody else")])
    events = [event for event in httpd.audit()[before:] if event["event"]["action"] == "crl_reload"]
    assert [event["file"]["path"] for event in events] == [httpd.path("crl/corp.crl")] * 2
    assert {event["event"]["outcome"] for event in events} == {"success"}


def test_a_hold_can_end(httpd, corp, pki):
    holly = pki.person("holly")
    with httpd.connect(holly) as connection:
        assert connection.get(IN).status == 200
        corp.set(httpd, certificate_hold=[holly])
        wait_for(lambda: told(httpd.get(IN, holly)) == NOT_ANY_MORE, "the hold", SOON)
        assert told(connection.get(IN)) == NOT_ANY_MORE
    corp.set(httpd, good=[holly])
    wait_for(lambda: httpd.get(IN, holly).status == 200, "its end", SOON)


def ways_back(httpd, corp, late, ways):
    """Revokes `late`, who is there, restarts, and returns the ways in which mod_ssl takes the tickets of before."""
    asleep = {way: connect(httpd, late, way) for way in ways}
    corp.set(httpd, cessation_of_operation=[late])
    httpd.graceful()
    for way, connection in asleep.items():
        with connection, resume(httpd, connection, way) as again:
            if again.resumed:
                yield way
            assert told(again.get(IN)) == NOT_ANY_MORE


def test_a_revocation_goes_on_over_a_graceful_restart(httpd, revoked, corp, pki):
    """Tickets of before are good after it, for the server has a file with their key."""
    ways = {way for way in WAYS if WAYS[way][2] == "ticket"}
    cert, _, _ = revoked
    late = (pki.person(f"late{n}") for n in range(8))
    while ways:
        # Without CertMap, too, mod_ssl takes no ticket of before after some restarts.
        ways -= set(ways_back(httpd, corp, next(late), ways))
        assert told(httpd.get(IN, cert)) == NOT_ANY_MORE and httpd.get(IN, pki.person("good")).status == 200


def test_a_revocation_bites_on_connections_from_before_a_graceful_restart(serve, pki):
    corp, late = Corp(pki), pki.person("late")
    httpd = serve(mpm="worker", **settings(corp))
    connections = [httpd.connect(late) for _ in range(5)]
    assert {connection.get(IN).status for connection in connections} == {200}
    httpd.graceful()
    corp.set(httpd, superseded=[late])
    assert 403 in last_answers(connections, IN)


def test_restart_reads_what_came_meanwhile(httpd, corp, pki):
    zoe = pki.person("zoe")
    assert httpd.get(IN, zoe).status == 200
    corp.listed[serial(zoe)] = REASON.unspecified
    httpd.write("crl/corp.crl", corp.crl())
    httpd.graceful()
    wait_for(lambda: told(httpd.get(IN, zoe)) == NOT_ANY_MORE, "the revocation", SOON)
