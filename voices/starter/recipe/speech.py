"""A sentence and a voice flow in, speech flows out, with the phone that is said at every moment.

Three synthesisers that Debian packages: espeak-ng (300 utterances a second on one core) and flite (its two statistical
voices 20 a second), called in this process, and festival beside it (25 a second), for people who speak with an accent.
All tell when each phone begins, so nothing has to be aligned.
"""

import ctypes
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr
from numpy.typing import NDArray

from recipe.borrowed import SPEAKERS, festival

RATE: Final = 16_000
"""Samples a second of all speech here."""

_PHONES: Final = (
    "SIL AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH"
)
PHONES: Final = tuple(_PHONES.split())
UNKNOWN: Final = 255
"""What stands for a phone that has no number."""
TICK: Final = 160
"""Samples to a phone's number: 10 ms."""

_PAIRS: Final = (
    "0=AA 3=ER 3:=ER ?=T @=AH @-=AH @2=AH @5=AH @L=L A:=AA A@=AA D=DH E=EH I=IH I#=IH I2=IH N=NG O=AO O2=AO O:=AO "
    "O@=AO OI=OY S=SH T=TH U=UH U@=UH V=AH VR=ER Z=ZH _=SIL _:=SIL a=AE a#=AH aI=AY aI2=AY aI3=AY aI@=AY aU=AW "
    "aa=AE b=B d=D dZ=JH e@=EH eI=EY f=F g=G h=HH i=IY i:=IY i@=IH i@3=IH j=Y k=K l=L l^=L m=M n=N n-=N o@=AO "
    "oU=OW p=P r=R r-=R s=S t=T t#=T t2=T tS=CH t[=TH u:=UW v=V w=W w#=W x=K z=Z "
    "R=R R2=R d[=DH e=EH e:=EY l/=L o=AO o:=OW r/=R u=UW"
)
_ESPEAK: Final = dict(pair.split("=") for pair in _PAIRS.split())
"""espeak-ng's names of the phones of English."""
_OTHERS: Final = "ax=AH pau=SIL axr=ER dx=T el=L em=M en=N hv=HH nx=N h#=SIL brth=SIL"
_RADIO: Final = {phone.lower(): phone for phone in PHONES} | dict(pair.split("=") for pair in _OTHERS.split())
"""The names of flite and festival."""

ACCENTS: Final = ("gmw/en-US", "gmw/en", "gmw/en-GB-x-rp", "gmw/en-GB-x-gbclan", "gmw/en-US-nyc")
_TIMBRES: Final = (
    "Alex Alicia Annie Denis Diogo Gene Hugo Jacky Lee Marco Mario Michael Mike Storm adam anika antonio aunty belinda "
    "benjamin boris caleb david ed f1 f2 f3 f5 grandpa iven john klatt klatt2 klatt4 linda m1 m2 m3 m4 m5 m7 m8 max "
    "michel miguel norbert pablo paul pedro quincy rob robert sandro shelby steph2 travis victor zac"
)
TIMBRES: Final = tuple(_TIMBRES.split())
"""espeak-ng's own timbres; not the robots, not the whispers."""
OWN_TIMBRES: Final = 150
"""How many timbres are drawn here beside them: with formants, tone, breath and pitch of their own."""
OWN_ACCENTS: Final = 64
"""How many accents are made up here beside espeak-ng's: timbres that it has never heard trouble a recogniser little,
accents much."""
_SHIFTS: Final = {
    "a": "aa a# E 0",
    "A:": "aa 0 O:",
    "aa": "a A: 0",
    "0": "O: A: aa O",
    "O:": "o: 0 oU",
    "oU": "o: O: aU o",
    "eI": "e: E e aI",
    "aI": "OI aa A: eI",
    "aU": "oU u: aa A:",
    "OI": "aI O:",
    "u:": "U i: u",
    "U": "u: V u",
    "V": "U a @ 0",
    "I": "i @ i: E",
    "i:": "i I eI",
    "E": "e a I e:",
    "3:": "E @ e@ V",
    "@": "a# V E I",
    "3": "a# @ E",
    "e@": "E e: 3: i@",
    "i@": "i: e@ i",
    "o@": "O: u: o:",
    "T": "t f s t[",
    "D": "d v z d[",
    "r": "R R2 r/",
    "l": "l/",
    "N": "n",
    "h": "NULL",
    "w": "v",
    "v": "w",
    "z": "s",
    "t": "t[",
    "d": "d[",
    "tS": "S",
    "Z": "S",
}
"""What a phone of English becomes in one accent or another: neighbours of its vowels, and what speakers of other
languages make of its consonants. In espeak-ng's names; all of them are in its tables of English."""
FLITE_SHARE: Final = {"kal16": 0.05, "slt": 0.13, "rms": 0.13}
"""Shares of flite's voices. The latter two are learnt from people, but take 50 ms a sentence."""
BORROWED_SHARE: Final = 0.15
"""Share of festival's speakers."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks, and how."""

    name: str
    """A voice of flite ("slt"), a speaker of festival's ("lp_diphone"), or an accent and a timbre of espeak-ng
    ("gmw/en-029+m7")."""
    pace: float = 1.0
    """Times the synthesiser's own speed."""
    pitch: float = 1.0
    """Times the voice's own pitch."""
    liveliness: float = 1.0
    """Times the voice's own range of pitch; espeak-ng only."""


HELD_OUT: Final = {
    "scotland": Voice("gmw/en-GB-scotland+f4"),
    "caribbean": Voice("gmw/en-029+steph"),
    "midlands": Voice("gmw/en-GB-x-gbcwmd+m6", 0.95),
    "southern": Voice("gmw/en-GB-x-rp+edward", 1.05),
    "awb": Voice("awb"),
}
"""No training ever hears them: three accents and five timbres, the last learnt from a Scottish person. The accents
that are made up here may share a vowel or two with them, as any two accents do; their tables of phones are not used."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something said."""

    text: str
    audio: NDArray[np.int16]
    """16 kHz, without silence before and after."""
    phones: NDArray[np.uint8]
    """The number of the phone at every 10 ms, `UNKNOWN` where it has none."""


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("uid", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class _Espeak:
    """libespeak-ng with its own timbres and ours."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self._library.espeak_Info.argtypes = [ctypes.POINTER(ctypes.c_char_p)]
        self._library.espeak_Info.restype = ctypes.c_char_p
        # Synchronous, phone events, no exit on failure; a first start tells where the data are.
        self._library.espeak_Initialize(2, 500, None, 0x8001)
        where = ctypes.c_char_p()
        self._library.espeak_Info(ctypes.byref(where))
        assert where.value is not None
        self._folder = tempfile.TemporaryDirectory(prefix="voiced-espeak-")
        source, target = Path(where.value.decode()), Path(self._folder.name) / "espeak-ng-data"
        _mirror(source, target)
        _own_timbres(target / "voices" / "!v")
        _own_accents(target / "lang" / "gmw")
        self._library.espeak_Terminate()
        self._rate = self._library.espeak_Initialize(2, 500, self._folder.name.encode(), 0x8001)
        self._chunks: list[NDArray[np.int16]] = []
        self._starts: list[tuple[int, str]] = []
        self._callback = _CALLBACK(self._take)  # the library keeps no reference of its own
        self._library.espeak_SetSynthCallback(self._callback)
        self._chosen = ""

    def _take(self, samples: Any, count: int, events: Any) -> int:
        if count > 0:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != 0:
            if events[index].type == 7:
                self._starts.append((events[index].sample, events[index].name.decode("utf-8", "replace")))
            index += 1
        return 0

    def say(self, text: str, voice: Voice) -> tuple[NDArray[np.int16], int, list[tuple[float, int]]]:
        """The samples, their rate, and (start in seconds, number) of each phone."""
        if voice.name != self._chosen:
            if self._library.espeak_SetVoiceByName(voice.name.encode()) != 0:
                raise ValueError(f"espeak-ng has no voice {voice.name}.")
            self._chosen = voice.name
        settings = {1: 160 * voice.pace, 3: 50 * voice.pitch, 4: 50 * voice.liveliness}  # rate, pitch, range
        for parameter, value in settings.items():
            self._library.espeak_SetParameter(parameter, round(value), 0)
        self._chunks.clear()
        self._starts.clear()
        data = text.encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, 1, None, None)
        audio = np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int16)
        numbers = {name: PHONES.index(phone) for name, phone in _ESPEAK.items()}
        return audio, self._rate, [(at / self._rate, numbers.get(name, UNKNOWN)) for at, name in self._starts]


def _mirror(source: Path, target: Path) -> None:
    """espeak-ng's data by links, with folders of its own for timbres and accents; no other languages and no other
    voices, for it knows 350 at most."""
    (target / "voices" / "!v").mkdir(parents=True)
    (target / "lang" / "gmw").mkdir(parents=True)
    ours = ("voices/!v", "lang/gmw")
    for entry in (*source.iterdir(), *(file for folder in ours for file in (source / folder).iterdir())):
        if entry.name not in {"voices", "lang"}:
            (target / entry.relative_to(source)).symlink_to(entry)


def _own_timbres(folder: Path) -> None:
    """Timbres `own0` …; the same ones each time."""
    rng = np.random.default_rng(20_240)
    for number in range(OWN_TIMBRES):
        # Women's and children's vocal tracts are up to a fifth shorter, large men's a tenth longer.
        tract = rng.uniform(88, 122)
        base = rng.uniform(65, 125) if tract < 104 else rng.uniform(110, 210)
        lines = ["language variant", f"name own{number}", f"pitch {base:.0f} {base * rng.uniform(1.2, 1.6):.0f}"]
        lines += [
            f"formant {index} {tract * rng.uniform(0.94, 1.06):.0f} {height:.0f} {width:.0f}"
            for index, (height, width) in enumerate(rng.uniform(75, 128, (6, 2)))
        ]
        lines += [
            f"flutter {rng.integers(0, 8)}",
            f"roughness {rng.integers(0, 5)}",
            f"voicing {rng.uniform(75, 130):.0f}",
            f"consonants {rng.uniform(70, 130):.0f} {rng.uniform(70, 130):.0f}",
            f"intonation {rng.integers(1, 5)}",
            f"tone 600 {rng.uniform(120, 190):.0f} 1200 {rng.uniform(80, 160):.0f} 2400 {rng.uniform(50, 150):.0f}",
        ]
        if rng.random() < 0.4:
            lines.append("breath " + " ".join(f"{rng.uniform(0, 5):.0f}" for _ in range(8)))
        (folder / f"own{number}").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _own_accents(folder: Path) -> None:
    """Accents `own0` …: other phones, another rhythm and another melody; the same ones each time."""
    rng = np.random.default_rng(20_241)
    rhythm = np.array([160, 140, 190, 175, 0, 0, 240, 280])
    for number in range(OWN_ACCENTS):
        lines = [f"name own accent {number}", f"language en-x-own{number}"]
        lines.append(f"phonemes {rng.choice(['en', 'en-us', 'en-rp', 'en-n', 'en-us-nyc'])}")
        if rules := rng.choice(["", "3 6", "6"]):
            lines.append(f"dictrules {rules}")
        lengths = rhythm * rng.uniform(0.85, 1.15, len(rhythm))
        lines.append("stressLength " + " ".join(f"{length:.0f}" for length in lengths))
        lines.append(f"intonation {rng.integers(1, 5)}")
        share = rng.uniform(0.1, 0.4)
        for phone, others in _SHIFTS.items():
            vowel = phone[0] in "aA0OeuUVIiE3@o"
            if rng.random() < (share if vowel else 0.4 * share):
                lines.append(f"replace 00 {phone} {rng.choice(others.split())}")
        (folder / f"own{number}").write_text("\n".join(lines) + "\n", encoding="utf-8")


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_char_p),
        ("rate", ctypes.c_int),
        ("count", ctypes.c_int),
        ("channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


class _FliteVoice(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("features", ctypes.c_void_p))


_PITCH: Final = {"kal16": 105.0, "slt": 170.0, "rms": 95.0, "awb": 130.0}
"""Mean pitch of flite's voices, in Hz."""


class _Flite:
    """libflite with the voices that Debian packages."""

    def __init__(self) -> None:
        # The voices are linked against the others.
        self._library = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
        self._library.flite_init()
        pointer, text = ctypes.c_void_p, ctypes.c_char_p
        for name, result, *arguments in (
            ("flite_synth_text", pointer, text, pointer),
            ("utt_wave", ctypes.POINTER(_Wave), pointer),
            ("utt_relation", pointer, pointer, text),
            ("relation_head", pointer, pointer),
            ("item_next", pointer, pointer),
            ("item_feat_string", text, pointer, text),
            ("item_feat_float", ctypes.c_float, pointer, text),
            ("delete_utterance", None, pointer),
            ("flite_feat_set_float", None, pointer, text, ctypes.c_float),
        ):
            function = getattr(self._library, name)  # type: ignore[arg-type]
            function.restype, function.argtypes = result, arguments
        self._voices: dict[str, int] = {}

    def _voice(self, name: str) -> int:
        if name not in self._voices:
            register = getattr(ctypes.CDLL(f"libflite_cmu_us_{name}.so.1"), f"register_cmu_us_{name}")
            register.restype, register.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
            self._voices[name] = register(None)
        return self._voices[name]

    def say(self, text: str, voice: Voice) -> tuple[NDArray[np.int16], int, list[tuple[float, int]]]:
        """As above."""
        library, pointer = self._library, self._voice(voice.name)
        features = ctypes.cast(pointer, ctypes.POINTER(_FliteVoice)).contents.features
        library.flite_feat_set_float(features, b"duration_stretch", 1 / voice.pace)
        library.flite_feat_set_float(features, b"int_f0_target_mean", _PITCH[voice.name] * voice.pitch)
        utterance = library.flite_synth_text(text.encode(), pointer)
        wave = library.utt_wave(utterance).contents
        audio, rate = np.ctypeslib.as_array(wave.samples, (wave.count,)).copy(), wave.rate
        starts: list[tuple[float, int]] = []
        item, start = library.relation_head(library.utt_relation(utterance, b"Segment")), 0.0
        while item:
            phone = _RADIO.get(library.item_feat_string(item, b"name").decode())
            starts.append((start, PHONES.index(phone) if phone else UNKNOWN))
            start = library.item_feat_float(item, b"end")
            item = library.item_next(item)
        library.delete_utterance(utterance)
        return audio, rate, starts


@cache
def _espeak() -> _Espeak:
    return _Espeak()


@cache
def _flite() -> _Flite:
    return _Flite()


def any_voice(rng: np.random.Generator) -> Voice:
    """One of the voices of training, with a pace and a pitch."""
    pace, pitch, liveliness = rng.uniform(0.8, 1.2), rng.uniform(0.8, 1.25), rng.uniform(0.4, 1.8)
    drawn = float(rng.random())
    for name, share in FLITE_SHARE.items():
        drawn -= share
        if drawn < 0:
            return Voice(name, pace, rng.uniform(0.7, 1.5))  # three voices are to be many speakers
    if drawn < BORROWED_SHARE:
        return Voice(list(SPEAKERS)[rng.integers(len(SPEAKERS))], pace, rng.uniform(0.75, 1.35))
    own = rng.random() < 0.6
    timbre = f"own{rng.integers(OWN_TIMBRES)}" if own else TIMBRES[rng.integers(len(TIMBRES))]
    own = rng.random() < 0.6
    accent = f"gmw/own{rng.integers(OWN_ACCENTS)}" if own else ACCENTS[rng.integers(len(ACCENTS))]
    return Voice(f"{accent}+{timbre}", pace, pitch, liveliness)


def say(text: str, voice: Voice, *, stretch: float = 1.0) -> Utterance | None:
    """`text` by `voice`, with the tape running `stretch` times as fast; None when nothing was to be heard."""
    if voice.name in SPEAKERS:
        audio, rate, sounds = festival().say(text, voice.name, voice.pace, voice.pitch)
        starts = [(at, PHONES.index(_RADIO[sound])) for at, sound in sounds]
    else:
        audio, rate, starts = (_flite() if voice.name in _PITCH else _espeak()).say(text, voice)
    loud = np.flatnonzero(np.abs(audio) > 0.02 * np.abs(audio).max(initial=1))
    if len(loud) < RATE // 10:
        return None
    first, last = int(loud[0]), int(loud[-1]) + 1
    audio = soxr.resample(audio[first:last], rate * stretch, RATE, "LQ")
    phones = np.full(-(-len(audio) // TICK), UNKNOWN, np.uint8)
    edges = [max(0, round((at - first / rate) / stretch * RATE / TICK)) for at, _ in starts] + [len(phones)]
    for (_, number), begin, end in zip(starts, edges[:-1], edges[1:], strict=True):
        phones[begin:end] = number
    return Utterance(text, audio, phones)
