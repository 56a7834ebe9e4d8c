"""docs/ldap.md, CertMapCache: what is shared, for how long, and with whom."""

import time

import pytest

from cached import SECRET, ask, caches, crowd, make_cached  # noqa: F401
from directory import PEOPLE, person
from stores import Memcached, Redis
from watch import wait_for

ALICE, BOB = (200, "alice"), (200, "bob")
NOBODY = (403, "no_rule_matched")
STORES = {"redis": Redis, "memcache": Memcached}
DIRECTORY = dict(entries={**person("alice", displayName="Alice Doe", title=["dev", "admins"]),
                          **person("bob")})


@pytest.fixture
def seen(directory):
    seen = directory.watch()
    yield seen
    seen.settle(0.2)


@pytest.fixture
def carol(directory):
    """A person who can be added and changed, and is gone after the test."""
    class Carol:
        dn = f"uid=carol,{PEOPLE}"

        @staticmethod
        def add():
            directory.add_all(person("carol"))

        @classmethod
        def delete(cls):
            directory.delete(cls.dn)

    yield Carol
    try:
        Carol.delete()
    except AssertionError:
        pass


@pytest.fixture
def carol_cert(pki):
    return pki.person("carol")


def ask_all_processes(httpd, cert, count=2):
    """Cold connections until so many processes have answered."""
    def pids():
        return {event["process"]["pid"] for event in httpd.audit()
                if event["event"]["action"] == "authenticate"}
    answers = []
    for _ in range(40):
        answers += crowd(httpd, cert, 12)
        if len(pids()) >= count:
            return answers
    pytest.fail("one process answered everything")


def test_processes_share_what_one_looked_up(make_cached, directory, seen, pki):
    httpd = make_cached(directory, "shmcb", secret=None, processes=3)
    seen.settle()
    ask(httpd, pki.alice)
    assert set(ask_all_processes(httpd, pki.alice)) == {ALICE}
    seen.searches(1)
    assert "shared" in caches(httpd)


def test_without_it_each_process_asks(make_cached, directory, seen, pki):
    """What the test above would see if nothing were shared."""
    httpd = make_cached(directory, None, secret=None, processes=3)
    seen.settle()
    ask(httpd, pki.alice)
    assert set(ask_all_processes(httpd, pki.alice)) == {ALICE}
    seen.searches(at_least=2)
    assert "shared" not in caches(httpd)


def test_processes_share_through_a_dbm_file(make_cached, directory, seen, pki):
    httpd = make_cached(directory, "dbm:cache", processes=3)
    seen.settle()
    ask(httpd, pki.alice)
    assert set(ask_all_processes(httpd, pki.alice)) == {ALICE}
    seen.searches(1)


def test_dbm_survives_a_graceful_restart_and_misses_are_no_failures(make_cached, directory, seen, pki):
    httpd = make_cached(directory, "dbm:cache")
    seen.settle()
    for person in (pki.alice, pki.bob):
        ask(httpd, person)
        httpd.graceful()
    assert ask(httpd, pki.alice) == ALICE
    assert "CM0045" not in httpd.error_log()


@pytest.mark.parametrize("store", STORES)
def test_servers_share_what_one_looked_up(make_cached, make_store, directory, seen, pki, store):
    cache = f"{store}:{make_store(STORES[store]).address}"
    first, second = (make_cached(directory, cache) for _ in range(2))
    seen.settle()
    assert ask(first, pki.alice) == ALICE
    response = second.get("/cgi/env", pki.alice)
    assert response.env["REMOTE_USER"] == "alice"
    assert response.env["CERTMAP_ATTR_DISPLAYNAME"] == "Alice Doe"
    seen.searches(1)
    assert caches(first) == ["none"] and caches(second) == ["shared"]
    assert ask(second, pki.alice) == ALICE
    assert caches(second) == ["shared", "process"]


@pytest.mark.parametrize("store", STORES)
def test_nothing_found_is_shared_too(make_cached, make_store, directory, seen, pki, store):
    cache = f"{store}:{make_store(STORES[store]).address}"
    first, second = (make_cached(directory, cache) for _ in range(2))
    nobody = pki.person("nobody")
    seen.settle()
    assert ask(first, nobody) == NOBODY and ask(second, nobody) == NOBODY
    seen.searches(1)


def test_groups_and_attributes_survive_the_cache(make_cached, make_store, directory, seen, pki):
    cache = f"redis:{make_store(Redis).address}"
    first, second = (make_cached(directory, cache, attributes="uid,displayName,cn",
                                 more=["CertMapLDAPGroups title"]) for _ in range(2))
    seen.settle()
    here, there = (httpd.get("/cgi/env", pki.alice).env for httpd in (first, second))
    seen.searches(1)
    for name in ("CERTMAP_GROUPS", "CERTMAP_ATTR_DISPLAYNAME", "CERTMAP_ATTR_CN", "CERTMAP_STRENGTH",
                 "CERTMAP_RULE"):
        assert here[name] == there[name]
    assert there["CERTMAP_GROUPS"] == "dev;admins"


@pytest.mark.parametrize("more", [
    dict(attributes="cn,displayName"), dict(filter_text="(|(mail={email})(uid=x))"),
    dict(more=["CertMapLDAPGroups title"])])
def test_lookups_of_another_configuration_are_not_used(make_cached, make_store, directory, seen, pki, more):
    cache = f"redis:{make_store(Redis).address}"
    first, second = make_cached(directory, cache), make_cached(directory, cache, **more)
    seen.settle()
    assert ask(first, pki.alice) == ALICE and ask(second, pki.alice) == ALICE
    seen.searches(2)


@pytest.mark.parametrize("cache", ["shmcb", None])
def test_certificates_with_one_filter_are_apart(make_cached, directory, seen, pki, cache):
    httpd = make_cached(directory, cache, secret=None)
    seen.settle()
    for cert in (pki.alice, pki.person("alice"), pki.alice):
        assert ask(httpd, cert) == ALICE
    seen.searches(2)


def test_an_entrys_certificate_opens_it_for_no_other(make_cached, make_directory, pki):
    entries = person("alice", userCertificate_binary=pki.alice.der)
    httpd = make_cached(make_directory(entries), None, secret=None, more=["CertMapLDAPVerifyCert On"])
    assert ask(httpd, pki.alice) == ALICE
    assert ask(httpd, pki.person("alice")) == (403, "certificate_not_in_entry")
    assert caches(httpd) == ["none", "none"]


def test_hit_is_believed_for_its_time(make_cached, make_store, directory, seen, pki, carol, carol_cert):
    """A removed account is out when the time is over, wherever its lookup lay."""
    cache = f"redis:{make_store(Redis).address} 12 1"
    first, second = (make_cached(directory, cache) for _ in range(2))
    carol.add()
    assert ask(first, carol_cert) == (200, "carol")
    start = time.monotonic()
    carol.delete()
    assert ask(second, carol_cert) == (200, "carol")
    with first.connect(carol_cert) as kept:
        assert kept.get("/cgi/env").status == 200
        time.sleep(max(0, start + 12.2 - time.monotonic()))
        assert kept.get("/cgi/env").status == 403
    assert ask(first, carol_cert) == NOBODY and ask(second, carol_cert) == NOBODY


def test_none_is_believed_for_its_own_time(make_cached, make_store, directory, seen, pki, carol, carol_cert):
    cache = f"redis:{make_store(Redis).address} 3600 12"
    first, second = (make_cached(directory, cache) for _ in range(2))
    assert ask(first, carol_cert) == NOBODY
    start = time.monotonic()
    carol.add()
    assert ask(second, carol_cert) == NOBODY
    with first.connect(carol_cert) as kept:
        assert kept.get("/cgi/env").status == 403
        time.sleep(max(0, start + 12.2 - time.monotonic()))
        assert kept.get("/cgi/env").status == 200
    assert ask(second, carol_cert) == (200, "carol")


def test_the_readers_time_counts(make_cached, make_store, directory, seen, pki):
    store = make_store(Redis).address
    writer, reader = make_cached(directory, f"redis:{store} 3600"), make_cached(directory, f"redis:{store} 2")
    assert ask(writer, pki.alice) == ALICE
    time.sleep(2.2)
    seen.settle()
    assert ask(reader, pki.alice) == ALICE
    seen.searches(1)


def test_time_of_zero_asks_each_time(make_cached, directory, seen, pki):
    httpd = make_cached(directory, "shmcb 0 0", secret=None)
    seen.settle()
    nobody = pki.person("nobody")
    for _ in range(3):
        assert ask(httpd, pki.alice) == ALICE and ask(httpd, nobody) == NOBODY
    seen.searches(6)


def test_failures_are_never_cached(make_cached, make_directory, make_store, pki):
    redis = make_store(Redis)
    with_dead = make_directory(person("alice"))
    httpd = make_cached(with_dead, f"redis:{redis.address}")
    with_dead.stop()
    assert ask(httpd, pki.alice) == (503, "backend_unavailable")
    assert redis.command("DBSIZE") == 0
    with_dead.start()
    assert ask(httpd, pki.alice) == ALICE
    assert wait_for(lambda: redis.command("DBSIZE") == 1)


@pytest.mark.parametrize("entries", [
    {**person("twin", mail="alice@example.com"), **person("twin2", mail="alice@example.com")},
    person("spoilt", mail="alice@example.com", rdn="cn=spoilt", uid=["one", "two"])])
def test_refusals_are_not_cached(make_cached, make_directory, make_store, pki, entries):
    redis = make_store(Redis)
    httpd = make_cached(make_directory(entries), f"redis:{redis.address}")
    for _ in range(2):
        assert ask(httpd, pki.alice) == (403, "ambiguous_account")
    assert redis.command("DBSIZE") == 0


def test_cache_with_a_secret_outlives_a_graceful_restart(make_cached, make_store, directory, seen, pki):
    httpd = make_cached(directory, f"redis:{make_store(Redis).address}")
    assert ask(httpd, pki.alice) == ALICE
    httpd.graceful()
    seen.settle()
    assert ask(httpd, pki.alice) == ALICE
    assert seen.searches() == []


def test_shmcb_starts_empty_after_a_graceful_restart(make_cached, directory, seen, pki):
    httpd = make_cached(directory, "shmcb", secret=None, processes=2)
    assert ask(httpd, pki.alice) == ALICE
    httpd.graceful()
    seen.settle()
    assert ask(httpd, pki.alice) == ALICE
    seen.searches(1)


def test_crowd_with_one_certificate_asks_once_a_process(make_cached, directory, seen, pki):
    httpd = make_cached(directory, None, secret=None, processes=2)
    seen.settle()
    assert set(crowd(httpd, pki.alice, 100)) == {ALICE}
    pids = {event["process"]["pid"] for event in httpd.audit() if event["event"]["action"] == "authenticate"}
    assert len(seen.searches(at_least=1)) <= len(pids)


def test_crowd_with_a_shared_cache_asks_about_once(make_cached, directory, seen, pki):
    """All processes may begin before the first has an answer; one that begins later finds it."""
    httpd = make_cached(directory, "shmcb", secret=None, processes=3)
    seen.settle()
    assert ask(httpd, pki.alice) == ALICE
    assert set(crowd(httpd, pki.alice, 100)) == {ALICE}
    seen.searches(1)


def test_what_lies_in_the_cache_tells_nothing(make_cached, make_store, directory, pki):
    redis = make_store(Redis)
    httpd = make_cached(directory, f"redis:{redis.address}")
    assert ask(httpd, pki.alice) == ALICE
    [key] = wait_for(lambda: redis.command("KEYS", "*"))
    value = redis.command("GET", key)
    for text in (b"alice", b"Alice Doe", b"example", SECRET, bytes.fromhex(pki.alice.sha256)):
        assert text not in value and text not in key
    assert 0 < redis.command("TTL", key) <= 61


def test_large_entries_are_looked_up_and_not_shared(make_cached, make_directory, make_store, pki):
    redis = make_store(Redis)
    large = make_directory(person("alice", description="x" * 40000))
    httpd = make_cached(large, f"redis:{redis.address}", attributes="uid",
                        more=["CertMapLDAPGroups description"])
    assert ask(httpd, pki.alice)[0] in (200, 500)  # the CGI program may not take so large an environment
    assert redis.command("DBSIZE") == 0
    assert "CM0045" not in httpd.error_log()
