"""Each file in conf/ works: `httpd -t` takes it, and real requests come out as its comments say."""

import hashlib
import json
import os
import re

from client import password
from crls import builder, signed
from httpd_setup import TREE
from pki import KEY_AGREEMENT, email, policies, sid_extension, upn, uri
from revoked import crl
from samples import HOST, answer, authorities, file_of, issue, run_sample, sample  # noqa: F401 (fixtures)

AUDIT = "logs/certmap-audit.log"
SID = "S-1-5-21-1004336348-1177238915-682003330-1104"
PIV_POLICY = "2.16.840.1.101.3.2.1.3.13"
CAC_POLICY = "2.16.840.1.101.2.1.11.9"
MAIL_POLICY = "2.16.840.1.101.3.2.1.3.7"


def comment_lines(text, prefix):
    """The lines of a file that a sample shows in its comments, by how they begin."""
    found = re.findall(rf"^#   (\"?{prefix}.*)$", text, re.M)
    assert found, f"the sample shows no line {prefix}…"
    return "\n".join(found) + "\n"


def test_load_file_is_one_line_for_the_module():
    lines = [line for line in sample("certmap.load").splitlines() if not line.startswith("#")]
    assert lines == ["LoadModule certmap_module /usr/lib/apache2/modules/mod_certmap.so"]
    assert sample("certmap.load").startswith("# Depends: ssl\n")


def test_every_sample_is_tested_here():
    tested = set()
    for name in os.listdir(os.path.dirname(os.path.abspath(__file__))):
        if name.startswith("test_") and "sample" in name and "explain" not in name:
            with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), encoding="utf-8") as file:
                tested |= set(re.findall(r'(?:run_(?:ldap_)?sample\(\s*|(?i:file) = )"(?:examples/)?([\w.-]+)"', file.read()))
    assert tested == {"certmap.conf", *os.listdir(os.path.join(TREE, "conf", "examples"))}


def test_minimal(run_sample, issue):
    httpd = run_sample("examples/minimal.conf",
                       {"conf/partners.map": "email:carol@partner.example carol_p\n"})
    assert answer(httpd, issue("corp", mail="alice@example.com")) == "alice"
    assert answer(httpd, issue("partner", mail="carol@partner.example")) == "carol_p"
    assert answer(httpd, issue("partner", mail="alice@example.com")) == 403
    assert answer(httpd, None) == 403
    assert [event["event"]["outcome"] for event in httpd.audit(AUDIT)][-4:] == [
        "success", "success", "failure", "failure"]


def test_certmap_conf(run_sample, issue):
    httpd = run_sample("certmap.conf", {"conf/partners.map": "email:carol@partner.example carol_p\n"})
    for cert, account in ((issue("corp", mail="alice@example.com"), "alice"),
                          (issue("partner", mail="carol@partner.example"), "carol_p"),
                          (issue("other", mail="alice@example.com"), 403), (None, 403)):
        # It has no virtual host: the test server's own is used, whose authorities are these too.
        assert answer(httpd, cert, "/private/page", host="localhost") == account


def test_certmap_conf_with_its_list(run_sample, authorities, issue):
    good, lost = (issue("corp", mail=f"{login}@example.com") for login in ("alice", "bob"))
    crl = signed(builder(authorities["corp"], int(lost.serial, 16)), authorities["corp"].key)
    httpd = run_sample("certmap.conf", {"conf/partners.map": "", "conf/corp.crl": crl},
                       change=lambda text: text.replace("    #CertMapCRL ", "    CertMapCRL "))
    assert [answer(httpd, cert, "/private/page", host="localhost") for cert in (good, lost)] == ["alice", 403]


def test_certmap_conf_with_what_it_has_in_comments(make_httpd, authorities):
    text = sample("certmap.conf")
    uncommented = re.sub(r"^#(?=\S|    \S)", "", text, flags=re.M)
    assert all(f"\n{word}" in uncommented for word in ("<CertMapRule no-test-cards>", "CertMapAuditFailure",
                                                       "<Location \"/private/reports\">", "LogFormat"))
    httpd = make_httpd(main=uncommented, files={"conf/partners.map": ""})
    code, output = httpd.test_config()
    assert code == 0, output


def test_revocation(run_sample, authorities, issue):
    lost, kept = issue("corp", mail="lost@example.com"), issue("corp", mail="alice@example.com")
    files = {"conf/crl/corp.crl": crl(authorities["corp"], [lost])}
    httpd = run_sample("examples/revocation.conf", files)
    assert (answer(httpd, kept), answer(httpd, lost)) == ("alice", 403)
    assert httpd.audit(AUDIT)[-1]["event"]["reason"] == "certificate_revoked"


def test_smart_card(run_sample, issue):
    httpd = run_sample("examples/smart-card.conf")
    eid = "O=eID", "serialNumber=PNOEE-38001085718", "CN=JÕEORG,JAAK-KRISTJAN,38001085718"
    assert answer(httpd, issue("eid", *eid)) == "38001085718"
    assert answer(httpd, issue("eid", *eid, eku=())) == 403
    cac = {"extensions": [policies(CAC_POLICY)]}
    for authority, how, account in (
            ("dod", cac, "1234567890"), ("other", cac, 403), ("dod", {}, 403),
            ("dod", {**cac, "san": [upn("1234567890@mil")]}, 403), ("dod", {**cac, "ku": KEY_AGREEMENT}, 403),
            ("dod", {"extensions": [policies(MAIL_POLICY)]}, 403)):
        assert answer(httpd, issue(authority, "C=US", "CN=DOE.JANE.Q.1234567890", **how)) == account
    for name, account in (("1234567890@mil", "1234567890"), ("1234567890121002@mil", "1234567890"),
                          ("12345678901@mil", 403), ("1234567890@example.com", 403)):
        assert answer(httpd, issue("piv", san=[upn(name)], extensions=[policies(PIV_POLICY)])) == account
    assert answer(httpd, issue("piv", san=[upn("1234567890@mil")])) == 403


def test_partners(run_sample, issue):
    shown = comment_lines(sample("examples/partners.conf"), "(?:email|subject)")
    httpd = run_sample("examples/partners.conf", {"conf/partners.map": shown})
    carol, erin = (issue("partner", mail=f"{each}@partner.example") for each in ("carol", "erin"))
    alice = issue("corp", mail="alice@example.com")
    supplier = issue("supplier-2026", "O=Supplier GmbH", "CN=Alice")
    assert [answer(httpd, cert) for cert in (alice, carol, erin, supplier)] == [
        "alice", "carol_p", 403, "supplier-alice"]
    assert answer(httpd, issue("partner", "O=Partner", "CN=Batch 7")) == "batch7"
    assert answer(httpd, issue("supplier-2024", "O=Supplier Inc", "CN=Alice")) == 403
    assert answer(httpd, issue("corp", "OU=Contractors", "CN=x", mail="alice@example.com")) == 403
    assert [answer(httpd, cert, "/reports") for cert in (alice, carol, supplier)] == [
        "alice", "carol_p", 403]


def test_ad(run_sample, issue):
    shown = comment_lines(sample("examples/ad.conf"), "sid:")
    httpd = run_sample("examples/ad.conf", {"conf/ad.map": shown})
    by_sid = issue("ad", san=[upn("whoever@corp.example.com")], extensions=[sid_extension(SID)])
    by_upn = issue("ad", san=[upn("Bob@CORP.example.com")])
    assert [answer(httpd, cert) for cert in (by_sid, by_upn)] == ["alice", "bob"]
    assert [answer(httpd, cert, "/admin") for cert in (by_sid, by_upn)] == ["alice", 403]
    assert answer(httpd, issue("other", extensions=[sid_extension(SID)])) == 403


def test_iot(run_sample, issue):
    device = issue("factory", "O=Example", "CN=dev-000017")
    stolen = issue("factory", "O=Example", "CN=dev-000018", serial=0x4f0c)
    meter, workload = issue("other", "CN=x"), issue("mesh", san=[uri("spiffe://example.org/ns/shop/sa/cart")])
    text = sample("examples/iot.conf")
    blocked = comment_lines(text, "issuer-serial:")
    devices = comment_lines(text, "spki:")
    known = re.sub("spki:[0-9a-f]+", "spki:" + hashlib.sha256(meter.spki).hexdigest(), devices)
    devices += known.replace("meter-000001", "meter-000002")
    httpd = run_sample("examples/iot.conf", {"conf/blocked.map": blocked, "conf/devices.map": devices})
    assert [answer(httpd, cert) for cert in (device, stolen, meter, workload)] == [
        "dev-000017", 403, "meter-000002", "shop/cart"]
    assert [answer(httpd, cert, "/metering") for cert in (device, meter)] == [403, "meter-000002"]
    assert answer(httpd, issue("other", "CN=dev-000017")) == 403


def test_two_factor(run_sample, issue):
    httpd = run_sample("examples/two-factor.conf")
    alice = issue("corp", mail="alice@example.com")
    assert answer(httpd, None, headers=password("alice")) == 403
    assert answer(httpd, alice) == 401
    assert answer(httpd, alice, headers=password("alice", "wrong")) == 401
    assert answer(httpd, alice, headers=password("bob")) == 403
    assert answer(httpd, alice, headers=password("alice")) == "alice"


def test_fallback(run_sample, issue):
    httpd = run_sample("examples/fallback.conf")
    alice, both = issue("corp", mail="alice@example.com"), [email(f"{each}@example.com") for each in "ab"]
    assert answer(httpd, alice) == "alice"
    assert answer(httpd, None) == 401
    assert answer(httpd, issue("other"), headers=password("bob")) == "bob"
    assert answer(httpd, issue("corp", san=both), headers=password("bob")) == 403
    assert answer(httpd, alice, "/admin") == "alice"
    assert answer(httpd, None, "/admin", password("bob")) == 401


def test_migration(run_sample, issue):
    shown = comment_lines(sample("examples/migration.conf"), "subject:")
    httpd = run_sample("examples/migration.conf", {"conf/people.map": shown})
    alice = issue("corp", "O=Example", "CN=alice", mail="alice@example.com")
    assert [answer(httpd, alice, path) for path in ("/by-cn", "/by-mail", "/by-dn", "/by-whole-name")] == [
        "alice", "alice@example.com", "alice", "CN=alice,O=Example"]
    assert answer(httpd, issue("corp", "CN=alice", "CN=bob"), "/by-cn") == 403
    assert answer(httpd, issue("other", "O=Example", "CN=alice"), "/by-cn") == 403


def test_status(run_sample, issue):
    shown = comment_lines(sample("examples/status.conf"), "email:")
    httpd = run_sample("examples/status.conf", {"conf/operators.map": shown})
    alice, prometheus = issue("corp", mail="alice@example.com"), issue("corp", "CN=prometheus.example.com")
    def status(cert, query=""):
        return httpd.get("/certmap-status" + query, cert, sni=HOST)
    assert status(None).status == 403
    assert status(issue("corp", mail="bob@example.com")).status == 403
    assert status(issue("other", "CN=prometheus.example.com")).status == 403
    assert "CertMap works" in status(alice).text
    assert "certmap_refused_total{reason=\"no_rule_matched\"} 2" in status(prometheus, "?metrics").text
    assert "Refused(no_certificate): 1\n" in status(alice, "?auto").text


def test_whoami(run_sample, issue):
    httpd = run_sample("examples/whoami.conf")
    alice, stranger = issue("corp", mail="alice@example.com"), issue("other")
    assert answer(httpd, alice) == "alice"
    for cert, path, status, words in ((alice, "/whoami", 200, "You are signed in as <bdi>alice</bdi>"),
                                      (None, "/whoami", 200, "You are not signed in"),
                                      (stranger, "/reports", 403, "No account here belongs to your certificate."),
                                      (None, "/reports", 403, "your browser sent none")):
        page = httpd.get(path, cert, sni=HOST)
        assert page.status == status and words in page.text
    (mapped, *refused) = httpd.audit(AUDIT)[-3:]
    assert mapped["event"]["outcome"] == "success"
    told = [httpd.get("/reports", each, {"Accept": "application/json"}, sni=HOST).text for each in (stranger, None)]
    assert [json.loads(text)["reason"] for text in told] == [event["event"]["reason"] for event in refused]
    assert httpd.audit(AUDIT)[-1]["http"]["request"]["id"] == json.loads(told[-1])["request_id"]
