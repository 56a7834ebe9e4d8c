"""docs/ldap.md: what a directory's entries mean for the decision."""

import socket
import threading

import pytest

from directory import PEOPLE, SUFFIX, person
from places import Asker, ask, places
from watch import wait_for

NONE, AMBIGUOUS, UNSAFE, DOWN = "!no_rule_matched", "!ambiguous_account", "!unsafe_account", "!backend_unavailable"
BY_MAIL = "(mail={email})"
ELSEWHERE = f"ou=Elsewhere,{PEOPLE}"
ACCESS = f"""
access to dn.exact="uid=hidden,{PEOPLE}" attrs=uid by * none
access to dn.exact="uid=invisible,{PEOPLE}" by * none
access to dn.exact="uid=unsearchable,{PEOPLE}" attrs=mail by * read stop
access to attrs=employeeNumber by * none
access to attrs=roomNumber by * search
"""
UNSAFE_ACCOUNTS = {
    "control": "ali\x01ce", "newline": "alice\r\nX-Admin: 1", "del": "alice\x7f", "c1": "ali\u0085ce",
    "blank-before": " alice", "blank-behind": "alice ", "zero-width": "ali\u200bce", "rlo": "ali\u202ece",
    "long": "a" * 256, "not-utf8": b"ali\xffce", "nul": b"ali\x00ce",
}
SAFE_ACCOUNTS = {"longest": "a" * 255, "inner": "alice b", "non-ascii": "jos\u00e9", "signs": "../a:b;c\\d\"e$",
                 "upper": "AliceX"}


def octets_person(login, value):
    """The account's attribute is one that takes any octets."""
    return person(login, audio=value if isinstance(value, bytes) else value.encode())


class Listener:
    """Counts connections; nobody should make one."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.count = self._socket.getsockname()[1], 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        try:
            while True:
                connection, _ = self._socket.accept()
                self.count += 1
                connection.close()
        except OSError:
            pass

    def close(self):
        self._socket.close()


@pytest.fixture(scope="module")
def rogue():
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def directory(make_directory, rogue):
    refer = dict(objectClass=["referral", "extensibleObject"], ref=f"ldap://127.0.0.1:{rogue.port}/{PEOPLE}")
    aliases = dict(objectClass=["alias", "extensibleObject"])
    accounts = {**UNSAFE_ACCOUNTS, **SAFE_ACCOUNTS}
    entries = {
        **person("alice"), **person("bob"), **person("hidden"), **person("invisible"), **person("unsearchable"),
        **person("twin-1", mail="twin@example.com"), **person("twin-2", mail="twin@example.com"),
        **person("triple-1", mail="triple@example.com"), **person("triple-2", mail="triple@example.com"),
        **person("triple-3", mail="triple@example.com"),
        **person("double", uid=["double", "another"]), **person("secret", employeeNumber="7", roomNumber="9"),
        f"uid=lax,{PEOPLE}": dict(objectClass="inetOrgPerson", uid="lax", cn="lax", sn="lax"),
        **person("MixedCase"), **person("noroom"),
        **person("unclean", mail="unclean@example.com", audio=b"\x00\xff"),
        **person("uncleangroup", audio=[b"fine", b"not\x1bfine"]),
        f"ou=Aliases,{SUFFIX}": dict(objectClass="organizationalUnit", ou="Aliases"),
        f"ou=Hidden,{SUFFIX}": dict(objectClass="organizationalUnit", ou="Hidden"),
        f"uid=target,ou=Hidden,{SUFFIX}": dict(objectClass="inetOrgPerson", uid="target", cn="x", sn="x",
                                               mail="target@example.com"),
        f"cn=link,{PEOPLE}": dict(aliases, cn="link", aliasedObjectName=f"uid=target,ou=Hidden,{SUFFIX}"),
        f"uid=base,ou=Aliases,{SUFFIX}": dict(aliases, uid="base", aliasedObjectName=f"uid=alice,{PEOPLE}"),
        ELSEWHERE: dict(refer, ou="Elsewhere"),
    }
    for name, value in accounts.items():
        entries.update(octets_person(f"octets-{name}", value))
    return make_directory(entries, access=ACCESS)


@pytest.fixture(scope="module")
def httpd(serve, directory):
    ask_it = directory.lines
    rules = {
        "mail": ask_it(BY_MAIL), "cn": "CertMapUser cn-{subject.CN}",
        "wrong-base": ask_it(BY_MAIL, base="ou=Nobody,dc=example,dc=com"),
        "foreign-base": ask_it(BY_MAIL, base="dc=elsewhere,dc=org"),
        "unknown": ask_it("(noSuchAttribute={email})"),
        "unknown-or": ask_it("(|(mail={email})(noSuchAttribute={email}))"),
        "unknown-not": ask_it("(&(mail={email})(!(noSuchAttribute={email})))"),
        "unknown-account": ask_it(BY_MAIL, attributes="noSuchAttribute"),
        "hidden": ask_it(BY_MAIL, attributes="employeeNumber"), "room": ask_it(BY_MAIL, attributes="roomNumber"),
        "hidden-filter": ask_it("(employeeNumber=7)".replace("7", "{subject.CN}")),
        "octets": ask_it(BY_MAIL, attributes="audio"),
        "attribute": ask_it(BY_MAIL, attributes="uid,audio"),
        "groups": ask_it(BY_MAIL, "CertMapLDAPGroups audio"),
        "uid": ask_it("(uid={subject.CN})"), "uid-case": ask_it("(uid={subject.CN!upper})", attributes="UID"),
        "dn": ask_it(BY_MAIL, attributes="entryDN"),
        "elsewhere": ask_it(BY_MAIL, base=ELSEWHERE),
        "below-elsewhere": ask_it(BY_MAIL, base=f"ou=Deeper,{ELSEWHERE}"),
        "elsewhere-base": ask_it("(|(mail={email})(objectClass=*))", base=ELSEWHERE, scope="base"),
        "suffix": ask_it(BY_MAIL, base=SUFFIX),
        "alias-base": ask_it(BY_MAIL, base=f"uid=base,ou=Aliases,{SUFFIX}"),
        "aliases": ask_it("(|(mail={email})(uid=base))", base=f"ou=Aliases,{SUFFIX}"),
        "people-again": ask_it(BY_MAIL, "CertMapLDAPTimeout 9"),
    }
    extra = [f"{name}+cn" for name in ("mail", "wrong-base", "unknown", "unknown-account", "octets", "elsewhere",
                                       "attribute")]
    return serve(**places(rules, extra=[*extra, "unknown+mail+cn"]))


def test_one_entry_is_the_account(httpd, pki):
    assert ask(httpd, pki.alice, "mail") == "alice"


def test_no_entry_goes_on_to_the_next_rule(httpd, pki):
    nobody = Asker(httpd, pki.person("nobody"))
    assert nobody("mail") == NONE
    assert nobody("mail+cn") == "cn-nobody"
    assert nobody("unknown+mail+cn") == "cn-nobody"


@pytest.mark.parametrize("login", ["twin", "triple"])
def test_several_entries_stop(httpd, directory, pki, login):
    seen = directory.watch()
    several = Asker(httpd, pki.person(login))
    assert several("mail") == AMBIGUOUS
    assert several("mail+cn") == AMBIGUOUS
    assert {search.result for search in seen.searches(at_least=1)} <= {0, 4}


def test_several_values_of_the_account_stop(httpd, pki):
    double = Asker(httpd, pki.person("double"))
    assert double("mail") == AMBIGUOUS
    assert double("mail+cn") == AMBIGUOUS


def test_an_entry_without_the_account_stops(httpd, pki):
    assert ask(httpd, pki.person("noroom"), "room") == UNSAFE
    assert ask(httpd, pki.alice, "unknown-account") == UNSAFE
    assert ask(httpd, pki.alice, "unknown-account+cn") == UNSAFE


def test_an_account_that_the_server_hides_stops(httpd, directory, pki):
    seen = httpd.watch()
    assert ask(httpd, pki.person("hidden"), "mail") == UNSAFE
    assert f"uid=hidden,{PEOPLE}" in seen.error("CM0012")
    assert ask(httpd, pki.person("secret"), "hidden") == UNSAFE
    assert ask(httpd, pki.person("secret"), "room") == UNSAFE  # may be searched, not read
    assert ask(httpd, pki.person("hidden"), "mail+cn") == UNSAFE


def test_an_entry_that_the_server_hides_is_not_there(httpd, pki):
    assert ask(httpd, pki.person("invisible"), "mail+cn") == "cn-invisible"
    assert ask(httpd, pki.issuing.issue(["CN=7"]), "hidden-filter") == NONE


@pytest.mark.parametrize("name", ["wrong-base", "foreign-base", "wrong-base+cn"])
def test_a_wrong_base_is_a_failure(httpd, pki, name):
    seen = httpd.watch()
    assert ask(httpd, pki.alice, name) == DOWN
    seen.error("CM0012")


def test_an_attribute_that_the_schema_does_not_know(httpd, directory, pki):
    seen = directory.watch()
    alice = Asker(httpd, pki.person("alice"))
    assert alice("unknown") == NONE
    assert alice("unknown+cn") == "cn-alice"
    assert alice("unknown-or") == "alice"
    assert alice("unknown-not") == NONE
    assert "(?noSuchAttribute=" in seen.searches(3)[0].filter  # the second request is a remembered one


def about(httpd, rule, lines):
    """Those of the lines that name a line of the rule, which ends within five."""
    first = httpd.line_of(f"<CertMapRule {rule}>")
    return [line for line in lines if any(f"httpd.conf:{number}:" in line for number in range(first, first + 4))]


def test_the_start_warns_of_attributes_and_bases_that_are_not_there(httpd, directory):
    def lines():
        return [line for line in httpd.error_log().splitlines() if "CM0044" in line]
    wait_for(lambda: all(any(word in line for line in lines()) for word in (
        "noSuchAttribute", "ou=Nobody,dc=example,dc=com")), "warnings")
    for rule in ("unknown", "unknown-or", "unknown-not", "unknown-account", "wrong-base"):
        assert len(about(httpd, rule, lines())) == 1, (rule, lines())
    for rule in ("mail", "uid-case", "dn", "suffix", "attribute", "groups"):
        assert about(httpd, rule, lines()) == []


@pytest.mark.parametrize("name", UNSAFE_ACCOUNTS)
def test_an_unsafe_account_from_the_directory_stops(httpd, pki, name):
    seen = httpd.watch()
    unsafe = Asker(httpd, pki.person(f"octets-{name}"))
    assert unsafe("octets") == UNSAFE
    assert unsafe("octets+cn") == UNSAFE
    for line in seen.errors("CM0012"):
        assert len(line) < 2000 and not [c for c in line if ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or c in "\u202e"]


@pytest.mark.parametrize("name", SAFE_ACCOUNTS)
def test_a_safe_account_is_taken_octet_for_octet(httpd, pki, name):
    assert ask(httpd, pki.person(f"octets-{name}"), "octets") == SAFE_ACCOUNTS[name]


def test_the_account_is_spelled_as_the_entry_has_it(httpd, pki):
    for spelling in ("mixedcase", "MIXEDCASE", "MixedCase"):
        assert ask(httpd, pki.issuing.issue([f"CN={spelling}"]), "uid") == "MixedCase"
    assert ask(httpd, pki.issuing.issue(["CN=alice"]), "uid-case") == "alice"


def test_an_operational_attribute_can_be_the_account(httpd, pki):
    assert ask(httpd, pki.person("alice"), "dn") == f"uid=alice,{PEOPLE}"


@pytest.mark.parametrize("name", ["attribute", "attribute+cn"])
def test_another_value_that_is_no_clean_text_stops(httpd, pki, name):
    seen = httpd.watch()
    assert ask(httpd, pki.person("unclean"), name) == UNSAFE
    assert "audio" in seen.error("CM0012")


def test_a_group_that_is_no_clean_text_stops(httpd, pki):
    seen = httpd.watch()
    assert ask(httpd, pki.person("uncleangroup"), "groups") == UNSAFE
    assert "audio" in seen.error("CM0012")


# Referrals and aliases

@pytest.mark.parametrize("name", ["elsewhere", "below-elsewhere", "elsewhere+cn", "elsewhere-base"])
def test_a_referral_is_not_followed(httpd, directory, rogue, pki, name):
    seen = directory.watch()
    assert ask(httpd, pki.alice, name) == DOWN
    assert seen.search().result == 10
    assert rogue.count == 0


@pytest.mark.parametrize("login, account", [("alice", "alice"), ("nobody", NONE), ("twin", AMBIGUOUS)])
def test_a_continuation_reference_is_not_followed(httpd, directory, rogue, pki, login, account):
    assert ask(httpd, pki.person(login), "suffix") == account
    assert rogue.count == 0


def test_an_alias_is_not_followed(httpd, directory, pki):
    seen = directory.watch()
    assert ask(httpd, pki.person("target"), "mail") == NONE
    assert ask(httpd, pki.alice, "alias-base") in (NONE, DOWN)
    assert ask(httpd, pki.alice, "aliases") == "base"  # the alias entry itself, for it matches
    assert {search.deref for search in seen.searches(3)} == {0}
