"""What certmapctl explain says of each file in conf/ is what a server with that file does: the tests of the
samples once more, where every request that they make is explained as well."""

import inspect
import re

import pytest

import samples
import test_ldap_samples
import test_samples
from explained import Live, agree, explain, same
from samples import HOST, authorities, issue, run_sample  # noqa: F401 (fixtures)
from test_ldap_samples import run_ldap_sample  # noqa: F401 (fixture)

ALL = [(module, name) for module in (test_samples, test_ldap_samples)
       for name, test in inspect.getmembers(module, inspect.isfunction)
       if name.startswith("test_") and re.search(r"\brun_(ldap_)?sample\(", inspect.getsource(test))
       and "answer(" in inspect.getsource(test) and name != "test_proxy"]


class Answer:
    """samples.answer(), which explains besides."""

    def __init__(self):
        self.explained = 0

    def __call__(self, httpd, cert, path="/", headers=None, host=HOST):
        if cert is None:
            seen = httpd.watch()
            result = samples.answer(httpd, cert, path, headers, host)
            seen.access(1)  # or it would be taken for the next request's
            return result
        log = "logs/audit.log" if host == "localhost" else "logs/certmap-audit.log"
        seen = Live(httpd, cert, path, host, headers, log)
        result = seen.environment["REMOTE_USER"] if seen.status == 200 else seen.status
        told = explain(httpd, cert, vhost=host, location=path)
        self.explained += 1
        if told.code == 0 and told.json["use"]["control"] == "required" and result != told.account:
            assert result in (401, 403)  # the wrong password, or another one's
        else:
            same(seen, told)
        return result


def test_there_are_samples():
    assert len(ALL) >= 12


@pytest.mark.parametrize("module, name", ALL, ids=[name for _, name in ALL])
def test_a_sample_is_explained_as_it_works(request, monkeypatch, module, name):
    answer = Answer()
    monkeypatch.setattr(module, "answer", answer)
    test = getattr(module, name)
    test(**{fixture: request.getfixturevalue(fixture) for fixture in inspect.signature(test).parameters})
    assert answer.explained


def test_a_proxy_is_explained(run_sample, issue):  # noqa: F811
    httpd = run_sample("examples/proxy.conf", {"conf/staff.map": "email:alice@example.com alice\n"}, modules=("proxy", "proxy_http"))
    told = explain(httpd, issue("corp", mail="alice@example.com"), vhost=HOST, location="/page")
    assert (told.code, told.account, told.json["require"]["result"]) == (0, "alice", "granted")
    assert told.json["file"].startswith("proxy:http://")
    other = issue("other", mail="alice@example.com")
    assert agree(httpd, other, "/page", HOST, log="logs/certmap-audit.log").status == 403
