"""Where a vendor's name is Sharetribe's own word, as in `stripeAccount`."""

from pathlib import Path

from sandbox.sharetribe.processes import PROCESSES

# Its simulated API with the tests of that, and the settings of its template.
_PLACES = (
    "sandbox/hosting/environment.py",
    "sandbox/sharetribe/",
    "tests/sandbox/test_sharetribe_",
    "tests/sdk/",
    "tests/template/",
)


def is_sharetribes(path: Path, vendor: str) -> bool:
    """Tell whether a vendor's name in a file is the name of whom Sharetribe has for payments."""
    transitions = [one for process in PROCESSES.values() for one in process.values()]
    actions = [action for one in transitions for action in one.actions]
    return path.as_posix().startswith(_PLACES) and any(
        action.startswith(f"{vendor}-") for action in actions
    )
