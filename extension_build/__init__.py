"""The extension as the stores want it: two zips and two folders, from ``extension/`` and what a check on the device needs."""
