"""The command `python -m sandbox`: see `--help`."""

import argparse
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

from sandbox.drive import drive
from sandbox.proxy_process import ProxyStartError
from sandbox.runner import Sandbox
from sandbox.stage import CONFIRMS, DEFAULT_PORT, JUMIO_APIS, ROTATIONS, Options

BANNER = "A sandbox: everything is simulated; not for production."
DESCRIPTION = f"""\
{BANNER}

Starts a simulated Sharetribe, Jumio, HubRise, Pumble, Kaizala and AWS, a demo marketplace and the
real proxy, each on its own port of this machine; drives one identity verification, each connection
and each guarded door from end to end, says what happened at each step, and then keeps the demo page
up until Ctrl-C.
"""
EXAMPLES = """\
examples:
  python -m sandbox                       run, then open the printed address in a browser
  python -m sandbox --once                run and exit: 0 when every step went well, else 1
  python -m sandbox --jumio kyx           the same with Jumio's KYX API
  python -m sandbox --rotation strict     with refresh tokens that work only once
"""
WATCH_SECONDS = 0.5
INTERRUPTED = 130


def main(arguments: list[str] | None = None, start: Callable[[Options], Sandbox] = Sandbox) -> int:
    """Run the command with `arguments` (those of the process by default); return its exit code.

    `start` starts the sandbox; tests pass one that misbehaves.
    """
    options, once = parse(arguments)
    try:
        return _run(start, options, once=once)
    except ProxyStartError as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        _say("\nStopped.")
        return INTERRUPTED if once else 0


def parse(arguments: list[str] | None = None) -> tuple[Options, bool]:
    """Return what to simulate, and whether to exit after the run.

    Ends the process with a usage message when an argument is wrong.
    """
    chosen = _parser().parse_args(arguments)
    options = Options(
        port=chosen.port,
        jumio_api=chosen.jumio,
        rotation=chosen.rotation,
        confirm=chosen.confirm,
        integration_api=chosen.integration_api,
    )
    return options, chosen.once


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--once", action="store_true", help="exit after the run")
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="port of the proxy; a free one is taken if it is in use (default: %(default)s)",
    )
    parser.add_argument(
        "--jumio",
        choices=JUMIO_APIS,
        default="netverify",
        help="which of Jumio's APIs the proxy uses (default: %(default)s)",
    )
    parser.add_argument(
        "--rotation",
        choices=ROTATIONS,
        default="none",
        help="what becomes of a used refresh token: none: it stays the same; grace: a new one is "
        "given and the old one still works; strict: the old one dies (default: %(default)s)",
    )
    parser.add_argument(
        "--confirm",
        choices=CONFIRMS,
        default="retrieval",
        help="where the proxy takes the result from: Jumio's retrieval API or the callback itself "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--integration-api",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="give the proxy Sharetribe's Integration API: the second way to write results, and "
        "what HubRise and Pumble need; without it, they are left out (default: yes)",
    )
    return parser


def _run(start: Callable[[Options], Sandbox], options: Options, *, once: bool) -> int:
    _say(f"{BANNER}\n")
    with start(options) as sandbox:
        _say_where(sandbox)
        succeeded = drive(sandbox, _say)
        _say("")
        if not succeeded:
            sandbox.proxy.keep_log = True
            _say(f"The end of the proxy's log ({sandbox.proxy.log_path}):\n{sandbox.proxy.tail()}")
        if once:
            _say("All steps went well." if succeeded else "The run failed.")
            return 0 if succeeded else 1
        return _stay_up(sandbox) or (0 if succeeded else 1)


def _say_where(sandbox: Sandbox) -> None:
    wanted = sandbox.options.port
    if wanted not in {0, sandbox.proxy.port}:
        _say(f"Port {wanted} is taken; the proxy listens on {sandbox.proxy.port} instead.")
    _say(f"  proxy and demo page   {sandbox.url}")
    _say(f"  simulated Sharetribe  {sandbox.stage.sharetribe_url}")
    _say(f"  simulated Jumio       {sandbox.stage.jumio_url}  ({sandbox.options.jumio_api})")
    if sandbox.options.integration_api:
        _say(f"  simulated HubRise     {sandbox.stage.hubrise.base_url}")
        _say(f"  simulated Pumble      {sandbox.stage.pumble.base_url}")
    _say(f"  simulated Kaizala     {sandbox.stage.kaizala.base_url}")
    if sandbox.stage.portal is None:
        _say("  simulated AWS         left out, and Sensedia with it: moto is not installed")
    else:
        _say(f"  simulated AWS         {sandbox.stage.portal.aws.url}")
    _say(f"  the proxy's log       {sandbox.proxy.log_path}\n")


def _stay_up(sandbox: Sandbox) -> int:
    sandbox.start_afresh()
    _say(f"Open the demo page:  {sandbox.url}\nCtrl-C stops everything.")
    while sandbox.proxy.running:
        time.sleep(WATCH_SECONDS)
    _say(f"The proxy ended by itself.\n{sandbox.proxy.tail()}")
    return 1


def _say(text: str) -> None:
    print(text, flush=True)  # at once, also where the output is a pipe


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())
