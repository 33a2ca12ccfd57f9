"""The script that puts the kit in: wholly or not at all, once, and it can be taken out."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import node_packages
from tests.frontend_template.checkouts import (
    APPLY,
    FILES,
    NAVIGATION,
    apply,
    commit,
    git,
    make_checkout,
    state,
)
from tests.source_tree import ROOT

pytestmark = pytest.mark.node

RECORD = "src/echoseal/applied.json"
ROUTER_LINE = "app.use(require('./api-util/echoseal-router.cjs').echosealRouter());"
FRAMES = ["--frame", "*.passcheck.example,https://faces.example:8443"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout with all anchors."""
    return make_checkout(tmp_path / "checkout")


def assert_done(done: subprocess.CompletedProcess[str]) -> None:
    """Require that the script has done what it was asked for."""
    assert (0, "") == (done.returncode, done.stderr), done.stdout


def test_our_files_are_copied_as_they_are(checkout: Path) -> None:
    assert_done(apply(checkout))

    placed = {
        "server/api-util/echoseal-gate.cjs": "frontend/server/echoseal-gate.cjs",
        "server/api-util/echoseal-router.cjs": "frontend/server/echoseal-router.cjs",
        "server/api-util/echoseal-records.mjs": "verifier/echoseal-records.mjs",
        "server/api-util/echoseal-checksum.mjs": "verifier/echoseal-checksum.mjs",
        "src/echoseal/client/echoseal.js": "frontend/client/echoseal.js",
        "src/echoseal/react/Verification.jsx": "frontend/react/Verification.jsx",
        "src/echoseal/react/echoseal.css": "frontend/react/echoseal.css",
        "src/containers/VerificationPage/VerificationPage.js": (
            "frontend/template/files/src/containers/VerificationPage/VerificationPage.js"
        ),
    }
    found = {path: (checkout / path).read_text() for path in placed}
    assert {path: (ROOT / own).read_text() for path, own in placed.items()} == found


def test_what_is_imported_from_our_folders_is_there(checkout: Path) -> None:
    apply(checkout)

    page = checkout / "src/containers/VerificationPage"
    missing = []
    for file in (*page.iterdir(), *(checkout / "src/echoseal").rglob("*.js*")):
        for word in file.read_text().split("'")[1::2]:
            if word.startswith(("./", "../")) and ("echoseal" in word or file.parent != page):
                found = [file.parent / f"{word}{end}" for end in ("", ".js", ".jsx")]
                missing += [] if any(one.is_file() for one in found) else [f"{file.name}: {word}"]
    assert [] == missing


def test_every_block_stands_where_it_has_to(checkout: Path) -> None:
    apply(checkout)

    def lines(path: str) -> list[str]:
        return [line.strip() for line in (checkout / path).read_text().splitlines()]

    begin, end = "// Echoseal: begin", "// Echoseal: end"
    start = ["const app = express();", begin, ROUTER_LINE, end]
    assert [*start, "app.listen(1);"] == lines("server/index.js")
    assert ["// in development", *start] == lines("server/apiServer.js")
    router = lines("server/apiRouter.js")
    assert (
        "router.use(parser);",
        begin,
        end,
        "router.post('/initiate-privileged', initiate);",
    ) == (
        *router[:2],
        *router[-3:-1],
    )
    assert "['/initiate-privileged', '/transition-privileged']," in router
    assert ["build/", "# Echoseal: begin", "src/echoseal/", "# Echoseal: end"] == lines(
        ".prettierignore"
    )
    routes = lines("src/routing/routeConfiguration.js")
    assert routes.index("path: '/verification',") < routes.index("first,")
    tabs = lines(f"{NAVIGATION}LayoutWrapperAccountSettingsSideNav.js")
    assert tabs.index("name: 'VerificationPage',") < tabs.index("...payoutDetailsMaybe,")
    assert FILES["server/csp.js"] == (checkout / "server/csp.js").read_text()


def test_the_lines_of_others_stay_as_they_are(checkout: Path) -> None:
    apply(checkout, *FRAMES)

    changed = git(checkout, "diff", "--numstat").splitlines()
    assert {"0"} == {line.split("\t")[1] for line in changed}
    assert len(FILES) - 1 == len(changed)


def test_texts_stay_json_in_the_order_of_the_alphabet(checkout: Path) -> None:
    apply(checkout)

    for name in ("en", "fr"):
        texts = json.loads((checkout / f"src/translations/{name}.json").read_text())
        own = json.loads((ROOT / f"frontend/template/translations/{name}.json").read_text())
        assert own == {key: text for key, text in texts.items() if key in own}
    assert list(texts) == ["A.title", *sorted(own), "B.title"]
    english = (checkout / "src/translations/en.json").read_text()
    assert sorted(json.loads(english)) == list(json.loads(english))
    assert not english.endswith("\n")


def test_twice_is_as_once(checkout: Path) -> None:
    apply(checkout, *FRAMES)
    once = state(checkout)
    again = apply(checkout)

    assert once == state(checkout)
    assert "Nothing to do" in again.stdout
    commit(checkout)
    assert_done(apply(checkout))
    assert "" == git(checkout, "status", "--porcelain")


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("is_committed", [False, True])
def test_what_was_applied_can_be_taken_out_to_the_byte(
    tmp_path: Path, ending: str, is_committed: bool
) -> None:
    checkout = make_checkout(tmp_path / "checkout", ending)
    before = state(checkout)
    apply(checkout, *FRAMES)
    assert before != state(checkout)
    if is_committed:
        commit(checkout)

    assert_done(apply(checkout, "--remove"))
    assert before == state(checkout)
    assert not (checkout / "src/echoseal").exists()
    assert "Nothing to do" in apply(checkout, "--remove").stdout


def test_a_dry_run_shows_what_git_would_apply_and_changes_nothing(checkout: Path) -> None:
    before = state(checkout)
    dry = apply(checkout, "--dry-run", *FRAMES)
    assert before == state(checkout)
    assert_done(dry)

    patch = checkout.parent / "dry.patch"
    patch.write_text(dry.stdout)
    git(checkout, "apply", str(patch))
    by_patch = state(checkout)
    git(checkout, "checkout", "--quiet", ".")
    git(checkout, "clean", "-qfd")
    apply(checkout, *FRAMES)
    assert by_patch == state(checkout)

    patch.write_text(apply(checkout, "--dry-run", "--remove").stdout)
    git(checkout, "apply", str(patch))
    assert before == state(checkout)


@pytest.mark.parametrize("file", ["index", "apiRouter", "routeConfiguration", "reducers"])
@pytest.mark.parametrize("times", [0, 2])
def test_an_anchor_that_is_not_there_once_changes_nothing_at_all(
    tmp_path: Path, file: str, times: int
) -> None:
    path = next(path for path in FILES if Path(path).stem == file)
    text = "// another\n" if times == 0 else FILES[path] * times
    checkout = make_checkout(tmp_path / "checkout", **{file: text})
    before = state(checkout)
    refused = apply(checkout)

    assert (1, before) == (refused.returncode, state(checkout))
    told = "no line has" if times == 0 else "2 lines have"
    assert f"{path}: {told} `" in refused.stderr
    assert "By hand: " in refused.stderr


def test_a_file_that_is_missing_changes_nothing_at_all(checkout: Path) -> None:
    (checkout / "server/apiServer.js").unlink()
    (checkout / "src/translations/en.json").unlink()
    commit(checkout)
    before = state(checkout)
    refused = apply(checkout)

    assert (1, before) == (refused.returncode, state(checkout))
    assert "server/apiServer.js is not there" in refused.stderr
    assert "src/translations/en.json is not there" in refused.stderr


@pytest.mark.parametrize("path", ["server/index.js", "src/translations/en.json"])
@pytest.mark.parametrize("options", [(), ("--remove",)], ids=["apply", "remove"])
def test_a_file_with_work_that_is_not_committed_is_left_alone(
    checkout: Path, path: str, options: tuple[str, ...]
) -> None:
    if options:
        apply(checkout)
    file = checkout / path
    file.write_text(file.read_text().replace("listen(1)", "listen(2)").replace('"A"', '"Ä"'))
    before = state(checkout)
    refused = apply(checkout, *options)

    assert (1, before) == (refused.returncode, state(checkout))
    assert f"{path} has changes that are not committed" in refused.stderr


def test_work_in_other_files_is_nobodys_business(checkout: Path) -> None:
    (checkout / "src/mine.js").write_text("mine\n")
    (checkout / "package.json").write_text('{"version": "12.2.9"}\n')
    before = state(checkout)

    assert_done(apply(checkout))
    assert_done(apply(checkout, "--remove"))
    assert before == state(checkout)


@pytest.mark.parametrize("path", ["src/echoseal/client/echoseal.js", "server/index.js"])
@pytest.mark.parametrize("options", [(), ("--remove",)], ids=["apply", "remove"])
def test_what_somebody_has_changed_of_ours_is_not_lost(
    checkout: Path, path: str, options: tuple[str, ...]
) -> None:
    apply(checkout)
    file = checkout / path
    file.write_text(file.read_text().replace("echoseal", "mine"))
    commit(checkout)
    refused = apply(checkout, *options)

    assert 1 == refused.returncode
    assert f"{path}" in refused.stderr
    assert "" == git(checkout, "status", "--porcelain")


def test_a_file_of_that_name_that_is_not_ours_is_not_lost(checkout: Path) -> None:
    file = checkout / "src/containers/VerificationPage/VerificationPage.js"
    file.parent.mkdir(parents=True)
    file.write_text("theirs\n")
    refused = apply(checkout)

    assert (1, "theirs\n") == (refused.returncode, file.read_text())
    assert "is there already, and not ours" in refused.stderr


def test_a_newer_version_replaces_an_older_one(checkout: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    for folder in ("frontend/client", "frontend/server", "frontend/template", "verifier"):
        shutil.copytree(ROOT / folder, older / folder)
    shutil.copy(ROOT / "frontend/package.json", older / "frontend")
    (older / "frontend/server/gone.cjs").write_text("gone\n")
    router = older / "frontend/server/echoseal-router.cjs"
    router.write_text(router.read_text() + "// older\n")
    insertions = older / "frontend/template/insertions.mjs"
    insertions.write_text(insertions.read_text().replace("path: '/verification',", "path: '/v',"))
    texts = older / "frontend/template/translations/en.json"
    texts.write_text(texts.read_text().replace("goOn", "further"))
    assert_done(apply(checkout, script=older / "frontend/template/apply.mjs"))
    assert (checkout / "server/api-util/gone.cjs").exists()

    assert_done(apply(checkout))
    upgraded = state(checkout)
    git(checkout, "checkout", "--quiet", ".")
    git(checkout, "clean", "-qfd")
    assert_done(apply(checkout))
    assert state(checkout) == upgraded


def test_hosts_of_frames_stay_until_others_are_named(checkout: Path) -> None:
    csp = checkout / "server/csp.js"
    line = "    frameSrc: [...defaultDirectives.frameSrc, {}],\n"

    apply(checkout, *FRAMES)
    assert line.format("'*.passcheck.example', 'https://faces.example:8443'") in csp.read_text()
    apply(checkout)
    assert "*.passcheck.example" in csp.read_text()
    apply(checkout, "--frame", "faces.example")
    assert line.format("'faces.example'") in csp.read_text()
    apply(checkout, "--frame", "none")
    assert FILES["server/csp.js"] == csp.read_text()


@pytest.mark.parametrize(
    "host",
    ["faces", "'unsafe-inline'", "a.example', evil, 'b.example", "http://a.example", "*", ""],
)
def test_what_is_no_host_is_shown_in_no_frame(checkout: Path, host: str) -> None:
    refused = apply(checkout, "--frame", host)

    assert 2 == refused.returncode
    assert "is no host" in refused.stderr


def test_another_version_of_the_template_is_told(checkout: Path) -> None:
    (checkout / "package.json").write_text('{"name": "app", "version": "13.0.0"}')

    done = apply(checkout)
    assert 0 == done.returncode
    assert "tested with the template's 12.2; app is at 13.0.0" in done.stderr


def test_a_folder_without_git_is_told(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "checkout")
    before = state(checkout)
    shutil.rmtree(checkout / ".git")

    done = apply(checkout)
    assert 0 == done.returncode
    assert "Not a git checkout" in done.stderr
    apply(checkout, "--remove")
    assert before == state(checkout)


def test_a_write_that_fails_puts_back_what_was_written(checkout: Path) -> None:
    before = state(checkout)
    (checkout / "src/echoseal").write_text("in the way\n")
    failed = apply(checkout)
    (checkout / "src/echoseal").unlink()

    assert 0 != failed.returncode
    assert before == state(checkout)


def test_a_file_that_cannot_be_written_whole_stays_as_it_was(tmp_path: Path) -> None:
    index = FILES["server/index.js"] + "// more\n" * 20_000
    checkout = make_checkout(tmp_path / "checkout", index=index)
    (checkout / "server/index.js").chmod(0o750)
    before = state(checkout)
    # No file may have more than so many blocks, as where a disk is full.
    limited = ["sh", "-c", 'ulimit -f 96 && exec "$0" "$@"', node_packages.node()]
    failed = subprocess.run([*limited, APPLY, checkout], check=False, capture_output=True)

    assert (1, before) == (failed.returncode, state(checkout))
    assert_done(apply(checkout))
    assert 0o100750 == (checkout / "server/index.js").stat().st_mode


def test_an_upgrade_that_was_cut_short_goes_on(checkout: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    for folder in ("frontend/client", "frontend/server", "frontend/template", "verifier"):
        shutil.copytree(ROOT / folder, older / folder)
    shutil.copy(ROOT / "frontend/package.json", older / "frontend")
    insertions = older / "frontend/template/insertions.mjs"
    insertions.write_text(insertions.read_text().replace("path: '/verification',", "path: '/v',"))
    assert_done(apply(checkout, script=older / "frontend/template/apply.mjs"))
    record = (checkout / RECORD).read_text()
    assert_done(apply(checkout))
    upgraded = state(checkout)

    (checkout / RECORD).write_text(record)  # is written last
    assert_done(apply(checkout))
    assert upgraded == state(checkout)


def test_what_somebody_has_written_into_a_block_is_not_lost_without_the_record(
    checkout: Path,
) -> None:
    apply(checkout)
    (checkout / RECORD).unlink()
    assert_done(apply(checkout))
    (checkout / RECORD).unlink()
    index = checkout / "server/index.js"
    index.write_text(index.read_text().replace("// Echoseal: end", "mine();\n// Echoseal: end"))
    commit(checkout)
    refused = apply(checkout)

    assert 1 == refused.returncode
    assert "server/index.js: a block of ours was changed" in refused.stderr
    assert "mine();" in index.read_text()


@pytest.mark.parametrize("link", ["server/index.js", "src/echoseal", "server/api-util"])
def test_nothing_is_written_where_a_symbolic_link_leads(
    checkout: Path, tmp_path: Path, link: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.rmtree(checkout / ".git")
    place = checkout / link
    if place.exists():
        place.rename(outside / place.name)
        place.symlink_to(outside / place.name)
    else:
        place.symlink_to(outside, target_is_directory=True)
    before = state(outside)
    refused = apply(checkout)

    assert 1 == refused.returncode
    assert f"{link} is a symbolic link" in refused.stderr
    assert before == state(outside)


@pytest.mark.parametrize("path", ["../theirs.js", "src/../../theirs.js", "..\\\\theirs.js", "{}"])
@pytest.mark.parametrize("kind", ["files", "blocks"])
def test_a_record_leads_nowhere_else(checkout: Path, tmp_path: Path, path: str, kind: str) -> None:
    block = "// Echoseal: begin\n// Echoseal: end"
    theirs = tmp_path / "theirs.js"
    theirs.write_text(block)
    known = {path.format(theirs): hashlib.sha256(block.encode()).hexdigest()}
    (checkout / RECORD).parent.mkdir(parents=True)
    (checkout / RECORD).write_text(json.dumps({kind: known}))
    commit(checkout)
    refused = apply(checkout, "--remove")

    assert (1, block) == (refused.returncode, theirs.read_text())
    assert f"{RECORD} is not as it was written" in refused.stderr


@pytest.mark.parametrize(
    "text",
    ["{", "<<<<<<< HEAD", '{"files": null}', '{"frame": "x"}', """{"frame": ["a']; b(); ['"]}"""],
)
def test_a_record_that_is_none_of_ours_is_told(checkout: Path, text: str) -> None:
    (checkout / RECORD).parent.mkdir(parents=True)
    (checkout / RECORD).write_text(text)
    commit(checkout)
    refused = apply(checkout)

    assert 1 == refused.returncode
    assert f"Nothing was changed:\n  {RECORD} is not as it was written" in refused.stderr
    assert "" == git(checkout, "status", "--porcelain")


@pytest.mark.parametrize("arguments", [["--help"], ["--helf", "."], [], ["a", "b"], ["/nowhere"]])
def test_it_says_how_it_is_used(arguments: list[str]) -> None:
    command: list[str | Path] = [node_packages.node(), APPLY, *arguments]
    told = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")

    assert (0 if arguments == ["--help"] else 2) == told.returncode
    assert "Usage: node apply.mjs" in (told.stdout or told.stderr)


def test_the_notes_tell_every_block_and_where_it_goes() -> None:
    notes = (ROOT / "frontend/template/README.md").read_text()
    data = APPLY.with_name("insertions.mjs").as_uri()
    script = (
        f"import {{ INSERTIONS, frames }} from {json.dumps(data)};"
        "const all = [...INSERTIONS, frames(['*.vendor.example'])];"
        "console.log(JSON.stringify({ all }));"
    )
    command = [node_packages.node(), "--input-type=module", "-e", script]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["all"]

    missing = [
        f"{one['file']}: {what}"
        for one in told
        for what in (f"`{one['file']}`", one["anchor"], "\n".join(one["lines"]))
        if what not in notes
    ]
    assert [] == missing


def test_it_fits_the_real_template(tmp_path: Path) -> None:
    named = os.environ.get("ECHOSEAL_TEMPLATE")
    if not named:
        pytest.skip(
            "no checkout of the Web Template in ECHOSEAL_TEMPLATE: it is not applied to one"
        )
    left_out = shutil.ignore_patterns("node_modules", "build", ".git")
    checkout = shutil.copytree(named, tmp_path / "checkout", ignore=left_out)
    git(checkout, "init", "--quiet")
    commit(checkout)
    before = state(checkout)

    assert_done(apply(checkout, *FRAMES))
    assert "Nothing to do" in apply(checkout).stdout
    assert_done(apply(checkout, "--remove"))
    assert (before, "") == (state(checkout), git(checkout, "status", "--porcelain"))
