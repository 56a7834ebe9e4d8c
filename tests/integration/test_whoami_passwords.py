"""certmap-whoami where passwords count, too."""

import pytest

from client import password
from whoami_page import SERVER, facts, outcome, page  # noqa: F401 (SERVER: of `httpd`)
from whoami_people import SENTENCES, people  # noqa: F401 (fixture)

# Another AuthType

SUFFICIENT = [("nobody", None, "other_way no_certificate None", 401),
              ("carol", None, "other_way no_rule_matched None", 401),
              ("alice", None, "signed_in mapped alice", 200),
              ("two", None, "refused ambiguous_attribute None", 403),
              ("nobody", "bob", "signed_in_otherwise no_certificate bob", 200),
              ("carol", "bob", "signed_in_otherwise no_rule_matched bob", 200),
              ("nobody", "wrong", "other_way no_certificate None", 401)]
LOGINS = {None: None, "alice": password("alice"), "bob": password("bob"), "wrong": password("bob", "wrong")}


@pytest.mark.parametrize("who, login, expected, status", SUFFICIENT)
def test_sufficient(httpd, people, who, login, expected, status):
    told = facts(httpd, "/basic/in", people[who], LOGINS[login])
    assert outcome(told) == f"{status} {expected}"


def test_sufficient_where_nobody_has_to_sign_in(httpd, people):
    """httpd does not look at a password there."""
    for who, expected in (("nobody", "other_way no_certificate None"), ("alice", "signed_in mapped alice"),
                          ("two", "refused ambiguous_attribute None")):
        assert outcome(facts(httpd, "/basic", people[who], LOGINS["bob"])) == f"200 {expected}"
    shown = page(httpd, "/basic", people["carol"])
    assert shown.banner == ("You are not signed in", SENTENCES["carol"]
                            + " You can sign in here in another way, for example with a password.")


REQUIRED = [("alice", "alice", "signed_in mapped alice", 200), ("alice", None, "password_needed mapped alice", 401),
            ("alice", "wrong", "password_needed mapped alice", 401),
            ("alice", "bob", "refused account_mismatch None", 403),
            ("nobody", "bob", "refused no_certificate None", 403)]


@pytest.mark.parametrize("who, login, expected, status", REQUIRED)
def test_two_factors(httpd, people, who, login, expected, status):
    assert outcome(facts(httpd, "/both/in", people[who], LOGINS[login])) == f"{status} {expected}"


def test_two_factors_in_words(httpd, pki):
    assert page(httpd, "/both", pki.alice).banner == (
        "Your certificate is accepted",
        "This site also asks for the password of the account that it belongs to.")
    assert page(httpd, "/both/in", pki.alice, LOGINS["alice"]).banner == (
        "You are signed in as alice", "Your certificate and your password belong to this account.")
    assert page(httpd, "/both/in", pki.alice, LOGINS["bob"]).banner == (
        "You are not signed in", "Your certificate and your password belong to different accounts.")


def test_a_password_without_certmap(httpd, pki):
    told = facts(httpd, "/only-basic/in", pki.alice, LOGINS["bob"])
    assert outcome(told) == "200 signed_in_otherwise None bob"
    assert outcome(facts(httpd, "/only-basic/in", pki.alice)) == "401 refused_elsewhere None None"
