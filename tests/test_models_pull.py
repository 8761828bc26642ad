"""Models come from a hub on this machine that behaves well, and badly: right, or refused in a sentence, and nothing
half in its place."""

import hashlib
import multiprocessing
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.hub import LocalHub, Order, once, serving
from tests.pulling import QUICK, one
from tests.shelf import REPOS, entry, in_place, left, paths_in, store_in, wanted
from voiced.errors import ModelError
from voiced.models import find, others
from voiced.models.catalogue import Entry
from voiced.models.hub import ADDRESS, Hub, StoppedError, find_address
from voiced.models.pull import Pulled, Watcher, pull
from voiced.models.store import RESERVE, Store

pytestmark = pytest.mark.usefixtures("no_proxy")


@pytest.mark.parametrize("digest", ["sha256", "md5", ""])
@pytest.mark.parametrize("kind", ["llm", "tts", "stt"])
def test_a_model_comes_whole_into_the_place_where_voiced_looks_for_it(
    local: LocalHub, client: Hub, store: Store, content: dict[str, bytes], kind: str, digest: str, tmp_path: Path
) -> None:
    model = entry(kind, content, digest)

    assert one(pull([model], store, client)).outcome == "pulled"

    assert in_place(store) == wanted(model, content)
    assert find(model.kind, model.name, paths_in(tmp_path)) == others(model.kind, "en", paths_in(tmp_path))[0]
    assert store.verify(store.find(model.name)).state == "ok"
    record = store.find(model.name).record
    assert record is not None
    assert (record.origin, record.licence) == (f"{model.repo}@main", "CC0-1.0")
    assert left(store) == []
    assert len(local.asked) == len(model.files)


def test_what_is_there_is_not_fetched_again(
    local: LocalHub, client: Hub, store: Store, content: dict[str, bytes]
) -> None:
    models = [entry(kind, content) for kind in REPOS]
    pull(models, store, client)
    local.asked.clear()

    assert [each.outcome for each in pull(models, store, client)] == ["there"] * 3
    assert local.asked == []


def test_one_that_fails_leaves_the_others_alone(
    local: LocalHub, client: Hub, store: Store, content: dict[str, bytes]
) -> None:
    models = [entry(kind, content) for kind in REPOS]
    local.begin(lambda path, _number: Order("404" if path.startswith(REPOS["tts"]) else ""))

    results = pull(models, store, client)

    assert {each.entry.kind: each.outcome for each in results} == {"llm": "pulled", "tts": "failed", "stt": "pulled"}
    assert in_place(store) == wanted(models[0], content) | wanted(models[2], content)


def test_what_came_before_another_file_failed_is_not_fetched_again(
    local: LocalHub, client: Hub, store: Store, content: dict[str, bytes]
) -> None:
    model = entry("tts", content)
    local.begin(lambda path, _number: Order("404" if path.endswith(".json") else ""))
    assert one(pull([model], store, client)).outcome == "failed"
    local.begin(lambda _path, _number: Order())

    assert one(pull([model], store, client)).outcome == "pulled"
    assert [each.path for each in local.asked] == ["people/voices/en/en_US-test-low.onnx.json"]
    assert in_place(store) == wanted(model, content)


def test_what_no_source_pins_is_pinned_by_what_the_hub_says(
    local: LocalHub, client: Hub, store: Store, content: dict[str, bytes]
) -> None:
    model = entry("llm", content, "")
    local.begin(once("corrupt"))

    assert "its digest differs" in one(pull([model], store, client)).reason
    assert one(pull([model], store, client)).outcome == "pulled"
    record = store.find("talker").record
    assert record is not None
    assert record.files[0].sha256 == hashlib.sha256(content["people/talkers/talker-q4.gguf"]).hexdigest()


def test_what_nobody_knows_a_digest_of_is_refused(
    local: LocalHub, client: Hub, store: Store, content: dict[str, bytes]
) -> None:
    local.digests = False

    assert "has no digest" in one(pull([entry("llm", content, "")], store, client)).reason
    assert one(pull([entry("llm", content)], store, client)).outcome == "pulled", "the catalogue knows it"


def test_what_has_the_right_digest_and_is_no_model_is_refused(tmp_path: Path) -> None:
    content = {"people/talkers/talker-q4.gguf": b"This is a poem." * 100}
    with serving(content) as local:
        store, client = store_in(tmp_path), Hub(local.address, QUICK)
        result = one(pull([entry("llm", content)], store, client))
        client.close()
    assert "is no model that voiced can use" in result.reason
    assert in_place(store) == {}
    assert left(store) == []


def test_the_address_comes_from_the_command_line_the_environment_or_the_one_place_that_names_it() -> None:
    environment = {"HF_ENDPOINT": "https://two.example", "VOICED_MODELS_MIRROR": "https://one.example"}
    assert find_address(environment, "https://here.example") == "https://here.example"
    assert find_address(environment) == "https://one.example"
    assert find_address({"HF_ENDPOINT": "https://two.example"}) == "https://two.example"
    assert find_address({"HF_ENDPOINT": ""}) == ADDRESS
    with pytest.raises(ModelError, match="no address"):
        Hub("ftp://one.example")


def test_what_does_not_fit_on_the_disk_is_not_begun(
    monkeypatch: pytest.MonkeyPatch, local: LocalHub, client: Hub, store: Store, content: dict[str, bytes]
) -> None:
    model = entry("llm", content)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": RESERVE + model.size - 1}))

    with pytest.raises(
        ModelError, match=r"are needed in .* and .* are free, .*; make room, or choose smaller models\.$"
    ):
        pull([model], store, client)
    assert local.asked == []
    assert in_place(store) == {}


def test_stopping_leaves_a_part_that_is_gone_on_with(
    local: LocalHub, client: Hub, store: Store, content: dict[str, bytes]
) -> None:
    model = entry("llm", content)

    def stop(_: Entry, count: int) -> None:
        if count:
            raise KeyboardInterrupt  # as Ctrl-C would, in the midst of it

    with pytest.raises(KeyboardInterrupt):
        pull([model], store, client, Watcher(stop))
    assert in_place(store) == {}
    assert left(store) == ["talker.gguf.part", "talker.gguf.part.json"]
    with pytest.raises(StoppedError):
        client.fetch(model.repo, "main", model.files[0], store.partial("llm", "talker") / "talker.gguf")

    another = Hub(local.address, QUICK)
    assert one(pull([model], store, another)).outcome == "pulled"
    assert local.asked[-1].range
    another.close()


def test_two_pulls_at_once_fetch_a_model_once(
    local: LocalHub, store: Store, content: dict[str, bytes], tmp_path: Path
) -> None:
    models = [entry(kind, content) for kind in REPOS]
    results: list[list[Pulled]] = []
    waited: list[Entry] = []

    def work(models: list[Entry]) -> None:
        client = Hub(local.address, QUICK)
        results.append(pull(models, store_in(tmp_path), client, Watcher(waiting=waited.append)))
        client.close()

    threads = [threading.Thread(target=work, args=(order,)) for order in (models, models[::-1], models[1:])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(each.outcome for result in results for each in result) == ["pulled"] * 3 + ["there"] * 5
    assert len(local.asked) == sum(len(model.files) for model in models)
    assert in_place(store) == {place: body for model in models for place, body in wanted(model, content).items()}


def test_a_process_that_is_killed_leaves_its_place_to_the_next(
    client: Hub, store: Store, content: dict[str, bytes], tmp_path: Path
) -> None:
    model = entry("llm", content)
    held = multiprocessing.get_context("spawn").Event()
    holder = multiprocessing.get_context("spawn").Process(target=_hold, args=(str(tmp_path), held))
    holder.start()
    assert held.wait(30)
    holder.kill()
    holder.join()

    assert one(pull([model], store, client)).outcome == "pulled"


def _hold(folder: str, held: Any) -> None:
    with store_in(Path(folder)).lock("llm", "talker"):
        held.set()
        threading.Event().wait(60)


DAEMON = """
import sys, voiced.daemon, voiced.compose, voiced.engines, voiced.models
from voiced.cli.parser import build_parser
build_parser()
print(*sorted(name for name in sys.modules if name.split(".")[0] in ("httpx2", "httpcore2", "requests", "urllib3")
              or name.startswith("voiced.models.") and name != "voiced.models.catalogue"))
"""


def test_the_daemon_never_imports_what_opens_connections() -> None:
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", DAEMON], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
    importing = [
        str(path.relative_to(root / "voiced"))
        for path in (root / "voiced").rglob("*.py")
        if any(
            f"{word} {name}" in path.read_text("utf-8")
            for name in ("httpx2", "voiced.models.hub", "voiced.models.pull")
            for word in ("import", "from")
        )
    ]
    allowed = {
        "models/hub.py",
        "models/part.py",
        "models/answers.py",
        "models/pull.py",
        "cli/models.py",
        "cli/progress.py",
    }
    assert set(importing) == allowed


def test_the_hubs_address_stands_in_one_place() -> None:
    root = Path(__file__).parent.parent / "voiced"
    name = ADDRESS.removeprefix("https://")
    assert [path.name for path in sorted(root.rglob("*.py")) if name in path.read_text("utf-8")] == ["hub.py"]
