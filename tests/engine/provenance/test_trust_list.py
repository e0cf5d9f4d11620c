"""A trust list is a file of certificates, and nothing else is taken for one."""

from pathlib import Path

import pytest

from telltale.core.errors import BadRequest
from telltale.provenance.trust_list import read_trust_list
from tests.support.media.c2pa_signing import new_signer, written


def test_it_is_named_by_its_file_and_its_content(tmp_path: Path) -> None:
    one, other = (read_trust_list(written(tmp_path, "list.pem", new_signer().root)) for _ in range(2))
    assert one.name.startswith("list.pem (") and one.name != other.name


@pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_list_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="not a list of certificates"):
        read_trust_list(written(tmp_path, "list.pem", content))


def test_a_private_key_is_refused(tmp_path: Path) -> None:
    signer = new_signer()
    with pytest.raises(BadRequest):
        read_trust_list(written(tmp_path, "list.pem", signer.root + signer.key))


def test_a_list_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest):
        read_trust_list(tmp_path / "absent.pem")
