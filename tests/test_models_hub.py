"""A hub that cuts, stalls, lies, damages and sends web pages: every file is right or refused in a sentence."""

import random
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from tests import hub as server
from tests.hub import FAULTS, LocalHub, Order, Plan, always, once
from tests.pulling import IMPATIENT, QUICK, one
from tests.shelf import entry, in_place, left, store_in, wanted
from voiced.errors import ModelError
from voiced.models.answers import Source, refuse
from voiced.models.hub import ADDRESS, Hub
from voiced.models.pull import Watcher, pull
from voiced.models.store import Store

pytestmark = pytest.mark.usefixtures("no_proxy")


@pytest.mark.parametrize("fault", ["cut", "reset", "stall"])
def test_a_break_is_gone_on_from_where_it_was(
    local: LocalHub, client: Hub, store: Store, content: dict[str, bytes], fault: server.Fault
) -> None:
    model = entry("llm", content)
    local.begin(once(fault, 0.3))
    come: list[int] = []

    assert one(pull([model], store, client, Watcher(lambda _, count: come.append(count)))).outcome == "pulled"

    first, second = local.asked
    assert first.range == ""
    assert int(second.range.removeprefix("bytes=").removesuffix("-")) > 0
    assert second.if_range
    assert sum(come) == model.size
    assert min(come) >= 0, "nothing was thrown away"
    assert in_place(store) == wanted(model, content)


def dying(share: float) -> Plan:
    """A connection that breaks there, and none that brings anything after it."""
    return lambda _path, number: Order("cut", 0 if number else share)


def test_another_process_goes_on_from_any_byte(
    local: LocalHub, client: Hub, store: Store, content: dict[str, bytes]
) -> None:
    model = entry("llm", content)
    whole = content["people/talkers/talker-q4.gguf"]
    for have in (1, 4095, 65536, len(whole) - 1):
        local.begin(dying((have + 0.5) / len(whole)))
        assert one(pull([model], store, client)).outcome == "failed"
        assert in_place(store) == {}
        local.begin(lambda _path, _number: Order())

        assert one(pull([model], store, client)).outcome == "pulled"

        assert [each.range for each in local.asked] == [f"bytes={have}-"]
        assert in_place(store) == wanted(model, content)
        store.remove(store.find("talker"))


def test_a_file_that_changed_meanwhile_is_begun_again(
    local: LocalHub, client: Hub, store: Store, content: dict[str, bytes]
) -> None:
    model = entry("llm", content)
    local.begin(lambda _path, number: Order("cut", 0.5) if number == 0 else Order("other etag"))

    assert one(pull([model], store, client)).outcome == "pulled"
    assert in_place(store) == wanted(model, content)


def test_damage_in_a_part_that_was_resumed_is_repaired_by_fetching_all_of_it_once_more(
    local: LocalHub, client: Hub, store: Store, content: dict[str, bytes]
) -> None:
    model = entry("llm", content)
    local.begin(always("cut", 0.5))
    pull([model], store, client)
    part = store.partial("llm", "talker") / "talker.gguf.part"
    part.write_bytes(bytes(part.stat().st_size))
    local.begin(lambda _path, _number: Order())

    assert one(pull([model], store, client)).outcome == "pulled"
    assert in_place(store) == wanted(model, content)
    assert [bool(each.range) for each in local.asked] == [True, False]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("403", "does not give out talker-q4.gguf (403)"),
        ("404", "lacks talker-q4.gguf (404)"),
        ("429", "is too busy, or out of order (429)"),
        ("500", "is too busy, or out of order (500)"),
        ("html", "a web page came"),
        ("login", "a web page came"),
        ("corrupt", "its digest differs"),
        ("stall", "nothing came"),
        ("cut", "keeps breaking"),
        ("reset", "keeps breaking"),
        ("long", "instead of"),
        ("short", "instead of"),
        ("more", "more than the file has"),
        ("circle", "in circles"),
        ("packed", "packed"),
        ("other digest", "is not the file that the catalogue knows"),
    ],
)
def test_what_cannot_be_fetched_is_told_of_in_one_sentence(
    local: LocalHub, client: Hub, store: Store, content: dict[str, bytes], fault: server.Fault, words: str
) -> None:
    local.begin(lambda _path, number: Order(fault, 0.9 if number == 0 else 0))

    result = one(pull([entry("llm", content)], store, client))

    assert result.outcome == "failed"
    assert words in result.reason
    assert result.reason.endswith(".")
    assert "\n" not in result.reason
    assert in_place(store) == {}
    assert store.installed() == []


def test_what_the_hub_itself_has_no_more_is_told_from_what_a_mirror_lacks(content: dict[str, bytes]) -> None:
    (file,) = entry("llm", content).files
    gone = httpx2.Response(404, request=httpx2.Request("GET", ADDRESS))
    with pytest.raises(ModelError, match=r"has no talker-q4\.gguf any more \(404\); a newer voiced may know"):
        refuse(Source(ADDRESS, file, ADDRESS), gone)


@pytest.mark.parametrize("seed", range(4))
def test_after_random_faults_every_file_is_right_or_refused_and_nothing_is_half_in_place(
    local: LocalHub, content: dict[str, bytes], tmp_path: Path, seed: int
) -> None:
    """Fifty tries each: a model, faults at random bytes in half of the requests; then once more without any."""
    impatient, patient = Hub(local.address, replace(IMPATIENT, read_s=0.05)), Hub(local.address, QUICK)
    outcomes: dict[str, int] = {"pulled": 0, "failed": 0}
    for number in range(50):
        dice = random.Random(1000 * seed + number)
        model = entry(dice.choice(["llm", "tts", "stt"]), content, dice.choice(["sha256", "md5", ""]))
        store = store_in(tmp_path / str(number))

        def plan(path: str, asked: int, seed: int = 1000 * seed + number) -> Order:
            dice = random.Random(f"{seed} {path} {asked}")  # each file's faults are the same, whoever asks first
            return Order(dice.choice(FAULTS), dice.random()) if dice.random() < 0.5 else Order()

        local.begin(plan)
        result = one(pull([model], store, impatient))
        outcomes[result.outcome] += 1
        assert in_place(store) == (wanted(model, content) if result.outcome == "pulled" else {}), result.reason
        assert result.outcome == "pulled" or (result.reason.endswith(".") and "\n" not in result.reason)

        local.begin(lambda _path, _number: Order())
        again = one(pull([model], store, patient))
        assert again.outcome == ("there" if result.outcome == "pulled" else "pulled"), again.reason
        assert in_place(store) == wanted(model, content)
        assert left(store) == []
    impatient.close()
    patient.close()
    assert min(outcomes.values()) >= 10, outcomes


def test_without_a_network_one_sentence_comes_at_once(store: Store, content: dict[str, bytes]) -> None:
    client = Hub("http://127.0.0.1:9", QUICK)

    result = one(pull([entry("llm", content)], store, client))

    assert "http://127.0.0.1:9 cannot be reached" in result.reason
    assert "voiced models export" in result.reason
    client.close()


def test_a_proxy_of_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch, store: Store, content: dict[str, bytes]
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    client = Hub("http://hub.invalid", QUICK)
    assert "cannot be reached" in one(pull([entry("llm", content)], store, client)).reason
    client.close()
    monkeypatch.setenv("http_proxy", "nonsense://")
    with pytest.raises(ModelError, match="no address"):
        Hub("http://hub.invalid", QUICK)
