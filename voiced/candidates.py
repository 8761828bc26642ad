"""A setting flows in, the models that may be loaded for each stage flow out, the best first. Nothing is loaded."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voiced import models
from voiced.languages import in_english
from voiced.setting import Setting


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that is on the disk."""

    place: Path
    """A file, or a recogniser's folder."""
    starter: bool
    """Whether it is one of those that come along."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The models of one setting."""

    setting: Setting

    def asked(self, kind: models.Kind) -> str | None:
        """The model that the configuration names; None where it leaves the choice."""
        config = self.setting.config
        return {"stt": config.stt.model, "llm": config.llm.model, "tts": config.tts.model}.get(kind)

    def wanted(self, kind: models.Kind) -> str | None:
        """The model that is looked for first; None where the machine has no room for any, and nobody asked for one."""
        profile, ease = self.setting.profile.models, self.setting.ease
        if kind == "llm" and ease.commands_only:
            return None
        if kind == "llm" and ease.model is not None:
            return str(ease.model)
        usual = {"stt": profile.stt, "llm": profile.llm, "tts": profile.tts}[kind]
        if kind == "tts" and usual is not None:  # a voice asks for nothing where there is no room
            usual = self.setting.voice.speech.model or usual
        return self.asked(kind) or usual

    def missing(self, kind: models.Kind) -> str:
        """The model that somebody asked for by name and that is not there; empty when there is none."""
        asked = self.asked(kind)
        return asked if asked is not None and models.find(kind, asked, self.setting.paths) is None else ""

    def of(self, kind: models.Kind) -> Iterator[Candidate]:
        """The one that is wanted, or else, where nobody asked for it, any other that is installed; then the starter."""
        wanted, language, paths = self.wanted(kind), self.setting.voice.base_language, self.setting.paths
        if wanted is None:
            return
        place, starter = self._find(kind, wanted), models.starter(kind, language, self.setting.starter)
        if place is not None:
            yield Candidate(place, place == starter)  # the starter may be the smaller model of a machine in need
        elif self.asked(kind) is None:
            yield from (Candidate(other, False) for other in models.others(kind, language, paths)[:1])
        if starter is not None and starter != place:
            yield Candidate(starter, True)

    def _find(self, kind: models.Kind, wanted: str) -> Path | None:
        language, profile = self.setting.voice.base_language, self.setting.profile.models
        fits = models.suits(kind, wanted, language)
        if kind == "stt" and self.asked(kind) is None and not fits:
            # A profile knows English recognisers; each has a sibling for all languages.
            wanted = wanted.removesuffix(".en")
        if kind == "tts" and wanted == profile.tts and not fits:
            return None  # nor does it know other voices than English ones
        return models.find(kind, wanted, self.setting.paths)

    def written(self, kind: models.Kind) -> list[tuple[Path, int]]:
        """Those that may be tried and when they were written, so that one that was put in another's place shows."""
        wanted = self.wanted(kind)
        if wanted is None:
            return []
        language, paths = self.setting.voice.base_language, self.setting.paths
        found = [models.find(kind, wanted, paths), *models.others(kind, language, paths)[:1]]
        found.append(models.starter(kind, language, self.setting.starter))
        dated = [(place, _written(place)) for place in found if place is not None]
        return [(place, at) for place, at in dated if at is not None]

    def hears(self) -> bool:
        """Whether there is a recogniser for the voice's language."""
        language, engines = self.setting.voice.base_language, self.setting.config.stt.engines
        if "pocketsphinx" in engines and language == models.STARTER_LANGUAGE:
            return True
        fit = [each.starter or models.suits("stt", each.place.name, language) for each in self.of("stt")]
        return "faster-whisper" in engines and any(fit)

    def deaf(self) -> str:
        """The sentence that says that nothing hears the voice's language, and what would."""
        if self.setting.voice.base_language == models.STARTER_LANGUAGE:
            return "There is no working speech recogniser; install pocketsphinx, or a Whisper model."
        language, better = in_english(self.setting.voice.language), self.hearing()
        if not better:
            profile = self.setting.profile.name
            return f"Nothing on this machine hears {language}, and the profile {profile} has no room for what would."
        if asked := self.asked("stt"):
            return (
                f"The recogniser {asked} of config.toml does not hear {language} here; "
                f"write another into [stt], such as {better} (`voiced models pull {better}` gets it)."
            )
        return f"Nothing on this machine hears {language}; `voiced models pull {better}` gets a recogniser that does."

    def hearing(self) -> str:
        """A recogniser for any language that the machine has room for, by its name; empty where it has none."""
        return (self.setting.profile.models.stt or "").removesuffix(".en")

    def speaks_instead(self) -> str:
        """The Piper voice that is there in place of the one that is asked for; empty when none is."""
        for each in self.of("tts"):
            return "the starter voice" if each.starter else each.place.name.removesuffix(".onnx")
        return ""


def _written(place: Path) -> int | None:
    """When it was written; None where somebody has just taken it away."""
    try:
        return place.stat().st_mtime_ns
    except OSError:
        return None
