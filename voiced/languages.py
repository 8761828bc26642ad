"""A language's code flows in, its name flows out, for sentences and prompts in English."""

from typing import Final

NAMES: Final = {
    "ar": "Arabic",
    "ca": "Catalan",
    "cs": "Czech",
    "cy": "Welsh",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "hu": "Hungarian",
    "is": "Icelandic",
    "it": "Italian",
    "nb": "Norwegian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sr": "Serbian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
"""Languages by code, as English sentences name them; small models follow "in German" better than "in de"."""


def in_english(language: str) -> str:
    """What the language of a code such as "en" or "de_AT" is called; the code itself where that is not known."""
    return NAMES.get(language.replace("_", "-").split("-", maxsplit=1)[0].lower(), language)
