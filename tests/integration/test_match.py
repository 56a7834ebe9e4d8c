"""docs/directives.md, "CertMapMatch": operators, any and all, whole values, absent attributes."""

import pytest

import der
from pki import dns, email, krb5, other, rid, sid_extension, uri, upn
from places import Asker, ask, places, refuse

TWO = [email("alice@example.com"), email("bob@example.org")]
SID = "S-1-5-21-1-2-3-1104"
CERTS = {
    "none": dict(subject=["O=Example", "CN=none"]),
    "one": dict(subject=["O=Example", "OU=Staff", "CN=one"], san=[email("alice@example.com")]),
    "two": dict(subject=["OU=Staff", "OU=Admins", "CN=two"], san=TWO, serial=b"\x0a\x1b",
                eku=("clientAuth", "emailProtection")),
    "odd": dict(subject=["CN=a.b+c"], san=[email("alice@example.com.evil.test"), dns("a.example"),
                                           dns("b.example")]),
    "typed": dict(subject=["CN=x"], san=[upn("alice@corp.example"), uri("x:alice@example.com")],
                  extensions=[sid_extension(SID)]),
}
EMAIL = r'"[^@]+@example\.com"'
# Lines of one rule; the certificates that satisfy all of them.
LINES = [
    ("CertMapMatch email == alice@example.com", "one two"),
    ("CertMapMatch any email == alice@example.com", "one two"),
    ("CertMapMatch ANY email == alice@example.com", "one two"),
    ("CertMapMatch all email == alice@example.com", "one"),
    ("CertMapMatch All email == alice@example.com", "one"),
    ("CertMapMatch email == nobody@example.com alice@example.com", "one two"),
    ("CertMapMatch email == nobody@example.com", ""),
    ("CertMapMatch all email == alice@example.com bob@example.org", "one two"),
    ("CertMapMatch email != alice@example.com", "none odd typed"),
    ("CertMapMatch email != nobody@example.com bob@example.org", "none one odd typed"),
    (f"CertMapMatch email =~ {EMAIL}", "one two"),
    (f"CertMapMatch all email =~ {EMAIL}", "one"),
    (f"CertMapMatch email !~ {EMAIL}", "none odd typed"),
    (r"CertMapMatch email !~ .*\.org .*test", "none one typed"),
    (r"CertMapMatch email =~ .*\.org .*test", "two odd"),
    ("CertMapMatch email =~ alice", ""),
    ("CertMapMatch email =~ alice|alice@example.com", "one two"),
    ("CertMapMatch email =~ x|alice@example", ""),
    ("CertMapMatch email =~ ^alice@example.com$", "one two"),
    ("CertMapMatch email =~ ALICE@example.com", ""),
    ("CertMapMatch email =~ (?i)ALICE@example.com", "one two"),
    ('CertMapMatch email =~ ".*"', "one two odd"),
    ('CertMapMatch email !~ ".*"', "none typed"),
    ("CertMapMatch email =~ .*@example.com\nCertMapMatch email =~ bob.*", "two"),
    ("CertMapMatch email =~ .*@example.com\nCertMapMatch subject.OU == admins", "two"),
    ("CertMapMatch email =~ .*@example.com\nCertMapMatch email != bob@example.org", "one"),
    ("CertMapMatch email =~ .*@example.com\nCertMapMatch subject.OU == Nobody", ""),
    ("CertMapMatch subject.OU == staff", "one two"),
    ("CertMapMatch all subject.OU == staff", "one"),
    ("CertMapMatch subject.OU != admins", "none one odd typed"),
    ("CertMapMatch subject =~ .*,O=Example", "none one"),
    ("CertMapMatch subject =~ CN=none", ""),
    (r'CertMapMatch subject =~ "CN=a\.b\\\\\+c"', "odd"),
    ("CertMapMatch subject.CN == a.b+c", "odd"),
    ("CertMapMatch subject.CN == aXb+c", ""),
    ("CertMapMatch issuer =~ CN=Corp.CA,O=Example", "none one two odd typed"),
    ("CertMapMatch dns == b.example", "odd"),
    ("CertMapMatch all dns =~ [ab].example", "odd"),
    ("CertMapMatch all dns =~ a.example c.example", ""),
    ("CertMapMatch upn =~ .*@corp.example", "typed"),
    ("CertMapMatch uri =~ .*alice@example.com", "typed"),
    ("CertMapMatch serial =~ 0a1b", "two"),
    ("CertMapMatch serial == 0A:1B", "two"),
    ("CertMapMatch eku == clientAuth", "none one two odd typed"),
    ("CertMapMatch all eku == clientAuth", "none one odd typed"),
    ("CertMapMatch eku == emailProtection", "two"),
    ("CertMapMatch eku =~ .*\\.4", "two"),
    ("CertMapMatch eku == serverAuth 1.3.6.1.5.5.7.3.4", "two"),
    (f"CertMapMatch sid == {SID}", "typed"),
    ("CertMapMatch sid =~ S-1-5-21-1-2-3-.*", "typed"),
    ("CertMapMatch sid != S-1-5-21-1-2-3-1105", "none one two odd typed"),
    ("CertMapMatch sid !~ .*", "none one two odd"),
    ("CertMapMatch EMAIL == alice@EXAMPLE.com", "one two"),
    ("CertMapMatch subject_rfc822_name == alice@example.com", "one two"),
    ("CertMapMatch krb5 == alice@EXAMPLE.COM", ""),
    ("CertMapMatch notafter =~ 20..-.*Z", "none one two odd typed"),
    ("CertMapMatch ext.2.5.29.15 == 03:02:07:80", "none one two odd typed"),
]
OK = "CertMapUser ok"
RULES = {f"m{number}": f"{lines}\n{OK}" for number, (lines, _) in enumerate(LINES)}
RULES |= {
    "confusion": "CertMapMatch email == alice@corp.example\n" + OK,
    "backtrack": r'CertMapMatch email =~ "(\w+\.?)+@example\.com" "(a*)*b" "(x+x+)+y"' + "\n" + OK,
    "component": "CertMapMatch subject.CN =~ alice$\n" + OK,
}
SERVER = places(RULES)


@pytest.fixture(scope="module")
def askers(httpd, pki):
    return {name: Asker(httpd, pki.issuing.issue(**how)) for name, how in CERTS.items()}


@pytest.mark.parametrize("number", range(len(LINES)), ids=lambda number: LINES[number][0][13:])
def test_the_rule_holds_for(askers, number):
    holds = [name for name, ask_it in askers.items() if ask_it(f"m{number}") == "ok"]
    assert " ".join(holds) == LINES[number][1]


@pytest.mark.parametrize("san", [
    dns("alice@corp.example"), uri("alice@corp.example"), upn("alice@corp.example"),
    krb5("corp.example", "alice"), rid("1.2.3"), other("1.2.3", der.ia5("alice@corp.example"))])
def test_a_value_of_another_type_is_another_value(httpd, pki, san):
    subject = ["CN=alice@corp.example", "emailAddress=alice@corp.example"]
    assert ask(httpd, pki.issuing.issue(subject, san=[san]), "confusion") == "!no_rule_matched"


@pytest.mark.parametrize("address", [
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "a" * 4000, "x" * 4000, "a." * 2000])
def test_no_value_makes_matching_slow(httpd, pki, address):
    cert = pki.issuing.issue(san=[email(address)])
    assert ask(httpd, cert, "backtrack") == "!no_rule_matched"


@pytest.mark.parametrize("text", ["eve,CN=alice", "alice,CN=eve", "alice+CN=eve", "alice/CN=eve",
                                  "alice.evil", "x-alice", "alice ", "Alice"])
def test_a_component_is_matched_whole(httpd, pki, text):
    assert ask(httpd, pki.issuing.issue(["CN=alice"]), "component") == "ok"
    assert ask(httpd, pki.issuing.issue([f"CN={text}"]), "component") == "!no_rule_matched"


WRONG = [
    ("CertMapMatch any email != x@y.example", "any"),
    ("CertMapMatch all email !~ x", "all"),
    ("CertMapMatch email", "CertMapMatch"),
    ("CertMapMatch email ==", "CertMapMatch"),
    ("CertMapMatch email = x@y.example", "operator"),
    ("CertMapMatch email === x@y.example", "operator"),
    ("CertMapMatch mail == x@y.example", "email"),
    ("CertMapMatch subject.NoSuchType == x", "NoSuchType"),
    ("CertMapMatch othername.upn == 00", "othername"),
    ("CertMapMatch email =~ (", "("),
    (r'CertMapMatch email =~ "(.)\1"', "RE2"),
    ("CertMapMatch email =~ (?=x)", "RE2"),
    ("CertMapMatch issuer-serial == 0a@CN=x", "issuer-serial"),
    ("CertMapMatch subject == alice", "name"),
    ("CertMapMatch ip == 300.1.2.3", "300.1.2.3"),
    ("CertMapMatch sha256 == abcd", "sha256"),
    ("CertMapMatch serial == xyz", "serial"),
    ("CertMapMatch eku == 1.2.x", "1.2.x"),
    ("CertMapMatch eku == noSuchUsage", "noSuchUsage"),
    ('CertMapMatch email == ""', "empty"),
    ("CertMapMatch sid == alice", "sid"),
]


@pytest.mark.parametrize("line, word", WRONG)
def test_a_mistake_is_told_with_its_line(make_httpd, line, word):
    lines, _ = refuse(make_httpd, f"{OK}\n{line}", "CertMapMatch", word)
    assert set(lines) == {2}
