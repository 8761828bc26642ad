"""A sentence and a speaker flow in, English with that speaker's accent flows out, and when each phone begins.

Debian packages ten people cut into diphones for festival, of whom one speaks English. The sounds of the others'
languages stand in for those of English, as their speakers do it themselves ("ze vezer"), with an English speaker's
rhythm and melody. What comes out is a person's voice in a foreign accent: whoever has only heard machines learns from
it what people have in common.
"""

import atexit
import random
import subprocess
import tempfile
import wave
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Phones = dict[str, tuple[str, ...]]
"""For each sound of festival's English, what may stand for it: sounds of another language, and spaces between them."""

Part = tuple[str, float, float]
"""A sound, and the seconds at which it begins and ends."""
Sound = tuple[float, str]
"""When a sound begins (s), and which it is."""

_SAME: Final = "b d f g k l m n p r s t v z"


def _phones(text: str) -> Phones:
    pairs = [pair.split("=") for pair in text.replace("\n", "").split(";")]
    return {name: (name,) for name in _SAME.split()} | {name: tuple(others.split("|")) for name, others in pairs}


_ITALIAN: Final = _phones("""aa=a1|O1;ae=a1|E1;ah=a1;ao=O1;aw=a1 u;ax=a|e;axr=e r;ay=a1 i;ch=tS;dh=d|v;dx=r|d;eh=E1;
el=o l;em=e m;en=e n;er=e1 r|E1 r;ey=e1 i;hh=;hv=;ih=i1|i;iy=i1;jh=dZ;nx=n;ng=ng g|n g|n;ow=o1 u;oy=O1 i;sh=S;
th=t|f|s;uh=u|u1;uw=u1;w=w;y=j;zh=dZ|z;pau=#;h#=#;brth=#""")
_CZECH: Final = _phones("""aa=a:;ae=e|a;ah=a;ao=o:;aw=a u;ax=e|a;axr=e r;ay=a j;ch=c~;dh=d|z;dx=d|r;eh=e;el=e l;em=e m;
en=e n;er=e r;ey=e j;hh=h;hv=h;ih=i;iy=i:;jh=dz~;nx=n;ng=n* k|n g|n*;ow=o u;oy=o j;sh=s~;th=t|s|f;uh=u;uw=u:;w=v|u;
y=j;zh=z~;pau=#;h#=#;brth=#""")
_FINNISH: Final = _phones("""aa=a:|a;ae=&|&:;ah=a;ao=o:|o;aw=a u;ax=@|e;axr=7 r;ay=a i;ch=t S|t s;dh=d|t;dx=d|r;eh=e;
el=@ l;em=@ m;en=@ n;er=7 r|@ r;ey=e i;hh=h;hv=h;ih=i;iy=i:;jh=d j|t s;nx=n;ng=N|n k;ow=o u;oy=o i;sh=S|s;
th=t|s|f;uh=u;uw=u:;w=v|w;y=j;z=s;zh=S|s;pau=##;h#=##;brth=##""")
_HINDI: Final = _phones("""aa=aa;ae=ay;ah=a;ao=aw|oh;aw=aa uh|aw;ax=a;axr=a r;ay=aa ih;ch=ch;d=D;t=T;dh=dh;dx=D;eh=eh;
el=a l;em=a m;en=a n;er=a r;ey=ee;hh=h;hv=h;ih=ih;iy=iy;jh=j;nx=n;ng=n g|n;ow=oh|oo;oy=oh ih;sh=sh;th=th;uh=uh;
uw=uw;w=v|w;y=y;z=j|s;zh=sh|j;pau=pau;h#=pau;brth=pau""")

MODEL: Final = "ked_diphone"
"""The American whose rhythm and melody the others have."""
SPEAKERS: Final[dict[str, tuple[Phones, float]]] = {
    MODEL: ({}, 105.0),
    "lp_diphone": (_ITALIAN, 180.0),
    "pc_diphone": (_ITALIAN, 110.0),
    "czech_dita": (_CZECH, 190.0),
    "czech_krb": (_CZECH, 230.0),
    "czech_machac": (_CZECH, 105.0),
    "czech_ph": (_CZECH, 115.0),
    "suo_fi_lj_diphone": (_FINNISH, 190.0),
    "hy_fi_mv_diphone": (_FINNISH, 110.0),
    "hindi_NSK_diphone": (_HINDI, 120.0),
}
"""Their names in festival, what they say, and about how high, in Hz. `czech_krb` is a child."""

_SCHEME: Final = """(define (planned text) (let ((said (eval (list 'Utterance 'Text text))))
(mapcar (lambda (step) (step said)) (list Initialize Text Token_POS Token POS Phrasify Word Pauses Intonation PostLex
Duration Int_Targets))
(mapcar (lambda (s) (format t "phone %s %f\\n" (item.name s) (item.feat s 'segment_end)))
(utt.relation.items said 'Segment))
(mapcar (lambda (s) (format t "pitch %f %f\\n" (item.feat s 'pos) (item.feat s 'f0)))
(utt.relation.items said 'Target))))
(define (spoken phones file) (let ((said (eval (list 'Utterance 'Segments phones))))
(utt.synth said) (utt.save.wave said file 'riff)))"""


class Festival:
    """A festival that runs beside this process. Raises RuntimeError when it lacks a speaker."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="voiced-festival-")
        self._process = subprocess.Popen(
            ["festival", "--pipe"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it complains about every pair of sounds that a language does not have
            text=True,
            start_new_session=True,  # interrupted from the terminal, it would go on with half a command
        )
        atexit.register(self._process.kill)
        there = self._ask(f'{_SCHEME} (format t "%l\\n" (voice.list))'.replace("\n", " "))[-1]
        if missing := [name for name in SPEAKERS if name not in there.strip("()").split()]:
            raise RuntimeError(f"Festival has no voice {', '.join(missing)}: run `make ready-for-starter`.")

    def _ask(self, command: str) -> list[str]:
        """What festival prints."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # The end is asked for separately, for it comes whatever went wrong before.
        self._process.stdin.write(f'{command} (format t "over\\n") (fflush nil)\n')
        self._process.stdin.flush()
        lines: list[str] = []
        while (line := self._process.stdout.readline()) not in ("over\n", ""):
            lines.append(line.rstrip("\n"))
        return lines

    def say(self, text: str, name: str, pace: float, pitch: float) -> tuple[NDArray[np.int16], int, list[Sound]]:
        """The samples, their rate, and when each sound of festival's English begins (s), of `text` as one of `SPEAKERS`
        says it, so many times as fast and as high; no samples where festival fails."""
        table, height = SPEAKERS[name]
        sounds, targets = self._planned(text, pace)
        rng = random.Random(f"{text} {name} {pace} {pitch}")
        said = _accented(sounds, {sound: rng.choice(others).split() for sound, others in table.items()})
        scale = pitch * height / SPEAKERS[MODEL][1]
        spelled = " ".join(_spelled(*part, [(at, hz * scale) for at, hz in targets]) for part in said)
        file = Path(self._folder.name) / "said.wav"
        file.unlink(missing_ok=True)
        self._ask(f'(voice_{name}) (spoken \'({spelled}) "{file}")')
        if not file.exists():
            return np.zeros(0, np.int16), 16_000, []
        with wave.open(str(file)) as recording:
            audio = np.frombuffer(recording.readframes(recording.getnframes()), np.int16)
            return audio, recording.getframerate(), [(start, sound) for sound, start, _ in sounds]

    def _planned(self, text: str, pace: float) -> tuple[list[Part], list[tuple[float, float]]]:
        """The sounds of `text`, and the pitch (Hz) at some seconds, as `MODEL` would say it, so many times as fast."""
        text = text.replace("\\", " ").replace('"', " ")
        lines = [line.split() for line in self._ask(f'(voice_{MODEL}) (planned "{text}")')]
        sounds, start = list[Part](), 0.0
        for _, sound, end in (line for line in lines if line[:1] == ["phone"]):
            sounds.append((sound, start, float(end) / pace))
            start = sounds[-1][2]
        pitches = [(float(at) / pace, float(hz)) for _, at, hz in (line for line in lines if line[:1] == ["pitch"])]
        return sounds, [(at, hz) for at, hz in pitches if hz > 0]


def _accented(sounds: list[Part], accent: dict[str, list[str]]) -> list[Part]:
    """What is said for `sounds`, in as much time."""
    said = list[Part]()
    for sound, start, end in sounds:
        parts = accent.get(sound, [sound])
        if not parts and said:  # a sound that the language does not have
            said[-1] = (*said[-1][:2], end)
        length = (end - start) / max(1, len(parts))
        said += [(part, start + n * length, start + (n + 1) * length) for n, part in enumerate(parts)]
    return said


def _spelled(sound: str, start: float, end: float, pitches: list[tuple[float, float]]) -> str:
    """A sound as festival reads it: how long it is, and the pitch at some seconds of it."""
    heights = " ".join(f"({at - start:.3f} {hz:.0f})" for at, hz in pitches if start <= at < end)
    return f"({sound} {end - start:.3f} {heights})"


@cache
def festival() -> Festival:
    """The one of this process."""
    return Festival()
