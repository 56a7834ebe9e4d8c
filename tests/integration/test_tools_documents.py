"""certmapctl's help, its man page, the bash completion and docs/tools.md name the same commands and
options; mod_certmap(8) names what docs/directives.md does."""

import functools
import os
import re
import subprocess

import pytest

from certmapctl import certmapctl, program
from documents import DIRECTIVES_MD, DOCUMENTS, SAMPLES, code_blocks, files_below, read, section
from httpd_setup import TREE

TOOLS_MD = "docs/tools.md"
COMPLETION = "mod_certmap/tool/certmapctl.bash"
PAGES = ("docs/man/certmapctl.1", "docs/man/mod_certmap.8")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


# What the program says

@functools.lru_cache(None)
def help_of(*command):
    run = certmapctl(*command, "--help")
    assert run.status == 0 and run.err == "", run
    return run.out


def commands():
    return re.findall(r"^  ([a-z]+)  +\S", help_of(), re.M)


def options(command):
    """option → how its argument is called; None for a flag."""
    found = re.findall(r"^  (--[a-z-]+)(?: (\S+))?  ", help_of(command), re.M)
    return {name: argument or None for name, argument in found}


def all_options():
    return set().union(*map(options, commands())) | {"--help", "--version"}


EACH_COMMAND = pytest.mark.parametrize("command", commands() if os.path.exists(program()) else [])


def test_there_are_commands():
    assert commands()[0] == "show" and len(commands()) == len(set(commands()))


@EACH_COMMAND
def test_the_help_has_no_endless_lines(command):
    for text in (help_of(), help_of(command)):
        assert max(map(len, text.splitlines())) <= 100
    assert help_of(command).startswith(f"Usage: certmapctl {command} ")
    assert len(options(command)) == len(OPTION.findall("".join(re.findall(r"^  --\S+", help_of(command), re.M))))


def test_the_help_says_the_exit_statuses():
    assert "Exit status: 0 yes, 1 no" in help_of() and "certmapctl COMMAND --help" in help_of()


def test_the_version_is_that_of_the_source():
    version = re.search(r"AC_INIT\(\[[^]]*\], *\[([^]]*)\]", read("configure.ac")).group(1)
    assert certmapctl("--version").out == f"certmapctl {version}\n"


@pytest.mark.parametrize("arguments", [(), ("frobnicate",), ("show", "--frobnicate", "x"),
                                       ("show", "--password-file")])
def test_usage_errors_are_one_line_that_leads_to_the_help(arguments):
    run = certmapctl(*arguments)
    assert (run.status, run.out) == (2, "")
    assert re.search(r"; see certmapctl.* --help$|needs an argument; see", run.error), run


# Man pages

# of a paragraph: groff 1.22 has 7 columns, 1.23 and later 5
INDENT = " {5,7}"

@functools.lru_cache(None)
def rendered(page):
    """As plain text; MANWIDTH is wide enough that no line of a synopsis breaks."""
    run = subprocess.run(["man", "-E", "ascii", "-P", "/bin/cat", "-l", os.path.join(TREE, page)], check=True,
                         capture_output=True, text=True, env={**os.environ, "MANWIDTH": "2000", "LC_ALL": "C"})
    return re.sub(r".\x08", "", run.stdout)


def man_section(page, name):
    return re.search(rf"^{name}\n(.*?)(?=^\S|\Z)", rendered(page), re.M | re.S).group(1)


@pytest.mark.parametrize("page", PAGES)
def test_man_has_no_warnings(page):
    run = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", os.path.join(TREE, page)],
                         capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert (run.returncode, run.stderr) == (0, "")
    assert not re.search(r"[^\x00-\x7f]", read(page)), "write non-ASCII characters as groff names them"


@EACH_COMMAND
def test_the_synopsis_is_the_help(command):
    line = re.search(rf"^ *certmapctl {command} (.*)$", man_section(PAGES[0], "SYNOPSIS"), re.M).group(1)
    assert set(OPTION.findall(line)) == set(options(command))
    for option, argument in options(command).items():
        assert f"[{option} {argument}]" in line if argument else f"[{option}]" in line
    operands = re.search(r"^Usage: certmapctl \w+(?: \[OPTION\.\.\.\])? (.*)$", help_of(command), re.M).group(1)
    assert line.endswith(operands)


@EACH_COMMAND
def test_each_command_is_described(command):
    assert re.search(rf"^   {command}$", man_section(PAGES[0], "COMMANDS"), re.M)


@EACH_COMMAND
def test_the_page_tells_each_exit_status(command):
    assert re.search(rf"\b{command}\b", man_section(PAGES[0], "EXIT STATUS"))


def test_the_page_names_what_writes_and_each_variable():
    assert re.search(r"Only add, block, unblock and remove change .*, and notify", " ".join(
        man_section(PAGES[0], "DESCRIPTION").split()))
    sources = "".join(read(path) for path in files_below("mod_certmap/tool", ".cpp"))
    for variable in re.findall(r'getenv\("(\w+)"\)', sources):
        assert re.search(rf"^ +.*\b{variable}\b", man_section(PAGES[0], "ENVIRONMENT"), re.M), variable


def test_the_page_describes_each_option_and_no_other():
    described = re.findall(rf"^{INDENT}(--[a-z-]+)", man_section(PAGES[0], "OPTIONS"), re.M)
    assert set(described) == all_options()
    assert described == sorted(described), "options are in the order of the alphabet"


def test_the_page_knows_no_other_command():
    assert re.findall(r"^ *certmapctl (\w+)", man_section(PAGES[0], "SYNOPSIS"), re.M) == commands()
    assert re.findall(r"^   (\w+)$", man_section(PAGES[0], "COMMANDS"), re.M) == commands()


def test_the_page_of_the_module_names_each_directive():
    documented = re.findall(r"^### (?:&lt;)?(\w+?)(?:&gt;)?$", section(read(DIRECTIVES_MD), "## Directives"), re.M)
    named = re.findall(rf"^{INDENT}<?(CertMap\w+)", man_section(PAGES[1], "DIRECTIVES"), re.M)
    assert sorted(named) == sorted(documented)


def test_the_page_of_the_module_names_each_require_and_handler():
    text = man_section(PAGES[1], "DIRECTIVES")
    for word in re.findall(r"`Require (certmap-\w+) ", section(read(DIRECTIVES_MD), "## Require")):
        assert f"Require {word}" in text
    assert set(re.findall(r"SetHandler (\S+)", text)) == {"certmap-whoami", "certmap-status"}


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_documents_that_are_there(page):
    named = set(re.findall(r"[\w-]+\.md", rendered(page)))
    assert named and named <= {os.path.basename(path) for path in files_below("docs", ".md")}


# Completion

def complete(*words, folder=None, typed=None):
    """What a real bash offers for the last of the words."""
    script = (f'source "{TREE}/{COMPLETION}"; complete -p certmapctl >/dev/null || exit 9; COMP_WORDS=("$@"); '
              'COMP_CWORD=$(($# - 1)); _certmapctl; printf "%s\\n" "${COMPREPLY[@]}"')
    run = subprocess.run(["bash", "--norc", "-c", script, "bash", typed or program(), *words],
                         capture_output=True, text=True, check=True, cwd=folder,
                         env={**os.environ, "HOME": os.path.dirname(program())})
    assert run.stderr == ""
    return run.stdout.splitlines() if run.stdout != "\n" else []


def test_completion_of_a_program_below_the_home_folder():
    assert complete("", typed=f"~/{os.path.basename(program())}") == complete("")
    assert complete("show", "--h", typed=f"~/{os.path.basename(program())}") == complete("show", "--h")


def test_completion_of_commands():
    assert complete("") == [*commands(), "--help", "--version"]
    assert complete("sh") == ["show"] and complete("--v") == ["--version"] and complete("xyz") == []


@EACH_COMMAND
def test_completion_of_options(command):
    assert complete(command, "--") == [*options(command), "--help"]
    assert complete(command, "file", "--hel") == ["--help"]


@EACH_COMMAND
def test_completion_of_what_options_take(command, tmp_path):
    (tmp_path / "secret").touch()
    for option, argument in options(command).items():
        if argument == "FILE":
            assert complete(command, option, "s", folder=tmp_path) == ["secret"]
            assert complete(command, option, "=", folder=tmp_path) == ["secret"]
            assert complete(command, option, "=", "se", folder=tmp_path) == ["secret"]
        if option == "--by":
            assert complete(command, option, "s") == ["sha256", "spki", "subject"]


@EACH_COMMAND
def test_completion_of_operands(command, tmp_path):
    for name in ("a b.pem", "b.pem"):
        (tmp_path / name).touch()
    before = ["pg_ident"] if command == "import" else []
    assert complete(command, *before, "", folder=tmp_path) == ["a b.pem", "b.pem"]
    assert complete(command, *before, "b", folder=tmp_path) == ["b.pem"]


def test_completion_of_formats():
    if "import" not in commands():
        pytest.skip("there is no import")
    formats = re.search(r"^Usage: certmapctl import .*?(\S+\|\S+) FILE$", help_of("import"), re.M).group(1)
    assert complete("import", "") == formats.split("|")
    assert complete("import", "--map", "staff", "") == formats.split("|")


def test_the_kinds_are_the_same_everywhere():
    kinds = complete("add", "--by", "") if "add" in commands() else []
    text = re.search(r"--by KIND\n(.*?)\n\n", man_section(PAGES[0], "OPTIONS"), re.S).group(1)
    for kind in kinds:
        assert kind in text


def test_completion_needs_no_other_package():
    text = read(COMPLETION)
    assert not re.search(r"_init_completion|_filedir|_get_comp_words|__ltrim|_parse_help", text)
    assert subprocess.run(["bash", "-n", os.path.join(TREE, COMPLETION)], check=False).returncode == 0


# docs/tools.md and the others

def section_of(command):
    text = read(TOOLS_MD)
    for heading in re.findall(r"^## certmapctl .*$", text, re.M):
        if command in re.split(r"[ ,]+", heading.removeprefix("## certmapctl ")):
            return section(text, heading)
    raise AssertionError(f"{TOOLS_MD} has no section for {command}")


@EACH_COMMAND
def test_tools_md_describes_each_command_and_option(command):
    text = section_of(command)
    assert f"certmapctl {command}" in text
    missing = {option for option in options(command) if not re.search(rf"{option}(?![\w-])", text)}
    assert not missing


def test_tools_md_knows_no_other_option():
    marked = re.findall(r"`(--[a-z-]+)", read(TOOLS_MD))
    lines = [line for line in read(TOOLS_MD).splitlines() if "certmapctl " in line]
    assert set(marked) | set(OPTION.findall("\n".join(lines))) <= all_options()


@pytest.mark.parametrize("path", [*DOCUMENTS, *SAMPLES, "CONTRIBUTING.md", "ChangeLog.md", *PAGES])
def test_no_document_names_a_command_that_is_not_there(path):
    text = re.sub(r"\\f.|\\", "", read(path))
    code = re.findall(r"`([^`\n]*)`", text) + re.findall(r"^(?:    |\+ |\$ |# ?)(.*)$", text, re.M)
    code += code_blocks(text, r"\w*")
    named = set(re.findall(r"^\s*certmapctl ([a-z]+)", "\n".join(code), re.M))
    assert named <= set(commands()), f"{path}: {named - set(commands())}"


def test_tools_md_has_a_section_for_no_other_command():
    headings = ", ".join(re.findall(r"^## certmapctl (.*)$", read(TOOLS_MD), re.M))
    assert headings.split(", ") == commands()
