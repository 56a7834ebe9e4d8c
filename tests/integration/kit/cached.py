"""Servers whose one rule asks a directory by mail, with a cache in front of it.

    httpd = make_cached(directory, "shmcb 60 10", processes=4)     started
    make_cached(directory, "redis:127.0.0.1:6379", secret=SECRET)
    ask(httpd, cert)      (status, account or reason) of one cold connection
    caches(httpd)         certmap.cache of each event so far
    crowd(httpd, cert, 100)      what ask() gives, of many at once
"""

import concurrent.futures
import os

import pytest

from places import REASON, rule

SECRET = b"0123456789abcdef0123456789abcdef"
LOCATION = "AuthType ClientCert\nCertMapUse people\nRequire valid-user"
MODULES = ("socache_redis", "socache_memcache", "socache_dbm")


def set_up(make_httpd, directory, cache, *, secret=SECRET, processes=1, filter_text="(mail={email})",
           attributes="uid,displayName", more=(), main="", start=True, **how):
    if processes == 1:  # prefork has a process for each connection
        how.setdefault("mpm", "event")
    lines = [f"CertMapCache {cache}"] if cache else []
    lines += ["CertMapCacheSecret file:conf/cache.secret"] if secret else []
    people = rule("people", directory.lines(filter_text, *more, attributes=attributes))
    httpd = make_httpd(main="\n".join([*lines, main, people]), location=LOCATION, vhost=REASON,
                       modules=MODULES, processes=processes, **how)
    if secret:
        httpd.write("conf/cache.secret", secret, mode=0o600)
        os.chmod(httpd.path("conf/cache.secret"), 0o600)
    return httpd.start() if start else httpd


@pytest.fixture
def make_cached(make_httpd):
    return lambda directory, cache, **how: set_up(make_httpd, directory, cache, **how)


def ask(httpd, cert):
    """(status, account or reason)"""
    response = httpd.get("/cgi/env", cert)
    if response.status == 200:
        return 200, response.env["REMOTE_USER"]
    return response.status, response.headers["X-Reason"]


def caches(httpd):
    """certmap.cache of each event so far."""
    return [event["certmap"].get("cache") for event in httpd.audit()
            if event["event"]["action"] == "authenticate"]


def crowd(httpd, cert, count):
    """Answers to so many cold connections at once."""
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        return list(pool.map(lambda _: ask(httpd, cert), range(count)))
