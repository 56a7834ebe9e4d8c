"""certmapctl explain and the other lines by which mod_ssl verifies: OCSP, SSLOpenSSLConfCmd, security levels."""

import contextlib

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from client import HandshakeRefused, tls_context
from explained import agree, explain
from explained_hosts import first_line, line_at, once  # noqa: F401 (a fixture)

OCSP = "SSLOCSPDefaultResponder http://127.0.0.1:9/\nSSLOCSPOverrideResponder on\nSSLOCSPResponderTimeout 1\n"


@pytest.mark.parametrize("written", ["on", "leaf"])
def test_an_ocsp_responder_that_is_not_asked(once, pki, written):
    httpd = once(f"{OCSP}SSLOCSPEnable {written}\n")
    told = explain(httpd, pki.alice, location="/cgi/env")
    assert told.code == 0 and first_line(told).endswith(
        f"; but {line_at(httpd, f'SSLOCSPEnable {written}')} asks an OCSP responder, which is not asked here, and "
        "refuses whom that does not call good")
    assert "but" not in first_line(explain(httpd, pki.stranger.issue(["CN=alice"]), location="/cgi/env"))


def test_no_ocsp_responder(once, pki):
    assert "but" not in first_line(agree(once(f"{OCSP}SSLOCSPEnable off\n"), pki.alice, "/cgi/env"))


def test_openssl_is_told_to_verify_in_another_way(once, pki):
    command = "SSLOpenSSLConfCmd VerifyCAFile ${ROOT}/conf/partner-ca.pem"
    httpd = once(f"{command}\n" + "SSLOpenSSLConfCmd Options -SessionTicket\n")
    told = explain(httpd, pki.alice, location="/cgi/env")
    written = f"SSLOpenSSLConfCmd VerifyCAFile {httpd.root}/conf/partner-ca.pem"
    assert told.code == 2 and first_line(told).startswith(
        f"cannot tell: {written} ({httpd.conf}:{httpd.line_of(command)}) changes how certificates are verified; "
        "without it: mapped: account alice"), told.text


def test_other_commands_for_openssl_change_nothing(once, pki):
    assert agree(once("SSLOpenSSLConfCmd Options -SessionTicket\n"), pki.alice, "/cgi/env").code == 0


WEAK = "DEFAULT:@SECLEVEL=0"


@pytest.mark.parametrize("lines, code", [
    ("SSLCipherSuite DEFAULT:@SECLEVEL=2", 1),
    (f"SSLCipherSuite {WEAK}", 0),
    (f"SSLCipherSuite SSL {WEAK}", 0),
    (f"SSLCipherSuite {WEAK}\nSSLCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256", 0),
    (f'SSLOpenSSLConfCmd CipherString "{WEAK}"\nSSLCipherSuite DEFAULT:@SECLEVEL=2', 0),
])
def test_the_security_level_of_weak_keys(once, pki, lines, code):
    weak = pki.issuing.issue(["CN=alice"], key=rsa.generate_private_key(65537, 1024))
    httpd, context = once(lines + "\n"), tls_context()
    context.set_ciphers(WEAK)
    context.load_cert_chain(weak.path)
    assert explain(httpd, weak, location="/cgi/env").code == code
    with pytest.raises(HandshakeRefused) if code else contextlib.nullcontext():
        assert httpd.get("/cgi/env", context=context).status == 200
