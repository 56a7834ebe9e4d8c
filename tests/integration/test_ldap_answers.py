"""What a directory's limits, result codes and odd answers mean for the decision."""

import pytest

from directory import person
from fake_ldap import FakeLdap, everyone, found, result
from fake_ldap import person as fake_person
from places import ask, places, quoted

AMBIGUOUS, UNSAFE, DOWN = "!ambiguous_account", "!unsafe_account", "!backend_unavailable"
BY_MAIL = "(mail={email})"


def test_size_limits_of_the_server(make_directory, serve, pki):
    small = make_directory({**person("alice"), **person("twin-1", mail="twin@example.com"),
                            **person("twin-2", mail="twin@example.com")}, database="limits * size=1")
    unchecked = make_directory({**person("alice"), **person("bob")}, database="limits * size.unchecked=1",
                               indexes="mail")
    httpd = serve(**places({"small": small.lines(BY_MAIL), "unchecked": unchecked.lines("(sn={subject.CN})"),
                            "indexed": unchecked.lines(BY_MAIL), "cn": "CertMapUser {subject.CN}"},
                           extra=["small+cn", "unchecked+cn"]))
    seen = small.watch()
    assert ask(httpd, pki.person("twin"), "small+cn") == AMBIGUOUS
    assert seen.search().result == 4
    assert ask(httpd, pki.alice, "small+cn") == "alice"
    assert ask(httpd, pki.alice, "indexed") == "alice"
    seen = unchecked.watch()
    assert ask(httpd, pki.alice, "unchecked+cn") == DOWN
    assert seen.search().result == 11  # adminLimitExceeded


CODES = {1: "operationsError", 3: "timeLimitExceeded", 8: "strongerAuthRequired", 10: "referral",
         11: "adminLimitExceeded", 12: "unavailableCriticalExtension", 13: "confidentialityRequired",
         18: "inappropriateMatching", 32: "noSuchObject", 33: "aliasProblem", 34: "invalidDNSyntax", 48: "auth",
         50: "insufficientAccessRights", 51: "busy", 52: "unavailable", 53: "unwillingToPerform", 54: "loopDetect",
         80: "other", 118: "canceled", 127: "unheard of"}


@pytest.fixture
def scripted(serve, pki):
    """scripted(step): what a rule comes to at a directory that answers so, before a rule "cn"."""
    fakes = []

    def run(step, login="alice"):
        fake = FakeLdap(on_search=step)
        fakes.append(fake)
        url = f"ldap://127.0.0.1:{fake.port}/dc=example,dc=com?uid?sub?(mail={{email}})"
        httpd = serve(**places({"ldap": f"CertMapLDAPURL {quoted(url)}", "cn": "CertMapUser {subject.CN}"},
                               extra=["ldap+cn"]))
        return ask(httpd, pki.person(login), "ldap+cn")
    yield run
    for fake in fakes:
        fake.close()


def test_any_result_code_but_success_is_a_failure(serve, pki):
    code = None
    fake = FakeLdap(on_search=lambda talk, request: result(code)(talk, request))
    url = f"ldap://127.0.0.1:{fake.port}/dc=example,dc=com?uid?sub?(mail={{email}})"
    httpd = serve(**places({"ldap": f"CertMapLDAPURL {quoted(url)}", "cn": "CertMapUser {subject.CN}"},
                           extra=["ldap+cn"]))
    for code in CODES:
        assert ask(httpd, pki.person("alice"), "ldap+cn") == DOWN, CODES[code]
    code = 0
    fake.on_search = found()
    assert ask(httpd, pki.person("alice"), "ldap+cn") == "alice"
    fake.on_search = everyone
    assert ask(httpd, pki.person("bob"), "ldap") == "bob"
    fake.close()


@pytest.mark.parametrize("step, outcome", [
    (found(fake_person("alice"), code=4), AMBIGUOUS),
    (found(code=4), AMBIGUOUS),
    (found(fake_person("alice"), code=3), DOWN),
    (found(fake_person("alice"), code=11), DOWN),
    (found(fake_person("alice"), code=10), DOWN),
    (found(fake_person("alice"), code=52), DOWN),
    (found(fake_person("alice"), fake_person("bob")), AMBIGUOUS),
    (found(fake_person("alice"), fake_person("alice")), AMBIGUOUS),
    (found(("uid=x", {"uid": ["a", "b"]})), AMBIGUOUS),
    (found(("uid=x", {"uid": []})), UNSAFE),
    (found(("uid=x", {"uid": [""]})), UNSAFE),
    (found(("uid=x", {})), UNSAFE),
    (found(("uid=x", {"UID": ["alice2"]})), "alice2"),
    (found(("uid=x", {"cn": ["alice"]})), UNSAFE),
], ids=range(14))
def test_partial_and_odd_answers(scripted, step, outcome):
    assert scripted(step) == outcome


def test_an_answer_in_ranges_is_not_taken_for_whole(scripted):
    """Active Directory cuts long lists of values, and says so in the attribute's name."""
    assert scripted(found(("uid=x", {"uid;range=0-0": ["alice"]}))) in (DOWN, UNSAFE)
