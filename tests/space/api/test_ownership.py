"""Whose a check is, over HTTP: two strangers with the same files, in random order; and what one without a secret gets.

Only the check itself is stood in for: it ends at once, with one picture. See also: the page (``tests/space/page/test_page_ownership.py``).
"""

import asyncio
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from benchmarks.server.empty_report import report_of_nothing
from space.core.job import JobError
from tests.support.owner import OWNER, SECRET, STRANGER

CHECKS, BATCHES = "/api/v1/checks", "/api/v1/batches"
SEQUENCES, STEPS = 200, 7
Server = Callable[..., TestClient]


def end_all(http: TestClient) -> None:
    """What the worker would do with all that waits: a Report under the file's name, with one picture."""
    store = http.app.state.store  # type: ignore[attr-defined]
    for job in store.active():
        taken = store.take(job.id, "this test")
        report = report_of_nothing(job.work.name)
        assert store.finish(taken, engine=None, report=report.model_dump_json(), pictures_of=report.pictures)


@dataclass
class Person:
    """One of the two: what they send, the checks that are theirs, and those of which they were given the link."""

    name: str
    http: httpx.AsyncClient
    own: dict[str, bytes] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)

    async def upload(self, content: bytes) -> None:
        """Under a name that is theirs alone."""
        answer = await self.http.post(CHECKS, files={"file": (f"{self.name}.mp4", content)})
        assert answer.status_code == 202 and answer.json()["owner_secret"] is None
        self.own[answer.json()["id"]] = content

    async def delete(self, id: str, forget: bool) -> str:
        """-> the code of the refusal, or nothing."""
        answer = await self.http.delete(f"{CHECKS}/{id}", params={"forget": forget})
        return str(answer.json()["code"]) if answer.status_code != 200 else ""

    async def sees_what_is_theirs(self, other: "Person") -> None:
        """Each check: whole where it is theirs, without the other's name where it was shared, not at all where its owner deleted it."""
        for id in self.own.keys() | self.shared:
            answer = await self.http.get(f"{CHECKS}/{id}")
            there = id in self.own or id in other.own
            assert answer.status_code == (200 if there else 404) and other.name not in answer.text
            done = there and answer.json()["state"] == "done"
            if there:
                assert answer.json()["owned"] == (id in self.own)
                assert (self.name in answer.text) == (done and id in self.own)
            if id in self.shared:
                picture = await self.http.get(f"{CHECKS}/{id}/evidence/person-1.jpg")
                assert picture.status_code == (200 if done else 404)


async def sequence(seed: int, server: TestClient, anna: Person, ben: Person) -> tuple[bool, int]:
    """One random sequence. -> whether both have the same file at its end, and how often one tried to delete the other's check."""
    chance, tried = random.Random(seed), 0
    for _ in range(STEPS):
        person, other = chance.sample((anna, ben), 2)
        act = chance.choice(("upload", "upload", "work", "share", "share", "cancel", "forget", "steal", "steal"))
        if act == "upload":
            await person.upload(f"{seed} {chance.choice('xy')}".encode())
        elif act == "work":
            end_all(server)
        elif act == "share" and person.own:
            other.shared.add(chance.choice(sorted(person.own)))
        elif act in ("cancel", "forget") and person.own:
            id = chance.choice(sorted(person.own))
            assert await person.delete(id, act == "forget") == ""
            if act == "forget":
                del person.own[id]
        elif act == "steal" and (wanted := sorted(person.shared & other.own.keys())):
            tried += 1
            assert await person.delete(chance.choice(wanted), chance.random() < 0.5) == "request.not_owner"
    assert not anna.own.keys() & ben.own.keys(), "a record is one person's"
    await anna.sees_what_is_theirs(ben)
    await ben.sees_what_is_theirs(anna)
    return bool(set(anna.own.values()) & set(ben.own.values())), tried


def test_200_random_sequences_of_two_strangers_cross_nothing(still_server: Server) -> None:
    server = still_server(rate_limit_per_minute=0, max_queued=10_000)

    async def run() -> list[tuple[bool, int]]:
        wire = httpx.ASGITransport(server.app)
        async with (
            httpx.AsyncClient(transport=wire, base_url="http://127.0.0.1", headers=OWNER) as one,
            httpx.AsyncClient(transport=wire, base_url="http://127.0.0.1", headers=STRANGER) as two,
        ):
            people = [(Person(f"annas-secret-{seed}", one), Person(f"bens-secret-{seed}", two)) for seed in range(SEQUENCES)]
            return [await sequence(seed, server, *both) for seed, both in enumerate(people)]

    came = asyncio.run(run())
    assert sum(same for same, _ in came) > 30 and sum(tried for _, tried in came) > 20, "what is shown does happen"


def test_equal_bytes_of_a_stranger_are_answered_by_the_same_computation_in_a_record_of_their_own(still_server: Server) -> None:
    http = still_server(max_queued=1)
    first = http.post(CHECKS, files={"file": ("mine.mp4", b"x")}).json()["id"]
    end_all(http)
    second = http.post(CHECKS, files={"file": ("yours.mp4", b"x")}, headers=STRANGER).json()
    assert second["state"] == "done" and second["id"] != first, "nothing was computed"
    theirs = http.get(f"{CHECKS}/{second['id']}", headers=STRANGER).json()
    assert theirs["report"]["source"]["name"] == "yours.mp4" and theirs["report"]["timing"]["total"] == 0
    assert http.delete(f"{CHECKS}/{first}", params={"forget": True}).status_code == 200
    assert http.get(f"{CHECKS}/{second['id']}/evidence/person-1.jpg").status_code == 200, "theirs stays"
    assert len(list(http.app.state.store.uploads.iterdir())) == 1, "the second file was not kept"  # type: ignore[attr-defined]


def test_two_strangers_wait_side_by_side_for_the_same_address(still_server: Server) -> None:
    http = still_server()
    url = {"url": "https://example.org/a#mine"}
    first = http.post(CHECKS, json=url).json()["id"]
    assert http.post(CHECKS, json=url).json()["id"] == first
    second = http.post(CHECKS, json={"url": "https://example.org/a#yours"}, headers=STRANGER).json()["id"]
    assert second != first
    assert http.delete(f"{CHECKS}/{first}").json()["state"] == "cancelled"
    assert http.get(f"{CHECKS}/{second}").json()["state"] == "queued"


def test_who_brings_no_secret_gets_one_once(still_server: Server) -> None:
    http = still_server()
    del http.headers["Telltale-Owner"]
    key = {"Idempotency-Key": "k"}
    accepted = http.post(CHECKS, files={"file": ("mine.mp4", b"x")}, headers=key).json()
    secret, here = accepted["owner_secret"], f"{CHECKS}/{accepted['id']}"
    assert re.fullmatch(r"[!-~]{32,128}", secret) and secret not in str(accepted["links"])
    again = http.post(CHECKS, files={"file": ("mine.mp4", b"x")}, headers=key).json()
    assert (again["id"], again["owner_secret"]) == (accepted["id"], None)
    refused = http.delete(here)
    assert (refused.status_code, refused.json()["code"]) == (403, "request.not_owner")
    assert "Telltale-Owner" in refused.json()["detail"]
    end_all(http)
    mine = {"Telltale-Owner": secret}
    names = [http.get(here, headers=headers).json()["report"]["source"]["name"] for headers in (mine, STRANGER, {})]
    assert names == ["mine.mp4", "", ""]
    assert http.delete(here, params={"forget": True}, headers=mine).status_code == 200


def test_what_a_broken_file_is_called_is_its_sender_s_alone(still_server: Server) -> None:
    http = still_server()
    here = f"{CHECKS}/{http.post(CHECKS, files={'file': ('mine.mp4', b'x')}).json()['id']}"
    store = http.app.state.store  # type: ignore[attr-defined]
    (job,) = store.active()
    params = {"name": "mine.mp4", "where": "file"}
    assert store.fail(store.take(job.id, "this test"), JobError("media.not_media", "", params))
    assert "mine.mp4" in http.get(here).json()["error"]["detail"]
    assert "mine.mp4" not in http.get(here, headers=STRANGER).text
    with http.stream("GET", f"{here}/events", headers=STRANGER) as events:
        assert "mine.mp4" not in "".join(events.iter_text())


def test_a_batch_is_its_owner_s(still_server: Server) -> None:
    http = still_server()
    urls = {"urls": ["https://example.org/a", "https://example.org/b"]}
    batch = http.post(BATCHES, json=urls, headers=STRANGER).json()
    here = batch["links"]["self"]
    assert batch["owner_secret"] is None
    assert http.delete(here).json()["code"] == "request.not_owner"
    assert http.delete(here, headers=STRANGER).json()["done"]
    del http.headers["Telltale-Owner"]
    own = http.post(BATCHES, json=urls).json()
    assert http.delete(own["links"]["self"], headers={"Telltale-Owner": own["owner_secret"]}).json()["done"]
    assert http.get(own["links"]["self"]).json()["owner_secret"] is None, "told once"


@pytest.mark.parametrize("secret", ["", "short", "x" * 129, "with a blank in it, and long enough", "\u00e9" * 40])
def test_what_can_be_no_secret_is_a_problem(still_server: Server, secret: str) -> None:
    headers: Any = {"Telltale-Owner": secret.encode("latin-1")}
    answer = still_server().post(CHECKS, json={"url": "https://example.org/"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert SECRET not in answer.text
