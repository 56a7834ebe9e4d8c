"""Graceful restarts: new configuration, new module file, nothing lost and nothing left behind."""

import os
import re
import shutil
import signal

import pytest

from httpd_setup import module_path
from load import restart_under_load
from processes import descriptors, own_memory, settled

pytestmark = pytest.mark.compiled

RULE = """
<CertMapRule cn>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser {subject.CN}
</CertMapRule>
<CertMapRule m>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile conf/m.map
</CertMapRule>
"""
USE = """
    AuthType ClientCert
    CertMapUse m cn
    Require valid-user
"""
MAPS = {"conf/m.map": "email:bob@example.com mapped\n", "conf/other.map": "email:bob@example.com other\n"}
HOW = dict(main=RULE, location=USE, files=MAPS)
# Long enough that no compiler puts it into instructions.
OLD, NEW = b"if that is an intermediate CA", b"IF THAT IS AN INTERMEDIATE CA"
RESTARTS = 30


def patched_module(httpd, name):
    """A copy of the module, loaded from the server's own folder, that says NEW where it said OLD."""
    with open(module_path(), "rb") as file:
        code = file.read()
    assert OLD in code
    with open(httpd.path(name), "wb") as file:
        file.write(code.replace(OLD, NEW))
    os.chmod(httpd.path(name), 0o755)


def mapped_modules(httpd):
    """The module files in the parent's memory, by device and inode."""
    with open(f"/proc/{httpd.pid}/maps", encoding="utf-8") as file:
        return {tuple(fields[3:6]) for line in file if len(fields := line.split()) > 5
                and os.path.basename(fields[5]).startswith("mod_certmap")}


def test_a_changed_rule_is_in_force_after_a_graceful_restart(serve, pki):
    httpd = serve(**HOW)
    assert httpd.whoami(pki.alice)["REMOTE_USER"] == "alice"
    assert httpd.whoami(pki.bob)["REMOTE_USER"] == "mapped"
    httpd.replace_config("{subject.CN}", "new-{subject.CN}")
    httpd.replace_config("conf/m.map", "conf/other.map")
    httpd.graceful()
    assert httpd.whoami(pki.alice)["REMOTE_USER"] == "new-alice"
    assert httpd.whoami(pki.bob)["REMOTE_USER"] == "other"
    httpd.replace_config("CertMapUse m cn", "CertMapUse m")
    httpd.replace_config("conf/other.map", "conf/m.map")
    httpd.graceful()
    assert httpd.get("/index.html", pki.alice).status == 403
    assert httpd.whoami(pki.bob)["REMOTE_USER"] == "mapped"


def test_a_changed_authority_is_in_force_also_for_resumed_sessions(serve, pki):
    httpd = serve(**HOW)
    first = httpd.connect(pki.alice, tls="1.2")
    assert first.get("/index.html").status == 200
    httpd.replace_config("conf/corp-ca.pem", "conf/twin-ca.pem")
    httpd.graceful()
    with httpd.connect(resume=first) as second:
        assert second.get("/index.html").status == 403
    assert httpd.whoami(pki.twin.issue(["CN=tess"]))["REMOTE_USER"] == "tess"


@pytest.fixture(scope="module")
def own_module(pki):
    """A server that loads a copy of the module, so that the file can be changed."""
    from server import Httpd
    httpd = Httpd(pki, processes=2, **HOW)
    shutil.copy(module_path(), httpd.path("mod_certmap.so"))
    httpd.replace_config(f'"{module_path()}"', f'"{httpd.path("mod_certmap.so")}"')
    with httpd:
        yield httpd


def refusal_line(httpd, cert):
    seen = httpd.watch()
    assert httpd.get("/index.html", cert).status == 403
    return seen.error("no_rule_matched")


def test_a_changed_module_file_runs_after_a_graceful_restart(own_module, pki):
    assert OLD.decode() in refusal_line(own_module, pki.carol)
    patched_module(own_module, "new.so")
    os.rename(own_module.path("new.so"), own_module.path("mod_certmap.so"))
    own_module.graceful()
    assert NEW.decode() in refusal_line(own_module, pki.carol)
    assert own_module.whoami(pki.bob)["REMOTE_USER"] == "mapped"


def test_the_old_module_is_gone_from_memory(own_module):
    own_module.graceful()
    (mapped,) = mapped_modules(own_module)
    assert mapped[1] == str(os.stat(own_module.path("mod_certmap.so")).st_ino)


def test_what_is_shared_goes_on_over_the_change_of_the_module(own_module, pki):
    """The map's generation and the audit log's numbers; and live reload works in the new module."""
    shutil.copy(module_path(), own_module.path("new.so"))
    os.rename(own_module.path("new.so"), own_module.path("mod_certmap.so"))
    before = own_module.audit()[-1]["event"]["sequence"]
    own_module.graceful()
    assert [event["event"]["sequence"] for event in own_module.audit()][-1] == before + 1
    seen = own_module.watch()
    own_module.write("conf/m.map", "email:bob@example.com changed\n")
    assert seen.event("map_reload")["certmap"]["map_generation"] == 2
    assert own_module.whoami(pki.bob)["REMOTE_USER"] == "changed"


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_many_graceful_restarts_under_load_fail_no_request_and_leave_nothing(serve, pki, mpm):
    httpd = serve(mpm=mpm, **HOW)
    for _ in range(3):
        httpd.restart()
    before, memory_before = descriptors(httpd.pid), own_memory(httpd.pid)

    def alice():
        assert httpd.get("/index.html", pki.alice).status == 200

    def carol():
        assert httpd.get("/index.html", pki.carol).status == 403

    assert restart_under_load(httpd, [alice, carol], RESTARTS) == []
    after = settled(httpd.pid, len(before))
    assert len([fd for fd in after if "memfd" in fd]) == len([fd for fd in before if "memfd" in fd])
    assert len(mapped_modules(httpd)) == 1
    if not os.environ.get("CERTMAP_PRELOAD"):  # a sanitizer keeps what was freed
        assert own_memory(httpd.pid) < memory_before + 1024


def test_a_map_that_is_named_no_more_is_given_back(serve):
    httpd = serve(**HOW)
    memory = [fd for fd in descriptors(httpd.pid) if "memfd" in fd]
    assert memory
    httpd.replace_config("CertMapFile conf/m.map", "CertMapUser x")
    httpd.graceful()
    assert len([fd for fd in descriptors(httpd.pid) if "memfd" in fd]) == len(memory) - 1


def test_secrets_of_the_module_stay_in_its_processes(serve, pki):
    """A CGI script inherits neither the map's memory nor the audit log."""
    httpd = serve(**HOW)
    httpd.write("cgi/fds", "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nls -l /proc/self/fd\n",
                mode=0o755)
    text = httpd.get("/cgi/fds", pki.alice).text
    assert "->" in text and not re.search("memfd|audit", text)


def test_a_restart_with_an_error_in_the_configuration_is_told_by_test_config_first(serve, pki):
    """What a careful administrator does before a graceful restart: the server goes on meanwhile."""
    httpd = serve(**HOW)
    httpd.replace_config("{subject.CN}", "{subjekt.CN}")
    code, output = httpd.test_config()
    assert code != 0 and "subjekt" in output
    assert httpd.whoami(pki.alice)["REMOTE_USER"] == "alice"


def test_a_full_stop_and_start_begins_anew(make_httpd, pki):
    httpd = make_httpd(**HOW)
    httpd.start()
    httpd.write("conf/m.map", "nonsense:x y\n")
    os.kill(httpd.pid, signal.SIGTERM)
    httpd._process.wait(15)
    assert "m.map:1: unknown attribute" in httpd.start_fails()
