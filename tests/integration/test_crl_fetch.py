"""The samples that fetch CRLs, for systemd and for cron, against a server here."""
# pylint: disable=redefined-outer-name

import functools
import http.server
import os
import shlex
import shutil
import subprocess
import threading

import pytest

from certmapctl import program
from cron import cron_line
from crls import DAY, NOW, builder, signed
from documents import files_below, read
from httpd_setup import TREE
from pki import Ca

UNIT, CRON = "conf/systemd/certmap-crl.service", "conf/cron.d/certmap-crl"
ADDRESS, CAS, FOLDER = "http://pki.example.com", "/etc/apache2/certmap/corp-ca.pem", "/var/lib/certmap-crl"
both = pytest.mark.parametrize("path", [UNIT, CRON])


def command_of(path):
    """What systemd or cron runs; the folder where it does."""
    lines = [line for line in read(path).replace("\\\n", "").splitlines() if line and not line.startswith("#")]
    if path == UNIT:
        settings = dict(line.split("=", 1) for line in lines if "=" in line)
        assert settings["User"] == settings["StateDirectory"] == os.path.basename(settings["WorkingDirectory"])
        assert settings["WorkingDirectory"] == FOLDER
        shell, option, command = shlex.split(settings["ExecStart"])
        return shell, option, command.replace("$$", "$")
    when, user, command = cron_line(path)
    assert when.endswith(" * * * *") and user == "certmap-crl"
    return "/bin/sh", "-c", command


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


class Fetching:
    """.served is what the server has, .folder where the lists are put."""

    def __init__(self, base):
        self.ca, self.stranger = Ca("O=Example", "CN=Corp CA"), Ca("O=Example", "CN=Corp CA")
        self.served, self.folder, self._cas = base / "served", base / "folder", base / "ca.pem"
        self.served.mkdir()
        self.folder.mkdir()
        self._cas.write_text(self.ca.pem)
        self._server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Quiet, directory=str(self.served)))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def serve(self, name, *serials, key=None, **how):
        octets = signed(builder(self.ca, *serials, **how), key or self.ca.key)
        (self.served / name).write_bytes(octets)
        return octets

    def run(self, path):
        shell, option, command = command_of(path)
        for there, here in ((ADDRESS, f"http://127.0.0.1:{self._server.server_port}"), (CAS, self._cas),
                            (FOLDER, self.folder)):
            assert there in command or there == FOLDER
            command = command.replace(there, str(here))
        return subprocess.run([shell, option, command], cwd=self.folder, capture_output=True, text=True, check=False,
                              env={**os.environ, "PATH": f"{os.path.dirname(program())}:{os.environ['PATH']}"})

    def visible(self):
        """What CertMapCRL would read."""
        return {each.name: each.read_bytes() for each in self.folder.iterdir() if not each.name.startswith(".")}


@pytest.fixture
def fetching(tmp_path):
    made = Fetching(tmp_path)
    yield made
    made.close()


@both
def test_lists_are_fetched(path, fetching):
    served = {"corp.crl": fetching.serve("corp.crl", 1), "corp+.crl": fetching.serve("corp+.crl", 2)}
    run = fetching.run(path)
    assert (run.returncode, run.stderr) == (0, "") and fetching.visible() == served
    assert path == UNIT or run.stdout == ""  # cron would mail it
    served["corp.crl"] = fetching.serve("corp.crl", 1, 2)
    assert fetching.run(path).returncode == 0 and fetching.visible() == served
    assert all(each.stat().st_mode & 0o777 == 0o644 for each in fetching.folder.iterdir())


@both
def test_a_list_of_a_stranger_leaves_the_old_one(path, fetching):
    was = {name: fetching.serve(name) for name in ("corp.crl", "corp+.crl")}
    fetching.run(path)
    fetching.serve("corp.crl", key=fetching.stranger.key)
    now = fetching.serve("corp+.crl", 7)
    run = fetching.run(path)
    assert fetching.visible() == {**was, "corp+.crl": now}
    assert ".corp.crl: the CRL of CN=Corp CA,O=Example is signed by no CA of --issued-by; " in run.stdout
    assert path == CRON or run.returncode == 1


@both
def test_half_a_list_leaves_the_old_one(path, fetching):
    was = {name: fetching.serve(name, *range(1, 50)) for name in ("corp.crl", "corp+.crl")}
    fetching.run(path)
    (fetching.served / "corp.crl").write_bytes(was["corp.crl"][:-200])
    run = fetching.run(path)
    assert fetching.visible() == was and "is cut, or is none; " in run.stdout


@both
def test_a_server_without_the_list_is_told_of(path, fetching):
    now = fetching.serve("corp+.crl")
    run = fetching.run(path)
    assert fetching.visible() == {"corp+.crl": now} and "404" in run.stderr
    assert path == CRON or run.returncode == 1


@both
def test_a_list_that_has_expired_is_put_in_place(path, fetching):
    """What it revokes stays revoked; the server tells of its age."""
    served = {name: fetching.serve(name, 1, start=NOW - 2 * DAY, end=NOW - DAY) for name in ("corp.crl", "corp+.crl")}
    fetching.run(path)
    assert fetching.visible() == served


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize("unit", [*files_below("conf/systemd", ".service"), *files_below("conf/systemd", ".timer")])
def test_systemd_understands_the_samples(unit):
    run = subprocess.run(["systemd-analyze", "verify", os.path.join(TREE, unit)], capture_output=True, text=True,
                         check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
