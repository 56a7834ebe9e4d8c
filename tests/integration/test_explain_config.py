"""certmapctl explain and the configurations it meets: virtual hosts, sections, what it cannot tell."""

import os

import pytest

from explained import agree, explain
from explained_hosts import RULE, RULE_O, USE, hosts, section  # noqa: F401 (fixture)
from httpd_setup import AUDIT, virtual_host


@pytest.fixture
def once(make_httpd):
    """once(location="…", …): a running server that is removed at the test's end."""
    return lambda **how: make_httpd(**how).start()


# Virtual hosts

@pytest.mark.parametrize("name, account", [
    ("a.example.test", "a-alice"), ("A.Example.Test", "a-alice"), ("aka.example.test", "a-alice"),
    ("x.wild.example.test", "a-alice"), ("b.example.test", "b-alice"), ("localhost", "alice")])
def test_a_virtual_host_by_its_names(hosts, pki, name, account):
    told = agree(hosts, pki.alice, "/cgi/env", vhost=name)
    assert told.account == account
    port = explain(hosts, pki.alice, vhost=f"{name}:{hosts.port}", location="/cgi/env")
    assert port.json["decision"] == told.json["decision"]


def test_a_name_that_there_is_not(hosts, pki):
    for name in ("c.example.test", "a.example.test:1", "wild.example.test"):
        told = explain(hosts, pki.alice, vhost=name)
        assert told.code == 2 and told.text == "" and told.json is None
        assert told.errors.startswith(f'certmapctl: no virtual host is called "{name}"; ')
        assert f"a.example.test:{hosts.port} b.example.test:{hosts.port}" in told.errors


def test_of_two_with_one_name_the_first_serves(once, pki):
    twins = [virtual_host("twin", AUDIT, RULE.replace("{subject.CN}", account), section("Location", "/", USE))
             for account in ("first", "second")]
    assert agree(once(main=RULE, after="".join(twins)), pki.alice, "/cgi/env", "twin.example.test").account == "first"


def test_an_address_that_decides(once, pki):
    """httpd takes who names the address, and only then looks at names."""
    def host(name, account, address):
        lines = AUDIT, RULE.replace("{subject.CN}", account), section("Location", "/", USE)
        return virtual_host(name, *lines).replace("127.0.0.1:", address)
    httpd = once(main=RULE, after="".join([
        host("both", "any", "*:"), host("both", "exact", "127.0.0.1:"), host("hidden", "any", "*:"), host("one", "exact", "127.0.0.1:"),
        host("two", "first", "127.0.0.1:"), host("two", "second", "127.0.0.2:"),
        host("wide", "both", "127.0.0.1:${PORT} 127.0.0.2:"), host("wide", "second", "127.0.0.2:")]))
    for name in ("both", "hidden", "two"):
        told = explain(httpd, pki.alice, vhost=name + ".example.test", location="/cgi/env")
        assert told.code == 2 and "depends on the address that they come to: " in told.errors, told.errors
        assert f"127.0.0.1:{httpd.port} ({httpd.conf}:" in told.errors
    for name, account in (("one", "exact"), ("wide", "both")):
        assert agree(httpd, pki.alice, "/cgi/env", name + ".example.test").account == account


def test_several_could_be_meant(hosts, pki):
    told = explain(hosts, pki.alice)
    assert told.code == 2 and "--vhost" in told.errors and f"b.example.test:{hosts.port}" in told.errors


def test_the_port_of_plain_http(hosts, pki):
    told = explain(hosts, pki.alice, vhost=f"a.example.test:{hosts.plain_port}")
    assert told.code == 2 and "no CertMapUse is in force" in told.answer


def test_the_only_one_with_tls_and_rules_needs_no_name(once, pki):
    httpd = once(main=RULE, location=USE)
    told = explain(httpd, pki.alice)
    assert (told.code, told.json["server"]["name"], told.json["location"]) == (0, f"localhost:{httpd.port}", "/")


# Sections, aliases, files

def test_directories_and_files_are_those_of_httpd(once, pki):
    deep = section("Directory", '"${ROOT}/cgi"', USE) + section("Files", "other", USE.replace("cn", "organization"))
    deep += section("DirectoryMatch", '"^${ROOT}/tree/[a-z]+/"', "CertMapUse cn")
    httpd = once(main=RULE + RULE_O, files={"cgi/other": "#!/bin/sh\necho Content-Type: text/plain; echo; env\n",
                                            "tree/sub/env": "#!/bin/sh\necho Content-Type: text/plain; echo; env\n"},
                 vhost=deep + 'ScriptAlias /tree/ "${ROOT}/tree/"\n' + section("LocationMatch", '"^/tree"', USE.replace(
                     "CertMapUse cn\n", "")))
    for name in ("cgi/other", "tree/sub/env"):
        os.chmod(httpd.path(name), 0o755)
    assert agree(httpd, pki.alice, "/cgi/env").account == "alice"
    assert agree(httpd, pki.alice, "/cgi/other").account == "Example"
    assert agree(httpd, pki.alice, "/tree/sub/env").account == "alice"
    assert explain(httpd, pki.alice, location="/index.html").code == 2


def test_an_access_file_counts(once, pki):
    main = RULE + section("Directory", '"${ROOT}/cgi"', "AllowOverride AuthConfig\n" + USE)
    httpd = once(main=main, files={"cgi/.htaccess": "Require user bob\n"})
    told = agree(httpd, pki.alice, "/cgi/env")
    assert (told.code, told.status) == (1, 403)
    httpd.write("cgi/.htaccess", "# who\n\nRequire user alice\n")
    told = agree(httpd, pki.alice, "/cgi/env")
    assert told.code == 0 and {"line": "Require user alice", "place": httpd.path("cgi/.htaccess") + ":3"} in (
        told.json["require"]["lines"])
    httpd.write("cgi/.htaccess", "Require ip 192.0.2.1\n")
    assert explain(httpd, pki.alice, location="/cgi/env").json["require"]["result"] == "unknown"
    httpd.write("cgi/.htaccess", '<If "-n req(\'X\')">\nRequire all denied\n</If>\n')
    told = explain(httpd, pki.alice, location="/cgi/env")
    assert told.code == 2 and httpd.path("cgi/.htaccess") + ":1" in told.answer


def test_a_method_that_is_limited(once, pki):
    limited = USE.replace("Require valid-user", "<Limit POST>\nRequire user bob\n</Limit>")
    httpd = once(main=RULE, location=limited)
    assert explain(httpd, pki.alice).code == 0
    assert "refused (403) by Require" in explain(httpd, pki.alice, "--method", "POST").answer
    assert explain(httpd, pki.bob, "--method", "POST").code == 0


# What cannot be told

CONDITION = """<If "%{REMOTE_ADDR} == '192.0.2.1'">"""


@pytest.mark.parametrize("lines", ["CertMapUse organization", "Require user bob", "AuthType Basic", "AuthType Basic\nCertMapControl required",
                                   "SSLVerifyClient require", "<RequireAll>\nRequire all denied\n</RequireAll>"])
def test_a_condition_that_matters(once, pki, lines):
    httpd = once(main=RULE + RULE_O, location=f"{USE}{CONDITION}\n{lines}\n</If>\n")
    told = explain(httpd, pki.alice)
    assert told.code == 2
    line = httpd.line_of("<If")
    assert told.answer.startswith("cannot tell: <If ") and f"{httpd.conf}:{line} may hold" in told.answer
    assert told.answer.endswith("without it: mapped: account alice, rule cn, strength issuer")
    assert told.account == "alice" and told.json["conditions"][0]["place"] == f"{httpd.conf}:{line}"


def test_a_condition_that_alone_gives_certmap_a_say(once, pki):
    httpd = once(main=RULE, vhost=f"{CONDITION}\n{USE}\n</If>\n")
    told = explain(httpd, pki.alice)
    assert told.code == 2 and f"{httpd.conf}:{httpd.line_of('<If')} may hold" in told.answer


def test_else_and_conditions_within(once, pki):
    lines = f'{CONDITION}\nHeader set A b\n</If>\n<Else>\n<If "true">\nRequire user bob\n</If>\n</Else>\n'
    httpd = once(main=RULE, location=USE + lines)
    told = explain(httpd, pki.alice)
    assert told.code == 2
    assert [each["place"] for each in told.json["conditions"]] == [f"{httpd.conf}:{httpd.line_of('<Else')}"]


@pytest.mark.parametrize("where", ["{}", "<Location /elsewhere>\n{}</Location>\n", '<Directory "/elsewhere">\n{}</Directory>\n'])
def test_a_condition_that_does_not(once, pki, where):
    lines = "Header set A b" if where == "{}" else "Require user bob"
    httpd = once(main=RULE, vhost=where.format(f"{CONDITION}\n{lines}\n</If>\n"), location=USE)
    assert agree(httpd, pki.alice, "/cgi/env").code == 0


def test_what_another_module_answers_first(once, pki):
    httpd = once(main=RULE, vhost="Redirect /old https://localhost/new\n", location=USE)
    told = explain(httpd, pki.alice, location="/old")
    assert told.code == 2 and "httpd answers 302" in told.answer
    assert httpd.get("/old", pki.alice).status == 302
    assert explain(httpd, pki.alice, location="/new").code == 0


def test_a_path_that_may_be_rewritten(once, pki):
    rewriting = 'RewriteEngine on\nRewriteRule "^/env$" - [E=A:b]\nRewriteRule "^/moved" "/cgi/env"\n'
    httpd = once(main=RULE, vhost=rewriting, location=USE)
    told = explain(httpd, pki.alice, location="/moved/x")
    assert told.code == 2 and f"RewriteRule at {httpd.conf}:{httpd.line_of('^/moved')}" in told.answer
    assert explain(httpd, pki.alice, location="/env").code == 0
    assert agree(httpd, pki.alice, "/cgi/env").code == 0


def test_how_rewriting_is_set(once, pki):
    inherited = 'RewriteEngine on\nRewriteRule "^/from-main$" "/new" [PT]\n'
    httpd = once(main=RULE + inherited, location=USE, vhost='RewriteEngine on\nRewriteRule "^/OLD$" "/new" [NC,PT]\n'
                 'RewriteOptions Inherit\nRewriteOptions AllowNoSlash\n')
    for path in ("/old", "/from-main"):
        told = explain(httpd, pki.alice, location=path)
        assert told.code == 2 and "RewriteRule at " in told.answer, told.answer


def test_slashes_as_they_are_set(once, pki):
    httpd = once(main=RULE + RULE_O, vhost="MergeSlashes Off\nAllowEncodedSlashes NoDecode\n" + section("Location", "/", USE)
                 + section("LocationMatch", '"^/cgi/env//"', USE.replace("cn", "organization")))
    assert agree(httpd, pki.alice, "/cgi/env/x").account == "alice"
    assert explain(httpd, pki.alice, location="/cgi/env//x").account == "Example"
    assert explain(httpd, pki.alice, location="/cgi/env/a%2Fb").account == "alice"


def test_a_file_that_is_included_twice(once, pki):
    host = virtual_host("${VN}", AUDIT, section("Location", "/", USE), verify="${VM}")
    twice = "".join(f"Define VN {name}\nDefine VM {mode}\nInclude conf/host.conf\n" for name, mode in (
        ("none", "none"), ("some", "optional")))
    httpd = once(main=RULE, after=twice, files={"conf/host.conf": host})
    assert agree(httpd, pki.alice, "/cgi/env", "none.example.test").reason == "no_certificate"
    assert agree(httpd, pki.alice, "/cgi/env", "some.example.test").account == "alice"


@pytest.mark.parametrize("rule", ['"moved" "/cgi/env" [L]', '"moved" - [NC,F]'])
def test_a_section_that_rewrites(once, pki, rule):
    rewriting = USE + "\nRewriteEngine on\nRewriteRule " + rule
    httpd = once(main=RULE, location=rewriting)
    told = explain(httpd, pki.alice, location="/moved")
    assert told.code == 2 and f"RewriteRule at {httpd.conf}:{httpd.line_of('moved')}" in told.answer


@pytest.mark.parametrize("path", ["x", "/%zz", "/a%00b", "/../.."])
def test_a_path_that_is_none(hosts, pki, path):
    told = explain(hosts, pki.alice, vhost="localhost", location=path)
    assert told.code == 2 and "is no URL path" in told.errors and told.errors.count("\n") == 1


# AuthMerging

MERGED = USE.replace("valid-user", "ip 10.0.0.0/8") + "AuthMerging Or"


def test_auth_merging_is_not_inherited(make_httpd, pki):
    httpd = make_httpd(main=RULE, vhost=section("Location", "/cgi", MERGED)
                       + section("Location", "/cgi/env/in", "Require user bob")).start()
    told = agree(httpd, pki.alice, "/cgi/env/in")
    assert told.code == 1 and "refused (403) by Require" in told.answer


@pytest.mark.parametrize("inner, depends", [("AuthMerging Or\nRequire user alice", True), ("Require user alice", False),
                                            ("AuthMerging Off\nRequire user alice", False)])
def test_auth_merging_of_locations_is_that_with_folders(make_httpd, pki, inner, depends):
    """httpd merges the locations first; what they are then, it merges with the folders."""
    httpd = make_httpd(main=RULE + section("Directory", "${ROOT}/cgi", "Require ip 10.0.0.0/8"),
                       vhost=section("Location", "/cgi", USE) + section("Location", "/cgi/env/in", inner)).start()
    told = agree(httpd, pki.alice, "/cgi/env/in")
    assert told.code == 0 and ("some of its lines depend on the request" in told.answer) is depends
