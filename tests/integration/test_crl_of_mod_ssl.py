"""What docs/tasks/revocation.md says of mod_ssl's lists: read at restart, asked in handshakes, and not for resumed sessions."""
# pylint: disable=redefined-outer-name

import os

import pytest

from client import HandshakeRefused
from crls import NOW, PEM, builder, signed

SERVER = dict(
    main="<CertMapRule cn>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapUser {subject.CN}\n</CertMapRule>",
    vhost="SSLCARevocationFile conf/corp.crl\nSSLCARevocationCheck leaf\nSSLSessionTicketKeyFile conf/ticket.key",
    location="AuthType ClientCert\nCertMapUse cn\nRequire valid-user")


def crl(pki, *serials, **how):
    return signed(builder(pki.issuing, *serials, **how), pki.issuing.key, PEM)


@pytest.fixture(scope="module")
def httpd(serve, pki):
    return serve(**SERVER, files={"conf/corp.crl": crl(pki), "conf/ticket.key": os.urandom(48)})


def resumes(httpd, connection):
    with httpd.connect(resume=connection) as again:
        return again.resumed and again.get("/cgi/env").status == 200


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_revocation_in_mod_ssl(httpd, pki, tls):
    cert = pki.person(f"wilma{tls}")
    with httpd.connect(cert, tls=tls) as connection:
        assert connection.get("/cgi/env").status == 200
        httpd.write("conf/corp.crl", crl(pki, int(cert.serial, 16), start=NOW))
        # Not before a restart …
        assert connection.get("/cgi/env").status == 200 and httpd.get("/cgi/env", cert, tls=tls).status == 200
        httpd.graceful()
        # … and then not for whoever was here before.
        assert resumes(httpd, connection)
    with pytest.raises(HandshakeRefused, match="revoked"):
        httpd.get("/cgi/env", cert, tls=tls)
