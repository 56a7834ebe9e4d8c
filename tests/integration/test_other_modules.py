"""Other modules have their say about a mapped user: mod_lua and mod_perl in every phase, early and late.

bob is whom their functions refuse; alice they let in.
"""

import os

import pytest

from client import password
from httpd_setup import module_folder, user_file
from places import rule

BASIC = "AuthType Basic\nAuthName x\nAuthUserFile conf/users\n"
MODES = {
    "alone": "AuthType ClientCert\nCertMapUse staff\n",
    "sufficient": BASIC + "CertMapUse staff\n",
    "required": BASIC + "CertMapUse staff\nCertMapControl required\n",
    "any": "AuthType ClientCert\nCertMapUse staff\nOrder deny,allow\nDeny from all\nSatisfy Any\n",
    "any/sufficient": BASIC + "CertMapUse staff\nOrder deny,allow\nDeny from all\nSatisfy Any\n",
    "password": BASIC,
}
LUA = """
require 'apache2'
function refuse(r) if r.user == 'bob' then return 403 end return apache2.DECLINED end
function ask(r) r.err_headers_out['WWW-Authenticate'] = 'Basic realm="lua"' return 401 end
function grant(r) return apache2.OK end
function become(r) r.user = 'mallory' return apache2.OK end
"""
HOOKS = {
    "authz-early": "LuaHookAuthChecker ${ROOT}/conf/hooks.lua refuse early",
    "authz": "LuaHookAuthChecker ${ROOT}/conf/hooks.lua refuse",
    "authz-late": "LuaHookAuthChecker ${ROOT}/conf/hooks.lua refuse late",
    "authn": "LuaHookCheckUserID ${ROOT}/conf/hooks.lua refuse",
    "grant-early": "LuaHookAuthChecker ${ROOT}/conf/hooks.lua grant early",
    "grant": "LuaHookAuthChecker ${ROOT}/conf/hooks.lua grant",
    "ask": "LuaHookCheckUserID ${ROOT}/conf/hooks.lua ask",
    "become": "LuaHookCheckUserID ${ROOT}/conf/hooks.lua become",
}
PLACES = "".join(f'<Location "/cgi/env/{mode}/{name}">\n{lines}{hook}\nRequire valid-user\n</Location>\n'
                 for mode, lines in MODES.items() for name, hook in HOOKS.items())
FOLDERS = f"""
<Directory "${{ROOT}}/htdocs">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
<Location "/folder">
{MODES["alone"]}Require valid-user
</Location>
<Location "/folder/index.html">
{HOOKS["authz"]}
</Location>
<Location "/whole.shtml">
{MODES["alone"]}Require valid-user
</Location>
"""
FILES = {"conf/hooks.lua": LUA, "conf/users": user_file("alice", "bob"), "htdocs/folder/index.html": "the index\n",
         "htdocs/whole.shtml": '[<!--#include virtual="/folder/index.html" -->]\n'}
SERVER = dict(main=rule("staff", "CertMapMatch subject.O == Example\nCertMapUser {subject.CN}"),
              vhost=PLACES + FOLDERS, files=FILES, modules=("access_compat", "lua"))


def need(module):
    if not os.path.exists(os.path.join(module_folder(), f"mod_{module}.so")):
        pytest.skip(f"mod_{module} is not installed")


@pytest.fixture(scope="module", params=[True, "first"])
def httpd(request, serve):
    need("lua")
    return serve(certmap=request.param, **SERVER)


@pytest.fixture
def statuses(httpd, pki):
    def of(mode, name):
        answers = [httpd.get(f"/cgi/env/{mode}/{name}", getattr(pki, who),
                             password(who) if mode in ("required", "password") else None)
                   for who in ("alice", "bob")]
        for answer in answers:
            assert "WWW-Authenticate" not in answer.headers, (mode, name)
        return [answer.status for answer in answers]
    return of


CERTMAP = [mode for mode in MODES if mode != "password"]


@pytest.mark.parametrize("mode", CERTMAP)
@pytest.mark.parametrize("name", ["authz-early", "authz"])
def test_check_authz_of_another_module_was_skipped(httpd, statuses, mode, name):
    seen = httpd.watch()
    assert statuses(mode, name) == [200, 403]
    success, failure = seen.events(2)
    assert [success["event"]["outcome"], success["user"]["name"]] == ["success", "alice"]
    assert [failure["event"]["outcome"], failure["event"]["reason"]] == ["failure", "mapped"]
    assert "bob" in failure["error"]["message"] and "user" not in failure


@pytest.mark.parametrize("mode", CERTMAP)
def test_a_late_check_authz_is_asked_as_after_a_password(statuses, mode):
    """Never: mod_authz_core's Require, which is before it, ends the phase."""
    assert statuses(mode, "authz-late") == statuses("password", "authz-late") == [200, 200]


@pytest.mark.parametrize("mode", ["alone", "any"])
def test_check_authn_of_another_module_was_skipped(httpd, statuses, mode):
    seen = httpd.watch()
    assert statuses(mode, "authn") == [200, 403]
    assert [event["event"]["outcome"] for event in seen.events(2)] == ["success", "failure"]


def test_asking_for_more_is_a_refusal_where_the_certificate_alone_decides(httpd, pki):
    response = httpd.get("/cgi/env/alone/ask", pki.alice)
    assert response.status == 403 and "WWW-Authenticate" not in response.headers


@pytest.mark.parametrize("mode", ["alone", "any"])
def test_another_module_does_not_change_the_account(httpd, pki, mode):
    assert httpd.get(f"/cgi/env/{mode}/become", pki.alice).env["REMOTE_USER"] == "alice"


@pytest.mark.parametrize("mode", ["alone", "any", "required"])
def test_check_authn_of_another_module_does_not_let_in_past_a_refusal(httpd, pki, mode):
    seen = httpd.watch()
    for cert in (pki.carol, None):
        assert httpd.get(f"/cgi/env/{mode}/become", cert, password("alice")).status == 403
    assert [event["event"]["reason"] for event in seen.events(2)] == ["no_rule_matched", "no_certificate"]


@pytest.mark.parametrize("name", ["grant-early", "grant"])
def test_required_was_bypassed_by_another_modules_check_authz(httpd, pki, name):
    """bob's certificate, alice's password."""
    seen = httpd.watch()
    path = f"/cgi/env/required/{name}"
    assert httpd.get(path, pki.bob, password("alice")).status == 403
    assert httpd.get(path, pki.alice, password("alice")).env["REMOTE_USER"] == "alice"
    mismatch, success = seen.events(2)
    assert mismatch["event"]["reason"] == "account_mismatch"
    assert success["user"]["name"] == "alice"


def test_a_module_that_is_loaded_by_a_restart_has_its_say(make_httpd, pki):
    """Without it nobody would be asked: CertMap leaves both phases out."""
    need("lua")
    httpd = make_httpd(main="# modules\n" + SERVER["main"], location=MODES["alone"] + "# hook\nRequire valid-user", files=FILES).start()
    assert httpd.get("/page.html", pki.bob).status == 200
    httpd.replace_config("# modules", f'LoadModule lua_module "{module_folder()}/mod_lua.so"')
    httpd.replace_config("# hook", HOOKS["authz"])
    httpd.restart()
    assert [httpd.get("/page.html", cert).status for cert in (pki.alice, pki.bob)] == [200, 403]


def test_the_page_of_a_directory_index_is_asked_about(httpd, pki):
    assert httpd.get("/folder/", pki.alice).text == "the index\n"
    assert httpd.get("/folder/", pki.bob).status == 403


def test_an_included_page_is_asked_about(httpd, pki):
    assert "the index" in httpd.get("/whole.shtml", pki.alice).text
    response = httpd.get("/whole.shtml", pki.bob)
    assert response.status == 200 and "the index" not in response.text


# mod_perl is asked before all other modules

PERL = """
use Apache2::RequestRec (); use Apache2::Access (); use Apache2::Const -compile => qw(OK DECLINED FORBIDDEN);
package Hooks;
sub refuse { my $user = $_[0]->user // ''; return $user eq 'bob' ? 403 : Apache2::Const::DECLINED }
sub grant { return Apache2::Const::OK }
sub ask { my ($status) = $_[0]->get_basic_auth_pw; return $status }
sub become { $_[0]->user('mallory'); return Apache2::Const::OK }
1;
"""
PERL_HOOKS = {"authz": "PerlAuthzHandler Hooks::refuse", "authn": "PerlAuthenHandler Hooks::refuse",
              "grant": "PerlAuthzHandler Hooks::grant", "ask": "PerlAuthenHandler Hooks::ask",
              "become": "PerlAuthenHandler Hooks::become"}
PERL_PLACES = "".join(f'<Location "/cgi/env/{mode}/{name}">\n{lines}{hook}\nRequire valid-user\n</Location>\n'
                      for mode, lines in MODES.items() for name, hook in PERL_HOOKS.items())


@pytest.fixture(scope="module", params=[True, "first"])
def perl(request, serve):
    need("perl")
    return serve(certmap=request.param, main=SERVER["main"] + "PerlRequire ${ROOT}/conf/hooks.pl\n", vhost=PERL_PLACES,
                 files={**FILES, "conf/hooks.pl": PERL}, modules=("access_compat", "perl"))


def perl_status(perl, pki, mode, name, who, user=None):
    return perl.get(f"/cgi/env/{mode}/{name}", getattr(pki, who), password(user) if user else None).status


@pytest.mark.parametrize("mode", ["alone", "sufficient", "any", "any/sufficient"])
@pytest.mark.parametrize("name", ["authz", "authn"])
def test_mod_perl_was_skipped(perl, pki, mode, name):
    assert [perl_status(perl, pki, mode, name, who) for who in ("alice", "bob")] == [200, 403]


@pytest.mark.parametrize("name", ["grant", "become"])
def test_required_was_bypassed_by_mod_perl(perl, pki, name):
    seen = perl.watch()
    assert perl_status(perl, pki, "required", name, "bob", "alice") == 403
    assert seen.events(1)[0]["event"]["reason"] == "account_mismatch"


@pytest.mark.parametrize("mode", ["sufficient", "any/sufficient"])
def test_a_sufficient_certificate_stands_in_for_what_mod_perl_asks(perl, pki, mode):
    response = perl.get(f"/cgi/env/{mode}/ask", pki.alice)
    assert (response.status, response.env["REMOTE_USER"]) == (200, "alice")
    assert "WWW-Authenticate" not in response.headers
    assert perl.get(f"/cgi/env/{mode}/ask").status == 401


@pytest.mark.parametrize("mode", ["alone", "sufficient", "any"])
def test_mod_perl_does_not_change_the_account(perl, pki, mode):
    assert perl.get(f"/cgi/env/{mode}/become", pki.alice).env["REMOTE_USER"] == "alice"


@pytest.mark.parametrize("mode", ["alone", "any", "required"])
def test_mod_perl_does_not_let_in_past_a_refusal(perl, pki, mode):
    seen = perl.watch()
    assert perl_status(perl, pki, mode, "become", "carol", "alice") == 403
    assert seen.events(1)[0]["event"]["reason"] == "no_rule_matched"
