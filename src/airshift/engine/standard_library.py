"""Which modules are Python's own, whichever supported Python runs airshift."""

from __future__ import annotations

import sys

_REMOVED = (
    "aifc asynchat asyncore audioop cgi cgitb chunk crypt distutils imghdr imp lib2to3 mailcap msilib nis nntplib "
    "ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib uu xdrlib"
)
"""Gone since Python 3.12 or 3.13."""
_ADDED = "annotationlib compression"
"""New in Python 3.14."""
STANDARD_LIBRARY = sys.stdlib_module_names | {*_REMOVED.split(), *_ADDED.split()}
