"""docs/ldap.md: whoever can write to the cache can neither invent accounts nor bring an old
answer back. In each test Mallory has the whole Redis, but no secret."""

import os
import time

import pytest

from cached import ask, caches, make_cached  # noqa: F401
from directory import PEOPLE, person
from stores import Redis
from watch import wait_for

ALICE, NOBODY = (200, "alice"), (403, "no_rule_matched")
DIRECTORY = dict(entries={**person("alice"), **person("bob")})
OTHER_SECRET = b"another secret of thirty-two bytes"


class Loot:
    """What lies in a Redis: one entry to a key."""

    def __init__(self, redis):
        self.redis = redis

    def keys(self):
        return set(self.redis.command("KEYS", "*"))

    def take(self, httpd, cert, answer):
        """Lets a server look a certificate up; its key and value."""
        before = self.keys()
        assert ask(httpd, cert) == answer
        [key] = wait_for(lambda: self.keys() - before)
        return key, self.redis.command("GET", key)

    def put(self, key, value):
        self.redis.command("SET", key, value)


@pytest.fixture
def loot(make_store):
    return Loot(make_store(Redis))


@pytest.fixture
def servers(make_cached, loot, directory):
    """make(n, …): so many servers over Mallory's Redis."""
    def make(count, ttl="", **how):
        return [make_cached(directory, f"redis:{loot.redis.address} {ttl}", **how) for _ in range(count)]
    return make


def is_looked_up(httpd, directory, cert, answer):
    """The cache gave nothing that was believed, and nobody complains."""
    seen = directory.watch()
    assert ask(httpd, cert) == answer
    seen.searches(1)
    assert caches(httpd)[-1] == "none"


CHANGES = {
    "first bit": lambda value: bytes([value[0] ^ 1]) + value[1:],
    "nonce": lambda value: value[:5] + bytes([value[5] ^ 1]) + value[6:],
    "middle": lambda value: value[:20] + bytes([value[20] ^ 0x80]) + value[21:],
    "tag": lambda value: value[:-1] + bytes([value[-1] ^ 1]),
    "one octet less": lambda value: value[:-1],
    "half": lambda value: value[:len(value) // 2],
    "one octet": lambda value: value[:1],
    "nothing": lambda value: b"",
    "one octet more": lambda value: value + b"\0",
    "twice": lambda value: value * 2,
    "noise": lambda value: os.urandom(len(value)),
    "very long": lambda value: value + bytes(100_000),
    "plain text": lambda value: b"alice",
}


def test_changed_entries_are_ignored(servers, loot, directory, pki):
    """A new server for each change, because the process would remember the answer."""
    [writer] = servers(1)
    key, value = loot.take(writer, pki.alice, ALICE)
    [reader] = servers(1, processes=1)
    for name, change in CHANGES.items():
        cert = pki.person("alice")
        reader_key, good = loot.take(writer, cert, ALICE)
        loot.put(reader_key, change(good))
        seen = directory.watch()
        assert ask(reader, cert) == ALICE, name
        seen.searches(1)
        assert caches(reader)[-1] == "none", name
    loot.put(key, value)
    assert ask(reader, pki.alice) == ALICE
    assert caches(reader)[-1] == "shared"  # the entry that nobody touched


def test_changed_entry_is_replaced_by_a_good_one(servers, loot, directory, pki):
    first, second, third = servers(3)
    key, value = loot.take(first, pki.alice, ALICE)
    loot.put(key, value[:-1])
    is_looked_up(second, directory, pki.alice, ALICE)
    assert ask(third, pki.alice) == ALICE
    assert caches(third) == ["shared"]


def test_entry_of_another_certificate_is_ignored(servers, loot, directory, pki):
    first, second = servers(2)
    _, alices = loot.take(first, pki.alice, ALICE)
    bobs_key, _ = loot.take(first, pki.bob, (200, "bob"))
    loot.put(bobs_key, alices)
    is_looked_up(second, directory, pki.bob, (200, "bob"))


def test_hit_for_someone_unknown_is_ignored(servers, loot, directory, pki):
    first, second = servers(2)
    mallory = pki.person("mallory")
    _, alices = loot.take(first, pki.alice, ALICE)
    key, _ = loot.take(first, mallory, NOBODY)
    loot.put(key, alices)
    is_looked_up(second, directory, mallory, NOBODY)


def test_none_for_someone_known_is_ignored(servers, loot, directory, pki):
    first, second = servers(2)
    key, _ = loot.take(first, pki.alice, ALICE)
    _, none = loot.take(first, pki.person("mallory"), NOBODY)
    loot.put(key, none)
    is_looked_up(second, directory, pki.alice, ALICE)


def test_entry_of_another_secret_is_ignored(servers, loot, directory, pki):
    """Under another secret the name differs, too; Mallory moves the entry there."""
    [ours], [theirs] = servers(1), servers(1, secret=OTHER_SECRET)
    our_key, _ = loot.take(ours, pki.alice, ALICE)
    their_key, value = loot.take(theirs, pki.alice, ALICE)
    assert our_key != their_key
    loot.put(our_key, value)
    [reader] = servers(1)
    is_looked_up(reader, directory, pki.alice, ALICE)


def test_entry_of_another_configuration_is_ignored(servers, loot, directory, pki):
    [ours] = servers(1)
    [theirs] = servers(1, attributes="cn")
    our_key, _ = loot.take(ours, pki.alice, ALICE)
    _, value = loot.take(theirs, pki.alice, ALICE)
    loot.put(our_key, value)
    [reader] = servers(1)
    is_looked_up(reader, directory, pki.alice, ALICE)


def test_replayed_hit_is_ignored(servers, loot, directory, pki):
    """The account is gone, its time is over, and the old entry comes back."""
    cert = pki.person("dave")
    directory.add_all(person("dave"))
    first, second = servers(2, "3 1")
    key, value = loot.take(first, cert, (200, "dave"))
    directory.delete(f"uid=dave,{PEOPLE}")
    time.sleep(3.2)
    loot.put(key, value)
    for httpd in (first, second):
        is_looked_up(httpd, directory, cert, NOBODY)
        loot.put(key, value)


def test_replayed_none_is_ignored(servers, loot, directory, pki):
    """The account is there now, and the old answer that would keep it out comes back."""
    cert = pki.person("erin")
    first, second = servers(2, "1 3")
    key, value = loot.take(first, cert, NOBODY)
    directory.add_all(person("erin"))
    time.sleep(3.2)
    loot.put(key, value)
    for httpd in (first, second):
        is_looked_up(httpd, directory, cert, (200, "erin"))
        loot.put(key, value)


def test_times_of_the_store_do_not_count(servers, loot, directory, pki):
    """Mallory lets an entry live for ever."""
    first, second = servers(2, "3 3")
    key, _ = loot.take(first, pki.alice, ALICE)
    loot.redis.command("PERSIST", key)
    time.sleep(3.2)
    is_looked_up(second, directory, pki.alice, ALICE)


def test_a_list_where_an_entry_should_be_costs_time_only(servers, loot, directory, pki):
    first, second = servers(2)
    key, _ = loot.take(first, pki.alice, ALICE)
    loot.redis.command("DEL", key)
    loot.redis.command("LPUSH", key, "alice")
    assert ask(second, pki.alice) == ALICE
    assert caches(second) == ["none"]
