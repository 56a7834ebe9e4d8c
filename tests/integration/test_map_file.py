"""Map files (docs/map-file.md): keys, their order, blocks, options, quoting."""

import collections
import datetime

import pytest

from pki import dirname, dns, email, ip, krb5, policies, rid, sid_extension, srv, upn, uri, xmpp

ISSUER = "CN=Corp CA,O=Example"
SID = "S-1-5-21-1004336348-1177238915-682003330-512"
TODAY = datetime.datetime.now(datetime.timezone.utc).date()
TOMORROW, YESTERDAY = (TODAY + datetime.timedelta(days) for days in (1, -1))
BY_STRENGTH = ["sha256:{sha256}", "spki:{spki}", '"issuer-serial:1a2b@' + ISSUER + '"', "ski:{ski}",
               "sid:" + SID, "upn:rich@corp.example", "krb5:rich@CORP.EXAMPLE",
               "email:rich@example.com", "uri:https://example.com/rich", "dns:rich.example.com",
               '"subject:CN=rich,OU=People,O=Example"']
OTHERS = ["ip:192.0.2.7", "serial:1a2b", "sha1:{sha1}", "subject.CN:rich", "rid:1.2.3.4",
          "xmpp:rich@chat.example", "srv:_imap.example.com", '"dirname:CN=dir,O=Example"',
          "eku:1.3.6.1.5.5.7.3.2", "policy:1.3.6.1.4.1.99999.1", '"issuer:' + ISSUER + '"',
          "issuer.O:Example", "cert:{sha256}", "subject.2.5.4.11:People", "aki:{aki}"]

Case = collections.namedtuple("Case", "text expected cert attributes more", defaults=("rich", "", ""))
CASES = {}


def table(group, *cases):
    """Registers cases under names that make paths; returns the names."""
    names = [f"{group}-{number}" for number in range(len(cases))]
    CASES.update(zip(names, (Case(*case) for case in cases)))
    return names


def entries(keys):
    return "".join(f"{key} user{number}\n" for number, key in enumerate(keys))


# The rest of the kinds come after `subject`, in the order of the file.
ORDER = table("order", *(
    (entries([*OTHERS[:1], *reversed(BY_STRENGTH[weaker:])]), f"user{len(BY_STRENGTH) - weaker}")
    for weaker in range(len(BY_STRENGTH))),
    (entries(OTHERS), "user0"), (entries(reversed(OTHERS)), "user0"),
    (entries([OTHERS[2], OTHERS[0]]), "user0"))
EACH_KIND = table("kind", *((f"{key} rich\n", "rich") for key in BY_STRENGTH + OTHERS))
SPELLINGS = table(
    "spelling", ("SHA256:{SHA256} rich", "rich"), ("spki:{spki_colons} rich", "rich"),
    ("sha1:{SHA1} rich", "rich"), ("serial:1A:2B rich", "rich"),
    ('"issuer-serial:1A:2B@cn=corp  ca, o=EXAMPLE" rich', "rich"),
    ('"subject:cn=RICH, ou=people, O=example" rich', "rich"),
    ('"subject:O=Example,OU=People,CN=rich" rich', "no_rule_matched"),
    ("EMAIL:rich@EXAMPLE.com rich", "rich"), ("email:Rich@example.com rich", "no_rule_matched"),
    ("upn:Rich@Corp.Example rich", "rich"), ("dns:RICH.example.COM rich", "rich"),
    ("uri:HTTPS://EXAMPLE.com/rich rich", "rich"),
    ("uri:https://example.com/Rich rich", "no_rule_matched"),
    ("dns:rich.example.com. rich", "no_rule_matched"),
    ("subject_rfc822_name:rich@example.com rich", "rich"),
    ("subject_nt_principal:rich@corp.example rich", "rich"))
QUOTING = table(
    "quoting", ("email:a#b@example.com a#b", "a#b", "hash"), ("email:a@example.com a # b", "a", "hash"),
    ('"email:a@example.com" "al ice"', "al ice", "hash"),
    ('"subject:CN=x # y" alice # "unclosed', "alice", "hash"),
    ('"subject.CN:x # y"\t \talice', "alice", "hash"), ("   email:a@example.com\talice  ", "alice", "hash"),
    (r'"subject.CN:say \"hi\" \\ \n"  quoter', "quoter", "quote"),
    (r'"subject:CN=say \\\"hi\\\" \\\\ \\\\n" quoter', "quoter", "quote"),
    (r'"subject.CN:say \"hi\" \\ \n" "a\"b\\c\d"', 'a"b\\c\\d', "quote"),
    (r"email:back\slash@example.com a\b", r"a\b", "quote"),
    ("# email:a@example.com bob\n\n   # email:a@example.com bob\nemail:a@example.com alice", "alice", "hash"),
    ("\ufeffemail:a@example.com alice\n", "alice", "hash"),
    ("\ufeff# first\r\nemail:a@example.com alice expires=2099-12-31\r\n", "alice", "hash"),
    ("email:a@example.com jos\u00e9", "jos\u00e9", "hash"),
    ("email:a@example.com ! # blocked", "denied_by_rule", "hash"),
    ('email:a@example.com "!"', "denied_by_rule", "hash"))
EXPIRY = table(
    "expiry", (f"email:rich@example.com rich expires={TOMORROW}", "rich"),
    (f"email:rich@example.com rich expires={TODAY}", "rich"),
    (f"email:rich@example.com rich expires={YESTERDAY}", "entry_expired"),
    (f"spki:{{spki}} rich expires={YESTERDAY}\nemail:rich@example.com rich", "entry_expired"),
    (f"email:rich@example.com rich\ndns:rich.example.com x expires={YESTERDAY}", "rich"),
    (f"email:rich@example.com ! expires={TODAY}", "denied_by_rule"),
    (f"email:rich@example.com ! expires={YESTERDAY}\ndns:rich.example.com rich", "rich"),
    (f"email:rich@example.com ! expires={YESTERDAY}", "no_rule_matched"),
    ("email:rich@example.com rich expires=2028-02-29 groups=a", "rich"))
SAME = "email:one@example.com  one groups=a,b\nemail:two@example.com  one groups=b,c\n"
TWO = table(
    "two", (SAME, "one", "two"), (SAME.replace("two@example.com  one", "two@example.com  two"),
                                  "ambiguous_account", "two"),
    ("email:one@example.com one\ndns:rich.example.com two", "one", "two"),
    ("dns:rich.example.com one groups=x\n" + SAME, "one", "two"),
    (SAME.replace("email:two@example.com  one", "email:two@example.com  two"), "one", "two", "",
     "CertMapMatch email == one@example.com"),
    (r'email:one@example.com one "groups=a;b,c\d,e\\f,x y"', "one", "two"))
LIMITED = "sha256:{sha256} digest\nemail:rich@example.com email\ndns:rich.example.com dns\n"
LISTED = table(
    "listed", (LIMITED, "email", "rich", "email"), (LIMITED, "dns", "rich", "dns email sha256"),
    (LIMITED, "email", "rich", "EMAIL dns"), (LIMITED, "no_rule_matched", "rich", "upn spki"),
    (LIMITED, "digest", "rich", "sha256 dns"),
    ("serial:1a2b x\n" + entries(BY_STRENGTH[2:3]), "user0", "rich", "issuer-serial"))
BLOCKS = table("block", *((f"{key} !\nemail:alice@example.com alice\n", "denied_by_rule", "rich", "uri")
                          for key in BY_STRENGTH + OTHERS),
               ("email:two@example.com !\nemail:one@example.com one", "denied_by_rule", "two"),
               ("email:two@example.com !\nemail:one@example.com one", "denied_by_rule", "two", "",
                "CertMapMatch email == one@example.com"))


def people(pki):
    extensions = [sid_extension(SID), policies("1.3.6.1.4.1.99999.1")]
    return {
        "rich": pki.issuing.issue(
            ["O=Example", "OU=People", "CN=rich"], serial=0x1A2B, extensions=extensions,
            san=[email("rich@example.com"), dns("Rich.example.com"), uri("https://example.com/rich"),
                 ip("192.0.2.7"), rid("1.2.3.4"), dirname(["O=Example", "CN=dir"]),
                 upn("rich@corp.example"), krb5("CORP.EXAMPLE", "rich"), xmpp("rich@chat.example"),
                 srv("_imap.example.com")]),
        "two": pki.issuing.issue(["CN=two"], san=[email("one@example.com"), email("two@example.com"),
                                                  dns("rich.example.com")]),
        "hash": pki.issuing.issue(["CN=x # y"], san=[email("a@example.com"), email("a#b@example.com")]),
        "quote": pki.issuing.issue(['CN=say "hi" \\ \\n'], san=[email("back\\slash@example.com")])}


def facts(pki, cert):
    spki = cert.spki_sha256
    return {"sha256": cert.sha256, "SHA256": cert.sha256.upper(), "sha1": cert.sha1,
            "SHA1": cert.sha1.upper(), "spki": spki, "ski": cert.ski, "aki": pki.issuing.cert.ski,
            "spki_colons": ":".join(spki[i:i + 2] for i in range(0, 64, 2))}


def rule(name, case):
    return f"""
<CertMapRule {name}>
    CertMapIssuedBy conf/corp-ca.pem
    {case.more}
    CertMapFile conf/{name}.map {case.attributes}
</CertMapRule>"""


def location(name, rules):
    return f"""
<Location "/cgi/env/{name}">
    AuthType ClientCert
    CertMapUse {rules}
    Require valid-user
    Header always set X-Reason "expr=%{{note:certmap-reason}}"
</Location>"""


MORE_RULES = """
<CertMapRule cn>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser {subject.CN}
</CertMapRule>
<CertMapRule elsewhere>
    CertMapIssuedBy conf/partner-ca.pem
    CertMapMatch subject.CN == nobody
    CertMapFile conf/block-0.map email
</CertMapRule>
"""
USES = {**{name: name for name in CASES}, "cn": "cn", "cn-block": "cn block-7",
        "cn-elsewhere": "cn elsewhere", "missed-cn": "listed-3 cn", "expired-cn": "expiry-2 cn",
        "blocked-no-longer-cn": "expiry-7 cn"}


@pytest.fixture(scope="module")
def certs(pki):
    return people(pki)


@pytest.fixture(scope="module")
def httpd(serve, pki, certs):
    files = {f"conf/{name}.map": case.text.format(**facts(pki, certs[case.cert]))
             for name, case in CASES.items()}
    return serve(main=MORE_RULES + "".join(rule(name, case) for name, case in CASES.items()),
                 vhost="".join(location(name, rules) for name, rules in USES.items()), files=files)


@pytest.fixture
def ask(httpd, certs):
    """The account of CASES[name], or why there was none."""
    def answer(name, cert=None):
        response = httpd.get(f"/cgi/env/{name}", cert or certs[CASES[name].cert])
        assert response.status in (200, 403), response
        return response.env["REMOTE_USER"] if response.status == 200 else response.headers["X-Reason"]
    return answer


def expected(name):
    return CASES[name].expected


@pytest.mark.parametrize("name", EACH_KIND)
def test_every_attribute_can_be_a_key(ask, pki, name):
    assert ask(name) == expected(name)
    of_the_issuer = CASES[name].text.strip('"').startswith(("issuer:", "issuer."))
    other = pki.issuing.issue(["CN=other"], eku=(), aki=False)
    assert (ask(name, other) == "no_rule_matched") != of_the_issuer


@pytest.mark.parametrize("name", ORDER)
def test_the_strongest_kind_decides_wherever_it_stands_in_the_file(ask, name):
    assert ask(name) == expected(name)


@pytest.mark.parametrize("name", LISTED)
def test_listed_attributes_limit_and_order_the_kinds(ask, name):
    assert ask(name) == expected(name)


@pytest.mark.parametrize("name", SPELLINGS)
def test_keys_compare_as_attributes_do(ask, name):
    assert ask(name) == expected(name)


@pytest.mark.parametrize("name", QUOTING)
def test_fields_quotes_and_comments(ask, name):
    assert ask(name) == expected(name)


@pytest.mark.parametrize("name", EXPIRY)
def test_an_entry_is_valid_through_its_day(ask, name):
    assert ask(name) == expected(name)


@pytest.mark.parametrize("name", TWO)
def test_two_hits_of_one_kind(ask, name):
    assert ask(name) == expected(name)


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_counts_whatever_kinds_are_listed(ask, pki, name):
    assert ask(name) == "denied_by_rule"


@pytest.mark.parametrize("name, rule", [("cn-block", "cn"), ("cn-elsewhere", "cn")])
def test_a_block_refuses_before_the_first_rule(ask, httpd, certs, name, rule):
    assert ask("cn", certs["rich"]) == "rich"
    assert ask(name, certs["two"]) == "two"
    seen = httpd.watch()
    assert ask(name, certs["rich"]) == "denied_by_rule"
    assert "rules_tried" not in seen.events(1)[0]["certmap"]


def test_what_is_not_found_goes_on_and_what_has_expired_does_not(ask, certs):
    assert ask("missed-cn", certs["rich"]) == "rich"
    assert ask("expired-cn", certs["rich"]) == "entry_expired"
    assert ask("blocked-no-longer-cn", certs["rich"]) == "rich"


def groups(httpd, certs, name):
    text = httpd.whoami(certs[CASES[name].cert], f"/cgi/env/{name}").get("CERTMAP_GROUPS", "")
    return sorted(text.split(";"))


def test_groups_of_the_kind_that_decides_unite(httpd, certs):
    assert groups(httpd, certs, TWO[0]) == ["a", "b", "c"]
    assert groups(httpd, certs, TWO[3]) == ["a", "b", "c"]
    assert groups(httpd, certs, EXPIRY[-1]) == ["a"]
    assert groups(httpd, certs, EXPIRY[0]) == [""]


def test_groups_with_semicolons_and_backslashes_can_be_told_apart(httpd, certs):
    env = httpd.whoami(certs["two"], f"/cgi/env/{TWO[-1]}")
    assert env["CERTMAP_GROUPS"] == r"a\;b;c\\d;e\\f;x y"


@pytest.mark.parametrize("name, strength", [
    *((name, "strong") for name in EACH_KIND[:5]), *((name, "issuer") for name in EACH_KIND[5:11])])
def test_the_kind_that_hit_gives_the_strength(httpd, certs, name, strength):
    seen = httpd.watch()
    env = httpd.whoami(certs["rich"], f"/cgi/env/{name}")
    assert env["CERTMAP_STRENGTH"] == strength
    own = seen.events(1)[0]["certmap"]
    kind = CASES[name].text.strip('"').split(":")[0]
    assert own["key"].split(":")[0] == kind
    assert (own["backend"], own["map_generation"]) == ("file", 1)


def test_an_issuer_serial_key_is_not_fooled_by_another_authority(ask, pki):
    """Serial and issuer name are anybody's choice; CertMapIssuedBy is not."""
    name = EACH_KIND[2]
    fake = pki.twin.issue(["CN=rich"], serial=0x1A2B)
    assert ask(name) == "rich"
    assert ask(name, fake) == "no_rule_matched"


@pytest.mark.parametrize("subject, san", [
    ("CN=rich@example.com", [dns("rich@example.com")]), ("CN=x", [uri("rich@example.com")]),
    ("CN=x", [email("rich@example.com,x")]), ("CN=x", [email("x,rich@example.com")]),
    ("CN=x", [email("rich@example.com.evil.test")]), ("CN=x", [upn("rich@example.com")])])
def test_a_value_of_another_kind_or_a_part_of_one_is_no_hit(ask, pki, subject, san):
    assert ask(LISTED[0], pki.issuing.issue([subject], san=san)) == "no_rule_matched"
