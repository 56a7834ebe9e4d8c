"""certmapctl explain and the configurations it meets: virtual hosts, what it cannot tell, what is broken;
and that it leaves nothing behind."""

import json
import os
import shlex
import shutil
import subprocess
import tempfile

import pytest

from certmapctl import program
from explained import agree, command_of, explain, preloaded, run
from httpd_setup import httpd_program, module_path
from pki import FILES, extension

RULE = """
<CertMapRule cn>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser     {subject.CN}
</CertMapRule>
"""
RULE_O = RULE.replace("cn>", "organization>").replace("{subject.CN}", "{subject.O}")
USE = "AuthType ClientCert\nCertMapUse cn\nRequire valid-user\n"


def section(kind, argument, lines):
    return f'<{kind} {argument}>\n{lines}\n</{kind}>\n'


def host(name, rule="", more="", port="${PORT}", engine="on"):
    return f"""
<VirtualHost 127.0.0.1:{port}>
    ServerName {name}
    SSLEngine {engine}
    SSLCertificateFile conf/server.pem
    SSLCACertificateFile conf/client-cas.pem
    SSLVerifyClient optional
    CertMapAuditLog logs/audit.log
    {rule}
    {more}
</VirtualHost>
"""


@pytest.fixture
def once(make_httpd):
    """once(location="…", …): a running server that is removed at the test's end."""
    return lambda **how: make_httpd(**how).start()


# Virtual hosts

NAMED = dict(main=RULE, location=USE, after="".join([
    host("a.example.test", RULE.replace("{subject.CN}", "a-{subject.CN}"),
         "ServerAlias aka.example.test *.wild.example.test\n" + section("Location", "/", USE)),
    host("b.example.test", RULE.replace("{subject.CN}", "b-{subject.CN}"), section("Location", "/", USE)),
    host("a.example.test", port="${PLAIN_PORT}", engine="off")]))


@pytest.fixture(scope="module")
def hosts(serve):
    return serve(**NAMED)


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
    twins = [host("twin.example.test", RULE.replace("{subject.CN}", account), section("Location", "/", USE))
             for account in ("first", "second")]
    assert agree(once(main=RULE, after="".join(twins)), pki.alice, "/cgi/env", "twin.example.test").account == "first"


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


# What cannot be told

CONDITION = """<If "%{REMOTE_ADDR} == '192.0.2.1'">"""


@pytest.mark.parametrize("lines", ["CertMapUse organization", "Require user bob", "AuthType Basic", "CertMapControl required",
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


# httpd

def test_a_broken_configuration(make_httpd, pki):
    httpd = make_httpd(main=RULE + "CertMapNonsense\n", location=USE)
    told = explain(httpd, pki.alice)
    assert told.code == 2 and told.text == ""
    assert "Invalid command 'CertMapNonsense'" in told.errors
    assert told.errors.splitlines()[-1].startswith("certmapctl: ") and "mend the configuration" in told.errors
    httpd = make_httpd(main=RULE, location=USE.replace("cn", "nobody"))
    assert "there is no <CertMapRule nobody>" in explain(httpd, pki.alice).errors


def test_a_bad_map_file(make_httpd, pki):
    httpd = make_httpd(main=RULE.replace("CertMapUser     {subject.CN}", "CertMapFile conf/x.map"), location=USE,
                       files={"conf/x.map": "nonsense:x y\n"})
    told = explain(httpd, pki.alice)
    assert told.code == 2 and "conf/x.map:1: " in told.errors


def test_without_the_module(make_httpd, pki):
    told = explain(make_httpd(certmap=False), pki.alice)
    assert told.code == 2 and "does not load mod_certmap" in told.errors


def test_no_such_command(hosts, pki, tmp_path):
    told = explain(hosts, pki.alice, command="/nonexistent/httpd -f x")
    assert told.code == 2 and told.errors.startswith("certmapctl: cannot run /nonexistent/httpd: No such file")
    nothing = run("explain", FILES.write(pki.alice.pem), environment={"PATH": str(tmp_path)})
    assert nothing.returncode == 2
    assert explain(hosts, pki.alice, command="'open").errors == (
        "certmapctl: --httpd has a quote that is not closed\n")


def test_a_command_that_dies(hosts, pki, tmp_path):
    script = tmp_path / "dies"
    script.write_text("#!/bin/sh\nkill -KILL $$\n")
    script.chmod(0o755)
    assert "signal 9" in explain(hosts, pki.alice, command=str(script)).errors


def wrapper(folder, httpd, how):
    """A script of this name, as Debian's apache2ctl hands its arguments on: some quoted, some not."""
    script = folder / "my apache2ctl"
    script.write_text(f'#!/bin/sh\necho started\nARGV="$@"\n{how}\n'.replace(
        "HTTPD", f"{httpd_program()} -f {shlex.quote(httpd.conf)}"))
    script.chmod(0o755)
    return script


@pytest.mark.parametrize("how", ['HTTPD "$@"', "HTTPD $ARGV", "exec HTTPD $ARGV 2>&1", "cd /; sh -c \"HTTPD $ARGV\""])
def test_a_wrapper(hosts, pki, tmp_path, how):
    script = wrapper(tmp_path, hosts, how)
    for command in (f"'{script}'", f'"{script}"', str(script).replace(" ", "\\ "), f"env A=b '{script}' -D X"):
        told = explain(hosts, pki.alice, command=command, vhost="a.example.test", location="/cgi/env")
        assert (told.code, told.account) == (0, "a-alice")


def test_the_default_command(hosts, pki, tmp_path):
    shutil.copy(wrapper(tmp_path, hosts, 'HTTPD "$@"'), tmp_path / "apache2ctl")
    told = run("explain", "--vhost", "localhost", FILES.write(pki.alice.pem),
               environment={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert told.returncode == 0 and told.stdout.startswith(b"mapped: account alice")


@pytest.mark.parametrize("query", ["", "x", "e30", "!!!!", "bnVsbA", "eyJjZXJ0aWZpY2F0ZSI6IiIsInZob3N0IjoiIiwibG9jYXRpb24iOiIvIn0"])
def test_a_query_of_somebody_else(hosts, query):
    asked = subprocess.run([*shlex.split(command_of(hosts)), "-t", "-D", "CERTMAP_EXPLAIN=" + query],
                           capture_output=True, text=True, check=False, env=preloaded())
    assert asked.returncode == 0 and "Syntax OK" in asked.stderr
    (line,) = [line for line in asked.stdout.splitlines() if line.startswith("certmap-explain-1 ")]
    assert list(json.loads(line.partition(" ")[2])) == ["error"]


def test_a_certificate_that_is_too_big(hosts, pki):
    big = pki.issuing.issue(["CN=alice"], extensions=[extension("1.3.6.1.4.1.32473.9", b"\x04\x83\x01\x80\x00" + b"x" * 98304)])
    told = explain(hosts, big, vhost="localhost")
    assert told.code == 2 and "too big" in told.errors and told.errors.count("\n") == 1


def test_standard_input_and_der(hosts, pki):
    words = ["explain", "--httpd", command_of(hosts), "--vhost", "localhost", "-"]
    for octets in (pki.alice.der, pki.alice.pem.encode()):
        told = run(*words, text=octets)
        assert told.returncode == 0 and told.stdout.startswith(b"mapped: account alice")


# Nothing is left behind

def tree_of(folder):
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            about = os.stat(os.path.join(path, name))
            found[os.path.join(path, name)] = about.st_size, about.st_mtime_ns, about.st_ino
        found[path] = os.stat(path).st_mtime_ns
    return found


def shared_memory():
    listed = subprocess.run(["ipcs", "-m"], capture_output=True, text=True, check=False).stdout.count("\n")
    return listed, sorted(os.listdir("/dev/shm"))


@pytest.mark.parametrize("running", [True, False])
def test_nothing_is_written(make_httpd, pki, running):
    httpd = make_httpd(main="CertMapCache shmcb:${ROOT}/run/cache(512000)\n" + RULE + RULE.replace(
        "cn>", "map>").replace("CertMapUser     {subject.CN}", "CertMapFile conf/x.map"),
        location=USE.replace("cn", "map cn"), files={"conf/x.map": "email:bob@example.com bob\n"},
        modules=("socache_shmcb",))
    if running:
        httpd.start()
    before, memory = tree_of(httpd.root), shared_memory()
    for cert in (pki.alice, pki.bob, pki.carol):
        assert explain(httpd, cert).code in (0, 1)
    assert tree_of(httpd.root) == before and shared_memory() == memory
    if running:
        assert httpd.get("/cgi/env", pki.alice).status == 200


@pytest.fixture
def for_everybody():
    """Program and module where every user can read them; the tree may be in somebody's home."""
    folder = tempfile.mkdtemp(prefix="certmap-tool-", dir="/tmp")
    os.chmod(folder, 0o755)
    yield [shutil.copy(each, folder) for each in (program(), module_path())]
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user(make_httpd, pki, for_everybody):
    httpd = make_httpd(main=RULE, location=USE)
    httpd.write("conf/httpd.conf", httpd.read("conf/httpd.conf").replace(module_path(), for_everybody[1]))

    def run_as_nobody():
        return run("explain", "--httpd", command_of(httpd), "-", text=pki.alice.pem.encode(), user="nobody",
                   tool=for_everybody[0])
    told = run_as_nobody()
    assert told.returncode == 0, told.stderr
    os.chmod(httpd.conf, 0o600)
    told = run_as_nobody()
    assert told.returncode == 2 and b"Permission denied" in told.stderr
    os.chmod(httpd.conf, 0o644)
    os.chmod(httpd.path("conf/client-cas.pem"), 0o600)
    told = run_as_nobody()
    assert told.returncode == 2 and b"cannot be read by this user" in told.stdout, told.stderr
