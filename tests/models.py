"""Which model the servers and commands of the tests run: the small one, which costs far less than the one that comes with Telltale.

``conftest.py`` puts ``SMALL`` into the environment of all tests, and ``promises/promise.py`` into that of a suite; every server and command
that they start inherits it. Who wants the model of a person who chose none gives a process ``NONE_CHOSEN``, as ``test_embedded.py`` does.
Not here: models that a test loads in its own process, for which it names ``BROWSER`` itself.
"""

from detector.model import BROWSER

SMALL = {"TELLTALE_MODEL": BROWSER}
NONE_CHOSEN = {"TELLTALE_MODEL": ""}
