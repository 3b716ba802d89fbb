"""Downloads of scripts: what comes is whole, checked, and put in its place in one step, or it is
told why not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.children import forked
from tests.integration.real_tracker import wait_until
from tests.integration.run_ground import NAME, Ground
from tests.integration.web import SCRIPT, SHA, Web, refused, serving
from tests.integration.web_server import GO, HALF

from codespace_tracker.runs import run_files
from codespace_tracker.runs.download import fetch, hash_of_url

# --- what comes


@pytest.mark.parametrize(
    "way", ["/file/x.sh", "/chunked/x.sh", "/file/x.sh?token=1", "/file/%78.sh#part"]
)
def test_a_script_is_put_into_the_folder_and_can_be_run(web: Web, folder: Path, way: str) -> None:
    assert fetch(web.url(way), "", str(folder)) == ""
    assert os.listdir(folder) == ["x.sh"]
    assert (folder / "x.sh").read_bytes() == SCRIPT
    subprocess.run([folder / "x.sh"], cwd=folder, check=True)
    assert (folder / "said").read_text() == "hello\n"


def test_a_script_comes_over_https_with_the_authorities_of_the_environment(
    secure: Web, folder: Path
) -> None:
    assert fetch(secure.url("/file/x.sh"), SHA.lower(), str(folder)) == ""
    assert (folder / "x.sh").read_bytes() == SCRIPT
    assert hash_of_url(secure.url("/file/x.sh")) == SHA


def test_a_certificate_that_is_not_trusted_is_refused(
    secure: Web, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "certificate is not trusted" in refused(secure.url("/file/x.sh"), folder)


def test_a_certificate_of_another_name_is_refused(
    secure: Web, served: Path, folder: Path, tmp_path: Path
) -> None:
    with serving(served, host="127.0.0.2", tls=tmp_path / "certificate.pem") as other:
        assert "certificate is not trusted" in refused(other.url("/file/x.sh"), folder)


def test_a_server_on_the_loopback_of_ipv6_is_asked(served: Path, folder: Path) -> None:
    with serving(served, host="::1") as web:
        assert fetch(web.url("/file/x.sh"), SHA, str(folder)) == ""


def test_a_file_that_is_there_is_replaced_in_one_step_with_the_whole_of_the_new_one(
    web: Web, served: Path, folder: Path
) -> None:
    (folder / "x.sh").write_text("old")
    child = forked(lambda: fetch(web.url("/half/x.sh"), "", str(folder)) != "")
    wait_until((served / HALF).exists, "half of it came")
    assert (folder / "x.sh").read_text() == "old"
    (served / GO).touch()
    assert os.waitpid(child, 0)[1] == 0
    assert (folder / "x.sh").read_bytes() == SCRIPT


def test_a_reader_sees_one_whole_file_or_the_other(web: Web, served: Path, folder: Path) -> None:
    versions = [bytes([65 + n]) * 1_000_000 for n in range(2)]
    (folder / "x.sh").write_bytes(versions[0])
    look = (
        "import sys\n"
        "while True:\n"
        " c = open(sys.argv[1], 'rb').read()\n"
        " assert len(c) == 1_000_000 and len({*c}) == 1"
    )
    with subprocess.Popen(
        [sys.executable, "-c", look, str(folder / "x.sh")], stderr=subprocess.PIPE
    ) as reader:
        for n in range(10):
            (served / "x.sh").write_bytes(versions[n % 2])
            fetch(web.url("/file/x.sh"), "", str(folder))
        assert reader.poll() is None
        reader.kill()


def test_what_a_crash_left_half_written_is_in_nobodys_way(web: Web, folder: Path) -> None:
    (folder / f"x.sh.{os.getpid()}.tmp").write_text("half")
    assert fetch(web.url("/file/x.sh"), "", str(folder)) == ""
    assert (folder / "x.sh").read_bytes() == SCRIPT
    assert len(os.listdir(folder)) == 2


# --- where it goes


def test_a_link_is_replaced_and_what_it_leads_to_stays(
    web: Web, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "precious").write_text("mine")
    (folder / "x.sh").symlink_to(tmp_path / "precious")
    fetch(web.url("/file/x.sh"), "", str(folder))
    assert not (folder / "x.sh").is_symlink()
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_folder_in_its_place_is_told(web: Web, folder: Path) -> None:
    (folder / "x.sh").mkdir()
    assert "x.sh: could not be written (Is a directory)" in refused(web.url("/file/x.sh"), folder)


@pytest.mark.machine
def test_a_folder_that_cannot_be_written_is_told(web: Web, folder: Path) -> None:
    (folder / "x.sh").write_text("old")
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        assert "could not be written (Read-only file system)" in refused(
            web.url("/file/x.sh"), folder
        )
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
    assert (folder / "x.sh").read_text() == "old"


@pytest.mark.machine
def test_on_a_full_disk_the_old_file_stays(web: Web, folder: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
    try:
        (folder / "x").write_text("old")
        assert "could not be written (No space left on device)" in refused(
            web.url("/size/200000/x"), folder
        )
        assert (folder / "x").read_text() == "old"
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize(
    "way",
    [
        "",
        "/",
        "/a/",
        "/..",
        "/%2e%2e",
        "/..%2fx",
        "/%2e%2e%2fx",
        "/a%00b",
        "/a%0Ab",
        "/" + "x" * 201,
        "/?x/y",
    ],
)
def test_an_address_without_a_good_name_is_refused_before_it_is_asked(
    web: Web, folder: Path, way: str
) -> None:
    assert "does not end with a file's name" in refused(web.url(way), folder)
    assert web.asked == []


# --- the hash


def test_another_hash_leaves_the_old_file_alone_and_runs_nothing(web: Web, tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    (ground.workspace / "x.sh").write_text("old")
    outcome = ground.run("touch ran", url=web.url("/file/x.sh"), sha256="0" * 64)
    assert outcome.result == "failed"
    assert f"its SHA-256 is {SHA}, not {'0' * 64}" in outcome.detail
    assert outcome.detail in ground.log
    assert sorted(os.listdir(ground.workspace)) == ["x.sh"]
    assert (ground.workspace / "x.sh").read_text() == "old"


def test_the_right_hash_runs(web: Web, tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    assert (
        ground.run("./x.sh && cat said", url=web.url("/file/x.sh"), sha256=SHA).result
        == "succeeded"
    )
    assert ground.log == "hello\n"


@pytest.mark.parametrize("way", ["/status/500/x.sh", "/size/9/x.sh", "/short/x.sh"])
def test_an_unchanged_copy_of_the_right_hash_is_used_when_the_download_fails(
    web: Web, tmp_path: Path, way: str
) -> None:
    ground = Ground(tmp_path)
    (ground.workspace / "x.sh").write_bytes(SCRIPT)
    outcome = ground.run("sh x.sh && cat said", url=web.url(way), sha256=SHA)
    assert outcome.result == "succeeded"
    assert "The copy from before, with the right hash, was used" in outcome.detail


@pytest.mark.parametrize("sha256", [SHA, ""])
def test_a_changed_copy_or_one_without_a_hash_is_not_used(
    web: Web, tmp_path: Path, sha256: str
) -> None:
    ground = Ground(tmp_path)
    (ground.workspace / "x.sh").write_bytes(SCRIPT + b"echo changed\n")
    outcome = ground.run("touch ran", url=web.url("/status/500/x.sh"), sha256=sha256)
    assert outcome.result == "failed"
    assert "the server answered 500" in outcome.detail
    assert not (ground.workspace / "ran").exists()


def test_a_pipe_in_its_place_holds_nobody_up(web: Web, folder: Path) -> None:
    os.mkfifo(folder / "x.sh")
    refused(web.url("/status/500/x.sh"), folder, SHA)


@pytest.mark.machine
def test_an_unchanged_copy_of_the_right_hash_is_used_when_the_folder_cannot_be_written(
    web: Web, folder: Path
) -> None:
    (folder / "x.sh").write_bytes(SCRIPT)
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        assert "was used" in fetch(web.url("/file/x.sh"), SHA, str(folder))
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


# --- the run


def test_a_run_that_is_told_to_end_ends_its_download(web: Web, tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    ground.start("touch ran", url=web.url("/never/x"))
    wait_until(lambda: len(web.asked) == 1, "it is asked")
    os.kill(ground.pid, signal.SIGTERM)
    os.waitpid(ground.pid, 0)
    wait_until(lambda: web.asked[-1] == {"gone": "x"}, "the one who asked is gone")
    assert run_files.read_outcome(str(ground.directory), NAME) is None


def test_a_run_that_is_killed_during_its_download_frees_its_lock(web: Web, tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    ground.start("touch ran", url=web.url("/never/x"))
    wait_until(lambda: len(web.asked) == 1, "it is asked")
    os.kill(ground.pid, signal.SIGKILL)
    os.waitpid(ground.pid, 0)
    assert not run_files.is_going(str(ground.directory), NAME)
