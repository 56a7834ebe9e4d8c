"""What is on a list in force stays revoked, whatever is put in its file's place (docs/crl.md, "Live reload")."""

import time

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from pki import Ca, email
from revoked import HOUR, SOON, Crls, crl, delta, location, rule
from watch import wait_for

FIXED = int(time.time()) - HOUR
ALLOW = "CertMapCRLStale allow"
BOTH = "conf/corp-ca.pem conf/partner-ca.pem"


def newer(pki):
    return crl(pki.issuing, [pki.bob], number=5)


def older(pki):
    return crl(pki.issuing, number=4, start=-2 * HOUR)


# By place: its rule, its files, and what comes in the place of the one that has bob.
PLACES = {
    "stranger": (rule("stranger", ["stranger"]),
                 lambda pki: {"stranger/a.crl": newer(pki), "stranger/b.crl": older(pki)},
                 lambda pki: [("stranger/a.crl", crl(pki.stranger)), ("stranger/a.crl", older(pki))]),
    "allow": (rule("allow", ["allow"], ALLOW),
              lambda pki: {"allow/a.crl": newer(pki)},
              lambda pki: [("allow/a.crl", crl(pki.stranger)), ("allow/a.crl", b"garbage")]),
    "other": (rule("other", ["other.crl"], issued_by=BOTH),
              lambda pki: {"other.crl": newer(pki)},
              lambda pki: [("other.crl", crl(pki.partner)), ("other.crl", older(pki))]),
    "delta": (rule("delta", ["delta.crl"]),
              lambda pki: {"delta.crl": newer(pki)},
              lambda pki: [("delta.crl", delta(pki.issuing, number=6, base=3)), ("delta.crl", older(pki))]),
    "base": (rule("base", ["base.crl", "base+.crl"]),
             lambda pki: {"base.crl": older(pki), "base+.crl": delta(pki.issuing, [pki.bob], number=5, base=4)},
             lambda pki: [("base+.crl", older(pki))]),
    "ahead": (rule("ahead", ["ahead.crl", "ahead+.crl"]),
              lambda pki: {"ahead.crl": older(pki), "ahead+.crl": delta(pki.issuing, [pki.bob], number=5, base=4)},
              lambda pki: [("ahead+.crl", delta(pki.issuing, number=7, base=6))]),
    "second": (rule("second", ["second.crl"]),
               lambda pki: {"second.crl": crl(pki.issuing, [pki.bob], number=5, start=FIXED - int(time.time()))},
               lambda pki: [("second.crl", crl(pki.issuing, number=4, start=FIXED - int(time.time())))]),
}


@pytest.fixture(scope="module")
def crls(serve, pki):
    files = {}
    for _, given, _ in PLACES.values():
        files.update(given(pki))
    files["cut.pem"] = crl(pki.partner, encoding=Encoding.PEM) + crl(pki.issuing, [pki.bob], encoding=Encoding.PEM)
    rules = {name: text for name, (text, _, _) in PLACES.items()}
    rules["cut"] = rule("cut", ["cut.pem"], ALLOW, issued_by=BOTH)
    return Crls(serve, pki, rules, files)


def came(crls, mark, name):
    return wait_for(lambda: next((event for event in crls.events(mark, None, name)
                                  if event["event"]["action"].startswith("crl_reload")), None), name, SOON)


def bad(crls, name, octets=b"garbage"):
    mark = crls.mark()
    crls.put(name, octets)
    crls.wait(mark, "crl_reload_failed", name)


@pytest.mark.parametrize("place", PLACES)
def test_another_list_in_its_place_lets_nobody_in(crls, pki, place):
    assert crls.outcome(place, pki.bob) == "403 certificate_revoked"
    for name, octets in PLACES[place][2](pki):
        mark = crls.mark()
        crls.put(name, octets)
        came(crls, mark, name)
        assert crls.outcome(place, pki.bob) == "403 certificate_revoked"
        assert crls.outcome(place, pki.alice) == "alice"
    crls.httpd.graceful()
    assert crls.outcome(place, pki.bob) == "403 certificate_revoked"
    assert crls.outcome(place, pki.alice) == "alice"


def test_a_file_that_no_longer_has_its_list_is_warned_of(crls, pki):
    name = "other.crl"
    crls.change(name, crl(pki.issuing, [pki.bob], number=7))
    log = len(crls.httpd.error_log())
    crls.change(name, crl(pki.partner, number=3))
    assert f"{crls.path(name)}: no longer has the CRL of CN=Corp CA,O=Example, number 7; it stays in force" \
        in crls.httpd.error_log()[log:]


def test_a_pem_file_that_is_cut_behind_a_list_is_not_taken(crls, pki):
    assert crls.outcome("cut", pki.bob) == "403 certificate_revoked"
    mark = crls.mark()
    crls.put("cut.pem", crl(pki.partner, number=2, encoding=Encoding.PEM) + b"-----BEGIN X")
    assert "is cut behind CRL 1" in crls.wait(mark, "crl_reload_failed", "cut.pem")["error"]["message"]
    assert crls.outcome("cut", pki.bob) == "403 certificate_revoked"


def test_a_pem_block_without_its_end_line_swallows_no_other(serve, pki):
    whole = crl(pki.partner, encoding=Encoding.PEM)
    crls = Crls(serve, pki, {"a": rule("a", ["a.pem"], ALLOW, issued_by=BOTH)},
                {"a.pem": whole + crl(pki.issuing, encoding=Encoding.PEM)})
    mark = crls.mark()
    crls.put("a.pem", whole.replace(b"-----END X509 CRL-----\n", b"")
             + crl(pki.issuing, [pki.bob], number=2, encoding=Encoding.PEM))
    assert "CRL 1 is damaged" in crls.wait(mark, "crl_reload_failed", "a.pem")["error"]["message"]


def test_a_list_that_moves_to_another_file_is_not_missed(serve, pki):
    corp, partner = crl(pki.issuing, encoding=Encoding.PEM), crl(pki.partner, encoding=Encoding.PEM)
    crls = Crls(serve, pki, {"a": rule("a", ["d"], issued_by=BOTH)}, {"d/x.pem": corp + partner})
    crls.change("d/y.pem", partner)
    crls.change("d/x.pem", corp)
    assert "no longer has" not in crls.httpd.error_log()


def test_a_list_of_the_future_is_taken_when_its_time_has_come(serve, pki):
    crls = Crls(serve, pki, {"a": rule("a", ["a.crl"])}, {"a.crl": crl(pki.issuing)})
    mark = crls.mark()
    crls.put("a.crl", crl(pki.issuing, [pki.bob], number=2, start=5 * 60 + 6))
    assert "in the future" in crls.wait(mark, "crl_reload_failed", "a.crl")["error"]["message"]
    assert crls.outcome("a", pki.bob) == "bob"
    crls.wait(mark, "crl_reload", "a.crl")
    assert crls.outcome("a", pki.bob) == "403 certificate_revoked"
    assert len(crls.events(mark, "crl_reload_failed")) == 1


@pytest.mark.parametrize("worse", [lambda pki: b"garbage", older], ids=["garbage", "older"])
def test_another_certmapissuedby_keeps_the_last_good_state_over_a_graceful_restart(serve, pki, worse):
    crls = Crls(serve, pki, {"a": rule("a", ["a.crl"], ALLOW)}, {"a.crl": newer(pki)})
    bad(crls, "a.crl", worse(pki))
    crls.httpd.replace_config("CertMapIssuedBy conf/corp-ca.pem", f"CertMapIssuedBy {BOTH}")
    crls.httpd.graceful()
    assert crls.outcome("a", pki.bob) == "403 certificate_revoked"
    assert crls.outcome("a", pki.alice) == "alice"


def test_a_new_rule_for_other_cas_takes_nothing_from_the_rules_of_its_path(serve, pki):
    crls = Crls(serve, pki, {"b": "# first" + rule("b", ["p.crl"], ALLOW)},
                {"p.crl": newer(pki), "../0a.pem": pki.partner.pem.encode()})
    bad(crls, "p.crl", crl(pki.partner))
    crls.httpd.replace_config("# first", rule("n", ["p.crl"], ALLOW, issued_by="conf/0a.pem"))
    crls.httpd.graceful()
    assert crls.outcome("b", pki.bob) == "403 certificate_revoked"
    assert crls.outcome("b", pki.alice) == "alice"


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_where_one_of_two_rules_gets_other_cas_both_keep_the_last_good_state(serve, pki, order):
    rules = {"a": rule("a", ["p.crl"], ALLOW).replace("corp-ca.pem", "corp-ca.pem  "), "b": rule("b", ["p.crl"], ALLOW)}
    crls = Crls(serve, pki, {name: rules[name] for name in order}, {"p.crl": newer(pki)})
    bad(crls, "p.crl")
    crls.httpd.replace_config("CertMapIssuedBy conf/corp-ca.pem  ", f"CertMapIssuedBy {BOTH}")
    crls.httpd.graceful()
    assert [crls.outcome(name, pki.bob) for name in order] == 2 * ["403 certificate_revoked"]


def test_where_two_rules_get_other_cas_both_keep_the_last_good_state(serve, pki):
    crls = Crls(serve, pki, {"a": rule("a", ["d"], ALLOW), "b": rule("b", ["d"], ALLOW, issued_by="conf/partner-ca.pem")},
                {"d/corp.crl": newer(pki), "d/partner.crl": crl(pki.partner)})
    bad(crls, "d/corp.crl")
    for ca in ("corp", "partner"):
        crls.httpd.replace_config(f"CertMapIssuedBy conf/{ca}-ca.pem", f"CertMapIssuedBy conf/{ca}-ca.pem conf/root-ca.pem")
    crls.httpd.graceful()
    assert crls.outcome("a", pki.bob) == "403 certificate_revoked"


def test_a_ca_that_another_rule_revokes_issues_nothing_any_more(serve, pki):
    sub = Ca("O=Example", "CN=Sub CA", parent=pki.root)
    below = Ca("O=Example", "CN=Sub Sub CA", parent=sub)
    zoe = sub.issue(["O=Example", "CN=zoe"], san=[email("zoe@example.com")]).with_chain(sub.cert)
    yan = below.issue(["O=Example", "CN=yan"], san=[email("yan@example.com")]).with_chain(below.cert, sub.cert)
    crls = Crls(serve, pki,
                {"roots": rule("roots", ["root.crl"], issued_by="conf/root-ca.pem"),
                 "subs": rule("subs", ["sub.crl"], issued_by="conf/crl/sub.pem"),
                 "below": rule("below", ["below.crl"], issued_by="conf/crl/below.pem")},
                {"root.crl": crl(pki.root), "sub.crl": crl(sub), "below.crl": crl(below),
                 "sub.pem": sub.pem.encode(), "below.pem": below.pem.encode()},
                vhost=location("all", "below subs roots"))
    assert crls.outcome("all", zoe) == "zoe" and crls.outcome("all", yan) == "yan"
    crls.change("root.crl", crl(pki.root, [sub.cert], number=2))
    assert crls.outcome("all", zoe) == "403 certificate_revoked"
    assert crls.outcome("all", yan) == "403 certificate_revoked"
    assert crls.outcome("subs", zoe) == "zoe"  # where the root's list is not in use


def test_a_file_of_broken_lists_does_not_fill_the_log(serve, pki):
    good = crl(pki.issuing, encoding=Encoding.PEM)
    crls = Crls(serve, pki, {"a": rule("a", ["a.pem"])}, {"a.pem": good})
    mark, log = crls.mark(), len(crls.httpd.error_log())
    crls.put("a.pem", 500 * crl(pki.stranger, encoding=Encoding.PEM))
    crls.wait(mark, "crl_reload_failed", "a.pem")
    text = crls.httpd.error_log()[log:]
    assert text.count("is signed by no CA") == 10 and "the rest of the file was not looked at" in text
