"""Loading liboqs: the right one, in silence, or one sentence; never a clone, a crash or a word on the terminal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from pqscan.harness import liboqs
from pqscan.harness.liboqs import Flaw, LiboqsMissing, Origin

LOADS = """
import json, os, sys
from pqscan.harness import liboqs
before = dict(os.environ)
try:
    said = ["loaded", liboqs.load().oqs_version()]
except liboqs.LiboqsMissing as error:
    said = ["missing", str(error)]
with open(sys.argv[1], "w") as answer:
    json.dump([*said, "oqs" in sys.modules, before == dict(os.environ)], answer)
"""
ALL_FUNCTIONS = "\n".join(
    f"void {name}(void) {{}}"
    for name in (
        "OQS_init",
        "OQS_KEM_new",
        "OQS_SIG_new",
        "OQS_SIG_sign_with_ctx_str",
        "OQS_SIG_supports_ctx_str",
        "OQS_SIG_STFL_alg_count",
    )
)
COMPILER = shutil.which("cc") or shutil.which("gcc")
compiled = pytest.mark.skipif(COMPILER is None, reason="no C compiler here makes a foreign library")


def own_library() -> Path:
    found = liboqs.find()
    if found is None or found.flaw is not None:
        pytest.skip("liboqs is not built here (make liboqs)")
    return Path(found.path)


def foreign(folder: Path, source: str) -> Path:
    """A library under the name of liboqs, made of C source, where OQS_INSTALL_PATH expects it."""
    assert COMPILER is not None
    (folder / "lib").mkdir(parents=True)
    (folder / "lib.c").write_text(source)
    subprocess.run([COMPILER, "-shared", "-fPIC", "-w", "-o", folder / "lib/liboqs.so", folder / "lib.c"], check=True)
    return folder


def wrapped(folder: Path, source: str) -> Path:
    """The own library, behind another one that does something else when it is loaded."""
    library = own_library()
    assert COMPILER is not None
    (folder / "lib").mkdir(parents=True)
    (folder / "lib/liboqs.so.7").symlink_to(library)  # under the name that it has for the linker
    (folder / "lib.c").write_text(source)
    with_own = ["-Wl,--no-as-needed", folder / "lib/liboqs.so.7", f"-Wl,-rpath,{folder}/lib"]
    command = [COMPILER, "-shared", "-fPIC", "-w", "-o", folder / "lib/liboqs.so", folder / "lib.c", *with_own]
    subprocess.run(command, check=True)
    return folder


def load_in_a_process(tmp_path: Path, **variables: str) -> tuple[str, str, bool, bool]:
    """What `load` does in a new process where `git` and `cmake` would leave a trace; it must not print anything."""
    traps = tmp_path / "traps"
    traps.mkdir()
    for name in ("git", "cmake"):
        (traps / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/called\nexit 1\n")
        (traps / name).chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "OQS_INSTALL_PATH"} | variables
    environment["PATH"] = f"{traps}{os.pathsep}{environment['PATH']}"
    answer = tmp_path / "answer.json"
    done = subprocess.run([sys.executable, "-c", LOADS, answer], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert not (tmp_path / "called").exists()
    state, text, imported, same_environment = json.loads(answer.read_text())
    assert same_environment
    return state, text, imported, same_environment


def test_what_is_installed_loads_without_a_word_and_leaves_the_environment_alone(tmp_path: Path) -> None:
    own_library()
    assert load_in_a_process(tmp_path)[:3] == ("loaded", liboqs.version(), True)


def test_a_service_without_a_home_folder_loads_it_too(tmp_path: Path) -> None:
    own_library()
    assert load_in_a_process(tmp_path, HOME="")[0] == "loaded"


def test_the_folder_that_the_user_names_comes_before_the_own_wheel(tmp_path: Path) -> None:
    library = own_library()
    (tmp_path / "named/lib").mkdir(parents=True)
    shutil.copy(library, tmp_path / "named/lib/liboqs.so")
    script = (
        "from pqscan.harness import liboqs; oqs = liboqs.load(); import re; "
        "print(liboqs.find().origin.value, *{line.split()[-1] for line in open('/proc/self/maps') if 'liboqs.so' in line})"
    )
    environment = os.environ | {"OQS_INSTALL_PATH": str(tmp_path / "named")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["install_path", str(tmp_path / "named/lib/liboqs.so")]


def test_without_a_library_the_binding_is_not_even_imported(tmp_path: Path) -> None:
    state, text, imported, _ = load_in_a_process(tmp_path, OQS_INSTALL_PATH=str(tmp_path / "empty"))
    assert (state, imported) == ("missing", False)
    assert "OQS_INSTALL_PATH names" in text


def test_where_there_is_none_at_all_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OQS_INSTALL_PATH", raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nowhere/test-none-at-all")
    monkeypatch.setattr(liboqs, "_own_library", lambda: None)
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    liboqs.load.cache_clear()
    assert liboqs.find() is None
    with pytest.raises(LiboqsMissing, match=r"apt-get install cargo gcc\) and run make liboqs$"):
        liboqs.load()


@pytest.mark.parametrize("content", [b"", b"not a library", b"\x7fELF" + bytes(60), bytes(100_000)])
def test_a_file_that_is_no_library_is_refused_without_importing_the_binding(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/liboqs.so").write_bytes(content)
    state, text, imported, _ = load_in_a_process(tmp_path, OQS_INSTALL_PATH=str(tmp_path))
    assert (state, imported) == ("missing", False)
    assert text.startswith(f"the liboqs at {tmp_path}/lib/liboqs.so cannot be loaded: ")


CRASH = "#include <stdlib.h>\n__attribute__((constructor)) void start(void) { abort(); }\n"
LEAVE = "#include <unistd.h>\n__attribute__((constructor)) void start(void) { _exit(0); }\n"
LOUD = '#include <stdio.h>\n__attribute__((constructor)) void start(void) { puts("hello"); fprintf(stderr, "hello"); }\n'
NO_VERSION = ALL_FUNCTIONS + "\nconst char *OQS_version(void) { return 0; }\n"


@compiled
@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param(CRASH, "crashes or hangs", id="ends the process that loads it"),
        pytest.param(LEAVE, "crashes or hangs", id="leaves as if all were well"),
        pytest.param("int unrelated(void) { return 1; }\n", "has no OQS_init,", id="no liboqs at all"),
        pytest.param(LOUD + "void OQS_init(void) {}\n", "has no OQS_version,", id="too old, and prints"),
        pytest.param(NO_VERSION, "crashes or hangs", id="tells no version"),
    ],
)
def test_a_foreign_library_never_takes_the_process_with_it(tmp_path: Path, source: str, words: str) -> None:
    folder = foreign(tmp_path / "foreign", source)
    state, text, imported, _ = load_in_a_process(tmp_path, OQS_INSTALL_PATH=str(folder))
    assert (state, imported) == ("missing", False)
    assert words in text
    assert f"the liboqs at {folder}/lib/liboqs.so" in text


@compiled
def test_a_library_that_crashes_only_when_the_process_ends_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ALL_FUNCTIONS + '\nconst char *OQS_version(void) { return "1.0"; }\n' + CRASH.replace("constructor", "destructor")
    monkeypatch.setenv("OQS_INSTALL_PATH", str(foreign(tmp_path / "foreign", source)))
    found = liboqs.find()
    assert found is not None
    assert (found.version, found.flaw) == (None, Flaw.CRASHES)


@compiled
def test_a_library_of_the_system_does_not_come_before_the_one_that_was_tried(tmp_path: Path) -> None:
    library = own_library()
    folder = foreign(tmp_path / "system", LOUD) / "lib"
    assert COMPILER is not None
    command = [
        COMPILER,
        "-shared",
        "-fPIC",
        "-w",
        "-Wl,-soname,liboqs.so.99",
        "-o",
        folder / "liboqs.so.99",
        tmp_path / "system/lib.c",
    ]
    subprocess.run(command, check=True)
    (folder / "liboqs.so").unlink()
    (folder / "liboqs.so").symlink_to("liboqs.so.99")
    place = {"OQS_INSTALL_PATH": str(library.parent.parent), "LD_LIBRARY_PATH": str(folder)}
    script = "import ctypes.util; print(ctypes.util.find_library('oqs'))"
    seen = subprocess.run([sys.executable, "-c", script], env=os.environ | place, capture_output=True, text=True, check=True)
    if seen.stdout.strip() != "liboqs.so.99":
        pytest.skip("this system's linker does not look where LD_LIBRARY_PATH says, so that the binding would not either")
    assert load_in_a_process(tmp_path, **place)[:2] == ("loaded", liboqs.version())


@compiled
def test_a_version_that_is_no_text_for_a_terminal_is_made_one_printable_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ALL_FUNCTIONS + '\nconst char *OQS_version(void) { return "1.0\\x1b[31m\\n' + "9" * 5000 + '"; }\n'
    monkeypatch.setenv("OQS_INSTALL_PATH", str(foreign(tmp_path / "foreign", source)))
    found = liboqs.find()
    assert found is not None
    assert (found.origin, found.flaw) == (Origin.INSTALL_PATH, None)
    assert found.version is not None
    assert found.version.startswith("1.0 [31m 9")
    assert len(found.version) == 200


def test_a_library_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if COMPILER is None:
        pytest.skip("no C compiler here makes a foreign library")
    source = "#include <unistd.h>\n__attribute__((constructor)) void start(void) { for (;;) pause(); }\n"
    monkeypatch.setenv("OQS_INSTALL_PATH", str(foreign(tmp_path / "foreign", source)))
    monkeypatch.setattr(liboqs, "_TRIAL_SECONDS", 0.5)
    found = liboqs.find()
    assert found is not None
    assert found.flaw is Flaw.CRASHES


@compiled
def test_a_library_that_prints_while_it_loads_is_not_heard(tmp_path: Path) -> None:
    folder = wrapped(
        tmp_path / "wrapped",
        LOUD.replace("puts", 'write(1, "raw", 3); puts').replace("#include", "#include <unistd.h>\n#include", 1),
    )
    assert load_in_a_process(tmp_path, OQS_INSTALL_PATH=str(folder))[0] == "loaded"


@compiled
def test_a_child_that_a_library_leaves_behind_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = """#include <unistd.h>
__attribute__((constructor)) void start(void) { if (fork() == 0) { sleep(30); _exit(0); } }
"""
    monkeypatch.setenv("OQS_INSTALL_PATH", str(wrapped(tmp_path / "wrapped", source)))
    found = liboqs.find()
    assert found is not None
    assert found.flaw is None


@pytest.mark.parametrize("place", ["a" * 5000, "a" * 300, "\x1b[31m"], ids=["path too long", "name too long", "odd"])
def test_a_place_that_cannot_even_be_looked_at_has_none(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OQS_INSTALL_PATH", str(tmp_path / place))
    found = liboqs.find()
    assert found is not None
    assert found.flaw is Flaw.ABSENT


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("print('hello'); raise SystemExit('bye')", "cannot be imported: SystemExit: bye"),
        ("import sys; print('hello', file=sys.stderr); raise ImportError('no')", "cannot be imported: ImportError: no"),
        ("oqs_version = lambda: '0.0.0'", "is not the binding of the liboqs that was found"),
        ("", "cannot be imported: AttributeError"),
    ],
)
def test_another_module_of_the_bindings_name_is_told_and_prints_nothing(tmp_path: Path, module: str, words: str) -> None:
    library = own_library()
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/oqs.py").write_text(module)
    state, text, _, _ = load_in_a_process(
        tmp_path, PYTHONPATH=str(tmp_path / "modules"), OQS_INSTALL_PATH=str(library.parent.parent)
    )
    assert state == "missing"
    assert words in text


def test_without_the_binding_the_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    library = own_library()
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\nfrom pqscan.harness import liboqs\n"
        "try: liboqs.load()\nexcept liboqs.LiboqsMissing as error: print(error)"
    )
    packages = tmp_path / "packages"
    packages.mkdir()
    for folder in Path(sysconfig.get_path("purelib")).iterdir():  # everything that is installed, but the binding
        if not folder.name.startswith("oqs"):
            (packages / folder.name).symlink_to(folder)
    root = Path(liboqs.__file__).parent.parent.parent
    environment = os.environ | {"OQS_INSTALL_PATH": str(library.parent.parent), "PYTHONPATH": f"{packages}{os.pathsep}{root}"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", script, str(packages)], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "liboqs-python, the binding of liboqs, is not installed here: run make setup in the checkout\n"
