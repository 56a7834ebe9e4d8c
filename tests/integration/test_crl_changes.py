"""Live reload of CRLs (docs/crl.md): what is good is in force within 2 s, what is bad leaves the last good one in force."""
# pylint: disable=redefined-outer-name

import datetime
import os
import shutil
import time

import pytest

from bad_crls import million_extensions, minutes_from_now, wrong
from crl_forms import REVOKED, UNKNOWN, certificate, numbered, serial
from crl_server import CrlServer, Form
from crls import DAY, NOW, builder, entry, raw, signed
from pki import Ca

QUIET = 1.6  # a change that is reported again would be seen in this time
SECOND = datetime.timedelta(seconds=1)


def instead(make):
    """`make` makes something else in the file's place."""
    def change(server, form):
        path = server.path(form, "a.crl")
        os.remove(path)
        make(path)
    return change


def huge(server, form):
    path = server.path(form, "a.crl")
    with open(path + ".new", "wb") as file:
        file.truncate(2**30 + 1)
    os.chmod(path + ".new", 0o644)
    os.rename(path + ".new", path)


def linked(octets):
    def change(server, form):
        server.write(form, "b.txt", octets)
        os.symlink("b.txt", server.path(form, "c"))
        os.rename(server.path(form, "c"), server.path(form, "a.crl"))
    return change


def wrong_changes(ca, cert):
    """By name: octets, or what is done to the file; and words of the message."""
    return {
        **wrong(ca, cert),
        "older": (signed(builder(ca, serial(cert), start=NOW - 2 * DAY), ca.key), "older"),
        "huge": (huge, "1 GiB"),
        "vanished": (instead(lambda path: None), "No such file"),
        "folder": (instead(os.mkdir), "a.crl"),
        "FIFO": (instead(os.mkfifo), "a.crl"),
        "link to nothing": (instead(lambda path: os.symlink("nothing", path)), "a.crl"),
        "link to itself": (instead(lambda path: os.symlink("a.crl", path)), "a.crl"),
        "link to a device": (instead(lambda path: os.symlink("/dev/zero", path)), "a.crl"),
    }


def good_changes(ca, cert):
    bad = serial(cert)
    crl = signed(builder(ca, bad, start=NOW), ca.key)
    return {
        "good": crl, "link": linked(crl), "4 minutes ahead": signed(builder(ca, bad, start=minutes_from_now(4)), ca.key),
        "the same thisUpdate": signed(builder(ca, bad, start=NOW - DAY), ca.key),
        "a million extensions": million_extensions(ca, bad),
        "odd serials": raw(ca, entry(bad), entry(b"\x11" * 40), entry(b"\x80"), entry(b"\x11" * 4000), start=NOW),
    }


WRONG = list(wrong_changes(Ca("CN=x"), Ca("CN=x").issue()))
GOOD = ["good", "link", "4 minutes ahead", "the same thisUpdate", "a million extensions", "odd serials"]


class Place:
    """A CA, somebody whom a change would revoke, and a form whose CRL revokes somebody else."""

    def __init__(self, number):
        self.ca = Ca(f"CN=Reload CA {number}")
        self.alice, self.bob = certificate(self.ca, "alice"), certificate(self.ca, "bob")
        crl = signed(builder(self.ca, serial(self.bob), extensions=numbered(1)), self.ca.key)
        self.form = Form([self.ca], {"a.crl": crl}, paths=("a.crl",))


@pytest.fixture(scope="module")
def place():
    return Place("files")


@pytest.fixture(scope="module")
def server(serve, pki, place):
    """A rule, and a place of its own, for each change."""
    return CrlServer(serve, pki, {f"c{number}": place.form for number in range(len(WRONG) + len(GOOD))}, processes=2)


NAMES = {what: f"c{number}" for number, what in enumerate([*WRONG, *GOOD])}


@pytest.fixture(scope="module")
def changed(server, place):
    """All at once."""
    mark, bad, good = server.mark(), wrong_changes(place.ca, place.alice), good_changes(place.ca, place.alice)
    for what, form in NAMES.items():
        change = bad[what][0] if what in bad else good[what]
        if callable(change):
            change(server, form)
        else:
            server.write(form, "a.crl", change)
    for what, form in NAMES.items():
        server.wait(form, "a.crl", "crl_reload_failed" if what in WRONG else "crl_reload", mark)
    time.sleep(QUIET)
    return mark, {what: words for what, (_, words) in bad.items()}


@pytest.mark.parametrize("what", WRONG)
def test_a_bad_one_leaves_the_last_good_one_and_is_told_once(server, place, changed, what):
    mark, words = changed
    form = NAMES[what]
    assert server.answer(form, place.alice) == "alice" and server.answer(form, place.bob) == REVOKED
    (event,) = server.events(form, "a.crl", mark)
    assert (event["event"]["action"], event["event"]["outcome"]) == ("crl_reload_failed", "failure")
    assert words[what] in event["error"]["message"] and server.path(form, "a.crl") in event["error"]["message"]
    assert len([line for line in server.errors(server.path(form, "a.crl"), mark) if "last good" in line]) == 1


@pytest.mark.parametrize("what", GOOD)
def test_a_good_one_is_in_force(server, place, changed, what):
    mark, _ = changed
    assert server.answer(NAMES[what], place.alice) == REVOKED
    assert server.actions(NAMES[what], "a.crl", mark) == ["crl_reload"]


def test_bad_ones_go_on_over_a_graceful_restart(server, place, changed):
    del changed
    server.httpd.graceful()
    for what in WRONG:
        assert (server.answer(NAMES[what], place.alice), server.answer(NAMES[what], place.bob)) == ("alice", REVOKED), what


def test_what_is_mended_is_in_force(server, place, changed):
    """Also where a folder or a FIFO stood in its place."""
    del changed
    mark = server.mark()
    crl = signed(builder(place.ca, serial(place.alice), start=NOW + SECOND), place.ca.key)
    for what in WRONG:
        path = server.path(NAMES[what], "a.crl")
        if os.path.isdir(path):
            os.rmdir(path)
        server.write(NAMES[what], "a.crl", crl)
    for what in WRONG:
        server.wait(NAMES[what], "a.crl", "crl_reload", mark)
        assert server.answer(NAMES[what], place.alice) == REVOKED


# Folders

FOLDERS = ["vanishes", "a file", "loses a file", "gets a bad file", "a FIFO inside", "a stranger's inside", "comes back"]


@pytest.fixture(scope="module")
def folders(serve, pki):
    places = {f"f{number}": Place(f"f{number}") for number in range(len(FOLDERS))}
    forms = {name: place.form._replace(paths=("",)) for name, place in places.items()}
    server = CrlServer(serve, pki, forms)
    return server, dict(zip(FOLDERS, places.items()))


def test_a_folder_that_vanishes_leaves_the_last_good_lists(folders):
    server, places = folders
    names = {what: places[what] for what in ("vanishes", "a file", "loses a file", "comes back")}
    mark = server.mark()
    for what, (form, _) in names.items():
        if what == "loses a file":
            os.remove(server.path(form, "a.crl"))
            continue
        os.rename(server.path(form), server.path(form) + ".away")
        if what == "a file":
            server.httpd.write(f"crl/{form}", b"\0")
    for what, (form, _) in names.items():
        server.wait(form, "a.crl" if what == "loses a file" else "", "crl_reload_failed", mark)
    for form, place in names.values():
        assert server.answer(form, place.bob) == REVOKED and server.answer(form, place.alice) == "alice"
    form, place = names["comes back"]
    os.rename(server.path(form) + ".away", server.path(form))
    server.write(form, "a.crl", signed(builder(place.ca, serial(place.alice), start=NOW), place.ca.key))
    server.says(form, place.alice, REVOKED)


def test_what_comes_into_a_folder(folders):
    server, places = folders
    mark = server.mark()
    stranger = Ca("CN=Stranger in a folder")
    form, bad = places["gets a bad file"]
    server.write(form, "b.crl", signed(builder(bad.ca, serial(bad.alice), start=NOW), bad.ca.key)[:-5])
    fifo_form, fifo = places["a FIFO inside"]
    os.mkfifo(server.path(fifo_form, "b.crl"))
    server.write(fifo_form, "c.crl", signed(builder(fifo.ca, serial(fifo.alice), start=NOW), fifo.ca.key))
    other_form, other = places["a stranger's inside"]
    server.write(other_form, "b.crl", signed(builder(stranger, serial(other.alice)), stranger.key))
    server.write(other_form, "c.crl", signed(builder(other.ca, serial(other.alice), start=NOW), other.ca.key))
    server.wait(form, "b.crl", "crl_reload_failed", mark)
    assert server.answer(form, bad.alice) == "alice" and server.answer(form, bad.bob) == REVOKED
    server.says(fifo_form, fifo.alice, REVOKED)
    server.says(other_form, other.alice, REVOKED)
    assert server.answer(other_form, other.bob) == "bob"  # the newer list does not have him


def test_a_new_file_in_a_folder_makes_known(serve, pki):
    """A folder may be empty at first: then nobody is known."""
    place = Place("empty")
    server = CrlServer(serve, pki, {"empty": place.form._replace(files={"README.txt": b"here be lists\n"}, paths=("",))})
    assert server.answer("empty", place.alice) == UNKNOWN
    server.write("empty", "a.crl", place.form.files["a.crl"])
    server.says("empty", place.alice, "alice")
    shutil.rmtree(server.path("empty"))
    time.sleep(2.5)
    assert server.answer("empty", place.alice) == "alice" and server.answer("empty", place.bob) == REVOKED
