"""Rows for many clients with one certificate, when nothing is known of it yet."""

import concurrent.futures
import re
import threading
import time

import setups
from counted import Client
from server import Httpd
from table import Row

CLIENTS = 100
PROCESSES = 4
# Two processes may ask before the first has shared its answer.
ABOUT_ONE = 2


class ManyProcesses(Httpd):
    """Room for all clients at once, in each of the processes."""

    def __init__(self, pki, **how):
        super().__init__(pki, mpm="event", processes=PROCESSES, log_level="notice", **how)
        text = self.read("conf/httpd.conf")
        for name, number in {"ServerLimit": PROCESSES, "ThreadsPerChild": CLIENTS,
                             "MaxRequestWorkers": PROCESSES * CLIENTS,
                             "MaxSpareThreads": PROCESSES * CLIENTS}.items():
            text = re.sub(rf"{name} \d+", f"{name} {number}", text)
        self.write("conf/httpd.conf", f"ThreadLimit {CLIENTS}\n{text}")


def _connect_at_once(port, cert, _):
    """Everyone connects and asks; returns the statuses."""
    together = threading.Barrier(CLIENTS)

    def once(_):
        together.wait()
        with Client(port, cert) as client:
            return client.get()

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(once, range(CLIENTS)))


def _wait_for_directory(port, cert, directory):
    """Everyone's request is there before the directory answers the first."""
    clients = [Client(port, cert) for _ in range(CLIENTS)]
    directory.freeze()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        answers = [pool.submit(client.get) for client in clients]
        time.sleep(1)
        directory.thaw()
        statuses = [answer.result() for answer in answers]
    for client in clients:
        client.close()
    return statuses


def _searches(pki, cert, directory, setup, crowd):
    with ManyProcesses(pki, **setup) as httpd:
        statuses = []
        asked = directory.asked(lambda: statuses.extend(crowd(httpd.port, cert, directory)))
        if set(statuses) != {200}:
            raise AssertionError(f"HTTP statuses {set(statuses)}\n{httpd.error_log()[-2000:]}")
        return asked.searches


def crowd_rows(pki, directory, say):
    cert = pki.person("rsa")
    today = setups.authnz_ldap(directory.people, cached=True)
    alone = setups.ldap(directory.people)
    shared = setups.ldap(directory.people, "CertMapCache shmcb")
    rows = []
    for what, crowd, goal in [
            (f"{CLIENTS} new connections, one certificate", _connect_at_once, ABOUT_ONE),
            (f"{CLIENTS} requests before the directory answers", _wait_for_directory, PROCESSES)]:
        say(f"{what}, {PROCESSES} processes")
        found = [_searches(pki, cert, directory, setup, crowd) for setup in (today, alone, shared)]
        rows += [_row(what, found[0], found[1], PROCESSES),
                 _row(f"{what}, CertMapCache shmcb", found[0], found[2], goal)]
    return rows


def _row(what, today, certmap, goal):
    return Row(what, "", _in_words(today), _in_words(certmap),
               "about 1 search" if goal == ABOUT_ONE else _in_words(goal), certmap <= goal)


def _in_words(searches):
    return "1 search" if searches == 1 else f"{searches} searches"
