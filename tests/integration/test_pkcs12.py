"""PKCS#12 files of openssl: which certificate is taken, and where the password comes from."""

import os
import pty
import select
import subprocess
import termios

import pytest

from certmapctl import certmapctl, program
from watch import wait_for

PASSWORD = "sécret 1"


@pytest.fixture(scope="module")
def export(pki, tmp_path_factory):
    """export("name", "-legacy", …, password="…"): the path of what openssl makes of alice's files."""
    folder = tmp_path_factory.mktemp("pkcs12")
    ca, alice, key = folder / "ca.pem", folder / "alice.pem", folder / "key.pem"
    ca.write_text(pki.issuing.pem + pki.root.pem)
    alice.write_text(pki.alice.pem)
    key.write_text(pki.alice.key_pem)

    def run(name, *options, password=PASSWORD, certificate=alice):
        path = folder / name
        keys = () if "-nokeys" in options else ("-inkey", key)
        subprocess.run(["openssl", "pkcs12", "-export", "-out", path, "-in", certificate, *keys, *options,
                        "-passout", f"pass:{password}"], check=True, capture_output=True)
        return path

    run.folder = folder
    return run


@pytest.fixture(scope="module")
def password_file(export):
    path = export.folder / "password"
    path.write_text(PASSWORD + "\nanother line\n")
    return path


def is_alice(run, pki):
    return run.status == 0 and run.json["sha256"] == [pki.alice.sha256]


WAYS = {"modern": (), "legacy": ("-legacy",), "no MAC": ("-nomac",), "RC2": ("-legacy", "-certpbe", "PBE-SHA1-RC2-40"),
        "certificates not encrypted": ("-certpbe", "NONE"), "no key": ("-nokeys",)}


@pytest.mark.parametrize("options", WAYS.values(), ids=WAYS)
def test_the_password_of_a_file(pki, export, password_file, options):
    path = export("alice.p12", *options)
    assert is_alice(certmapctl("show", "--json", "--password-file", password_file, path), pki)


@pytest.mark.parametrize("options", WAYS.values(), ids=WAYS)
def test_an_empty_password_is_not_asked_for(pki, export, options):
    path = export("empty.p12", *options, password="")
    assert is_alice(certmapctl("show", "--json", path), pki)
    assert is_alice(certmapctl("show", "--json", "-", given=path.read_bytes()), pki)


@pytest.mark.parametrize("options", [(), ("-legacy",)])
def test_the_certificate_of_the_key_is_taken(pki, export, options):
    others = export.folder / "others.pem"
    others.write_text(pki.bob.pem + pki.root.pem + pki.alice.pem + pki.issuing.pem)
    path = export("several.p12", *options, password="", certificate=others)
    assert is_alice(certmapctl("show", "--json", path), pki)


def test_without_a_key_the_first_certificate_is_taken(pki, export):
    several = export.folder / "bob-first.pem"
    several.write_text(pki.bob.pem + pki.issuing.pem)
    path = export("no-key.p12", "-nokeys", password="", certificate=several)
    assert certmapctl("show", "--json", path).json["sha256"] == [pki.bob.sha256]


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"])
def test_a_password_line_of_windows_with_its_byte_order_mark(before, pki, export):
    path = export.folder / "crlf"
    path.write_bytes(before + PASSWORD.encode() + b"\r\n")
    assert is_alice(certmapctl("show", "--json", "--password-file", path, export("alice.p12")), pki)


# What goes wrong

def test_a_wrong_password(export, tmp_path):
    (tmp_path / "wrong").write_text("wrong\n")
    for options in ((), ("-legacy",), ("-nomac",)):
        path = export("alice.p12", *options)
        run = certmapctl("show", "--password-file", tmp_path / "wrong", path)
        assert (run.status, run.out) == (2, "")
        assert run.error == (f"the password in {tmp_path / 'wrong'} is not that of {path}; "
                             "write the right one in its first line")


def test_no_terminal(export):
    path = export("alice.p12")
    assert certmapctl("show", path).error == (
        f"{path} needs a password, and there is no terminal to ask; give it by --password-file FILE")


def test_no_password_file(export, tmp_path):
    run = certmapctl("show", "--password-file", tmp_path / "missing", export("alice.p12"))
    assert run.status == 2 and run.error.endswith("missing: No such file or directory")
    assert PASSWORD not in run.err


def test_without_the_legacy_provider(pki, export, password_file, tmp_path):
    nowhere = {"OPENSSL_MODULES": str(tmp_path)}
    run = certmapctl("show", "--password-file", password_file,
                     export("alice.p12", "-legacy", "-certpbe", "PBE-SHA1-RC2-40"), environment=nowhere)
    assert run.status == 2 and "needs OpenSSL's legacy provider" in run.error
    modern = certmapctl("show", "--json", "--password-file", password_file, export("alice.p12"),
                        environment=nowhere)
    assert is_alice(modern, pki)


def test_a_damaged_file(export, password_file, tmp_path):
    (tmp_path / "cut.p12").write_bytes(export("alice.p12").read_bytes()[:-40])
    run = certmapctl("show", "--password-file", password_file, tmp_path / "cut.p12")
    assert run.status == 2 and "holds no certificate" in run.error


def test_a_file_with_a_key_only(export, password_file):
    path = export("key.p12", "-nocerts")
    run = certmapctl("show", "--password-file", password_file, path)
    assert run.status == 2 and run.error.endswith("key.p12 holds no certificate; "
                                                  "export it again with its certificate")


# The terminal

def at_a_terminal(path, answer):
    """(exit status, what the terminal showed)"""
    child, terminal = pty.fork()
    if child == 0:
        try:
            os.execv(program(), ["certmapctl", "show", "--json", str(path)])
        finally:
            os._exit(127)
    shown = b""
    while not shown.endswith(b": "):
        shown += os.read(terminal, 1024)
    # OpenSSL prompts first, and turns echo off then.
    wait_for(lambda: not termios.tcgetattr(terminal)[3] & termios.ECHO, "echo off")

    def answered():
        """OpenSSL misses a Ctrl-C that comes just before it reads."""
        os.write(terminal, answer)
        return select.select([terminal], [], [], 2)[0]

    wait_for(answered, "what comes after the answer")
    try:
        while data := os.read(terminal, 4096):
            shown += data
    except OSError:  # Linux: the other side was closed
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


def test_the_terminal_is_asked_without_echo(pki, export):
    path = export("alice.p12")
    status, shown = at_a_terminal(path, PASSWORD.encode() + b"\n")
    assert status == 0 and pki.alice.sha256 in shown
    assert shown.startswith(f"Password of {path}: ") and PASSWORD not in shown


def test_a_wrong_answer(export):
    path = export("alice.p12")
    status, shown = at_a_terminal(path, b"wrong\n")
    assert status == 2 and "wrong" not in shown
    assert shown.splitlines()[-1] == f"certmapctl: the password is not that of {path}; try again"


@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_no_answer(export, key):
    status, shown = at_a_terminal(export("alice.p12"), key)
    assert status == 2 and "needs a password, and none was given" in shown
