"""The command `python -m sandbox.screenshot`: write the README's picture from the running page."""

import argparse
import importlib.util
import sys
from pathlib import Path

from sandbox.chromium import FLAGS, find_chromium
from sandbox.runner import Sandbox
from sandbox.stage import Options

REPOSITORY = Path(__file__).resolve().parent.parent
PICTURE = REPOSITORY / "docs" / "demo-page.png"
WIDTH, HEIGHT = 1280, 960
SETTLING_MILLISECONDS = 1500  # the last hops are drawn, and have faded in


def main(arguments: list[str] | None = None) -> int:
    """Verify a user on the demo page and write what it then looks like; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.screenshot", description=__doc__)
    parser.add_argument("--output", type=Path, default=PICTURE, help="default: docs/demo-page.png")
    output: Path = parser.parse_args(arguments).output
    missing = what_is_missing()
    if missing:
        print(missing, file=sys.stderr)
        return 1
    with Sandbox(Options(port=0)) as sandbox:
        take(sandbox.url, output)
    print(f"Wrote {output}")
    return 0


def what_is_missing() -> str | None:
    """Return a sentence about what a screenshot needs and this machine lacks, or None."""
    if importlib.util.find_spec("playwright") is None:
        return "A screenshot needs playwright, one of the development dependencies: make install"
    if find_chromium() is None:
        return "A screenshot needs Chromium on PATH, or its path in the variable CHROMIUM."
    return None


def take(url: str, output: Path) -> None:
    """Verify the first user on the page at `url` and write a PNG of the finished trip."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a development dependency

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(url)
        page.get_by_role("button", name="Log in as").first.click()
        # It is given the focus once all that logging in asks for is there: no call of it is drawn.
        page.locator("#verify:focus").click()
        page.frame_locator("#vendor-frame").get_by_role("button", name="Approve").click()
        page.locator("#badge[data-state=approved]").wait_for()
        page.wait_for_timeout(SETTLING_MILLISECONDS)
        page.evaluate("window.scrollTo(0, 0)")
        page.evaluate("document.activeElement.blur()")
        page.screenshot(path=output)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
