"""A child that is told to stop: what mod_watchdog's threads do for the module has two seconds to end before exit() frees
what they use; mod_watchdog does not wait for them."""

import os
import threading

import pytest

from fake_ldap import BASE, FakeLdap, later, result
from places import ask, place, places
from preload import compiled
from revoked import Crls, crl, rule
from watch import wait_for

pytestmark = pytest.mark.compiled


@pytest.mark.skipif("CERTMAP_PRELOAD" in os.environ, reason="a sanitizer has to be the first library")
@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_no_thread_lets_go_of_openssl_while_exit_does(serve, pki, tmp_path, mpm):
    """It was a double free, now and then."""
    crls = Crls(serve, pki, {"a": rule("a", ["a.crl"])}, {"a.crl": crl(pki.issuing, number=5)},
                mpm=mpm, environment={"LD_PRELOAD": compiled(tmp_path, "late_exit")})
    crls.change("a.crl", crl(pki.issuing, number=6))
    old = crls.httpd.children()
    crls.httpd.restart()
    wait_for(lambda: not old & crls.httpd.children(), "end of the children")
    crls.httpd.stop()  # which tells of the children that were aborted


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_a_child_ends_when_what_it_asks_a_directory_is_answered(serve, mpm):
    fake = FakeLdap(on_bind=later(0.6, result(49)))
    httpd = serve(mpm=mpm, **places({"people": fake.lines()}))
    wait_for(fake.binds, "the question at start")
    httpd.restart()
    wait_for(lambda: httpd.error_log().count("CM0044") == 2, "the warnings of both generations")
    fake.close()


def test_a_child_ends_though_a_directory_is_silent(serve):
    answer = threading.Event()
    fake = FakeLdap(on_bind=later(answer, result(49)))
    httpd = serve(**places({"people": fake.lines("CertMapLDAPTimeout 20")}))
    wait_for(fake.binds, "the question at start")
    old = httpd.children()
    httpd.restart()
    wait_for(lambda: not old & httpd.children(), "end of the children")
    assert "CM0044" not in httpd.error_log()  # which each generation says when it has waited
    answer.set()
    fake.close()


@pytest.mark.skipif("CERTMAP_PRELOAD" in os.environ, reason="a sanitizer has to be the first library")
def test_a_child_ends_though_a_trial_waits_for_a_name_server(serve, pki, tmp_path):
    """Nothing can end that wait; the thread is left behind."""
    asked = tmp_path / "asked"
    asked.write_text("")
    url = f"ldap://silent.example/{BASE}?uid?sub?(mail={{email}})"
    rules = {"cn": "CertMapUser {subject.CN}", "tried": f'CertMapLDAPURL "{url}" NONE'}
    httpd = serve(main=places(rules)["main"], vhost=place("cn", "AuthType ClientCert\nCertMapTrial tried"),
                  environment={"LD_PRELOAD": compiled(tmp_path, "silent_resolver"), "CERTMAP_ASKED": str(asked)})
    assert ask(httpd, pki.alice, "cn") == "alice"
    wait_for(lambda: len(asked.read_text()) == 2, "the question at start, and that of the trial")
    old = httpd.children()
    httpd.restart()
    wait_for(lambda: not old & httpd.children(), "end of the children")
    assert "SIGKILL" not in httpd.error_log()
    assert ask(httpd, pki.alice, "cn") == "alice"
