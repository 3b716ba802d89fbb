"""Which state directory is used: the order, and what must never be chosen."""

import os
import pwd
import stat
import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.children import forked

from codespace_tracker.machine import directory
from codespace_tracker.machine.directory import Location, locate, record, recorded, survives_rebuild
from codespace_tracker.machine.environment import KINDS


class Machine:
    """A machine in a temporary folder: a root with /workspaces, a home, a clone to stand in, and
    its variables."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.workspaces = self.root / "workspaces"
        self.home = folder / "home"
        self.clone = self.workspaces / "octo-repo"
        for made in (self.clone, self.home):
            made.mkdir(parents=True)
        self.environ = {"HOME": str(self.home)}
        self.record = self.home / ".config/codespace-tracker/directory"

    def locate(self, option: str | None = None, *, in_codespace: bool = True) -> Location:
        return locate(option, self.environ, in_codespace, str(self.root))

    def write_system_record(self, content: str) -> None:
        place = self.root / "etc/codespace-tracker/directory"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)

    def write_record(self, content: bytes) -> None:
        self.record.parent.mkdir(parents=True, exist_ok=True)
        self.record.write_bytes(content)

    @property
    def in_workspaces(self) -> Location:
        return Location(str(self.workspaces / ".codespace-tracker"), "workspaces")

    @property
    def in_home(self) -> Location:
        return Location(str(self.home / ".codespace-tracker"), "home")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path.resolve())
    monkeypatch.chdir(made.clone)
    return made


def test_each_choice_gives_way_to_the_one_before_it(machine: Machine) -> None:
    found = [machine.locate(in_codespace=False), machine.locate()]
    machine.write_system_record(f"{machine.root}/for-all\n")
    found.append(machine.locate())
    record(str(machine.home / "kept"), machine.environ)
    found.append(machine.locate())
    machine.environ["CODESPACE_TRACKER_DIR"] = "/somewhere/of/mine"
    found.append(machine.locate())
    found.append(machine.locate("/asked/for"))
    assert found == [
        machine.in_home,
        machine.in_workspaces,
        (f"{machine.root}/for-all", "system-wide"),
        (str(machine.home / "kept"), "recorded"),
        ("/somewhere/of/mine", "$CODESPACE_TRACKER_DIR"),
        ("/asked/for", "--dir"),
    ]


def test_what_lies_in_a_cloned_repository_is_never_chosen(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (machine.clone, machine.clone / "sub", machine.clone / "sub/deeper"):
        (folder / ".codespace-tracker").mkdir(parents=True)
        (folder / ".codespace-tracker/trigger_config.json").write_text("[]")
        monkeypatch.chdir(folder)
        assert machine.locate() == machine.in_workspaces
        assert machine.locate(in_codespace=False) == machine.in_home


def test_outside_a_codespace_workspaces_is_not_taken(machine: Machine) -> None:
    assert machine.locate(in_codespace=False) == machine.in_home


@pytest.mark.parametrize("there", ["nothing", "a file"])
def test_without_a_folder_of_workspaces_a_codespace_has_it_at_home(
    machine: Machine, tmp_path: Path, there: str
) -> None:
    root = tmp_path / "other root"
    root.mkdir()
    if there == "a file":
        (root / "workspaces").touch()
    assert locate(None, machine.environ, True, str(root)) == machine.in_home


@pytest.mark.parametrize(
    ("mode", "source"), [(0o555, "home"), (0o777, "workspaces"), (0o666, "home")]
)
def test_workspaces_is_taken_only_where_this_user_may_make_folders_in_it(
    mode: int, source: str
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder
    ):  # pytest's own is closed to the user that root becomes here
        os.chmod(folder, 0o755)
        workspaces = os.path.join(folder, "workspaces")
        os.mkdir(workspaces)
        os.chmod(workspaces, mode)

        def is_another() -> bool:
            if os.getuid() == 0:  # root may write everywhere
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            return locate(None, {"HOME": "/nowhere"}, True, folder).source != source

        assert os.waitpid(forked(is_another), 0)[1] == 0


@pytest.mark.parametrize(
    ("given_path", "under", "rest"),
    [
        ("tracked", "clone", "tracked"),
        ("./a/../tracked/", "clone", "tracked"),
        ("..", "clone", ".."),
        ("~", "home", ""),
        ("~/tracked", "home", "tracked"),
    ],
)
@pytest.mark.parametrize("by", ["--dir", "$CODESPACE_TRACKER_DIR"])
def test_what_is_asked_for_becomes_absolute(
    machine: Machine, by: str, given_path: str, under: str, rest: str
) -> None:
    expected = os.path.normpath(os.path.join(getattr(machine, under), rest))
    if by == "--dir":
        assert machine.locate(given_path) == (expected, by)
    else:
        machine.environ["CODESPACE_TRACKER_DIR"] = given_path
        assert machine.locate() == (expected, by)


def test_the_home_of_somebody_else_can_be_asked_for(machine: Machine) -> None:
    me = pwd.getpwuid(os.getuid())
    assert machine.locate(f"~{me.pw_name}/tracked").path == os.path.join(me.pw_dir, "tracked")


def test_what_is_asked_for_emptily_is_not_asked_for(machine: Machine) -> None:
    machine.environ["CODESPACE_TRACKER_DIR"] = ""
    assert machine.locate("") == machine.in_workspaces


def test_where_the_current_directory_is_gone_only_a_relative_path_fails(machine: Machine) -> None:
    machine.clone.rmdir()
    assert machine.locate() == machine.in_workspaces
    assert machine.locate("/asked/for").path == "/asked/for"
    with pytest.raises(OSError, match="No such file"):
        machine.locate("tracked")


@pytest.mark.parametrize("home", [None, "", "not/absolute"])
def test_without_a_home_in_the_variables_the_list_of_users_tells_it(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    machine.environ = {} if home is None else {"HOME": home}
    expected = os.path.join(pwd.getpwuid(os.getuid()).pw_dir, ".codespace-tracker")
    monkeypatch.setenv("HOME", "/of/another/process")
    assert machine.locate("~/.codespace-tracker").path == expected
    assert directory.home(machine.environ) == os.path.dirname(expected)


def test_a_user_that_nobody_listed_has_the_root_folder(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 2_000_000_001)
    assert locate(None, {"XDG_CONFIG_HOME": str(machine.home)}, False) == (
        "/.codespace-tracker",
        "home",
    )
    assert locate("~/x", {}, False).path == "/x"


def test_a_record_is_read_back_and_is_for_its_owners_eyes(machine: Machine) -> None:
    before = os.umask(0o022)
    try:
        record("/workspaces/.codespace-tracker", machine.environ)
    finally:
        os.umask(before)
    assert machine.record.read_bytes() == b"/workspaces/.codespace-tracker\n"
    assert stat.S_IMODE(machine.record.stat().st_mode) == 0o600
    assert stat.S_IMODE(machine.record.parent.stat().st_mode) == 0o700
    assert recorded(machine.environ) == "/workspaces/.codespace-tracker"


def test_a_new_record_takes_the_old_ones_place_and_leaves_nothing_beside_it(
    machine: Machine,
) -> None:
    for path in ("/first", "/second"):
        record(path, machine.environ)
    assert recorded(machine.environ) == "/second"
    assert os.listdir(machine.record.parent) == ["directory"]


def test_a_record_in_place_of_a_link_leaves_the_links_file_alone(machine: Machine) -> None:
    machine.write_record(b"")
    machine.record.unlink()
    dotfile = machine.home / "dotfile"
    dotfile.write_text("/old\n")
    machine.record.symlink_to(dotfile)
    record("/new", machine.environ)
    assert (recorded(machine.environ), dotfile.read_text()) == ("/new", "/old\n")


def test_a_record_that_cannot_be_put_in_place_leaves_nothing_behind(machine: Machine) -> None:
    (machine.record / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        record("/somewhere", machine.environ)
    assert os.listdir(machine.record.parent) == ["directory"]


def test_two_set_ups_at_once_leave_one_whole_record(machine: Machine) -> None:
    paths = [f"/{'x' * 40 * n}" for n in range(1, 9)]

    def set_up(path: str) -> None:
        for _ in range(20):
            record(path, machine.environ)

    children = [forked(partial(set_up, path)) for path in paths]
    seen = {recorded(machine.environ) for _ in range(500)}
    codes = [os.waitpid(child, 0)[1] for child in children]
    assert codes == [0] * len(paths)
    assert seen <= {None, *paths}
    assert recorded(machine.environ) in paths
    assert os.listdir(machine.record.parent) == ["directory"]


def test_the_record_lies_where_xdg_says_unless_that_is_relative(machine: Machine) -> None:
    machine.environ["XDG_CONFIG_HOME"] = str(machine.home / "xdg")
    record("/of/xdg", machine.environ)
    assert (machine.home / "xdg/codespace-tracker/directory").read_text() == "/of/xdg\n"
    machine.environ["XDG_CONFIG_HOME"] = "not/absolute"
    assert recorded(machine.environ) is None
    record("/of/home", machine.environ)
    assert machine.record.read_text() == "/of/home\n"


@pytest.mark.parametrize(
    "path", ["", "relative", "~/x", "/a\nb", "/a\n", "/a\rb", "/a\0b", "/" + "x" * 9000]
)
def test_a_path_that_would_not_be_read_back_is_not_recorded(machine: Machine, path: str) -> None:
    record("/before", machine.environ)
    with pytest.raises(ValueError, match="one line"):
        record(path, machine.environ)
    assert recorded(machine.environ) == "/before"


RUBBISH = [
    b"",
    b"\n",
    b"relative\n",
    b"~/x\n",
    b"/a\n/b\n",
    b"\n/a\n",
    b"/a\n\n",
    b"/a\r\n",
    b"/a\0b",
    b"/" * 9000,
]


@pytest.mark.parametrize("content", RUBBISH)
def test_a_rubbish_record_is_as_none(machine: Machine, content: bytes) -> None:
    machine.write_record(content)
    assert recorded(machine.environ) is None
    assert machine.locate() == machine.in_workspaces


def test_a_folder_in_the_records_place_is_as_none(machine: Machine) -> None:
    machine.record.mkdir(parents=True)
    assert recorded(machine.environ) is None


def test_a_record_without_a_line_end_is_read(machine: Machine) -> None:
    machine.write_record(b"/a/../b/")
    assert recorded(machine.environ) == "/b"


@given(content=st.binary())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_bytes_a_record_holds_a_directory_is_found(
    machine: Machine, content: bytes
) -> None:
    machine.write_record(content)
    found = recorded(machine.environ)
    assert found is None or os.path.isabs(found)
    assert os.path.isabs(machine.locate().path)


@given(name=st.binary(min_size=1, max_size=200).filter(lambda name: not set(name) & set(b"\n\r\0")))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_path_that_can_be_recorded_is_read_back(machine: Machine, name: bytes) -> None:
    path = os.path.normpath(os.fsdecode(b"/x/" + name))
    record(path, machine.environ)
    assert recorded(machine.environ) == path


def test_a_recorded_directory_that_is_gone_is_still_chosen(machine: Machine) -> None:
    record(str(machine.home / "kept"), machine.environ)
    assert machine.locate() == (str(machine.home / "kept"), "recorded")


@pytest.mark.parametrize("in_codespace", [True, False])
def test_a_recorded_directory_whose_parent_is_gone_gives_way_to_the_default(
    machine: Machine, in_codespace: bool
) -> None:
    parent = machine.root / "taken by a rebuild"
    parent.mkdir()
    record(str(parent / "kept"), machine.environ)
    assert machine.locate(in_codespace=in_codespace).source == "recorded"
    parent.rmdir()
    assert machine.locate(in_codespace=in_codespace) == (
        machine.in_workspaces if in_codespace else machine.in_home
    )
    parent.touch()
    assert machine.locate(in_codespace=in_codespace).source != "recorded"


def test_a_directory_for_all_users_may_lie_in_each_ones_home(machine: Machine) -> None:
    machine.write_system_record("~/of mine\n")
    assert machine.locate() == (str(machine.home / "of mine"), "system-wide")


@pytest.mark.parametrize(
    "content", ["", "\n", "relative\n", "~somebody/x\n", "/a\n/b\n", "/gone/with its parent\n"]
)
def test_a_record_for_all_users_that_leads_nowhere_gives_way_to_the_default(
    machine: Machine, content: str
) -> None:
    machine.write_system_record(content)
    assert machine.locate() == machine.in_workspaces


def test_in_a_codespace_only_what_lies_under_workspaces_survives_a_rebuild(
    machine: Machine,
) -> None:
    inside, home = machine.workspaces / ".codespace-tracker", machine.home / ".codespace-tracker"
    beside = machine.root / "workspaces-old/.codespace-tracker"
    told = [
        survives_rebuild(str(path), "codespaces", str(machine.root))
        for path in (inside, home, beside)
    ]
    assert told == [True, False, False]


def test_a_link_survives_a_rebuild_as_little_as_what_it_leads_to(machine: Machine) -> None:
    (machine.workspaces / "link").symlink_to(machine.home)
    (machine.home / "link").symlink_to(machine.workspaces)
    told = [
        survives_rebuild(str(folder / "link/x"), "codespaces", str(machine.root))
        for folder in (machine.workspaces, machine.home)
    ]
    assert told == [False, True]


@pytest.mark.parametrize("kind", KINDS[1:])
def test_outside_a_codespace_nobody_knows_of_rebuilds(machine: Machine, kind: str) -> None:
    assert survives_rebuild(machine.in_workspaces.path, kind, str(machine.root)) is None
