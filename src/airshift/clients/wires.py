"""Libraries that write what they send and receive to their logs, at DEBUG, for whoever listens: secrets among it."""

from __future__ import annotations

import logging

_LIBRARIES = ("boto3", "botocore", "s3transfer", "requests", "urllib3")


def keep_quiet() -> None:
    """Leave bodies, headers and signatures out of every log; warnings stay."""
    for name in _LIBRARIES:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.INFO))
