"""Which model the servers and commands of the tests run: the small one, which costs far less than the one that comes with Telltale.

``tests/conftest.py`` puts ``SMALL`` into the environment of all tests, and ``tests/promises/promise.py`` into that of a suite; every server
and command that they start inherits it. Who wants the model of a person who chose none gives a process ``NONE_CHOSEN``, as
``tests/e2e/test_embedded_model.py`` does. See also: models that a test loads in its own process, for which it names ``BROWSER`` itself.
"""

from telltale.model.classifier import BROWSER

SMALL = {"TELLTALE_MODEL": BROWSER}
NONE_CHOSEN = {"TELLTALE_MODEL": ""}
