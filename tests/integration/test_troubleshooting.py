"""docs/troubleshooting.md: its reasons and messages are those of the sources, and what it says that the
logs show, they show."""

import datetime
import re
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

import client
from documents import code_blocks, files_below, read, section, table, words, words_of
from httpd_setup import virtual_host
from pki import Ca
from server import Httpd
from watch import wait_for

PAGE = "docs/troubleshooting.md"
TEXT = read(PAGE)
STAFF = "<CertMapRule staff>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapUser {email!local}\n</CertMapRule>"
MAP = "<CertMapRule m>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapFile conf/m.map\n</CertMapRule>"
USE = "AuthType ClientCert\nCertMapUse staff\nRequire valid-user"
LEVELS = {"kStart": "start", "ERR": "error", "WARNING": "warning", "NOTICE": "notice", "INFO": "info", "DEBUG": "debug"}


def cells(heading):
    return [[cell.strip("`") for cell in row] for row in table(section(TEXT, heading))][1:]


# What the sources list

def test_each_reason_is_in_the_table_once():
    named = [row[0] for row in cells("## Reasons")]
    reasons = words_of("Reason", "mod_certmap/core/rule/decision.cpp")
    assert sorted(named) == sorted(reasons)


MESSAGES = "mod_certmap/httpd/base/messages.h"


def sources():
    return files_below("mod_certmap", ".cpp") + files_below("mod_certmap", ".h")


def messages_in_sources():
    """(name, number, level) of each."""
    found = re.findall(r'Message (k\w+)\{"(CM\d{4})", (?:APLOG_)?(\w+)\};', read(MESSAGES))
    assert len(found) > 20
    return found


def test_each_message_is_in_the_table_with_its_level():
    levels = {}
    for _, number, level in messages_in_sources():
        levels.setdefault(number, []).append(LEVELS[level])
    documented = {row[0]: row[1].split(", ") for row in cells("## Messages in the error log")}
    assert documented == levels


def test_each_message_of_the_sources_is_written_somewhere():
    used = {name for path in sources() for name in re.findall(r"message::(k\w+)", read(path))}
    assert used == {name for name, _, _ in messages_in_sources()}


def test_only_the_table_has_numbers_and_levels():
    """Else a message could go to the log with another level than the page says."""
    for path in sources():
        if path != MESSAGES:
            assert not re.search(r"CM\d{4}|APLOG_(?:ERR|WARNING|NOTICE|INFO)\b", read(path)), path


def test_documents_name_no_other_messages():
    documented = {row[0] for row in cells("## Messages in the error log")}
    for path in ["README.md", "SECURITY.md", "ChangeLog.md", *files_below("docs", ".md")]:
        assert set(re.findall(r"CM\d{4}", read(path))) <= documented, path


# What the logs show. The words in quotes must stand on the page.

def shown(httpd, words_of_page):
    assert words_of_page in TEXT, f"{PAGE} does not say {words_of_page!r}"
    wait_for(lambda: words_of_page in httpd.error_log(), words_of_page)


def refused_in_tls(httpd, cert):
    with pytest.raises(client.HandshakeRefused):
        httpd.get("/cgi/env", cert)


def serve_staff(make_httpd, **how):
    settings = dict(main=STAFF, location=USE, log_level="notice ssl:info certmap:info authz_core:info")
    return make_httpd(**{**settings, **how})


def test_tls_errors(make_httpd, pki):
    with serve_staff(make_httpd) as httpd:
        refused_in_tls(httpd, pki.stranger.issue())
        shown(httpd, "AH02276: Certificate Verification: Error")
        shown(httpd, "unable to get local issuer certificate")
        refused_in_tls(httpd, pki.person("old", not_after=-60))
        shown(httpd, "certificate has expired")
        refused_in_tls(httpd, pki.issuing.issue(eku=("serverAuth",)))
        shown(httpd, "unsuitable certificate purpose")
        assert "CM0012" not in httpd.error_log(), "CertMap is never asked"


def test_a_chain_too_long(make_httpd, pki):
    deep = Ca("O=Example", "CN=Deep CA", parent=pki.issuing)
    trusted = pki.conf_files()["conf/client-cas.pem"] + deep.pem
    with serve_staff(make_httpd, vhost="SSLVerifyDepth 1", files={"conf/client-cas.pem": trusted}) as httpd:
        refused_in_tls(httpd, deep.issue())
        shown(httpd, "Certificate Chain too long")


def revocation_list(ca, cert):
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    issuer = x509.load_pem_x509_certificate(ca.pem.encode())
    revoked = x509.RevokedCertificateBuilder(int(cert.serial, 16), now - datetime.timedelta(hours=1)).build()
    builder = x509.CertificateRevocationListBuilder(issuer.subject, now - datetime.timedelta(hours=1),
                                                    now + datetime.timedelta(days=1), [], [revoked])
    return builder.sign(ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def test_a_revoked_certificate(make_httpd, pki):
    how = {"files": {"conf/crl.pem": revocation_list(pki.issuing, pki.alice)},
           "vhost": "SSLCARevocationFile conf/crl.pem\nSSLCARevocationCheck leaf"}
    with serve_staff(make_httpd, **how) as httpd:
        refused_in_tls(httpd, pki.alice)
        shown(httpd, "certificate revoked")


def test_require_refuses_a_mapped_account(make_httpd, pki):
    with serve_staff(make_httpd, location=USE.replace("valid-user", "user bob")) as httpd:
        seen = httpd.watch()
        assert httpd.get("/cgi/env", pki.alice).status == 403
        shown(httpd, "AH01630: client denied by server configuration")
        assert seen.events(1)[0]["event"]["reason"] == "mapped"


def test_without_a_certificate(make_httpd, pki):
    with serve_staff(make_httpd, verify="none") as httpd:
        assert httpd.get("/cgi/env", pki.alice).status == 403
        wait_for(lambda: "CM0012: refused: no_certificate" in httpd.error_log())


LOCATION = '<Location "/cgi/env/x">\nSSLVerifyClient require\n</Location>'


def test_a_certificate_for_one_location(make_httpd, pki):
    with serve_staff(make_httpd, verify="none", vhost=LOCATION + "\nProtocols h2 http/1.1") as httpd:
        context = client.tls_context(pki.alice, "1.3")
        context.post_handshake_auth = False
        with client._tls_socket(context, httpd.port, "localhost") as browser:
            browser.sendall(b"GET /cgi/env/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert b" 403 " in browser.recv(100)
        shown(httpd, "AH10158: cannot perform post-handshake authentication")
        http_1_1_required = 13
        assert httpd.http2(pki.alice).get("/cgi/env/x").status == f"reset {http_1_1_required}"
        assert httpd.curl("/cgi/env/x", "--http1.1", "--tlsv1.3", "--cert", pki.alice.path).status == 200


def test_the_list_of_cas_that_the_server_sends(make_httpd):
    with serve_staff(make_httpd) as httpd:
        run = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{httpd.port}", "-servername",
                              "localhost", "-nameopt", "RFC2253"], input="", capture_output=True, text=True, check=False)
    head, _, rest = run.stdout.partition("Acceptable client certificate CA names\n")
    assert "CN=Corp CA,O=Example\n" in rest and "Acceptable client certificate CA names" in TEXT


def test_one_connection_for_two_virtual_hosts(make_httpd, pki):
    with serve_staff(make_httpd, after=virtual_host("other", verify="require")) as httpd:
        assert httpd.get("/cgi/env", pki.alice, host="other.example.test").status == 421
        shown(httpd, "no compatible SSL setup")


HALF = {"no rules": ("AuthType ClientCert\nRequire valid-user", "needs a CertMapUse line"),
        "no AuthType": ("CertMapUse staff\nRequire valid-user", "CertMapUse needs an AuthType")}


@pytest.mark.parametrize("location, message", HALF.values(), ids=HALF)
def test_half_a_configuration(make_httpd, pki, location, message):
    with serve_staff(make_httpd, location=location) as httpd:
        assert httpd.get("/cgi/env", pki.alice).status == 500
        wait_for(lambda: re.search(rf"CM0011: .*{message}", httpd.error_log()))


def test_a_rule_of_another_virtual_host(make_httpd, pki):
    after = virtual_host("other", STAFF) + f'\n<Location "/">\n{USE}\n</Location>'
    with serve_staff(make_httpd, main="", location="", after=after) as httpd:
        assert httpd.get("/cgi/env", pki.alice).status == 500
        wait_for(lambda: "CM0011: CertMapUse names a rule that only another virtual host" in httpd.error_log())
        assert httpd.get("/cgi/env", pki.alice, sni="other.example.test").status == 200


def test_without_the_module(pki):
    with Httpd(pki, certmap=False, location="AuthType ClientCert\nRequire valid-user") as httpd:
        assert httpd.get("/cgi/env", pki.alice).status == 500
        shown(httpd, "AH01796: AuthType ClientCert configured without corresponding module")


def test_a_new_intermediate_ca(make_httpd, pki):
    newer = Ca("O=Example", "CN=Corp CA 2", parent=pki.root)
    trusted = pki.conf_files()["conf/client-cas.pem"] + newer.pem
    with serve_staff(make_httpd, files={"conf/client-cas.pem": trusted}) as httpd:
        assert httpd.get("/cgi/env", newer.issue(["CN=alice"])).status == 403
        wait_for(lambda: re.search(r"CM0012: refused: no_rule_matched: .*CN=Corp CA 2,O=Example is not in",
                                   httpd.error_log()))


def serve_map(make_httpd, text, use="m", log_level="notice certmap:debug"):
    return make_httpd(main=MAP, location=USE.replace("staff", use), files={"conf/m.map": text},
                      log_level=log_level)


def test_a_changed_map_file(make_httpd, pki):
    with serve_map(make_httpd, "email:alice@example.com alice\n") as httpd:
        with httpd.connect(pki.alice) as connection:
            assert connection.get("/cgi/env").status == 200
            httpd.write("conf/m.map", "email:alice@example.com\n")
            wait_for(lambda: re.search(r"CM0022: .*m\.map:1: the account is missing", httpd.error_log()))
            wait_for(lambda: re.search(r"CM0032: map file \S+ has errors; its last good state stays in force",
                                       httpd.error_log()))
            assert connection.get("/cgi/env").status == 200
            httpd.write("conf/m.map", "email:alice@example.com !\n")
            wait_for(lambda: re.search(r"CM0031: map file \S+ was read, generation 2", httpd.error_log()))
            assert connection.get("/cgi/env").status == 403
        assert re.search(r"denied_by_rule: email:alice@example\.com is blocked in \S+m\.map", httpd.error_log())


def test_a_name_the_other_way_round_blocks_nobody(make_httpd, pki):
    text = 'email:alice@example.com alice\n"subject:O=Example,CN=alice" !\n'
    with serve_map(make_httpd, text) as httpd:
        assert httpd.get("/cgi/env", pki.alice).status == 200
        httpd.write("conf/m.map", text.replace("O=Example,CN=alice", "CN=alice,O=Example"))
        wait_for(lambda: httpd.get("/cgi/env", pki.alice).status == 403)


def test_why_an_audit_log_is_empty(make_httpd, pki):
    open_place = USE.replace("valid-user", "all granted")
    with serve_staff(make_httpd, location=open_place) as httpd:
        seen = httpd.watch()
        assert httpd.get("/cgi/env", pki.alice).status == httpd.get("/cgi/env", pki.carol).status == 200
        seen.events(0, requests=2)
        assert httpd.audit()[0]["event"]["action"] == "start"


def test_a_rule_that_does_not_apply_is_said_at_level_debug(make_httpd, pki):
    with serve_map(make_httpd, "email:bob@example.com bob\n") as httpd:
        assert httpd.get("/cgi/env", pki.alice).status == 403
        wait_for(lambda: re.search(r"certmap:debug.*CM0010: rule m does not apply", httpd.error_log()))


def test_a_weak_rule_is_warned_of(make_httpd):
    code, output = make_httpd(main=STAFF.replace("CertMapIssuedBy conf/corp-ca.pem\n", ""), location=USE).test_config()
    assert code == 0 and "CM0021: " in output


MULTILANG = f"""
Alias /error/ "${{ROOT}}/error/"
<Directory "${{ROOT}}/error">
    Options +IncludesNoExec
    AddOutputFilter Includes html
    AddHandler type-map var
    Require all granted
</Directory>
ErrorDocument 403 /error/HTTP_FORBIDDEN.html.var
<Location "/">
    {USE}
</Location>
"""
PAGES = {"error/include/top.html": "top ", "error/HTTP_FORBIDDEN.html.var": """\
Content-language: en
Content-type: text/html; charset=UTF-8
Body:----------en--
<!--#include virtual="include/top.html" -->and body
----------en--
"""}


@pytest.mark.parametrize("remedy, is_whole", [("", False), (code_blocks(section(TEXT, "### The ErrorDocument is not shown"))[0], True)])
def test_multilingual_error_pages(make_httpd, remedy, is_whole):
    with make_httpd(main=STAFF, vhost=MULTILANG + remedy, files=PAGES, modules=("negotiation", "include")) as httpd:
        page = httpd.get("/page.html")
        assert page.status == 403 and ("top and body" in page.text) == is_whole
