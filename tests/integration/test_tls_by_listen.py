"""TLS where no SSLEngine says so: mod_ssl takes the protocol of the Listen line, if the server has a certificate."""

import os

import pytest

from client import Connection
from explained import agree, explain
from explained_hosts import RULE, USE
from kept import KEEP, kept
from replayed import replay, same
from watch import wait_for


@pytest.fixture
def by_listen(make_httpd):
    """by_listen(listen="… https"): a server whose configuration has no SSLEngine."""
    def make(listen="Listen 127.0.0.1:${PORT} https", **how):
        httpd = make_httpd(main=RULE + how.pop("main", ""), location=USE, **how)
        httpd.replace_config("SSLEngine on", "")
        httpd.replace_config(f"Listen 127.0.0.1:{httpd.port}", listen)
        return httpd
    return make


def test_explain_and_replay_see_it(by_listen, pki):
    httpd = by_listen(main=KEEP)
    os.chmod(httpd.writable_folder("kept"), 0o700)
    httpd.start()
    assert agree(httpd, pki.alice, "/cgi/env").account == "alice"
    wait_for(lambda: kept(httpd), "a certificate that is kept")
    told = replay(httpd, same)
    assert (told.status, told.counts) == (0, {"same": 1})


def test_the_virtual_host_with_tls_is_meant(by_listen, pki):
    httpd = by_listen(plain=f'<Location "/">\n{USE}</Location>').start()
    assert explain(httpd, pki.alice, location="/cgi/env").account == "alice"


def test_no_missing_tls_is_doubted(by_listen):
    code, output = by_listen().test_config()
    assert code == 0 and "CM0028" not in output, output


def test_a_ca_that_mod_ssl_does_not_know_is_said(by_listen):
    httpd = by_listen()
    httpd.replace_config("conf/client-cas.pem", "conf/partner-ca.pem")
    httpd.replace_config("conf/corp-ca.pem", "conf/root-ca.pem")
    code, output = httpd.test_config()
    assert code == 0 and "is not in SSLCACertificateFile conf/partner-ca.pem" in output, output


@pytest.mark.parametrize("old, new", [
    ("    SSLCertificateFile conf/server.pem", ""),
    ("SSLVerifyClient optional", "SSLVerifyClient optional\nSSLEngine off"),
    ("<VirtualHost 127.0.0.1:{port}>", "<VirtualHost *:{port}>"),  # not the address of the Listen line
])
def test_where_mod_ssl_does_not_take_it(by_listen, pki, old, new):
    httpd = by_listen()
    httpd.replace_config(old.format(port=httpd.port), new.format(port=httpd.port))
    code, output = httpd.test_config()
    assert code == 0 and "CM0028" in output and "there is no TLS" in output, output
    assert "SSLEngine is off" in explain(httpd, pki.alice, vhost=f"localhost:{httpd.port}", location="/cgi/env").answer
    httpd.start()
    with Connection(httpd.port, plain=True) as connection:
        assert connection.get("/cgi/env").status == 403
