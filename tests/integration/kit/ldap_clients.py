"""Clients for directories that are slow or fail. The fixtures are imported by name.

    someone()     (login, certificate) of a person nobody has asked for before
    people(3)     a list of three
    together(httpd, place, certs, threads=4)     their outcomes, by so many clients at the same time
    gate = gated(fake)                           lookups there wait for gate.set()
    with Asking(httpd, place, certs) as asking:  all at the same time; .answers so far, .join() for all
"""

import concurrent.futures
import itertools
import threading

import pytest

from fake_ldap import everyone, later
from places import ask

UNAVAILABLE = "!backend_unavailable"
NUMBERS = itertools.count(1)


@pytest.fixture
def people(pki):
    def make(count):
        logins = [f"person{next(NUMBERS)}" for _ in range(count)]
        return [(login, pki.person(login)) for login in logins]
    return make


@pytest.fixture
def someone(people):
    return lambda: people(1)[0]


def together(httpd, place, certs, threads=None):
    with concurrent.futures.ThreadPoolExecutor(threads or len(certs)) as clients:
        return list(clients.map(lambda cert: ask(httpd, cert, place), certs))


class Asking:
    def __init__(self, httpd, place, certs):
        self.answers = [None] * len(certs)
        self._threads = [threading.Thread(target=self._ask, args=(httpd, place, cert, number))
                         for number, cert in enumerate(certs)]
        for thread in self._threads:
            thread.start()

    def _ask(self, httpd, place, cert, number):
        self.answers[number] = ask(httpd, cert, place)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.join()

    def join(self):
        for thread in self._threads:
            thread.join()
        return self.answers


def gated(fake):
    """From now on lookups are answered when the Event that this returns is set."""
    gate = threading.Event()
    fake.on_search = later(gate, everyone)
    return gate
