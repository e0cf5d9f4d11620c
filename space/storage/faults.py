"""Why a check failed or an address was refused, as the store keeps it: code, variant with parameters, and the English message.

Rows of older versions have code and message only, and are shown as they are.
"""

import json
from collections.abc import Mapping

from space.core.job import JobError
from telltale.core.errors import message_id
from telltale.messages.catalogue import parameters_of

FAULT_COLUMNS = ("fault_code", "fault_sentence", "fault_params")


def fault_columns(fault: JobError) -> Mapping[str, str]:
    """The columns of a fault, by name."""
    params = json.dumps({"variant": fault.variant, "params": dict(fault.params)}) if fault.text is None else None
    columns = {"fault_code": fault.code, "fault_sentence": fault.render()}
    return columns | ({"fault_params": params} if params else {})


def fault_of(code: str | None, sentence: str | None, params: str | None) -> JobError | None:
    """The fault of a row; in English only where this version knows no such message."""
    if code is None:
        return None
    if params is None:
        return JobError(code, text=sentence)
    kept = json.loads(params)
    wanted = parameters_of(message_id(code, kept["variant"]))
    known = wanted is not None and wanted <= kept["params"].keys()
    return JobError(code, kept["variant"], kept["params"], None if known else sentence)
