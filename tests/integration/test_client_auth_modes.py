"""SSLVerifyClient in all its forms: per-location renegotiation and post-handshake
authentication, optional_no_ca, and a certificate that changes while the connection is open."""

import time

import pytest

from client import HandshakeRefused
from httpd_setup import AUDIT, virtual_host
from pki import make, new_key
from places import REASON
from tls_table import WAYS, connect, outcome
from watch import wait_for

# "any" trusts every CA of mod_ssl: it shows best where a certificate must not get so far.
RULES = """
<CertMapRule corp>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser     {subject.CN}
</CertMapRule>
<CertMapRule any>
    CertMapUser     {subject.CN}
</CertMapRule>
"""
HEADERS = REASON + '\nHeader always set X-User "expr=%{REMOTE_USER}"\nProtocols h2 http/1.1\n'
VERIFY = {"open": "", "optional": "SSLVerifyClient optional", "require": "SSLVerifyClient require",
          "untrusted": "SSLVerifyClient optional_no_ca",
          "quick": "SSLVerifyClient require\nSSLOptions +OptRenegotiate"}


def location(path, verify, rules):
    return f"""
<Location "{path}">
    {verify}
    AuthType ClientCert
    CertMapUse {rules}
    Require valid-user
</Location>
"""


LOCATIONS = HEADERS + "".join(
    location(f"/{name}/", verify, "any") + location(f"/corp/{name}/", verify, "corp")
    + location(f"/cgi/env/{name}", verify, "any") for name, verify in VERIFY.items())
LOCATIONS += location("/public/", "", "any").replace("valid-user", "all granted")
LOCATIONS += location("/unasked/", "SSLVerifyClient none", "any")
AGAIN = "SSLVerifyClient optional\nSSLOptions +OptRenegotiate"
LOCATIONS += location("/again/", AGAIN, "any")
EVERYWHERE = HEADERS + location("/any/", "", "any") + location("/corp/", "", "corp")


def host(name, verify, ca="client-cas"):
    return virtual_host(name, AUDIT, EVERYWHERE, verify=verify, ca=ca)


PAGES = {f"htdocs/{prefix}{name}/page.html": name for name in VERIFY for prefix in ("", "corp/")}
PAGES.update({f"htdocs/{name}/page.html": name for name in ("public", "any", "corp", "unasked", "again")})
SERVER = dict(main=RULES, verify="none", vhost=LOCATIONS, files=PAGES,
              after=host("untrusted", "optional_no_ca") + host("required", "require")
              + host("stateful", "optional_no_ca\nSSLSessionTickets off")
              + host("roots", "optional_no_ca", "root-ca"))
TLS = pytest.mark.parametrize("tls", ["1.2", "1.3"])


def ask(connection, place):
    """The outcome, or "refused" where mod_ssl ends the connection or answers itself."""
    try:
        told = outcome(connection.get(f"/{place}/page.html"))
    except HandshakeRefused:
        return "refused"
    return "refused" if told == "403 " else told


# Renegotiation (TLS 1.2) and post-handshake authentication (TLS 1.3)

PER_LOCATION = [
    ("alice", "optional", "200 alice"), ("alice", "require", "200 alice"),
    ("alice", "quick", "200 alice"), ("alice", "corp/require", "200 alice"),
    ("alice", "untrusted", "200 alice"),
    ("carol", "require", "200 carol"), ("carol", "corp/require", "403 no_rule_matched"),
    (None, "optional", "403 no_certificate"), (None, "untrusted", "403 no_certificate"),
    (None, "require", "refused"),
]


@TLS
@pytest.mark.parametrize("who, place, expected", PER_LOCATION)
def test_a_location_that_asks_for_a_certificate(httpd, pki, tls, who, place, expected):
    with httpd.connect(who and getattr(pki, who), tls=tls) as connection:
        assert ask(connection, "public") == "200 "
        assert ask(connection, place) == expected
        if expected != "refused" and not connection.ended:
            assert ask(connection, place) == expected


@TLS
def test_what_was_decided_before_the_certificate_came_is_forgotten(httpd, pki, tls):
    seen = httpd.watch()
    with httpd.connect(pki.alice, tls=tls) as connection:
        told = [ask(connection, place) for place in ("public", "optional", "open", "corp/open", "open")]
    assert told == ["200 ", *["200 alice"] * 4]
    reasons = [event["event"]["reason"] for event in seen.events(2, requests=5)]
    assert reasons == ["mapped", "mapped"]  # CertMapUse any, and corp


@TLS
def test_a_request_with_a_body(httpd, pki, tls):
    with httpd.connect(pki.alice, tls=tls) as connection:
        response = connection.request("POST", "/cgi/env/require", body=b"x" * 5000)
        assert response.status == 200 and response.env["REMOTE_USER"] == "alice"
        assert response.env["CONTENT_LENGTH"] == "5000"


@pytest.fixture(scope="module")
def remembering(serve):
    """Nothing there has optional_no_ca, so that a verdict is remembered."""
    places = {"optional": VERIFY["optional"], "open": "", "unasked": "SSLVerifyClient none", "again": AGAIN}
    return serve(main=RULES, verify="none", files=PAGES,
                 vhost=HEADERS + "".join(location(f"/{name}/", verify, "any") for name, verify in places.items()))


@pytest.mark.parametrize("server", ["httpd", "remembering"])
def test_mod_ssl_verifies_the_same_certificate_again(request, pki, server):
    """OptRenegotiate: without a handshake, where the place before asked for none. By then the certificate has
    expired, which is mod_ssl's verdict before it is ours. The next place takes mod_ssl's back."""
    httpd = request.getfixturevalue(server)
    alice = pki.issuing.issue(["O=Example", "CN=alice"], not_after=3)
    with httpd.connect(alice, tls="1.2") as connection:
        told = [ask(connection, place) for place in ("optional", "open", "unasked")]
        wait_for(lambda: time.time() > alice.not_after.timestamp() + 1)
        told += [ask(connection, place) for place in ("again", "open")]
    assert told == ["200 alice"] * 3 + ["403 certificate_not_verified", "403 certificate_expired"]


# Another certificate on the same connection

CHANGES = [("bob", "require", "200 bob"), ("bob", "corp/require", "200 bob"),
           ("carol", "corp/require", "403 no_rule_matched"), ("stranger", "require", "refused")]


@pytest.fixture(scope="module")
def people(pki):
    return {"alice": pki.alice, "bob": pki.bob, "carol": pki.carol,
            "stranger": pki.stranger.issue(["CN=alice"])}


@pytest.mark.parametrize("who, place, expected", CHANGES)
def test_renegotiation_with_another_certificate(httpd, people, who, place, expected):
    with httpd.connect(people["alice"], tls="1.2") as connection:
        assert ask(connection, "optional") == "200 alice"
        assert ask(connection, "corp/optional") == "200 alice"
        connection.present(people[who])
        assert ask(connection, place) == expected
        if expected != "refused":
            told = [ask(connection, place), ask(connection, "corp/open"), ask(connection, "open")]
            corp = "403 no_rule_matched" if who == "carol" else "200 bob"
            assert told == [expected, corp, f"200 {who}"]


@pytest.mark.parametrize("who, place, expected", CHANGES)
def test_post_handshake_authentication_with_another_certificate(httpd, people, who, place, expected):
    """The resumed session brings alice's certificate; then a location asks anew."""
    with httpd.connect(people["alice"], tls="1.3") as first:
        assert ask(first, "optional") == "200 alice"
        connection = httpd.connect(resume=first)
    with connection:
        assert ask(connection, "open") == "200 alice" and connection.resumed
        connection.present(people[who])
        assert ask(connection, place) == expected
        if expected != "refused":
            assert ask(connection, "open") == f"200 {who}"


@pytest.mark.parametrize("tls, resumed", [("1.2", False), ("1.3", True)])
def test_each_certificate_of_a_connection_has_its_event(httpd, pki, tls, resumed):
    first = httpd.connect(pki.alice, tls=tls)
    assert ask(first, "optional") == "200 alice"
    connection = httpd.connect(resume=first) if resumed else first
    connection.present(pki.bob)
    seen = httpd.watch()
    for _ in range(3):
        assert ask(connection, "require") == "200 bob"
    (event,) = seen.events(1, requests=3)
    assert event["user"]["name"] == "bob"
    assert event["tls"]["client"]["hash"]["sha256"] == pki.bob.sha256.upper()
    connection.close()


# HTTP/2 allows neither: a stream is refused or reset, its handler never runs

@TLS
@pytest.mark.parametrize("place", ["optional", "require", "untrusted", "quick"])
def test_http2_never_asks_for_a_certificate(httpd, pki, tls, place):
    with httpd.http2(pki.alice, tls=tls) as connection:
        asked, beside = connection.get_all([f"/cgi/env/{place}", "/open/page.html"])
        assert asked.status in (403, "reset 13") and asked.body.count(b"REMOTE") == 0
        assert outcome(beside) == "403 no_certificate"


def test_http2_with_a_session_that_has_a_certificate(httpd, pki):
    with httpd.http2(pki.alice, sni="required.example.test") as connection:
        told = [outcome(one) for one in connection.get_all(["/any/page.html", "/corp/page.html"])]
    assert told == ["200 alice", "200 alice"]


# optional_no_ca: mod_ssl lets certificates of unknown authorities pass

def untrusted_certificates(pki):
    key = new_key()
    lookalike = type(pki.stranger)(*pki.issuing.name)  # the issuing CA's name; nobody trusts it
    return [pki.stranger.issue(["CN=alice"]), lookalike.issue(["O=Example", "CN=alice"]),
            lookalike.issue(["CN=alice"]).with_chain(lookalike.cert, pki.root.cert),
            make(["CN=alice"], key, ["CN=alice"], key)]


@pytest.fixture(scope="module")
def untrusted(pki):
    return untrusted_certificates(pki)


@pytest.mark.parametrize("way", WAYS)
def test_optional_no_ca_never_maps_what_is_not_verified(httpd, untrusted, way):
    for cert in untrusted:
        with connect(httpd, cert, way, sni="untrusted.example.test") as connection:
            assert [ask(connection, place) for place in ("any", "corp", "any")] == [
                "403 certificate_not_verified"] * 3


@pytest.mark.parametrize("way", WAYS)
def test_optional_no_ca_maps_what_is_verified(httpd, pki, way):
    for cert, expected in ((pki.alice, "200 alice"), (None, "403 no_certificate")):
        with connect(httpd, cert, way, sni="untrusted.example.test") as connection:
            assert ask(connection, "any") == expected


@TLS
def test_optional_no_ca_in_one_location_opens_no_other(httpd, people, tls):
    with httpd.connect(people["stranger"], tls=tls) as connection:
        told = [ask(connection, place) for place in ("untrusted", "optional", "open", "corp/open")]
        assert told == ["403 certificate_not_verified"] * 4
        again = httpd.connect(resume=connection)
    with again:
        assert ask(again, "open") in ("refused", "403 no_certificate", "403 certificate_not_verified")


@pytest.mark.parametrize("other", ["localhost", "required.example.test"])
@pytest.mark.parametrize("tls, tickets", [("1.2", True), ("1.2", False), ("1.3", True)])
def test_an_unverified_session_is_no_use_at_another_host(httpd, people, tls, tickets, other):
    with httpd.connect(people["stranger"], tls=tls, tickets=tickets,
                       sni="untrusted.example.test") as connection:
        assert ask(connection, "any") == "403 certificate_not_verified"
        try:
            again = httpd.connect(resume=connection, sni=other)
        except HandshakeRefused:
            return
    with again:
        assert ask(again, "open" if other == "localhost" else "any") in (
            "refused", "403 no_certificate", "403 certificate_not_verified")


# A client that brings the intermediate which the server lacks

STRICT_WAYS = [way for way in WAYS if WAYS[way][1:] != ("1.3", "session ID")]
# mod_ssl forgets with TLS 1.2 that it let a certificate pass, and no session keeps the client's
# intermediates: what a resumed session holds is then verified with the server's own.
LOOSE_WAYS = [way for way in STRICT_WAYS if WAYS[way][1] == "1.3" or WAYS[way][2] == "full"]


@pytest.fixture(scope="module")
def strict(serve):
    return serve(main=RULES, vhost=EVERYWHERE, files=PAGES, after=host("roots", "optional", "root-ca"))


@pytest.mark.parametrize("way", STRICT_WAYS)
def test_an_intermediate_from_the_client(strict, pki, way):
    with connect(strict, pki.alice.with_chain(pki.issuing.cert), way,
                 sni="roots.example.test") as connection:
        assert [ask(connection, place) for place in ("any", "corp")] == ["200 alice"] * 2


@pytest.mark.parametrize("way", LOOSE_WAYS)
def test_an_intermediate_from_the_client_under_optional_no_ca(httpd, pki, way):
    with connect(httpd, pki.alice.with_chain(pki.issuing.cert), way,
                 sni="roots.example.test") as connection:
        assert [ask(connection, place) for place in ("any", "corp")] == ["200 alice"] * 2
    with connect(httpd, pki.alice, way, sni="roots.example.test") as connection:
        assert ask(connection, "any") == "403 certificate_not_verified"
