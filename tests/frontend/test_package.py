"""What `frontend/` has for pages: its types hold, its own tests pass, and it stays small."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from proxy import VERSION
from tests import missing, node_packages
from tests.source_tree import ROOT, tracked_files

pytestmark = pytest.mark.node

FRONTEND = ROOT / "frontend"
OLDEST_NODE = (20, 19)
LOCKED = [
    path.parent
    for path in tracked_files()
    if path.name == "package-lock.json" and path.parts[0] == "frontend"
]
PATIENCE_SECONDS = 300  # other work may hold the machine
# A page of somebody else, in TypeScript, which has the package and nothing else of it.
PAGE = """
import { EchosealError, createClient, isGood } from 'echoseal-frontend/client';

const { verification, billing } = createClient({ token: async () => 'token' });
const { redirectUrl } = await verification.start({ locale: 'fi' });
verification.leave({ redirectUrl });
const heard = ({ verified }: { verified: boolean }) => verified === isGood(null);
const { status } = await verification.settled({ onStatus: heard });
const told: 'approved' | undefined = status === 'approved' ? status : undefined;
const plan = await billing('membership').status({ fresh: true });
const until: string | undefined = plan.paidUntil;
const code = (error: EchosealError) => error.code === 'network';
// @ts-expect-error there is no such code
const wrong = (error: EchosealError) => error.code === 'netwrok';
export { code, told, until, wrong };
"""
# A server of somebody else's, which has the package and nothing else of it.
SERVER = """
const { echosealGate } = require('echoseal-frontend/server/echoseal-gate.cjs');
const env = { CHECKSUM_KEYS: `1:${'A'.repeat(43)}`, REACT_APP_SHARETRIBE_SDK_CLIENT_ID: 'market' };
const user = { id: { uuid: '' }, attributes: { profile: { privateData: {} } } };
const getSdk = () => ({ currentUser: { show: async () => ({ data: { data: user } }) } });
const req = { headers: { cookie: 'st-market-token={}' }, cookies: { 'st-market-token': '{}' } };
const json = ({ code }) => console.log(code);
const res = { getHeader() {}, set: () => res, status: () => res, json };
echosealGate({ getSdk }, { env })(req, res);
"""
README = (FRONTEND / "README.md").read_text()


@pytest.fixture(scope="session")
def packages() -> Path:
    """Return the folder of the kit's locked packages, installed; Vite says which Node it wants."""
    version = _run("--print", "process.versions.node").strip()
    if tuple(map(int, version.split(".")[:2])) < OLDEST_NODE:
        missing.do_without(f"Node {version} builds no frontend: it takes 20.19 or newer")
    for folder in LOCKED:
        node_packages.install(ROOT / folder)
    return FRONTEND / "node_modules"


@pytest.fixture(scope="session")
def user_of_kit(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of somebody who has packed and installed the kit, all of which is typed."""
    kit = tmp_path_factory.mktemp("kit") / "frontend"
    shutil.copytree(FRONTEND, kit, ignore=shutil.ignore_patterns("node_modules", "build"))
    shutil.copytree(ROOT / "verifier", kit.parent / "verifier")
    (kit / "node_modules").symlink_to(packages)
    folder = tmp_path_factory.mktemp("page")
    (folder / "package.json").write_text('{"private": true}')
    _npm("run", "build", cwd=kit)
    (packed,) = (kit / "build").glob("*.tgz")
    assert f"echoseal-frontend-{VERSION}.tgz" == packed.name
    _npm("install", "--offline", "--no-audit", "--no-fund", packed, cwd=folder)
    return folder


def _run(*command: str | Path, cwd: Path = FRONTEND) -> str:
    """Run a program of Node's, and return what it prints."""
    return _end_well([node_packages.node(), *command], cwd)


def _npm(*command: str | Path, cwd: Path) -> None:
    """Run npm; it asks no registry."""
    npm = missing.program("npm", otherwise="how the kit is installed is not tested")
    _end_well([npm, *command], cwd)


def _end_well(command: list[str | Path], cwd: Path) -> str:
    process = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
    )
    assert 0 == process.returncode, process.stdout + process.stderr
    return process.stdout


def test_its_own_tests_pass(packages: Path) -> None:
    assert packages.is_dir()
    tests = sorted((FRONTEND / "tests").glob("*.test.js"))
    counts = re.findall(
        r"(?m)^# (fail|skipped) (\d+)$", _run("--test", "--test-reporter=tap", *tests)
    )
    assert [("fail", "0"), ("skipped", "0")] == counts


def test_whoever_installs_it_has_what_runs_and_nothing_else(user_of_kit: Path) -> None:
    installed = user_of_kit / "node_modules"
    assert ["echoseal-frontend"] == [
        one.name for one in installed.iterdir() if not one.name.startswith(".")
    ]
    kit = installed / "echoseal-frontend"
    folders = {one.name for one in kit.iterdir()}
    assert folders <= {"README.md", "build", "client", "package.json", "react"}
    exported = json.loads((kit / "package.json").read_text())["exports"].values()
    files = [file for one in exported for file in ([one] if isinstance(one, str) else one.values())]
    assert [] == [file for file in files if "*" not in file and not (kit / file).is_file()]
    told = _run(
        "--eval",
        "import('echoseal-frontend/client').then(kit => console.log(Object.keys(kit).join(' ')))",
        cwd=user_of_kit,
    )
    assert "EchosealError createClient isGood\n" == told


def test_whoever_installs_it_has_what_the_gate_reads_records_by(user_of_kit: Path) -> None:
    (user_of_kit / "server.cjs").write_text(SERVER)

    assert "echoseal-required\n" == _run("server.cjs", cwd=user_of_kit)


def test_pages_take_the_types_that_are_built_and_the_readmes_lines(
    packages: Path, user_of_kit: Path
) -> None:
    blocks = re.findall(r"(?ms)^```js\n(.*?)^```", README)
    examples = re.findall(r"(?m)\| `([^`]+)` \|$", README)
    assert (3, 10) == (len(blocks), len(examples))
    examples = ["export async function examples() {", *(f"{one};" for one in examples), "}"]
    (user_of_kit / "readme.mjs").write_text("\n".join([*blocks, *examples]))
    (user_of_kit / "page.mts").write_text(PAGE)
    # A page shows plain JavaScript, whose parameters have no types.
    strict = {"strict": True, "noImplicitAny": False, "noEmit": True, "allowJs": True}
    today = {"target": "es2022", "module": "nodenext", "types": [], "checkJs": True}
    config = {"compilerOptions": strict | today, "files": ["page.mts", "readme.mjs"]}
    (user_of_kit / "tsconfig.json").write_text(json.dumps(config))

    _run(packages / "typescript" / "bin" / "tsc", cwd=user_of_kit)


def test_the_client_is_as_small_as_the_readme_says(packages: Path) -> None:
    assert packages.is_dir()
    size = re.findall(r"\d+", _run("tests/size.js"))[0]
    assert f"one file, {int(size) / 1000:.1f} kB in a page" in README


def test_the_client_needs_no_newer_language_than_node_18(packages: Path) -> None:
    assert packages.is_dir()
    assert {"newer": []} == json.loads(_run("tests/syntax.js", "client/echoseal.js"))


def test_the_client_is_one_file_that_imports_nothing() -> None:
    (client,) = (FRONTEND / "client").iterdir()
    assert "echoseal.js" == client.name
    assert not re.search(r"(?m)^\s*import\b|\bfrom '|[^@]import\(", client.read_text())


def test_the_package_has_the_number_of_the_release_and_is_not_published() -> None:
    package = json.loads((FRONTEND / "package.json").read_text())
    assert (VERSION, True) == (package["version"], package["private"])
    assert "dependencies" not in package
    assert f"echoseal-frontend-{VERSION}.tgz" in README


def test_no_deployment_has_it() -> None:
    assert "/frontend" in (ROOT / ".slugignore").read_text().splitlines()
    first, *admitted = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if not line.startswith("#")
    ]
    assert ("*", False) == (first, any("frontend" in line for line in admitted))
