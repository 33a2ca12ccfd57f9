"""How a command ends when somebody ends it: in order the first time, at once the second."""

import os
import signal
from types import FrameType

INTERRUPTED = 130
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt_on_signals() -> None:
    """Have every signal that asks for an end raise KeyboardInterrupt."""
    for ending in _ENDINGS:
        if signal.getsignal(ending) != signal.SIG_IGN:  # as nohup wants it of SIGHUP
            signal.signal(ending, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in _ENDINGS:
        signal.signal(number, _end_at_once)
    raise KeyboardInterrupt


def _end_at_once(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)  # what was started is tethered to this process, the rest is part of it
