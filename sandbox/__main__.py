"""The command `python -m sandbox`: see `--help`."""

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.address import read_origin
from sandbox.discovery import guest, simulators
from sandbox.drive import drive
from sandbox.endings import INTERRUPTED, interrupt_on_signals
from sandbox.hosting.addresses import MODES, addresses_of
from sandbox.hosting.command import Hosting, host
from sandbox.hosting.environment import NotOursError
from sandbox.hosting.ports import PortTakenError
from sandbox.proxy_process import ProxyStartError
from sandbox.runner import Sandbox
from sandbox.simulator import Simulator
from sandbox.stage import DEFAULT_PORT, ROTATIONS, Options
from sandbox.teller import Teller

BANNER = "A sandbox: everything is simulated; not for production."
DESCRIPTION = f"""\
{BANNER}

Starts a simulated Sharetribe, the simulated vendors, a demo marketplace and the real proxy, each on
its own port of this machine; drives what each vendor has to show from end to end, says what
happened at each step, and then keeps the demo page up until Ctrl-C.
"""
EXAMPLES = """\
examples:
  python -m sandbox                       run, then open the printed address in a browser
  python -m sandbox --once                run and exit: 0 when every step went well, else 1
  python -m sandbox --rotation strict     with refresh tokens that work only once
  python -m sandbox --public-url http://localhost:9000
                                          seen through a forwarded port
  python -m sandbox --with acme_shop_simulator:SIMULATOR
                                          with a vendor of one's own
  python -m sandbox --marketplace --write-env ../web-template/.env
                                          host what Sharetribe's Web Template needs, for a build
  python -m sandbox --marketplace=development
                                          the same, for its development server
"""
WATCH_SECONDS = 0.5

Start = Callable[[Options, Callable[[str], object]], Sandbox]


def main(arguments: list[str] | None = None, start: Start = Sandbox) -> int:
    """Run the command with `arguments` (those of the process by default); return its exit code.

    `start` starts the sandbox; tests pass one that misbehaves.
    """
    options, once, hosting = parse(arguments)
    try:
        if hosting:
            teller = Teller()
            teller.say(f"{BANNER}\n")
            return host(hosting, options, teller)
        return _run(start, options, once=once)
    except (ProxyStartError, PortTakenError, NotOursError) as failure:
        print(failure, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Nobody reads on, as behind `| head`; else the interpreter says so as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):  # the terminal may be what is gone
            print("\nStopped.", flush=True)
        return INTERRUPTED if once else 0


def parse(arguments: list[str] | None = None) -> tuple[Options, bool, Hosting | None]:
    """Return what to simulate, whether to exit after the run, and what to host in place of it.

    Ends the process with a usage message when an argument is wrong.
    """
    guests = _guest_parser(add_help=False).parse_known_args(arguments)[0].guests
    known = simulators(guests)
    parser = _parser(known)
    given = parser.parse_args(arguments)
    options = Options(
        port=DEFAULT_PORT if given.port is None else given.port,
        rotation=given.rotation,
        integration_api=given.integration_api,
        chosen={name: getattr(given, name) for one in known for name in one.defaults},
        guests=tuple(guests),
        public_url=given.public_url or "",
    )
    return options, given.once, _hosting(parser, given)


def _hosting(parser: argparse.ArgumentParser, given: argparse.Namespace) -> Hosting | None:
    """Return what to host; options that are of no use ends the process with a usage message."""
    if given.marketplace is None:
        for flag in ("write_env", "sharetribe_port", "restrict"):
            if getattr(given, flag):
                parser.error(f"--{flag.replace('_', '-')} goes with --marketplace")
        return None
    for flag in ("once", "public_url"):
        if getattr(given, flag):
            parser.error(f"--{flag.replace('_', '-')} does not go with --marketplace")
    where = addresses_of(given.marketplace, sharetribe=given.sharetribe_port, product=given.port)
    return Hosting(where, given.write_env, is_restricted=given.restrict)


def _guest_parser(**settings: Any) -> argparse.ArgumentParser:
    """Return a parser of `--with` alone: what it names may bring options of its own."""
    parser = argparse.ArgumentParser(allow_abbrev=False, **settings)
    parser.add_argument(
        "--with",
        dest="guests",
        metavar="MODULE:NAME",
        action="append",
        type=_guest,
        default=[],
        help="simulate a vendor from elsewhere too; it may be given several times",
    )
    return parser


def _parser(known: tuple[Simulator[Any], ...]) -> argparse.ArgumentParser:
    parser = _guest_parser(
        prog="python -m sandbox",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--once", action="store_true", help="exit after the run")
    parser.add_argument(
        "--port",
        type=_port,
        help="port of the proxy; a free one is taken if it is in use, save with --marketplace "
        f"(default: {DEFAULT_PORT}; 3500 with --marketplace=development)",
    )
    parser.add_argument(
        "--public-url",
        type=_origin,
        metavar="URL",
        help="where browsers reach the proxy, if not at its own address: through a forwarded port "
        "or a router, such as http://localhost:9000 or https://demo.example",
    )
    parser.add_argument(
        "--rotation",
        choices=ROTATIONS,
        default="none",
        help="what becomes of a used refresh token: none: it stays the same; grace: a new one is "
        "given and the old one still works; strict: the old one dies (default: %(default)s)",
    )
    parser.add_argument(
        "--integration-api",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="give the proxy Sharetribe's Integration API: the second way to write results, and "
        "what connections need; without it, they are left out (default: yes)",
    )
    _add_hosting(parser)
    for option in (option for one in known for option in one.options):
        parser.add_argument(
            option.flag,
            dest=option.variable,
            choices=option.choices,
            default=option.choices[0],
            help=f"{option.help} (default: %(default)s)",
        )
    return parser


def _add_hosting(parser: argparse.ArgumentParser) -> None:
    hosting = parser.add_argument_group("a marketplace for Sharetribe's Web Template")
    hosting.add_argument(
        "--marketplace",
        choices=MODES,
        nargs="?",
        const=MODES[0],
        help="host one in place of the demo, at fixed addresses (default: %(const)s)",
    )
    hosting.add_argument(
        "--write-env",
        type=Path,
        metavar="PATH",
        help="write the template's .env there; a file of somebody else's is left alone",
    )
    hosting.add_argument(
        "--sharetribe-port",
        type=_port,
        help="port of the simulated Sharetribe (default: 8090)",
    )
    hosting.add_argument(
        "--restrict",
        action="store_true",
        help="restrict booking and posting in Console, as the demo does",
    )


def _run(start: Start, options: Options, *, once: bool) -> int:
    teller = Teller()
    teller.say(f"{BANNER}\n")
    with start(options, teller.progress) as sandbox:
        teller.say_where(sandbox)
        succeeded = drive(sandbox, teller.say, teller.layout)
        teller.say("")
        if not succeeded:
            sandbox.proxy.keep_log = True
            log = f"The end of the proxy's log ({sandbox.proxy.log_path}):\n{sandbox.proxy.tail()}"
            teller.say(log)
        if once:
            teller.say("All steps went well." if succeeded else "The run failed.")
            return 0 if succeeded else 1
        return _stay_up(sandbox, teller) or (0 if succeeded else 1)


def _stay_up(sandbox: Sandbox, teller: Teller) -> int:
    sandbox.start_afresh()
    address = ""
    while sandbox.proxy.running:
        if address != sandbox.public_url:
            address = sandbox.public_url
            teller.say_open(address)
        time.sleep(WATCH_SECONDS)
    teller.say(f"The proxy ended by itself.\n{sandbox.proxy.tail()}")
    return 1


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _guest(reference: str) -> Simulator[Any]:
    try:
        return guest(reference)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem


def _origin(text: str) -> str:
    try:
        return read_origin(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem


if __name__ == "__main__":
    interrupt_on_signals()
    sys.exit(main())
