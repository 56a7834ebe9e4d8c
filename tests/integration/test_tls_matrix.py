"""The same decisions over TLS 1.2 and 1.3, full and resumed handshakes, HTTP/1.1 and
HTTP/2, under every MPM."""

import pytest

from tls_table import EXPECTED, RULES, WAYS, connect, host, people, seen_by, settings


@pytest.fixture(scope="module")
def certs(pki):
    return people(pki)


@pytest.fixture(scope="module")
def servers(serve, pki):
    return {mpm: serve(mpm=mpm, **settings(pki)) for mpm in ("event", "worker", "prefork")}


# mod_http2 does not work under prefork.
EVERYWHERE = [(mpm, way) for mpm in ("event", "worker", "prefork") for way in WAYS
              if mpm != "prefork" or WAYS[way][0] == "HTTP/1.1"]


@pytest.mark.parametrize("mpm, way", EVERYWHERE)
def test_the_same_decisions(servers, certs, mpm, way):
    assert seen_by(servers[mpm], certs, way) == EXPECTED


@pytest.mark.parametrize("mpm, way", EVERYWHERE)
def test_the_event_says_how_it_came(servers, pki, mpm, way):
    _, tls, handshake = WAYS[way]
    seen = servers[mpm].watch()
    with connect(servers[mpm], pki.alice, way) as connection:
        connection.get("/staff/page.html")
    (event,) = seen.events(1)
    assert (event["tls"]["version"], event["tls"]["resumed"]) == (tls, handshake != "full")
    assert event["tls"]["client"]["hash"]["sha256"] == pki.alice.sha256.upper()


def test_a_chain_of_resumptions(servers, pki):
    """Each session comes from the one before it; only the first saw a handshake's verification."""
    httpd = servers["event"]
    connection = httpd.connect(pki.bob, tls="1.3")
    for _ in range(5):
        assert connection.get("/people/page.html").headers["X-User"] == "robert"
        connection = httpd.connect(resume=connection)
        assert connection.resumed
    connection.close()


# What mod_ssl can be told makes no difference

OPTIONS = {
    "legacy": "SSLOptions +LegacyDNStringFormat",
    "exported": "SSLOptions +StdEnvVars +ExportCertData +StrictRequire +OptRenegotiate",
    "user": "SSLUserName SSL_CLIENT_S_DN_CN",
    "untrusted": "",
    "required": "",
}
VERIFY = {"untrusted": "optional_no_ca", "required": "require"}
OTHER_WAYS = ["HTTP/1.1 TLS 1.2 session ID", "HTTP/1.1 TLS 1.3 full", "HTTP/2 TLS 1.3 ticket"]


@pytest.fixture(scope="module")
def options(serve, pki):
    hosts = "".join(host(name, more, VERIFY.get(name, "optional")) for name, more in OPTIONS.items())
    return serve(**settings(pki, after=hosts))


@pytest.mark.parametrize("way", OTHER_WAYS)
@pytest.mark.parametrize("name", OPTIONS)
def test_mod_ssls_options_change_nothing(options, certs, name, way):
    asked = {who: cert for who, cert in certs.items() if cert or name != "required"}
    assert seen_by(options, asked, way, sni=f"{name}.example.test") == {
        who: EXPECTED[who] for who in asked}


def test_the_order_of_the_modules_changes_nothing(serve, certs, pki):
    httpd = serve(certmap="first", **settings(pki))
    for way in OTHER_WAYS[1:]:
        assert seen_by(httpd, certs, way) == EXPECTED


def test_the_rules_in_the_virtual_host(serve, certs, pki):
    """Where they stand is a question of names only."""
    how = settings(pki, main="", after="")
    httpd = serve(**{**how, "vhost": RULES + how["vhost"]})
    assert seen_by(httpd, certs, "HTTP/1.1 TLS 1.3 full") == EXPECTED
