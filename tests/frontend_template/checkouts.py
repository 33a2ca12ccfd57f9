"""Small checkouts of our own that have the anchors of the Web Template, and no more of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests import node_packages
from tests.source_tree import ROOT

APPLY = ROOT / "frontend" / "template" / "apply.mjs"
NAVIGATION = "src/components/LayoutComposer/LayoutSideNavigation/"
FILES = {
    "package.json": '{\n  "name": "app",\n  "version": "12.2.7"\n}\n',
    ".prettierignore": "build/\n",
    "server/index.js": "const app = express();\napp.listen(1);\n",
    "server/apiServer.js": "// in development\nconst app = express();\n",
    "server/apiRouter.js": (
        "router.use(parser);\n"
        "router.post('/initiate-privileged', initiate);\n"
        "router.post('/transition-privileged', transition);\n"
    ),
    "server/csp.js": "  const customDirectives = {\n    // none\n  };\n",
    "src/routing/routeConfiguration.js": (
        "const TransactionPage = loadable(() => page);\n"
        "export const ACCOUNT_SETTINGS_PAGES = [\n];\n"
        "const routes = () => {\n  return [\n    first,\n  ];\n};\n"
    ),
    "src/containers/pageDataLoadingAPI.js": (
        "import { loadData as TermsOfServicePageLoader } from 'terms';\n"
        "const all = () => {\n  return {\n    first,\n  };\n};\n"
    ),
    "src/containers/reducers.js": (
        "import TransactionPage from 'transaction';\nexport {\n  TransactionPage,\n};\n"
    ),
    f"{NAVIGATION}LayoutWrapperAccountSettingsSideNav.js": (
        "const tabs = [\n  ...payoutDetailsMaybe,\n];\n"
    ),
    "src/containers/CheckoutPage/CheckoutPageAccessWrapper.js": (
        "import { NamedRedirect } from 'components';\n"
        "  if (currentUser && !isUserAuthorized(currentUser)) {\n  }\n"
    ),
    "src/translations/en.json": '{\n  "A.title": "A",\n  "Z.title": "Z"\n}',
    "src/translations/fr.json": '{\n  "A.title": "A",\n  "B.title": "B"\n}\n',
}
"""What stands in the files, by their paths; the last texts have no line break at their end."""
GIT = ["git", "-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]


def make_checkout(folder: Path, ending: str = "\n", **replaced: str) -> Path:
    """Make a git checkout with all of FILES, committed; `replaced` is by the name of the file."""
    for path, text in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(replaced.get(file.stem, text).replace("\n", ending).encode())
    git(folder, "init", "--quiet")
    git(folder, "config", "core.autocrlf", "false")
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    """Commit everything."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All")


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints; raises CalledProcessError where it refuses."""
    return subprocess.run(
        [*GIT, "-C", folder, *arguments],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env={"PATH": os.environ.get("PATH", os.defpath), "GIT_CONFIG_GLOBAL": os.devnull},
    ).stdout


def apply(folder: Path, *options: str, script: Path = APPLY) -> subprocess.CompletedProcess[str]:
    """Run the script over a checkout."""
    return subprocess.run(
        [node_packages.node(), script, *options, folder],
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=node_packages.SCRIPT_SECONDS,
    )


def state(folder: Path) -> dict[str, bytes]:
    """Return every file's content by its path, git's own left out."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: path.read_bytes() for name, path in named.items() if not name.startswith(".git/")}
