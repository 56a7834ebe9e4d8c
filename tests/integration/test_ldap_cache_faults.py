"""docs/ldap.md: a cache that is down or full only costs time. Bounds are generous: without
care a request would wait for a store that hangs until someone ends it."""

import socket
import time

import pytest

from cached import ask, caches, crowd, make_cached  # noqa: F401
from directory import person
from stores import Memcached, Redis
from watch import BOUND, wait_for

ALICE = (200, "alice")
STORES = {"redis": Redis, "memcache": Memcached}
SOON = 8.0  # seconds, for what takes less than one
DIRECTORY = dict(entries=person("alice"))


@pytest.fixture(params=STORES)
def kind(request):
    return request.param


@pytest.fixture
def store(kind, make_store):
    return make_store(STORES[kind])


@pytest.fixture
def make_server(make_cached, directory, kind, store):
    return lambda **how: make_cached(directory, f"{kind}:{store.address}", **how)


def ask_in_time(httpd, cert):
    start = time.monotonic()
    assert ask(httpd, cert) == ALICE
    took = time.monotonic() - start
    assert took < SOON, f"{took} s"
    return took


def lines(httpd, word):
    return [line for line in httpd.error_log().splitlines() if word in line]


def failures_told(httpd):
    """One line for reading, one for writing at most."""
    return len(lines(httpd, "CM0045"))


def test_store_that_is_down_costs_time_only(make_server, store, pki):
    httpd = make_server()
    store.stop()
    for _ in range(20):
        ask_in_time(httpd, pki.person("alice"))
    assert set(caches(httpd)) == {"none"}
    assert 1 <= failures_told(httpd) <= 2


def test_store_that_dies_and_returns_is_used_again(make_server, make_cached, store, kind, directory, pki):
    httpd, other = make_server(), make_server()
    ask_in_time(httpd, pki.alice)
    store.kill()
    ask_in_time(httpd, pki.person("alice"))
    store.start()
    cert = pki.alice

    def is_shared():
        nonlocal cert
        cert = pki.person("alice")
        ask_in_time(httpd, cert)
        ask_in_time(other, cert)
        return caches(other)[-1] == "shared"

    wait_for(is_shared, "use of the store after its return", 40)
    if lines(httpd, "CM0045"):
        assert lines(httpd, "CM0046")


def test_store_that_hangs_costs_time_only(make_server, store, pki):
    httpd = make_server()
    ask_in_time(httpd, pki.alice)
    store.freeze()
    start = time.monotonic()
    for _ in range(20):
        ask_in_time(httpd, pki.person("alice"))
    assert time.monotonic() - start < 20
    assert 1 <= failures_told(httpd) <= 2
    assert "no answer within" in httpd.error_log()
    store.thaw()


def test_store_that_hangs_holds_nobody_up(make_server, store, pki):
    httpd = make_server()
    store.freeze()
    start = time.monotonic()
    assert set(crowd(httpd, pki.alice, 40)) == {ALICE}
    assert time.monotonic() - start < 20
    assert httpd.get_plain("/page.html").status == 200


def test_store_that_hung_is_used_again(make_server, store, pki):
    httpd, other = make_server(), make_server()
    store.freeze()
    ask_in_time(httpd, pki.alice)
    store.thaw()

    def is_shared():
        cert = pki.person("alice")
        ask_in_time(httpd, cert)
        ask_in_time(other, cert)
        return caches(other)[-1] == "shared"

    wait_for(is_shared, "use of the store after it hung", 40)


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_httpd_stops_though_the_store_hangs(make_server, store, pki, mpm):
    httpd = make_server(mpm=mpm)
    store.freeze()
    ask_in_time(httpd, pki.alice)
    start = time.monotonic()
    httpd.graceful()
    ask_in_time(httpd, pki.person("alice"))
    httpd.stop()
    assert time.monotonic() - start < 20


def test_full_redis_can_still_be_read(make_cached, make_store, directory, pki):
    """maxmemory with noeviction: SETEX is refused, GET is not."""
    redis = make_store(Redis, "--maxmemory-policy", "noeviction")
    httpd, other = (make_cached(directory, f"redis:{redis.address}") for _ in range(2))
    ask_in_time(httpd, pki.alice)
    redis.command("CONFIG", "SET", "maxmemory", "1")
    for _ in range(5):
        ask_in_time(httpd, pki.person("alice"))
    assert failures_told(httpd) == 1 and "writing the cache" in lines(httpd, "CM0045")[0]
    assert redis.command("DBSIZE") == 1
    ask_in_time(other, pki.alice)
    assert caches(other) == ["shared"]


def fill(memcached):
    """Each size of entry that a lookup may have gets its first megabyte whatever the limit is."""
    with socket.create_connection(("127.0.0.1", memcached.port), BOUND) as connection:
        for size in range(40, 400, 16):
            for number in range(2**20 // (size + 100)):
                key = size * 10**6 + number
                connection.sendall(b"set %072d 0 0 %d noreply\r\n%s\r\n" % (key, size, b"x" * size))
    for size in (40, 100, 200, 390):
        wait_for(lambda: b"SERVER_ERROR" in memcached.command(f"set {'p' * 72} 0 0 {size}", b"x" * size),
                 "full memcached")


def test_full_memcached_costs_time_only(make_cached, make_store, directory, pki):
    memcached = make_store(Memcached, "-m", "2", "-M")
    httpd = make_cached(directory, f"memcache:{memcached.address}")
    fill(memcached)
    for _ in range(5):
        ask_in_time(httpd, pki.person("alice"))
    assert failures_told(httpd) == 1 and "writing the cache" in lines(httpd, "CM0045")[0]


def test_small_shmcb_forgets_and_works(make_cached, directory, pki):
    httpd = make_cached(directory, "shmcb:run/lookups(16384)", secret=None)
    for _ in range(60):
        ask_in_time(httpd, pki.person("alice"))
    assert not lines(httpd, "CM0045")


def test_many_processes_and_threads_on_one_shmcb(make_cached, directory, pki):
    httpd = make_cached(directory, "shmcb", secret=None, processes=4)
    certs = [pki.person("alice") for _ in range(6)]
    for cert in certs:
        assert set(crowd(httpd, cert, 40)) == {ALICE}
    assert not lines(httpd, "CM0045")
