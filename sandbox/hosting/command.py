"""`python -m sandbox --marketplace`: host a marketplace, and say what to do next."""

import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.hosting.addresses import Addresses
from sandbox.hosting.environment import template_environment, write_env, written
from sandbox.hosting.marketplace import HostedMarketplace
from sandbox.stage import Options
from sandbox.teller import Teller

WATCH_SECONDS = 0.5
_SERVE = {
    "production": (
        "yarn run build",
        "NODE_ENV=production yarn start",
    ),
    "development": (
        "NODE_ENV=development REACT_APP_DEV_API_SERVER_PORT={product} yarn run dev-frontend",
        "NODE_ENV=development REACT_APP_DEV_API_SERVER_PORT={template} yarn run dev-backend",
    ),
}


@dataclass(frozen=True, slots=True)
class Hosting:
    """What the command is asked for: `env_path` is where the template's `.env` goes, if anywhere.

    `is_restricted` says whether rights are restricted in Console from the start.
    """

    addresses: Addresses
    env_path: Path | None = None
    is_restricted: bool = False


def host(asked: Hosting, options: Options, teller: Teller) -> int:
    """Host it until the product ends, which is an error, or the process does; return the code.

    Raises PortTakenError, NotOursError and OSError before anything starts, and ProxyStartError.
    """
    environment = template_environment(asked.addresses)
    if asked.env_path:
        write_env(asked.env_path, environment)
    with HostedMarketplace(asked.addresses, options, teller.progress) as hosted:
        if asked.is_restricted:
            hosted.restrict()
        say_where(hosted, teller)
        say_next(asked, environment, teller)
        while hosted.proxy.running:
            time.sleep(WATCH_SECONDS)
        teller.say(f"The proxy ended by itself.\n{hosted.proxy.tail()}")
        return 1


def say_where(hosted: HostedMarketplace, teller: Teller) -> None:
    """Say where everything is, who can log in, and what has been left out."""
    at, stage = hosted.addresses, hosted.stage
    people = {user.email: f"password {user.password}" for user in stage.sharetribe.users.values()}
    teller.say(
        teller.layout.places(
            {
                "proxy": f"{at.product_url}, in front of {at.frontend_url}",
                "simulated Sharetribe": at.sharetribe_url,
                "its Console": f"{at.console_url}/",
                **people,
                "the proxy's log": str(hosted.proxy.log_path),
            }
        )
    )
    for title, why in stage.left_out.items():
        teller.say(teller.layout.paragraph(f"Left out: {title}. {why}.", "  "))


def say_next(asked: Hosting, environment: dict[str, str], teller: Teller) -> None:
    """Say how the template gets there, with its `.env` where that was not written."""
    at = asked.addresses
    if asked.env_path:
        teller.say(f"\nWritten: {asked.env_path}. In the folder of the template:\n")
    else:
        teller.say("\nIn the folder of the template, with this .env (or --write-env PATH):\n")
        teller.say(written(environment))
    for line in _SERVE[at.mode]:
        teller.say(f"  {line.format(product=at.product, template=at.template)}")
    teller.say(f"\nThen open  {teller.layout.coloured(at.marketplace_url, 'bold')}")
    teller.say("Ctrl-C stops everything.")
