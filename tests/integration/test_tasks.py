"""The pages of docs/tasks/ are run as they stand: kit/task_page.py."""

import os
import re

import pytest

from documents import files_below, read
from task_given import GIVEN, try_page
from task_page import TASKS, Page

INDEX = os.path.join(TASKS, "README.md")
PAGES = [path for path in files_below(TASKS, ".md") if path != INDEX]


@pytest.mark.parametrize("path", PAGES, ids=[os.path.basename(path) for path in PAGES])
def test_the_page_works_as_it_stands(path, pki):
    try_page(Page(path), pki)


def test_each_page_is_in_the_index():
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", read(INDEX)))
    assert linked == {os.path.basename(path) for path in PAGES}


def test_what_is_given_is_for_a_page_that_is_there():
    assert set(GIVEN) <= {os.path.basename(path) for path in PAGES}
