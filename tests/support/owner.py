"""A secret that tests show as the owner of their checks (``space/core/ownership.py``), and another that is a stranger's."""

SECRET, OTHER = "a-secret-of-the-tests-alone-0123456789", "another-secret-of-a-stranger-0123456789"
OWNER = {"Telltale-Owner": SECRET}
STRANGER = {"Telltale-Owner": OTHER}
