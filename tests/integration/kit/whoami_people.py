"""Visitors of the page: `people` has their certificates; why each is refused, and in which words."""

import pytest

from pki import dns, email


@pytest.fixture(scope="module")
def people(pki):
    def issue(login, *more, **how):
        return pki.issuing.issue(["O=Example", f"CN={login}"], san=[email(f"{login}@example.com"), *more], **how)
    return {
        "nobody": None, "alice": pki.alice, "bob": pki.bob, "carol": pki.carol,
        "blocked": issue("blocked"), "former": issue("former"),
        "denied": pki.issuing.issue(["OU=Contractors", "CN=denied"]),
        "two": issue("x", email("y@example.com")),
        "both": pki.issuing.issue(["CN=both"], san=[dns("one.example"), dns("two.example")]),
        "blank": pki.issuing.issue(["CN=blank"], san=[email(" x@example.com")]),
        "control": issue("control", dns(b"a\x01")),
        "stranger": pki.stranger.issue(["CN=alice"], san=[email("alice@example.com")]),
    }


def reason_of(who):
    return {"nobody": "no_certificate", "carol": "no_rule_matched", "blocked": "denied_by_rule",
            "denied": "denied_by_rule", "former": "entry_expired", "two": "ambiguous_attribute",
            "both": "ambiguous_account", "blank": "unsafe_account", "control": "malformed_certificate"}[who]


SENTENCES = {
    "nobody": "The server asked for a certificate, but your browser sent none.",
    "carol": "No account here belongs to your certificate.",
    "blocked": "Your certificate is blocked on this server.",
    "denied": "Your certificate is blocked on this server.",
    "former": "The time for which your certificate was let in is over.",
    "two": "Your certificate has more than one name that could be your account, and the server does not guess.",
    "both": "More than one account fits your certificate, and the server does not guess.",
    "blank": "Your certificate leads to an account name that the server does not accept.",
    "control": "Your certificate was issued with a fault, so the server cannot rely on it.",
}
