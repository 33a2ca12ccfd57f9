"""The kernel: everything that is true of every integration, and the order of the security steps."""

VERSION = "0.2.0"
