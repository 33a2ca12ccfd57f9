"""The command `python -m sandbox.template`: see `--help`."""

import argparse
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from sandbox.endings import interrupt_on_signals
from sandbox.hosting.addresses import MODES, Addresses, addresses_of
from sandbox.hosting.command import WATCH_SECONDS, say_where
from sandbox.hosting.environment import NotOursError, template_environment, write_env
from sandbox.hosting.marketplace import HostedMarketplace
from sandbox.hosting.ports import PortTakenError, require_free
from sandbox.proxy_process import REPOSITORY, ProxyStartError
from sandbox.teller import Teller
from sandbox.template.checkout import install, prepare_copy, require_checkout, version_of
from sandbox.template.processes import TemplateProcess, develop, serve
from sandbox.template.tools import TemplateError, find_tools

VARIABLE = "ECHOSEAL_TEMPLATE"
"""Names a checkout to the tests of tests/template."""
DESCRIPTION = """\
Builds a checkout of Sharetribe's Web Template and serves it behind the real proxy, on a simulated
marketplace, with the kit of frontend/ in it. What is built is a copy, in .template: the checkout
stays as it is. With --mode development it is served where it is, as `yarn run dev` does, so that
its pages follow what is edited; then the sandbox's .env is written there, and the kit is not.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    given = _parse(arguments)
    teller, at = Teller(), addresses_of(given.mode)
    try:
        checkout = Path(given.checkout).resolve()
        require_checkout(checkout)
        _require_ports(at)
        teller.say(f"The Web Template {version_of(checkout)} of {checkout}")
        if given.mode == "development":
            return _develop(checkout, at, teller)
        return _serve(checkout, at, teller, is_tested=given.tests, once=given.once)
    except (TemplateError, NotOursError, PortTakenError, ProxyStartError) as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
        return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.template",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkout", help="the folder of a checkout")
    parser.add_argument("--mode", choices=MODES, default=MODES[0], help="default: %(default)s")
    parser.add_argument("--once", action="store_true", help="exit after the browser test")
    parser.add_argument(
        "--no-tests",
        dest="tests",
        action="store_false",
        help="leave the browser test (tests/template) out",
    )
    return parser.parse_args(arguments)


def _require_ports(at: Addresses) -> None:
    ports = (at.sharetribe, at.product, at.template, at.pages)
    require_free(dict.fromkeys(ports, "The template is built for it: end that first."))


def _serve(checkout: Path, at: Addresses, teller: Teller, *, is_tested: bool, once: bool) -> int:
    tools = find_tools(teller.say)
    folder = prepare_copy(checkout, at, tools, teller.say)
    code = _test(checkout) if is_tested else 0
    if once:
        return code
    with ExitStack() as running:
        hosted = running.enter_context(HostedMarketplace(at, tell=teller.progress))
        teller.progress("the template")
        server = running.enter_context(serve(folder, at, tools))
        return _stay_up(hosted, (server,), teller) or code


def _develop(checkout: Path, at: Addresses, teller: Teller) -> int:
    write_env(checkout / ".env", template_environment(at))
    tools = find_tools(teller.say)
    install(checkout, tools, teller.say)
    with ExitStack() as running:
        hosted = running.enter_context(HostedMarketplace(at, tell=teller.progress))
        teller.say("Compiling the template (a minute) ...")
        servers = develop(checkout, at, tools)
        for server in servers:
            running.enter_context(server)
        return _stay_up(hosted, servers, teller)


def _test(checkout: Path) -> int:
    """Run the browser test, which starts everything for itself; return its exit code."""
    command = [sys.executable, "-m", "pytest", "-q", "tests/template"]
    environment = {**os.environ, VARIABLE: str(checkout)}
    return subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode


def _stay_up(
    hosted: HostedMarketplace, servers: tuple[TemplateProcess, ...], teller: Teller
) -> int:
    teller.say("")
    say_where(hosted, teller)
    for server in servers:
        teller.say(f"  {server.log_path}")
    address = teller.layout.coloured(hosted.addresses.marketplace_url, "bold")
    teller.say(f"\nOpen the marketplace:  {address}\nCtrl-C stops everything.")
    while hosted.proxy.running and all(server.running for server in servers):
        time.sleep(WATCH_SECONDS)
    teller.say("The proxy or the template ended by itself.")
    return 1


if __name__ == "__main__":
    interrupt_on_signals()
    sys.exit(main())
