"""What docs/tasks/revocation.md says of mod_ssl: lists are read at restart, and they and OCSP are asked in full handshakes only."""
# pylint: disable=redefined-outer-name

import http.server
import os
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

from client import HandshakeRefused
from crls import DAY, DER, NOW, PEM, builder, signed

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
    try:
        with httpd.connect(resume=connection) as again:
            return again.resumed and again.get("/cgi/env").status == 200
    except HandshakeRefused:
        return False


def comes_back(httpd, pki, cert, tls):
    """Whether the certificate, revoked while its owner is there, still comes in after a restart, with the old session."""
    with httpd.connect(cert, tls=tls) as connection:
        assert connection.get("/cgi/env").status == 200
        httpd.write("conf/corp.crl", crl(pki, int(cert.serial, 16), start=NOW))
        # Not before a restart …
        assert connection.get("/cgi/env").status == 200 and httpd.get("/cgi/env", cert, tls=tls).status == 200
        httpd.graceful()
        return resumes(httpd, connection)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_revocation_in_mod_ssl(httpd, pki, tls):
    # After some restarts mod_ssl takes no ticket of TLS 1.3 of before, with its key in a file and without
    # CertMap too (2.4.71 with OpenSSL 3.5).
    assert any(comes_back(httpd, pki, cert := pki.person(f"wilma{tls}.{n}"), tls) for n in range(8))
    # … and then not for whoever was here before.
    with pytest.raises(HandshakeRefused, match="revoked"):
        httpd.get("/cgi/env", cert, tls=tls)


class Responder:
    """OCSP of the issuing CA, about one certificate: `responder.certificate`, `responder.status`."""

    def __init__(self, pki):
        self.certificate, self.status = None, None
        issuer = x509.load_der_x509_certificate(pki.issuing.cert.der)
        responder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                self.rfile.read(int(self.headers["Content-Length"]))
                bad = responder.status == ocsp.OCSPCertStatus.REVOKED
                answer = ocsp.OCSPResponseBuilder().add_response(
                    x509.load_der_x509_certificate(responder.certificate.der), issuer, hashes.SHA1(), responder.status,
                    NOW - DAY, NOW + DAY, NOW - DAY if bad else None, None).responder_id(
                        ocsp.OCSPResponderEncoding.HASH, issuer).certificates([issuer]).sign(pki.issuing.key, hashes.SHA256())
                self.send_response(200)
                self.send_header("Content-Type", "application/ocsp-response")
                self.end_headers()
                self.wfile.write(answer.public_bytes(DER))

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def say(self, cert, revoked):
        self.certificate = cert
        self.status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def responder(pki):
    made = Responder(pki)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def asking(serve, responder):
    lines = f"SSLOCSPEnable leaf\nSSLOCSPDefaultResponder http://127.0.0.1:{responder.port}\nSSLOCSPOverrideResponder on\n"
    return serve(**{**SERVER, "vhost": lines + "SSLOCSPUseRequestNonce off"})


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_revocation_by_ocsp(asking, responder, pki, tls):
    cert = pki.person(f"dora{tls}")
    responder.say(cert, revoked=False)
    with asking.connect(cert, tls=tls) as connection:
        assert connection.get("/cgi/env").status == 200
        responder.say(cert, revoked=True)
        assert connection.get("/cgi/env").status == 200 and resumes(asking, connection)
    with pytest.raises(HandshakeRefused, match="revoked"):
        asking.get("/cgi/env", cert, tls=tls)


def test_without_a_responder_nobody_comes_in(asking, responder, pki):
    responder.stop()
    with pytest.raises(HandshakeRefused):
        asking.get("/cgi/env", pki.alice)
