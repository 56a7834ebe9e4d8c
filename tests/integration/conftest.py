"""Fixtures.

pki     the certificate authorities, once for all tests (pki.Pki)
serve   serve(main=…, vhost=…, location=…, …) starts an Httpd and stops it at the module's end;
        wrap it in a module-scoped fixture of your own so that tests share the server
httpd   for a test module that sets SERVER = dict(main=…, location=…, …): that server
make_httpd   like serve, not started (for `-t` and failing starts), removed at the test's end
directory    for a test module that sets DIRECTORY = dict(entries={…}, …), or a function of pki that
             returns one: that slapd (directory.Slapd)
make_directory   make_directory(entries, …) starts a slapd, and removes it at the module's end
make_store   make_store(Redis, …) or (Memcached, …) of stores.py, likewise at the test's end

pytest.mark.compiled   for what depends on how the module was compiled, or a sanitizer cannot tell:
                       .ci/run tries it with builds that do not get all tests
"""

import contextlib
import os
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "kit"))

from directory import Slapd  # noqa: E402
from httpd_setup import module_path  # noqa: E402
from pki import Pki  # noqa: E402
from server import Httpd  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "compiled: depends on how the module was compiled")


@pytest.fixture(scope="session")
def pki():
    return Pki()


def _need_module(how):
    if how.get("certmap", True) and not os.path.exists(module_path()):
        pytest.fail(f"{module_path()} is missing: run make, or set CERTMAP_MODULE")


@pytest.fixture(scope="module")
def serve(pki):
    servers = []

    def start(**how):
        _need_module(how)
        httpd = Httpd(pki, **how)
        httpd.start()
        servers.append(httpd)
        return httpd

    yield start
    failures = []
    for httpd in servers:
        try:
            httpd.stop()
        except AssertionError as error:
            failures.append(str(error))
    assert not failures, "\n".join(failures)


@pytest.fixture(scope="module")
def httpd(request, serve):
    return serve(**request.module.SERVER)


@pytest.fixture
def make_httpd(pki):
    servers = []

    def make(**how):
        _need_module(how)
        servers.append(Httpd(pki, **how))
        return servers[-1]

    yield make
    for httpd in servers:
        httpd.stop()


@pytest.fixture(scope="module")
def make_directory(pki):
    with contextlib.ExitStack() as stack:
        yield lambda entries=None, **how: stack.enter_context(Slapd(pki, entries, **how))


@pytest.fixture(scope="module")
def directory(request, pki, make_directory):
    how = getattr(request.module, "DIRECTORY", {})
    return make_directory(**(how(pki) if callable(how) else how))


@pytest.fixture
def make_store():
    with contextlib.ExitStack() as stack:
        yield lambda kind, *options: stack.enter_context(kind(*options))
