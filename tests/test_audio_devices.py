"""Microphone and speaker on a real sound server without hardware; see tests/soundcard.py."""

import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.soundcard import RECORD_RATE, Child, SoundCard, environment, pitch, soundcard, sounding
from voiced.audio.devices import PAUSE_S, RESTARTS, Blocks, Feed, to_mono
from voiced.audio.playback import PlayQueue
from voiced.errors import AudioError
from voiced.stages import RATE, Pcm, Sound

HEAD = """
import sys, threading, time
import numpy as np
from voiced.audio import devices
from voiced.audio.devices import DeviceMicrophone, DeviceSpeaker
from voiced.errors import AudioError
from voiced.stages import Sound

def tone(seconds, hz=440, rate=22_050):
    return Sound((0.4 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype(np.float32), rate)

def say(speaker, sound, generation=0):
    left = threading.Event()
    speaker.play(sound, generation, lambda: print("begun", time.monotonic()))
    speaker.mark(generation, lambda: (print("reached", time.monotonic()), left.set()))
    assert left.wait(30)
"""


@pytest.fixture
def card() -> Iterator[SoundCard]:
    with tempfile.TemporaryDirectory(prefix="card") as folder, soundcard(Path(folder)) as card:
        yield card


def python(card: SoundCard, script: str) -> Child:
    """A child on the card that has `HEAD` before it."""
    return card.child("-c", HEAD + script)


def sine(seconds: float, hz: float) -> Pcm:
    return (8000 * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)).astype(np.int16)


def whole(samples: int, seconds: float) -> bool:
    """Whether a recording is as long as it should be. A busy machine may tear a gap into it; nothing may be missing."""
    return seconds - 0.02 < samples / RECORD_RATE < seconds + 0.2


def moment(line: str) -> float:
    return float(line.split()[1])


# --- the microphone ----------------------------------------------------------------------------------------------


def test_a_microphone_at_another_rate_hears_the_right_pitch(card: SoundCard) -> None:
    """M1: the card has 44,100 Hz, and a frame has 1,280 samples at 16,000."""
    child = python(
        card,
        """
microphone = DeviceMicrophone("")
print("listening to", microphone._stream.rate)
frame = microphone.read()
while np.abs(frame).max() < 4000:
    frame = microphone.read()
heard = np.concatenate([microphone.read() for _ in range(8)])
microphone.close()
print("pitch", np.argmax(np.abs(np.fft.rfft(heard * np.hanning(len(heard))))) * 16_000 / len(heard), len(heard))
""",
    )
    child.wait_for("listening to 44100")
    card.play(sine(2.5, 1000))
    _, hz, samples = child.wait_for("pitch").split()
    assert float(hz) == pytest.approx(1000, abs=2)
    assert int(samples) == 8 * 1280
    assert child.end() == 0


def test_closing_a_microphone_ends_a_read_that_waits(card: SoundCard) -> None:
    child = python(
        card,
        """
microphone = DeviceMicrophone("default")
threading.Timer(0.3, microphone.close).start()
while microphone.read() is not None:
    pass
microphone.close()
print("over", microphone.read())
""",
    )
    child.wait_for("over None")
    assert child.end() == 0


def test_a_microphone_that_is_unplugged_says_so_and_can_be_opened_again(card: SoundCard) -> None:
    """M2, at the device: PortAudio's list of devices must be read again."""
    child = python(
        card,
        """
microphone = DeviceMicrophone("")
microphone.read()
print("reading")
try:
    while True:
        microphone.read()
except AudioError as error:
    print("error:", error)
microphone.close()
try:
    DeviceMicrophone("")
except AudioError as error:
    print("again:", error)
sys.stdin.readline()
microphone = DeviceMicrophone("")
print("back", len(microphone.read()))
microphone.close()
""",
    )
    child.wait_for("reading")
    card.stop()
    assert "was lost" in child.wait_for("error:")
    assert "There is no microphone" in child.wait_for("again:")
    card.start()
    child.tell("plugged in")
    child.wait_for("back 1280")
    assert child.end() == 0


def test_blocks_come_in_order_and_the_oldest_are_dropped_when_nobody_reads() -> None:
    blocks = Blocks(bound=3)
    for number in range(5):
        blocks.put(np.full(4, number, np.int16))
    assert [int(block[0]) for block in (blocks.get(1), blocks.get(1), blocks.get(1)) if block is not None] == [2, 3, 4]
    assert blocks.lost == 2


def test_blocks_of_a_lost_device_are_read_before_the_error() -> None:
    blocks = Blocks()
    blocks.put(np.zeros(4, np.int16))
    blocks.fail()
    assert blocks.get(1) is not None
    with pytest.raises(AudioError, match="gone"):
        blocks.get(1)


def test_a_device_that_falls_silent_for_good_is_lost() -> None:
    """W5: a stream that runs but brings nothing is no microphone."""
    with pytest.raises(AudioError, match="no sound came"):
        Blocks().get(0.01)


def test_closed_blocks_let_a_waiting_reader_go() -> None:
    blocks = Blocks()
    got: list[Pcm | None] = []
    reader = threading.Thread(target=lambda: got.append(blocks.get(10)))
    reader.start()
    blocks.close()
    reader.join(5)
    assert got == [None]


def test_only_the_first_two_channels_are_mixed() -> None:
    block = np.array([[100, 300, 9000], [-100, 100, 9000]], np.int16)
    assert to_mono(block).tolist() == [200, 0]
    assert to_mono(block[:, :1]).tolist() == [100, -100]


# --- the speaker -------------------------------------------------------------------------------------------------


def test_a_voice_of_22050_hz_has_its_pitch_and_length_on_another_rate(card: SoundCard) -> None:
    """S7, and S6: nothing is missing at the end."""
    child = python(card, 'speaker = DeviceSpeaker("", lead_in_ms=60)\nsay(speaker, tone(1.5))\nspeaker.close()')
    assert child.end() == 0, child.lines
    heard = sounding(card.recorded())
    assert whole(len(heard), 1.5)
    assert pitch(heard, RECORD_RATE) == pytest.approx(440, abs=1)


def test_a_mark_is_reached_when_the_last_sample_has_left(card: SoundCard) -> None:
    """B2: not when it was written; the device holds some 80 ms."""
    child = python(card, 'speaker = DeviceSpeaker("", lead_in_ms=60)\nsay(speaker, tone(1))\nspeaker.close()')
    begun = moment(child.wait_for("begun"))
    reached = moment(child.wait_for("reached"))
    heard = len(sounding(card.recorded())) / RECORD_RATE
    child.end()
    assert 0.9 < reached - begun < 1.3
    # The recorder itself is some 40 ms behind.
    assert heard > 1.0 - 0.07


def test_dropping_silences_at_once_and_its_mark_never_comes(card: SoundCard) -> None:
    """Barge-in: what the device holds, and the recorder, are all that may still be heard."""
    child = python(
        card,
        """
speaker = DeviceSpeaker("", lead_in_ms=60)
speaker.play(tone(9), 0, lambda: print("begun"))
speaker.mark(0, lambda: print("stale mark"))
sys.stdin.readline()
speaker.drop(1)
print("dropped")
say(speaker, tone(0.2, hz=1500), 1)
speaker.close()
""",
    )
    card.wait_for_sound()
    child.tell("drop")
    child.wait_for("dropped")
    before = len(card.recorded())
    assert child.end() == 0
    recorded = card.recorded()
    assert "stale mark" not in child.lines
    # The second sound follows at once, without a lead-in, for there was no pause.
    assert len(sounding(recorded[before:])) / RECORD_RATE < 0.2 + 0.25
    assert pitch(sounding(recorded)[-int(0.15 * RECORD_RATE) :], RECORD_RATE) == pytest.approx(1500, abs=10)


def test_a_lost_speaker_lets_the_turn_go_on_and_is_heard_again(card: SoundCard) -> None:
    """M3: marks come although there is no device, in the time that the sound takes."""
    child = python(
        card,
        """
import logging
logging.basicConfig()
devices.RETRY_S = 0.2
speaker = DeviceSpeaker("", lead_in_ms=60)
speaker.play(tone(1), 0, lambda: print("playing"))
sys.stdin.readline()
start = time.monotonic()
say(speaker, tone(0.5))
print("went by in", time.monotonic() - start)
sys.stdin.readline()
say(speaker, tone(0.7, hz=1500))
speaker.close()
""",
    )
    card.wait_for_sound()
    card.stop()
    child.wait_for("Nothing is heard until it is back")
    child.tell("say something")
    assert float(child.wait_for("went by in").split()[-1]) < 3
    card.start()
    child.tell("say something else")
    assert child.end() == 0, child.lines
    heard = sounding(card.recorded())
    assert whole(len(heard), 0.7)
    assert pitch(heard, RECORD_RATE) == pytest.approx(1500, abs=3)


def test_an_idle_speaker_closes_its_stream_and_opens_it_for_the_next_sound(card: SoundCard) -> None:
    """M7: silence costs nothing; what comes after it is heard whole."""
    child = python(
        card,
        """
devices.IDLE_S = devices.PAUSE_S
speaker = DeviceSpeaker("", lead_in_ms=60)
while speaker._stream is not None:
    threading.Event().wait(0.05)
reached = threading.Event()
speaker.mark(0, reached.set)
assert reached.wait(5)  # at once, with no stream
assert speaker._stream is None
say(speaker, tone(1))
speaker.close()
""",
    )
    assert child.end() == 0, child.lines
    assert whole(len(sounding(card.recorded())), 1.0)


def ones(queue: PlayQueue, count: int, generation: int = 0) -> None:
    queue.play(Sound(np.ones(count, np.float32), queue.rate), generation)


def test_the_first_sound_after_a_pause_is_led_in_with_silence() -> None:
    """S8: and its marks move with it."""
    queue = PlayQueue(1000)
    feed = Feed(queue, lead_in_ms=150)
    feed.fill(100)
    reached = []
    ones(queue, 100)
    queue.mark(0, lambda: reached.append("end"))
    blocks, marks = zip(*[feed.fill(100) for _ in range(4)], strict=True)
    assert np.concatenate(blocks).tolist() == [0.0] * 150 + [1.0] * 100 + [0.0] * 150
    assert [[at for at, _ in block] for block in marks] == [[], [], [50], []]


def test_a_sound_after_a_short_gap_is_not_led_in() -> None:
    """S6: no gap grows between two clauses."""
    queue = PlayQueue(1000)
    feed = Feed(queue, lead_in_ms=50)
    ones(queue, 10)
    feed.fill(100)
    feed.fill(int(PAUSE_S * 1000) // 2)
    ones(queue, 10)
    assert feed.fill(10)[0].tolist() == [1.0] * 10


def test_a_lead_in_that_the_device_loses_begins_anew() -> None:
    """S8: a device that is waking up runs empty, and what it was given is not heard."""
    queue = PlayQueue(1000)
    feed = Feed(queue, lead_in_ms=20)
    ones(queue, 10)
    blocks = [feed.fill(10, ran_empty=lost)[0].sum() for lost in (False, True, True, False, False, False)]
    assert blocks == [0, 0, 0, 0, 10, 0]


def test_a_device_that_always_runs_empty_does_not_hold_up_the_conversation() -> None:
    queue = PlayQueue(1000)
    feed = Feed(queue, lead_in_ms=20)
    queue.play(Sound(np.ones(10, np.float32), 1000), 0)
    assert sum(float(feed.fill(10, ran_empty=True)[0].sum()) for _ in range(RESTARTS + 9)) == 10


def test_a_mark_on_a_silent_speaker_needs_no_lead_in() -> None:
    queue = PlayQueue(1000)
    feed = Feed(queue, lead_in_ms=50)
    queue.mark(0, lambda: None)
    assert [at for at, _ in feed.fill(10)[1]] == [0]
    assert feed.fill(10)[1] == []


# --- the command line --------------------------------------------------------------------------------------------


def test_voiced_say_is_heard(card: SoundCard) -> None:
    child = card.child("-m", "voiced", "say", "This is a sentence of some length.")
    assert child.end(patience_s=60) == 0, child.lines
    assert child.lines == []
    assert len(sounding(card.recorded())) / RECORD_RATE > 1


def test_voiced_say_names_a_device_that_is_not_there(card: SoundCard) -> None:
    config = card.home / "config.toml"
    config.write_text('[speaker]\ndevice = "defualt"\n', encoding="utf-8")
    child = card.child("-m", "voiced", "say", "--config", str(config), "Hello.")
    assert child.end(patience_s=60) == 1
    assert child.lines == [
        'voiced: There is no speaker named "defualt"; did you mean "default"? `voiced devices` lists those there are.'
    ]


def test_voiced_say_without_a_sound_card_says_so(tmp_path: Path) -> None:
    child = Child([sys.executable, "-m", "voiced", "say", "Hello."], environment(tmp_path))
    assert child.end(patience_s=60) == 1
    assert child.lines == ["voiced: There is no speaker on this machine; plug one in, then look at `voiced devices`."]


def test_importing_the_devices_does_not_touch_the_sound_system() -> None:
    check = "import sys, voiced.audio.devices; sys.exit('sounddevice' in sys.modules)"
    child = Child([sys.executable, "-c", check], environment(Path("/nonexistent")))
    assert child.end() == 0, child.lines


def test_a_draft_wakes_the_device_before_it_counts() -> None:
    queue = PlayQueue(1000)
    feed = Feed(queue, lead_in_ms=20)
    ones(queue, 10, generation=1)
    assert [feed.fill(10)[0].sum() for _ in range(3)] == [0, 0, 0]
    queue.drop(1)
    assert feed.fill(10)[0].sum() == 10
