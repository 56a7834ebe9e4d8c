"""certmapctl: options and arguments that are wrong, of every command alike."""

import pytest

from certmapctl import certmapctl


def refusal(*words, **how):
    """The one line of error, of a command that does nothing."""
    run = certmapctl(*words, **how)
    assert (run.status, run.out) == (2, ""), run
    return run.error


@pytest.mark.parametrize("words", [
    ["block", "m.map", "email:a@example.com", "--expires", ""], ["add", "m.map", "email:a@b.example", "a", "--groups="],
    ["replay", "--certificates", ".", "--since", "", "log"], ["notify", "--from", "a@example.com", "--state=", "log"],
    ["expiring", "--days", "", "log"]])
def test_an_empty_argument_is_not_taken_for_an_option_that_is_left_out(words, tmp_path):
    (option,) = [word.rstrip("=") for word in words if word in ("--expires", "--since", "--days") or word.endswith("=")]
    assert refusal(*words, folder=tmp_path) == (
        f"the argument of {option} is empty; see certmapctl {words[0]} --help")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [["--groups", "admins", "--groups=dev"], ["--groups=dev", "--expires", "2099-01-01",
                                                                          "--groups=dev"]])
def test_the_first_of_a_repeated_option_is_not_lost(words, tmp_path):
    assert refusal("add", "m.map", "email:a@example.com", "a", *words, folder=tmp_path) == (
        "--groups is given twice; see certmapctl add --help")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words, unknown", [
    (["-abc", "a.pem"], "-a"), (["a.pem", "-x"], "-x"), (["a.pem", "--nothing=x"], "--nothing=x"),
    (["--json=x", "a.pem"], "--json=x")])
def test_an_unknown_option_is_named_and_not_the_word_before(words, unknown):
    assert refusal("show", *words) == f"unknown option {unknown}; see certmapctl show --help"


@pytest.mark.parametrize("words", [
    ("show",), ("explain",), ("add", "new.map", "{}", "x"), ("lint", "new.crl", "--issued-by")], ids=" ".join)
@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_certificate_behind_a_good_one_is_told(pki, tmp_path, words, damage):
    second = pki.root.pem.replace("-----END", "" if damage == "cut" else "AAAA\n-----END", 1)
    (tmp_path / "chain.pem").write_text(pki.alice.pem + (second[:200] if damage == "cut" else second))
    words = [word.format("chain.pem") for word in words]
    words += ["chain.pem"] if "chain.pem" not in words else []
    assert refusal(*words, folder=tmp_path) == (
        "chain.pem: certificate 2 is damaged; make the file anew, or take that out")
