"""The recipe that saves uncommitted work, in real repositories: all of it is saved, and what is the
user's stays."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
from tests.integration.recipes import Bench

LABEL = "Save work when idle"
BRANCH = "saved/fuzzy-train/main"


class Repository:
    """A repository in the bench's workspace, with one commit and a bare one as its remote."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.folder = bench.workspace
        self.remote = bench.workspace.parent / "remote.git"
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "Asha")
        self.git("config", "user.email", "asha@example.org")
        self.write(".gitignore", ".env\nbuild/\n")
        self.write("kept.txt", "one\n")
        self.write("to delete.txt", "old\n")
        self.git("add", ".")
        self.git("commit", "--quiet", "-m", "one")
        self.git("init", "--quiet", "--bare", str(self.remote))

    def git(self, *words: str) -> str:
        return self.bench.git(*words)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text)

    def with_remote(self, name: str = "origin") -> "Repository":
        self.git("remote", "add", name, str(self.remote))
        return self

    def change(self) -> None:
        """Work of every kind: staged, not staged, both, new, deleted, ignored."""
        self.write("staged.txt", "staged\n")
        self.git("add", "staged.txt")
        self.write("staged.txt", "staged, then changed\n")
        self.write("kept.txt", "two\n")
        self.write("src/new ä.txt", "new\n")
        (self.folder / "to delete.txt").unlink()
        self.write(".env", "TOKEN=secret\n")
        self.write("build/out.bin", "out\n")

    def as_it_is(self) -> dict[str, str]:
        """What must not change: the index to the bit, HEAD, the branches of the user, every
        file."""
        files = {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest() + str(path.stat().st_mtime_ns)
            for path in self.folder.rglob("*")
            if path.is_file() and ".git" not in path.parts
        }
        index = (
            (self.folder / ".git/index").read_bytes()
            if (self.folder / ".git/index").exists()
            else b""
        )
        return {
            **files,
            "index": hashlib.sha256(index).hexdigest(),
            "HEAD": (self.folder / ".git/HEAD").read_text(),
            "main": self.git("for-each-ref", "refs/heads/main", "refs/stash", "refs/tags"),
            "status": subprocess.run(
                ["git", "--no-optional-locks", "status", "--porcelain"],
                cwd=self.folder,
                env=self.bench.environment(),
                capture_output=True,
                text=True,
                check=True,
            ).stdout,
            "left": str(sorted((self.folder / ".git").glob("save-work*"))),
        }

    def save(self) -> str:
        """Run the recipe, and see that nothing of the user's changed; what it said."""
        before = self.as_it_is()
        outcome = self.bench.run(LABEL)
        assert self.as_it_is() == before
        assert outcome.result == "succeeded", self.bench.log
        return self.bench.log

    def saved(self, at: Path | None = None) -> dict[str, str]:
        """The files of the branch of saved work."""
        names = self.bench.git("ls-tree", "-rz", "--name-only", BRANCH, at=at).split("\0")[:-1]
        return {name: self.bench.git("show", f"{BRANCH}:{name}", at=at) for name in names}


CHANGED = {
    ".gitignore": ".env\nbuild/\n",
    "staged.txt": "staged, then changed\n",
    "kept.txt": "two\n",
    "src/new ä.txt": "new\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(Bench(tmp_path))


def test_all_work_is_saved_and_pushed_and_what_is_ignored_is_not(repository: Repository) -> None:
    repository.with_remote().change()
    assert repository.save() == f"Saved to {BRANCH}.\nPushed to origin.\n"
    assert repository.saved() == repository.saved(repository.remote) == CHANGED
    subject, author, parent = repository.git(
        "show", "-s", "--format=%s%n%an <%ae>%n%P", BRANCH
    ).splitlines()
    assert (subject, author) == ("Uncommitted work on main", "Asha <asha@example.org>")
    assert parent == repository.git("rev-parse", "main").strip()


def test_saved_work_comes_back_as_the_page_says(repository: Repository) -> None:
    repository.with_remote().change()
    repository.save()
    repository.git("clone", "--quiet", "--branch", BRANCH, str(repository.remote), "../another")
    another = repository.folder.parent / "another"
    repository.bench.git("switch", "--quiet", "--create", "main", f"{BRANCH}^", at=another)
    repository.bench.git("cherry-pick", "--no-commit", f"origin/{BRANCH}", at=another)
    assert (another / "src/new ä.txt").read_text() == "new\n"
    assert not (another / "to delete.txt").exists()


def test_without_a_remote_work_is_saved_all_the_same(repository: Repository) -> None:
    repository.change()
    assert "There is no remote" in repository.save()
    assert repository.saved() == CHANGED


def test_a_remote_of_another_name_will_do(repository: Repository) -> None:
    repository.with_remote("upstream").change()
    assert "Pushed to upstream." in repository.save()
    assert repository.saved(repository.remote) == CHANGED


def test_where_nothing_changed_nothing_is_saved(repository: Repository) -> None:
    repository.with_remote()
    repository.write(".env", "TOKEN=secret\n")
    assert repository.save() == "There is nothing to save.\n"
    assert repository.git("branch", "--list", "saved/*") == ""


def test_the_same_work_is_one_commit_and_newer_work_takes_its_place(repository: Repository) -> None:
    repository.with_remote().change()
    repository.save()
    first = repository.git("rev-parse", BRANCH)
    repository.save()
    assert repository.git("rev-parse", BRANCH) == first
    repository.write("kept.txt", "three\n")
    repository.save()
    assert repository.saved(repository.remote) == {**CHANGED, "kept.txt": "three\n"}
    assert repository.git("rev-list", "--count", f"main..{BRANCH}").strip() == "1"
    assert repository.git("rev-parse", f"{BRANCH}@{{1}}") == first, (
        "the one before is in the reflog"
    )


def test_a_remote_that_refuses_is_a_failure_and_the_work_is_pushed_the_next_time(
    repository: Repository,
) -> None:
    repository.with_remote().change()
    hook = repository.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho not now >&2; exit 1\n")
    hook.chmod(0o755)
    before = repository.as_it_is()
    assert repository.bench.run(LABEL).result == "failed"
    assert "not now" in repository.bench.log
    assert repository.as_it_is() == before
    assert repository.saved() == CHANGED
    hook.unlink()
    assert "Pushed" in repository.save()
    assert repository.saved(repository.remote) == CHANGED


def test_work_before_the_first_commit_is_saved(tmp_path: Path) -> None:
    repository = Repository(Bench(tmp_path))
    repository.git("update-ref", "-d", "refs/heads/main")
    repository.git("rm", "--quiet", "--cached", "-r", ".")
    assert "Saved" in repository.save()
    assert repository.saved()["kept.txt"] == "one\n"
    assert repository.git("rev-list", "--count", BRANCH).strip() == "1"


def test_work_in_the_middle_of_a_merge_is_saved_with_its_conflicts(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--create", "other")
    repository.write("kept.txt", "theirs\n")
    repository.git("commit", "--quiet", "-am", "theirs")
    repository.git("switch", "--quiet", "main")
    repository.write("kept.txt", "ours\n")
    repository.git("commit", "--quiet", "-am", "ours")
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("merge", "--quiet", "other")
    repository.save()
    assert "<<<<<<<" in repository.saved()["kept.txt"]
    assert repository.git("ls-files", "--unmerged"), "the merge is still the user's to solve"


def test_work_from_a_subfolder_on_a_branch_with_a_slash_is_saved_whole(
    repository: Repository,
) -> None:
    repository.git("switch", "--quiet", "--create", "feature/one")
    repository.change()
    repository.bench.workspace = repository.folder / "src"
    assert repository.bench.run(LABEL).result == "succeeded"
    repository.bench.workspace = repository.folder
    assert "kept.txt" in repository.git(
        "ls-tree", "-r", "--name-only", "saved/fuzzy-train/feature-one"
    )


def test_two_codespaces_save_to_branches_of_their_own(repository: Repository) -> None:
    repository.with_remote().change()
    for name in ("fuzzy-train", "silver-lamp"):
        assert repository.bench.run(LABEL, CODESPACE_NAME=name).result == "succeeded"
    assert repository.bench.git(
        "for-each-ref", "--format=%(refname)", at=repository.remote
    ).split() == [
        f"refs/heads/{BRANCH}",
        "refs/heads/saved/silver-lamp/main",
    ]


def test_somebody_without_a_name_in_git_is_no_obstacle(repository: Repository) -> None:
    repository.git("config", "--unset", "user.name")
    repository.git("config", "--unset", "user.email")
    repository.git("config", "user.useConfigOnly", "true")
    repository.change()
    repository.save()
    assert repository.git("show", "-s", "--format=%an", BRANCH) == "save-work\n"


def test_hooks_of_the_repository_are_not_run(repository: Repository) -> None:
    for name in ("pre-commit", "commit-msg", "post-commit", "pre-push", "post-checkout"):
        hook = repository.folder / f".git/hooks/{name}"
        hook.write_text("#!/bin/sh\ntouch ../hook-ran\nexit 1\n")
        hook.chmod(0o755)
    repository.with_remote().change()
    assert "Pushed" in repository.save()
    assert not (repository.folder.parent / "hook-ran").exists()


def test_a_file_that_cannot_be_read_hinders_no_other(repository: Repository) -> None:
    repository.change()
    repository.write("locked.txt", "x")
    (repository.folder / "locked.txt").chmod(0)
    if os.getuid() == 0:
        script = repository.bench.directory / "save-work.sh"
        script.rename(script.with_suffix(".real"))
        bounds = "-dac_override,-dac_read_search"
        script.write_text(
            f'exec setpriv --bounding-set={bounds} sh "$CODESPACE_TRACKER_DIR/save-work.real"\n'
        )
    assert repository.bench.run(LABEL).result == "succeeded"
    assert "locked.txt" in repository.bench.log
    assert "could not be saved" in repository.bench.log
    assert repository.saved() == CHANGED


def test_outside_a_repository_it_fails_and_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.run(LABEL).result == "failed"
    assert bench.log.count("not a git repository") == 1
