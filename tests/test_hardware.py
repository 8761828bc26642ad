"""Hardware profiles, chosen by looking at folders that are laid out like real machines' /proc and /sys."""

from dataclasses import astuple, dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiced.errors import ConfigError
from voiced.hardware import Machine, choose_profile, find_profile, fit, load_profile, load_profiles, look_at

FOLDER = Path(__file__).parent.parent / "hardware"
NAMES = sorted(file.stem for file in FOLDER.glob("*.toml"))

A72 = "fp asimd evtstrm crc32 cpuid"
A76 = "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp"
N100 = "fpu vme de pse tsc msr lm sse4_2 avx avx2 avx_vnni"
OLD_PC = "fpu vme de pse tsc msr lm sse4_2 avx"


@dataclass
class Board:
    """A machine to be laid out in files."""

    features: str
    cpus: int
    memory_kb: int
    model: str = ""
    processor: str = ""
    siblings: list[str] = field(default_factory=list)

    def lay_out(self, root: Path) -> Machine:
        label = "flags" if self.processor else "Features"
        name = f"model name\t: {self.processor}\n" if self.processor else ""
        blocks = [f"processor\t: {n}\n{name}{label}\t: {self.features}\n" for n in range(self.cpus)]
        (root / "proc/device-tree").mkdir(parents=True)
        (root / "proc/cpuinfo").write_text("\n".join(blocks))
        (root / "proc/meminfo").write_text(f"MemTotal:       {self.memory_kb} kB\nMemFree:          100000 kB\n")
        if self.model:
            (root / "proc/device-tree/model").write_bytes(self.model.encode() + b"\0")
        for n, siblings in enumerate(self.siblings):
            topology = root / f"sys/devices/system/cpu/cpu{n}/topology"
            topology.mkdir(parents=True)
            (topology / "thread_siblings_list").write_text(siblings + "\n")
        return look_at(root)


PI_5 = Board(A76, 4, 8_245_824, "Raspberry Pi 5 Model B Rev 1.0")
PI_4 = Board(A72, 4, 3_884_480, "Raspberry Pi 4 Model B Rev 1.4")
HYPER_THREADS = [f"{n % 6},{n % 6 + 6}" for n in range(12)]


@pytest.mark.parametrize(
    ("board", "name", "reason"),
    [
        (PI_5, "raspberry-pi-5", 'calls itself "Raspberry Pi 5 Model B Rev 1.0".'),
        (PI_4, "raspberry-pi-4", 'calls itself "Raspberry Pi 4 Model B Rev 1.4".'),
        (Board(A72, 4, 3_884_480, "Raspberry Pi 400 Rev 1.0"), "raspberry-pi-4", "Raspberry Pi 400"),
        (Board(A76, 4, 16_000_000, "Raspberry Pi 500 Rev 1.0"), "raspberry-pi-5", "Raspberry Pi 500"),
        (Board(N100, 4, 15_900_000, processor="Intel(R) N100"), "mini-pc", "Intel N100"),
        (Board(N100, 8, 32_000_000, processor="Intel(R) Core(TM) i3-N305"), "mini-pc", "N305"),
        (Board(OLD_PC, 4, 8_000_000, processor="Intel(R) Pentium(R) Silver J5005 CPU"), "mini-pc", "Pentium Silver"),
        (
            Board(N100, 12, 32_700_000, processor="AMD Ryzen 5 5600G", siblings=HYPER_THREADS),
            "desktop",
            "6 cores and 33484 MB",
        ),
        (Board(OLD_PC, 4, 16_000_000, processor="Intel(R) Core(TM) i5-2400"), "mini-pc", "4 cores"),
        (Board(N100, 2, 4_000_000, processor="AMD EPYC"), "mini-pc", "2 cores"),
        (Board(A76, 8, 16_000_000, "Radxa ROCK 5B"), "raspberry-pi-5", "8 cores"),
        (Board(A72, 6, 4_000_000, "FriendlyElec NanoPC-T4"), "raspberry-pi-4", "6 cores"),
        (Board(A72, 4, 436_000, "Raspberry Pi Zero 2 W Rev 1.0"), "raspberry-pi-4", "most modest"),
        (Board("half thumb fastmult vfp", 1, 436_000, "Raspberry Pi Zero W"), "raspberry-pi-4", "most modest"),
    ],
    ids=lambda value: value.model or value.processor if isinstance(value, Board) else None,
)
def test_the_profile_suits_the_machine(tmp_path: Path, board: Board, name: str, reason: str) -> None:
    profile, why = choose_profile(board.lay_out(tmp_path), load_profiles(FOLDER))
    assert profile.name == name
    assert reason in why


def test_a_raspberry_pi_is_read_from_its_files(tmp_path: Path) -> None:
    machine = PI_5.lay_out(tmp_path)
    assert machine == Machine(
        board="Raspberry Pi 5 Model B Rev 1.0",
        architecture="aarch64",
        features=frozenset(A76.split()),
        cores=4,
        cpus=4,
        memory_mb=8443,
    )


def test_hyper_threads_are_no_cores(tmp_path: Path) -> None:
    machine = Board(N100, 12, 1, processor="AMD Ryzen 5", siblings=HYPER_THREADS).lay_out(tmp_path)
    assert (machine.cores, machine.cpus) == (6, 12)


def test_an_empty_folder_gets_the_most_modest_profile(tmp_path: Path) -> None:
    machine = look_at(tmp_path)
    assert machine == Machine()
    profile, why = choose_profile(machine, load_profiles(FOLDER))
    assert (profile.name, why) == (
        "raspberry-pi-4",
        "No profile describes this machine, so it gets the most modest one.",
    )


def test_files_full_of_nonsense_are_no_error(tmp_path: Path) -> None:
    (tmp_path / "proc/device-tree/model").mkdir(parents=True)
    (tmp_path / "proc/cpuinfo").write_bytes(bytes(range(256)))
    (tmp_path / "proc/meminfo").write_text("MemTotal: many kB")
    machine = look_at(tmp_path)
    assert (machine.board, machine.architecture, machine.memory_mb) == ("", "", 0)


def test_cpus_are_counted_in_sys_when_proc_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "sys/devices/system/cpu").mkdir(parents=True)
    (tmp_path / "sys/devices/system/cpu/online").write_text("0-2,5\n")
    assert look_at(tmp_path).cpus == 4


def test_this_very_machine_can_be_looked_at() -> None:
    machine = look_at()
    assert machine.cpus >= machine.cores >= 1
    assert machine.memory_mb > 100


def test_too_little_memory_is_told(tmp_path: Path) -> None:
    machine = Board(A72, 4, 926_000, "Raspberry Pi 4 Model B Rev 1.1").lay_out(tmp_path)
    profile, why = choose_profile(machine, load_profiles(FOLDER))
    assert profile.name == "raspberry-pi-4"
    assert why.endswith("Its 948 MB of memory are short for the 1000 MB that are planned: use smaller models.")


def test_no_stage_gets_more_threads_than_there_are_cpus(tmp_path: Path) -> None:
    """M7: a thread per core, and more than cores, burns the CPU for nothing."""
    machine = Board(N100, 2, 8_000_000, processor="Intel(R) N100").lay_out(tmp_path)
    profile, _ = find_profile(None, FOLDER, machine)
    assert max(astuple(profile.threads)) == 2
    assert fit(load_profile("mini-pc", FOLDER), Machine()) == load_profile("mini-pc", FOLDER)


@pytest.mark.parametrize("name", NAMES)
def test_the_wake_word_runs_on_one_thread_everywhere(name: str) -> None:
    """M7: what runs all day must not take a thread per core."""
    assert load_profile(name, FOLDER).threads.wake == 1


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_profile_has_a_source(name: str) -> None:
    profile = load_profile(name, FOLDER)
    for subject in ("stt", "llm", "memory"):
        assert any(note.startswith(f"{subject}: ") for note in profile.notes)
    assert profile.budget.memory_mb < profile.match.memory_mb


def test_the_first_profiles_are_there() -> None:
    assert {"desktop", "mini-pc", "raspberry-pi-4", "raspberry-pi-5"} <= set(NAMES)


def test_a_name_overrides_what_the_machine_is(tmp_path: Path) -> None:
    profile, why = find_profile("desktop", FOLDER, PI_4.lay_out(tmp_path))
    assert (profile.name, why) == ("desktop", "It was asked for by name.")


def test_an_unknown_name_is_answered_with_a_similar_one() -> None:
    with pytest.raises(ConfigError, match=r'no hardware profile "raspberrypi5"; did you mean `raspberry-pi-5`\?$'):
        find_profile("raspberrypi5", FOLDER, Machine())


def test_a_folder_without_profiles_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no hardware profiles"):
        load_profiles(tmp_path)


def test_all_mistakes_of_a_profile_are_told_at_once(tmp_path: Path) -> None:
    text = (FOLDER / "desktop.toml").read_text()
    (tmp_path / "bad.toml").write_text(text.replace("wake = 1", "wake = 0").replace("hot_c", "hot"))
    with pytest.raises(ConfigError) as caught:
        load_profile("bad", tmp_path)
    keys = [line.split(".toml: ")[1].split(": ")[0] for line in str(caught.value).split("\n")]
    assert sorted(keys) == ["budget.hot", "budget.hot_c", "threads.wake"]


@given(
    st.builds(
        Machine,
        board=st.text(),
        architecture=st.sampled_from(["", "x86_64", "aarch64", "arm"]),
        features=st.frozensets(st.sampled_from(["avx2", "asimddp", "lm"])),
        cores=st.integers(0, 256),
        cpus=st.integers(0, 256),
        memory_mb=st.integers(0, 10**6),
    )
)
def test_every_machine_gets_a_profile_whose_demands_it_meets_or_the_most_modest(machine: Machine) -> None:
    profile, why = choose_profile(machine, load_profiles(FOLDER))
    assert why.endswith(".")
    assert (machine.memory_mb >= profile.match.memory_mb) or profile.name == "raspberry-pi-4"
