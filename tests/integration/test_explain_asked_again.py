"""certmapctl explain where a section asks for more than the handshake did: SSLVerifyClient and SSLVerifyDepth."""

import pytest

from explained import agree, explain
from explained_hosts import first_line, line_at, once, own_host, section  # noqa: F401 (once is a fixture)


def is_refused_with_tls13(httpd, cert, host):
    """OpenSSL asks a client of TLS 1.2 again, one of TLS 1.3 only once."""
    told = explain(httpd, cert, vhost=host, location="/cgi/env")
    assert told.code == 0
    for tls, status in (("1.2", 200), ("1.3", 403)):
        assert httpd.get("/cgi/env", cert, sni=host, tls=tls).status == status
    return first_line(told)


AGAIN = "stands in a section and asks again, for more than the handshake did: all TLS 1.3 clients"


@pytest.mark.parametrize("before, written", [("optional", "require"), ("optional_no_ca", "on")])
@pytest.mark.parametrize("more, who", [("", ""), ("\nProtocols h2 http/1.1", " and HTTP/2 clients")])
def test_a_location_that_asks_again(once, pki, before, written, more, who):
    httpd = once(after=own_host("again", section("Location", "/cgi", f"SSLVerifyClient {written}"),
                                f"SSLVerifyClient {before}", more))
    assert is_refused_with_tls13(httpd, pki.alice, "again.example.test").endswith(
        f"; but {line_at(httpd, f'SSLVerifyClient {written}')} {AGAIN}{who} get 403; delete that line")


def test_a_location_that_asks_again_for_its_depth(once, pki):
    httpd = once(after=own_host("flat", section("Location", "/cgi", "SSLVerifyDepth 1"), "SSLVerifyClient optional"))
    assert is_refused_with_tls13(httpd, pki.alice, "flat.example.test").endswith(
        f"; but {line_at(httpd, 'SSLVerifyDepth 1')} {AGAIN} get 403; delete that line")


def test_the_handshake_does_not_know_the_depth_of_a_location(once, pki):
    httpd = once(after=own_host("deep", section("Location", "/cgi", "SSLVerifyDepth 4"), "SSLVerifyDepth 1\n",
                                "SSLVerifyClient optional"))
    assert first_line(agree(httpd, pki.alice, "/cgi/env", "deep.example.test")).startswith(
        "refused by mod_ssl: there are 2 CAs above it, and SSLVerifyDepth is 1; raise it outside of sections: the "
        f"handshake does not know of {line_at(httpd, 'SSLVerifyDepth 4')}")


@pytest.mark.parametrize("depth, code", [(1, 1), (2, 0)])
def test_the_depth_of_a_location_that_asks_first(once, pki, depth, code):
    lines = f"SSLVerifyClient require\nSSLVerifyDepth {depth}"
    httpd = once(after=own_host("first", section("Location", "/cgi", lines)))
    assert agree(httpd, pki.alice, "/cgi/env", "first.example.test").code == code
