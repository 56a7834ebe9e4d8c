"""CertMapCache and CertMapCacheSecret as they are written."""

import os
import re

import pytest

from cached import LOCATION, MODULES, ask, make_cached, set_up  # noqa: F401
from directory import person
from places import rule

DIRECTORY = dict(entries=person("alice"))
MAPPED = rule("people", "CertMapUser {subject.CN}")
GOOD = b"0123456789abcdef0123456789abcdef"


@pytest.fixture
def check(make_httpd):
    """`httpd -t` of some lines of server config, with conf/cache.secret: (exit code, output)."""
    def run(lines, secret=GOOD, mode=0o600, owner=None, **how):
        httpd = make_httpd(main=f"{lines}\n{MAPPED}", location=LOCATION,
                           **{"modules": MODULES, **how})
        path = httpd.write("conf/cache.secret", secret, mode=mode)
        if owner is not None:
            os.chown(path, owner, -1)
        code, output = httpd.test_config()
        return code, output.replace(httpd.root, "ROOT")
    return run


SECRET_LINE = "CertMapCacheSecret file:conf/cache.secret"


@pytest.mark.parametrize("lines", [
    "CertMapCache shmcb", "CertMapCache shmcb 0", "CertMapCache shmcb 0 0", "CertMapCache shmcb 86400 86400",
    "CertMapCache shmcb:run/lookups(512000) 60 10", f"CertMapCache shmcb\n{SECRET_LINE}",
    f"{SECRET_LINE}\nCertMapCache redis:127.0.0.1:6379", f"CertMapCache memcache:a,b:11212 5\n{SECRET_LINE}",
    f"CertMapCache dbm\n{SECRET_LINE}", f"CertMapCache dbm:lookups\n{SECRET_LINE}",
    "Mutex file:run certmap-cache\nCertMapCache shmcb"])
def test_good_lines(check, lines):
    code, output = check(lines)
    assert code == 0, output
    assert "CM00" not in output.replace("CM0021", "")


@pytest.mark.parametrize("lines, message", [
    ("CertMapCache", "takes one, two or three arguments"),
    ("CertMapCache shmcb 60 10 5", "takes one, two or three arguments"),
    ("CertMapCache shmbc", 'there is no cache provider "shmbc"; load mod_socache_shmbc'),
    ("CertMapCache :x", 'there is no cache provider ""'),
    ("CertMapCache none", 'there is no cache provider "none"'),
    ("CertMapCache shmcb -1", '"-1" is no time to live; write whole seconds from 0 to 86400'),
    ("CertMapCache shmcb 60s", '"60s" is no time to live'),
    ("CertMapCache shmcb 1.5", '"1.5" is no time to live'),
    ("CertMapCache shmcb 60 86401", '"86401" is no time to live'),
    ("CertMapCache shmcb 99999999999999999999", "is no time to live"),
    ('CertMapCache shmcb ""', '"" is no time to live'),
    ("CertMapCache shmcb:run/lookups(1)", "the cache provider shmcb says:"),
    ("CertMapCache redis", "the cache provider redis says:"),
    ("CertMapCache shmcb\nCertMapCache shmcb", "stands twice, first at ROOT/conf/httpd.conf:"),
    (f"{SECRET_LINE}\n{SECRET_LINE}", "stands twice, first at ROOT/conf/httpd.conf:"),
    ("CertMapCacheSecret conf/cache.secret", "write file:PATH"),
    ("CertMapCacheSecret", "takes one argument"),
    ("CertMapCacheSecret file:conf/missing", "CertMapCacheSecret: cannot read ROOT/conf/missing: No such file or directory; make the file: "
     "(umask 077; openssl rand -base64 48 > ROOT/conf/missing)"),
    ("CertMapCacheSecret file:conf", "CertMapCacheSecret: cannot read ROOT/conf: it is no regular file"),
    ("<VirtualHost *:81>\nCertMapCache shmcb\n</VirtualHost>", "one cache for the whole server"),
    (f"<VirtualHost *:81>\n{SECRET_LINE}\n</VirtualHost>", "one cache for the whole server"),
    ("<Location />\nCertMapCache shmcb\n</Location>", "not allowed"),
])
def test_mistakes_are_explained(check, lines, message):
    code, output = check(lines)
    assert code != 0
    assert message in output, output
    assert re.search(r"line \d+ of ROOT/conf/httpd.conf", output), output


@pytest.mark.parametrize("provider", ["redis:127.0.0.1:6379", "memcache:127.0.0.1", "dbm"])
def test_other_providers_need_a_secret(check, provider):
    code, output = check(f"CertMapCache {provider}")
    assert code != 0
    assert re.search(r"CM0047: ROOT/conf/httpd.conf:\d+: CertMapCache \w+ can be written by others; "
                     "add CertMapCacheSecret file:PATH", output), output


def test_secret_alone_is_warned_of(check):
    code, output = check(SECRET_LINE)
    assert code == 0
    assert "CM0047" in output and "of no use without CertMapCache" in output


@pytest.mark.parametrize("secret, good", [
    (b"x" * 32, True), (b"x" * 32 + b"\n", True), (b"x" * 32 + b"\r\n", True), (bytes(range(128, 159)) + b"x", True),
    (b"x" * 31, False), (b"x" * 31 + b"\n", False), (b"x" * 31 + b"\r\n", False), (b"", False),
    (b"x" * 65536, True), (b"x" * 65537, False)])
def test_length_of_the_secret(check, secret, good):
    code, output = check(SECRET_LINE, secret=secret)
    assert (code == 0) == good, output
    if not good and len(secret) < 100:
        assert "a secret has at least 32: (umask 077; openssl rand -base64 48" in output


@pytest.mark.parametrize("mode, good", [(0o600, True), (0o400, True), (0o640, True), (0o440, True),
                                        (0o644, False), (0o604, False), (0o660, False), (0o602, False)])
def test_mode_of_the_secret(check, mode, good):
    code, output = check(SECRET_LINE, mode=mode)
    assert (code == 0) == good, output
    if not good:
        assert "chmod 600 ROOT/conf/cache.secret" in output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_owner_of_the_secret(check):
    code, output = check(SECRET_LINE, owner=12345)
    assert code != 0
    assert "belongs to uid 12345; it must belong to root or to the user who starts httpd" in output


def test_secret_is_in_no_log_and_no_dump(make_cached, directory, pki):
    httpd = make_cached(directory, "shmcb", secret=b"correct horse battery staple 1234567890",
                        log_level="trace8")
    assert ask(httpd, pki.alice) == (200, "alice")
    assert "correct horse" not in httpd.error_log() + httpd.read("logs/audit.log")


def test_names_the_providers_that_are_loaded(check):
    code, output = check("CertMapCache shmbc")
    assert code != 0 and "(loaded are: " in output
    for name in ("shmcb", "redis", "memcache", "dbm"):
        assert f" {name}" in output


def test_cache_that_cannot_be_set_up_stops_a_first_start(make_cached, directory):
    httpd = make_cached(directory, "dbm:/nowhere/at/all/lookups", start=False)
    said = httpd.start_fails()
    assert re.search(r"CM0048: \S+:\d+: CertMapCache dbm could not be set up", said), said


def test_cache_that_cannot_be_set_up_does_not_end_a_running_server(make_cached, directory, pki):
    httpd = make_cached(directory, "shmcb", start=False)
    httpd.start()
    httpd.replace_config("CertMapCache shmcb", "CertMapCache dbm:/nowhere/at/all/lookups")
    httpd.graceful()
    assert ask(httpd, pki.alice) == (200, "alice")
    assert "CM0048" in httpd.error_log()
