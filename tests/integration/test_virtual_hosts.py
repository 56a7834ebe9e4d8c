"""Several virtual hosts on one port; each has its rules, and a session of one is no
key to another."""

import pytest

from client import Connection, HandshakeRefused
from httpd_setup import AUDIT, virtual_host
from places import REASON
from tls_table import outcome

USE = """
    AuthType ClientCert
    CertMapUse who
    Require valid-user
"""
PAGE = REASON + '\nHeader always set X-User "expr=%{REMOTE_USER}"\n'


def rule(account, ca="corp"):
    return f"""
<CertMapRule who>
    CertMapIssuedBy conf/{ca}-ca.pem
    CertMapUser     "{account}"
</CertMapRule>
"""


def host(name, *lines, **how):
    return virtual_host(name, AUDIT, "Protocols h2 http/1.1", PAGE, *lines, **how)


# The Location stands in the main server: one CertMapUse, and `who` is another rule in each host.
BACKEND = """
SSLProxyEngine on
SSLProxyVerify none
SSLProxyCheckPeerName off
SSLProxyCheckPeerExpire off
SSLProxyMachineCertificateFile conf/proxy.pem
RequestHeader set X-Front "expr=%{REMOTE_USER}"
ProxyPass "/backend/" "https://127.0.0.1:${PORT}/cgi/env/"
"""
SERVER = dict(
    plain="CertMapAuditLog logs/audit.log",
    main=f'{rule("main-{subject.CN}")}<Location "/">\n{USE}\n</Location>\n',
    vhost="Protocols h2 http/1.1\n" + PAGE + rule("first-{subject.CN}"),
    after=host("a", rule("a-{subject.CN}")) + host("b", rule("b-{subject.CN}")) + host("plain")
    + host("partner", rule("partner-{subject.CN}", "partner"), ca="partner-ca")
    + host("partner-required", rule("required-{subject.CN}", "partner"), ca="partner-ca", verify="require")
    + host("front", rule("front-{subject.CN}"), BACKEND))


@pytest.fixture(scope="module")
def httpd(serve, pki):
    return serve(modules=("proxy", "proxy_http"), **SERVER,
                 files={"conf/proxy.pem": pki.bob.pem + pki.bob.key_pem})


def sni(name):
    return name if name == "localhost" else f"{name}.example.test"


HOSTS = [("localhost", "first-alice"), ("a", "a-alice"), ("b", "b-alice"), ("plain", "main-alice")]


@pytest.mark.parametrize("name, account", HOSTS)
def test_a_name_is_looked_up_in_the_virtual_host_then_in_the_main_server(httpd, pki, name, account):
    with httpd.connect(pki.alice, sni=sni(name)) as connection:
        assert connection.get("/page.html").headers["X-User"] == account


def test_one_connection_that_serves_several_hosts(httpd, pki):
    """As browsers coalesce connections. Each host decides for itself, whatever came before."""
    seen = httpd.watch()
    with httpd.connect(pki.alice, sni=sni("a")) as connection:
        for name, account in HOSTS[1:] + HOSTS[1:]:
            response = connection.get("/page.html", {"Host": sni(name)})
            assert outcome(response) == f"200 {account}"
    events = seen.events(3, requests=6)
    assert [(event["user"]["name"], event["service"]["name"]) for event in events] == [
        (account, sni(name)) for name, account in HOSTS[1:]]


def test_one_http2_connection_that_serves_several_hosts(httpd, pki):
    with httpd.http2(pki.alice, sni=sni("a")) as connection:
        for name, account in HOSTS[1:] + HOSTS[1:]:
            connection.host = sni(name)
            told = {outcome(one) for one in connection.get_all(["/page.html"] * 5)}
            assert told == {f"200 {account}"}


# A host with another SSLCACertificateFile

def test_a_host_name_other_than_sni_opens_no_other_host(httpd, pki):
    for cert in (pki.alice, pki.carol):
        with httpd.connect(cert, sni=sni("a")) as connection:
            assert connection.get("/page.html", {"Host": sni("partner")}).status in (403, 421)


SESSIONS = pytest.mark.parametrize("tls, tickets", [("1.2", True), ("1.2", False), ("1.3", True)])


@SESSIONS
@pytest.mark.parametrize("other", ["partner", "partner-required"])
def test_a_session_of_one_host_is_no_key_to_another(httpd, pki, tls, tickets, other):
    with httpd.connect(pki.alice, tls=tls, tickets=tickets, sni=sni("a")) as first:
        assert outcome(first.get("/page.html")) == "200 a-alice"
        try:
            with httpd.connect(resume=first, sni=sni(other)) as second:
                assert second.get("/page.html").status in (403, 421)
        except HandshakeRefused:
            pass


@SESSIONS
def test_a_session_shown_to_a_host_with_other_rules(httpd, pki, tls, tickets):
    with httpd.connect(pki.alice, tls=tls, tickets=tickets, sni=sni("a")) as first:
        assert outcome(first.get("/page.html")) == "200 a-alice"
        with httpd.connect(resume=first, sni=sni("b")) as second:
            assert outcome(second.get("/page.html")) == "200 b-alice"


def test_each_host_takes_its_own_authoritys_people(httpd, pki):
    with httpd.connect(pki.carol, sni=sni("partner")) as connection:
        assert outcome(connection.get("/page.html")) == "200 partner-carol"
    with httpd.connect(pki.carol, sni=sni("a")) as connection:
        assert outcome(connection.get("/page.html")) == "403 no_rule_matched"


# No TLS, and TLS towards a backend

def test_without_tls_there_is_no_certificate(httpd, pki):
    seen = httpd.watch()
    assert httpd.get_plain("/page.html").status == 403
    (event,) = seen.events(1)
    assert event["event"]["reason"] == "no_certificate" and "tls" not in event


def test_plain_http_on_the_tls_port(httpd, pki):
    with Connection(httpd.port, plain=True) as connection:
        assert connection.get("/page.html").status == 400


@pytest.mark.parametrize("who", ["alice", None])
def test_the_certificate_towards_a_backend_is_another_ones(httpd, pki, who):
    """The proxy shows bob's certificate to the backend; the visitor stays who the visitor is."""
    with httpd.connect(who and getattr(pki, who), sni=sni("front")) as connection:
        response = connection.get("/backend/x")
        if not who:
            assert outcome(response) == "403 no_certificate"
            return
        assert response.env["REMOTE_USER"] == "first-bob"
        assert response.env["HTTP_X_FRONT"] == "front-alice"
        assert outcome(connection.get("/page.html")) == "200 front-alice"
