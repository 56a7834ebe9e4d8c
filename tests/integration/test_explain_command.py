"""certmapctl explain and the httpd that it asks: broken, wrapped, of another user; and that nothing is left behind."""

import json
import os
import shlex
import shutil
import subprocess
import tempfile

import pytest

from certmapctl import program
from explained import command_of, explain, preloaded, run
from explained_hosts import RULE, USE, hosts  # noqa: F401 (fixture)
from httpd_setup import httpd_program, module_path
from pki import FILES, extension
from processes import abandoned_memory
from watch import wait_for


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
    (line,) = [line for line in asked.stdout.splitlines() if line.startswith("certmap-explain-2 ")]
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


@pytest.mark.parametrize("running", [True, False])
def test_nothing_is_written(make_httpd, pki, running):
    httpd = make_httpd(main="CertMapCache shmcb:${ROOT}/run/cache(512000)\n" + RULE + RULE.replace(
        "cn>", "map>").replace("CertMapUser     {subject.CN}", "CertMapFile conf/x.map"),
        location=USE.replace("cn", "map cn"), files={"conf/x.map": "email:bob@example.com bob\n"},
        modules=("socache_shmcb",))
    if running:
        httpd.start()
    before, memory = tree_of(httpd.root), abandoned_memory()
    for cert in (pki.alice, pki.bob, pki.carol):
        assert explain(httpd, cert).code in (0, 1)
    assert tree_of(httpd.root) == before
    wait_for(lambda: abandoned_memory() <= memory, "end of shared memory")
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
