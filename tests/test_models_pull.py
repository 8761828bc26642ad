"""Models come from a hub on this machine that behaves well, and badly: right, or refused in a sentence, and nothing
half in its place."""

import hashlib
import multiprocessing
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import hub as server
from tests.hub import FAULTS, LocalHub, Order, Plan, always, once, serving
from voiced.errors import ModelError
from voiced.models import find, others
from voiced.models.catalogue import Entry, HubFile
from voiced.models.hub import ADDRESS, Hub, Patience, StoppedError, find_address
from voiced.models.pull import Pulled, Watcher, pull
from voiced.models.store import RESERVE, Store
from voiced.paths import Paths
from voiced.shapes.gguf import write_talker
from voiced.shapes.piper import write_piper
from voiced.shapes.whisper import write_whisper

QUICK = Patience(connect_s=1, read_s=0.15, tries=3, pause_s=0)

REPOS = {"llm": "people/talkers", "tts": "people/voices", "stt": "people/listeners"}


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A model of each kind, by repository and path."""
    folder = tmp_path_factory.mktemp("models")
    write_talker(folder / "talker.gguf", "All is well.")
    write_piper(folder / "en_US-test-low.onnx")
    write_whisper(folder / "small.en", says="hello")
    found = {f"{REPOS['llm']}/talker-q4.gguf": (folder / "talker.gguf").read_bytes()}
    for name in ("en_US-test-low.onnx", "en_US-test-low.onnx.json"):
        found[f"{REPOS['tts']}/en/{name}"] = (folder / name).read_bytes()
    for file in (folder / "small.en").iterdir():
        found[f"{REPOS['stt']}/{file.name}"] = file.read_bytes()
    return found


@pytest.fixture(scope="module")
def running(content: dict[str, bytes]) -> Iterator[LocalHub]:
    with serving(content) as hub:
        yield hub


@pytest.fixture
def local(running: LocalHub) -> LocalHub:
    running.begin(lambda _path, _number: Order())
    running.digests = True
    return running


@pytest.fixture
def client(local: LocalHub) -> Iterator[Hub]:
    hub = Hub(local.address, QUICK)
    yield hub
    hub.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_in(tmp_path)


def paths_in(folder: Path) -> Paths:
    return Paths(folder / "config", folder / "data", folder / "state", folder / "cache")


def store_in(folder: Path) -> Store:
    return Store(paths_in(folder))


def entry(kind: str, content: dict[str, bytes], digest: str = "sha256") -> Entry:
    """The catalogue's entry of the model of that kind; `digest` is what it knows of its files: may be empty."""
    name = {"llm": "talker", "tts": "en_US-test-low", "stt": "small.en"}[kind]
    files = []
    for path, body in content.items():
        if path.startswith(f"{REPOS[kind]}/"):
            known = {digest: hashlib.new(digest, body).hexdigest()} if digest else {}
            files.append(HubFile(path.removeprefix(f"{REPOS[kind]}/"), len(body), **known))
    facts: Any = {
        "name": name, "kind": kind, "repo": REPOS[kind], "revision": "main", "memory_mb": 10, "summary": "a test",
        "licence": "CC0-1.0", "languages": ("en",), "speed": "light", "source": "this test",
    }  # fmt: skip
    return Entry(files=tuple(files), **facts)


def in_place(store: Store) -> dict[str, bytes]:
    """All files that voiced would look at."""
    folders = [store.folder(kind) for kind in ("stt", "llm", "tts", "wake")]
    return {
        f"{folder.name}/{file.relative_to(folder)}": file.read_bytes()
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file()
    }


def wanted(model: Entry, content: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{model.kind}/{model.place(file)}": content[f"{model.repo}/{file.path}"] for file in model.files}


def left(store: Store) -> list[str]:
    """What is on its way."""
    folder = store.root / ".partial"
    return sorted(file.name for file in folder.rglob("*") if file.is_file() and file.suffix != ".lock")


def one(results: list[Pulled]) -> Pulled:
    [result] = results
    return result


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
        ("404", "has no talker-q4.gguf any more (404)"),
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


@pytest.mark.parametrize("seed", range(4))
def test_after_random_faults_every_file_is_right_or_refused_and_nothing_is_half_in_place(
    local: LocalHub, content: dict[str, bytes], tmp_path: Path, seed: int
) -> None:
    """Fifty tries each: a model, faults at random bytes in half of the requests; then once more without any."""
    client = Hub(local.address, Patience(connect_s=1, read_s=0.05, tries=3, pause_s=0))
    outcomes: dict[str, int] = {"pulled": 0, "failed": 0}
    for number in range(50):
        dice = random.Random(1000 * seed + number)
        model = entry(dice.choice(["llm", "tts", "stt"]), content, dice.choice(["sha256", "md5", ""]))
        store = store_in(tmp_path / str(number))

        def plan(path: str, asked: int, seed: int = 1000 * seed + number) -> Order:
            dice = random.Random(f"{seed} {path} {asked}")  # each file's faults are the same, whoever asks first
            return Order(dice.choice(FAULTS), dice.random()) if dice.random() < 0.5 else Order()

        local.begin(plan)
        result = one(pull([model], store, client))
        outcomes[result.outcome] += 1
        assert in_place(store) == (wanted(model, content) if result.outcome == "pulled" else {}), result.reason
        assert result.outcome == "pulled" or (result.reason.endswith(".") and "\n" not in result.reason)

        local.begin(lambda _path, _number: Order())
        again = one(pull([model], store, client))
        assert again.outcome == ("there" if result.outcome == "pulled" else "pulled"), again.reason
        assert in_place(store) == wanted(model, content)
        assert left(store) == []
    client.close()
    assert min(outcomes.values()) >= 10, outcomes


def test_one_that_fails_leaves_the_others_alone(
    local: LocalHub, client: Hub, store: Store, content: dict[str, bytes]
) -> None:
    models = [entry(kind, content) for kind in REPOS]
    local.begin(lambda path, _number: Order("404" if path.startswith(REPOS["tts"]) else ""))

    results = pull(models, store, client)

    assert {each.entry.kind: each.outcome for each in results} == {"llm": "pulled", "tts": "failed", "stt": "pulled"}
    assert in_place(store) == wanted(models[0], content) | wanted(models[2], content)


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
              or name.startswith("voiced.models.")))
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
