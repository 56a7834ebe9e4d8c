"""Every outcome of a decision: status, request note, audit event, error-log line; and their order."""

import pytest

import der
from client import password
from httpd_setup import user_file, virtual_host
from pki import dns, email, upn

# `backend_unavailable` and `certificate_not_in_entry` need a directory. `certificate_not_yet_valid`
# never gets through a TLS handshake here; the unit tests have it.

RULES = r"""
CertMapAuditLog logs/audit.log
<CertMapRule login>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "(.*)@example\.com"
    CertMapUser     $1
</CertMapRule>
<CertMapRule cn>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser     {subject.CN}
</CertMapRule>
<CertMapRule ou>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser     {subject.OU}
</CertMapRule>
<CertMapRule email>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser     {email!local}
</CertMapRule>
<CertMapRule map>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile     conf/people.map
</CertMapRule>
<CertMapRule map-dns>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile     conf/people.map dns
</CertMapRule>
<CertMapRule deny>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    subject.OU == Contractors
    CertMapDeny     "contractors stay out"
</CertMapRule>
<CertMapRule deny-all>
    CertMapDeny
</CertMapRule>
<CertMapRule deny-partner>
    CertMapIssuedBy conf/partner-ca.pem
    CertMapDeny
</CertMapRule>
<CertMapRule stranger>
    CertMapIssuedBy conf/stranger-ca.pem
    CertMapUser     {subject.CN}
</CertMapRule>
<CertMapRule ambiguous-elsewhere>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    subject.OU == Nowhere
    CertMapUser     {email}
</CertMapRule>
"""
PEOPLE = """\
email:old@example.com      old      expires=2020-01-31
email:one@example.com      one
email:two@example.com      two
email:same@example.com     one
email:blocked@example.com  !
upn:blocked@corp.example   !
email:former@example.com   !        expires=2020-01-31
"""
USES = ["login", "cn", "ou", "email", "map", "deny", "stranger", "map cn", "email cn", "login cn",
        "ou cn", "cn map", "cn map-dns", "cn deny", "deny cn", "deny-all cn", "deny-partner cn",
        "ambiguous-elsewhere cn"]


def path_of(rules):
    return "/cgi/env/" + rules.replace(" ", "+")


LOCATIONS = "".join(f"""
<Location "{path_of(rules)}">
    AuthType ClientCert
    CertMapUse {rules}
    Require valid-user
</Location>""" for rules in USES)
BASIC = """
<Location "/cgi/env/required">
    AuthType Basic
    AuthName staff
    AuthUserFile conf/users
    CertMapUse cn
    CertMapControl required
    Require valid-user
</Location>
"""
NO_CA = virtual_host("noca", LOCATIONS, verify="optional_no_ca")
SERVER = dict(main=RULES, vhost=LOCATIONS + BASIC, plain=LOCATIONS, after=NO_CA, audit="",
              files={"conf/people.map": PEOPLE,
                     "conf/users": user_file("bob")})


def person(pki, *san, subject=("CN=alice",), **how):
    return pki.issuing.issue(list(subject), san=san, **how)


def two_emails(pki):
    return person(pki, email("one@example.com"), email("two@example.com"))


CASES = [
    ("no_certificate", "cn", lambda pki: None),
    ("malformed_certificate", "cn", lambda pki: person(pki, email(b"al\x07ice@example.com"))),
    ("malformed_certificate", "cn", lambda pki: person(pki, email(b"alice\0@example.com"))),
    ("denied_by_rule", "map", lambda pki: person(pki, email("blocked@example.com"))),
    ("denied_by_rule", "deny", lambda pki: person(pki, subject=["OU=Contractors", "CN=x"])),
    ("denied_by_rule", "deny-all cn", lambda pki: person(pki)),
    ("entry_expired", "map", lambda pki: person(pki, email("old@example.com"))),
    ("ambiguous_attribute", "login", two_emails),
    ("ambiguous_attribute", "email", two_emails),
    ("ambiguous_account", "map", two_emails),
    ("unsafe_account", "cn", lambda pki: person(pki, subject=["CN=alice "])),
    ("unsafe_account", "cn", lambda pki: person(pki, subject=["CN= alice"])),
    ("unsafe_account", "cn", lambda pki: person(pki, subject=["CN=ali\u200bce"])),
    ("unsafe_account", "cn", lambda pki: person(pki, subject=["CN=\u202eecila"])),
    ("unsafe_account", "cn", lambda pki: person(pki, subject=["CN=" + "a" * 256])),
    ("no_rule_matched", "login", lambda pki: person(pki, email("alice@example.org"))),
    ("no_rule_matched", "login", lambda pki: person(pki)),
    ("no_rule_matched", "login", lambda pki: person(pki, email("@example.com"))),
    ("no_rule_matched", "map", lambda pki: person(pki, email("nobody@example.com"))),
    ("no_rule_matched", "cn", lambda pki: pki.carol),
]


@pytest.mark.parametrize("reason, rules, make", CASES)
def test_a_refusal_is_told_everywhere(httpd, pki, reason, rules, make):
    seen = httpd.watch()
    response = httpd.get(path_of(rules), make(pki))
    assert response.status == 403
    assert "WWW-Authenticate" not in response.headers
    (event,) = seen.events(1)
    assert (event["event"]["reason"], event["event"]["outcome"]) == (reason, "failure")
    assert "user" not in event
    assert seen.access(1)[0].first_reason == reason
    (line,) = [line for line in seen.errors(reason) if "[certmap:info]" in line]


def test_a_mapped_request_is_told_everywhere(httpd, pki):
    seen = httpd.watch()
    assert httpd.get(path_of("login"), pki.alice).env["REMOTE_USER"] == "alice"
    (event,) = seen.events(1)
    assert (event["event"]["reason"], event["event"]["outcome"]) == ("mapped", "success")
    assert event["user"]["name"] == "alice"
    assert seen.access(1)[0].first_reason == "mapped"
    assert not seen.errors("no_rule_matched")


def test_without_tls_there_is_no_certificate(httpd):
    seen = httpd.watch()
    assert httpd.get_plain(path_of("cn")).status == 403
    assert seen.events(1)[0]["event"]["reason"] == "no_certificate"


@pytest.mark.parametrize("rules", ["cn", "stranger"])
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_only_a_verified_certificate_counts_also_when_resumed(httpd, pki, rules, tls):
    seen = httpd.watch()
    first = httpd.connect(pki.stranger.issue(["CN=alice"]), sni="noca.example.test", tls=tls)
    assert first.get(path_of(rules)).status == 403
    second = httpd.connect(resume=first, sni="noca.example.test")
    assert second.resumed and second.get(path_of(rules)).status == 403
    assert {event["event"]["reason"] for event in seen.events(2)} == {"certificate_not_verified"}


def test_a_verified_certificate_counts_under_optional_no_ca(httpd, pki):
    with httpd.connect(pki.alice, sni="noca.example.test") as connection:
        assert connection.get(path_of("cn")).env["REMOTE_USER"] == "alice"


def test_expiry_ends_open_and_resumed_connections(httpd, pki):
    cert = person(pki, email("alice@example.com"), not_after=2)
    open_ones = [httpd.connect(cert, tls=tls) for tls in ("1.2", "1.3")]
    assert [one.get(path_of("cn")).status for one in open_ones] == [200, 200]
    cert.wait_expired()
    resumed = [httpd.connect(resume=one) for one in open_ones]
    seen = httpd.watch()
    assert all(one.resumed for one in resumed)
    assert [one.get(path_of("cn")).status for one in open_ones + resumed] == [403] * 4
    assert {event["event"]["reason"] for event in seen.events(4)} == {"certificate_expired"}


def test_two_factors_of_two_people(httpd, pki):
    seen = httpd.watch()
    assert httpd.get(path_of("required"), pki.alice, password("bob")).status == 403
    (event,) = seen.events(1)
    assert (event["event"]["reason"], event["event"]["outcome"]) == ("account_mismatch", "failure")
    assert seen.access(1)[0].first_reason == "account_mismatch"
    assert "[certmap:info]" in seen.error("account_mismatch")


STOPS = [
    ("denied_by_rule", "cn map", lambda pki: person(pki, email("blocked@example.com"))),
    ("denied_by_rule", "cn map-dns", lambda pki: person(pki, email("blocked@example.com"))),
    ("denied_by_rule", "cn map-dns", lambda pki: person(pki, upn("blocked@corp.example"))),
    ("denied_by_rule", "deny cn", lambda pki: person(pki, subject=["OU=Contractors", "CN=x"])),
    ("entry_expired", "map cn", lambda pki: person(pki, email("old@example.com"))),
    ("ambiguous_attribute", "email cn", two_emails),
    ("ambiguous_account", "map cn", two_emails),
    ("unsafe_account", "ou cn", lambda pki: person(pki, subject=["OU=x ", "CN=alice"])),
    ("malformed_certificate", "cn map", lambda pki: person(pki, email("blocked@example.com"),
                                                          dns(b"a\x01.example"))),
]


@pytest.mark.parametrize("reason, rules, make", STOPS)
def test_a_weaker_rule_never_decides_in_its_place(httpd, pki, reason, rules, make):
    seen = httpd.watch()
    assert httpd.get(path_of(rules), make(pki)).status == 403
    assert seen.events(1)[0]["event"]["reason"] == reason


GOES_ON = [
    ("map cn", lambda pki: person(pki, email("nobody@example.com"))),
    ("map cn", lambda pki: person(pki, email("former@example.com"))),
    ("email cn", lambda pki: person(pki)),
    ("login cn", lambda pki: person(pki, email("@example.com"))),
    ("ou cn", lambda pki: person(pki)),
    ("cn deny", lambda pki: person(pki, subject=["OU=Contractors", "CN=alice"])),
    ("deny cn", lambda pki: person(pki)),
    ("deny-partner cn", lambda pki: person(pki)),
    ("ambiguous-elsewhere cn", two_emails),
]


@pytest.mark.parametrize("rules, make", GOES_ON)
def test_what_does_not_apply_leaves_it_to_the_others(httpd, pki, rules, make):
    response = httpd.get(path_of(rules), make(pki))
    assert (response.status, response.env.get("REMOTE_USER"), response.env.get("CERTMAP_RULE")) == (
        200, "alice", "cn")


def test_two_hits_with_one_account_are_not_ambiguous(httpd, pki):
    cert = person(pki, email("one@example.com"), email("same@example.com"))
    assert httpd.get(path_of("map"), cert).env["REMOTE_USER"] == "one"


def test_the_event_names_the_rule_that_refused(httpd, pki):
    seen = httpd.watch()
    httpd.get(path_of("deny cn"), person(pki, subject=["OU=Contractors", "CN=x"]))
    assert seen.events(1)[0]["rule"]["name"] == "deny"
    assert seen.error("contractors stay out")


def test_the_order_of_expiry_and_block(httpd, pki):
    cert = person(pki, email("blocked@example.com"), not_after=2)
    connection = httpd.connect(cert)
    assert connection.get(path_of("map")).status == 403
    cert.wait_expired()
    seen = httpd.watch()
    assert connection.get(path_of("map")).status == 403
    assert seen.events(1)[0]["event"]["reason"] == "certificate_expired"


@pytest.mark.parametrize("attribute, account", [
    ("CN=ALICE", "ALICE"), ("CN=\u0430lice", "\u0430lice"),
    (("CN", der.BMP, "alice".encode("utf-16-be")), "alice"),
    (("CN", der.UNIVERSAL, "alice".encode("utf-32-be")), "alice")])
def test_the_account_is_the_text_of_the_value(httpd, pki, attribute, account):
    assert httpd.get(path_of("cn"), person(pki, subject=[attribute])).env["REMOTE_USER"] == account


def test_refusals_look_alike_to_the_visitor(httpd, pki):
    answers = {httpd.get(path_of("map"), cert).body for cert in (
        None, pki.alice, person(pki, email("blocked@example.com")),
        person(pki, email("old@example.com")))}
    assert len(answers) == 1


def test_refusals_are_logged_without_an_audit_log(serve, pki):
    main = RULES.replace("CertMapAuditLog logs/audit.log", "CertMapAuditLog none")
    httpd = serve(**{**SERVER, "main": main, "after": ""})
    seen = httpd.watch()
    assert httpd.get(path_of("login"), pki.carol).status == 403
    assert "[certmap:info]" in seen.error("no_rule_matched")
    assert httpd.read("logs/audit.log") == ""
