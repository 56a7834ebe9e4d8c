"""The error log says why there is no certificate."""

import os
import shlex
import subprocess

import pytest

from httpd_setup import TREE

WHOAMI = '<Location "/whoami">\nSetHandler certmap-whoami\nRequire all granted\n</Location>\n'
PLACE = '<Location "/">\nAuthType ClientCert\nCertMapUse anyone\nRequire valid-user\n</Location>\n'
RULE = "<CertMapRule anyone>\nCertMapUser {subject.CN}\n</CertMapRule>\n"


@pytest.fixture(scope="module")
def silent_tls(tmp_path_factory):
    """The line that loads a TLS module which tells nothing of the client."""
    module = tmp_path_factory.mktemp("silent") / "mod_silent_tls.so"
    flags = subprocess.run([os.environ.get("APXS", "apxs"), "-q", "EXTRA_CPPFLAGS", "EXTRA_INCLUDES"],
                           capture_output=True, text=True, check=True).stdout
    headers = subprocess.run([os.environ.get("APXS", "apxs"), "-q", "INCLUDEDIR"],
                             capture_output=True, text=True, check=True).stdout.strip()
    source = os.path.join(TREE, "tests", "integration", "kit", "silent_tls.c")
    subprocess.run(["cc", "-shared", "-fPIC", *shlex.split(flags.replace(";;", " ")), "-I", headers, "-o", module, source],
                   check=True)
    return f'LoadModule silent_tls_module "{module}"\n'


def why(httpd, ask):
    seen = httpd.watch()
    assert ask().status == 403
    return seen.error("CM0012").partition("no_certificate: ")[2]


def test_the_client_sent_none(make_httpd):
    httpd = make_httpd(main=RULE, vhost=PLACE).start()
    assert why(httpd, lambda: httpd.get()) == "the client sent no certificate"


def test_the_client_was_not_asked(make_httpd):
    httpd = make_httpd(main=RULE, vhost=PLACE, verify="none").start()
    assert why(httpd, lambda: httpd.get()) == (
        "the client was not asked for a certificate; write SSLVerifyClient optional in the virtual host")


def test_the_connection_is_not_tls(make_httpd):
    httpd = make_httpd(main=RULE, plain=PLACE).start()
    assert why(httpd, httpd.get_plain) == "the connection is not TLS"


def test_the_tls_module_hands_none_on(make_httpd, silent_tls):
    httpd = make_httpd(main=silent_tls + RULE, plain=PLACE + WHOAMI).start()
    assert why(httpd, httpd.get_plain).startswith("the TLS module hands on no certificate")
    assert "its TLS module does not hand them on" in httpd.get_plain("/whoami").text
