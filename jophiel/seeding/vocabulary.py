"""The words of the sample data; the engine knows none of them."""

from __future__ import annotations

GENRES = (
    "ambient", "post-rock", "indie", "lofi", "techno", "house", "hip-hop", "trap", "drum-and-bass", "classical", "jazz",
    "chill", "witch-house", "hyperpop", "experimental", "cloud-rap", "rock", "phonk", "memphis", "pop", "metal",
    "reggaeton", "edm", "blues", "soul", "funk", "r&b", "folkloric", "regional",
)  # fmt: skip
EMOTIONS = (
    "triste", "melancólico", "reflexivo", "calmado", "nostálgico", "feliz", "enérgico", "épico", "oscuro", "agresivo",
    "romántico", "relajado", "inspirador", "motivador", "terror", "sereno",
)  # fmt: skip
INSTRUMENTS = (
    "guitar", "piano", "synth", "drums", "bass", "strings", "vocals", "percussion", "fx", "brass", "flute", "violin",
    "trumpet", "cello", "saxophone", "ukulele", "harp", "accordion", "cowbell",
)  # fmt: skip
KINDS = ("loop", "one-shot")
SCALES = ("major", "minor")
_ADJECTIVES = (
    "airy", "analog", "big", "bitter", "bright", "broken", "cold", "crisp", "crunchy", "deep", "detuned", "dreamy",
    "dry", "dusty", "fat", "filtered", "foggy", "gentle", "glassy", "gritty", "hazy", "hollow", "humid", "late",
    "lazy", "lost", "lush", "muted", "neon", "noisy", "pale", "punchy", "raw", "rolling", "rusty", "slow", "soft",
    "tight", "vintage", "warm", "wet", "wide", "wild", "wooden",
)  # fmt: skip
_NOUNS = (
    "alley", "arp", "attic", "beach", "bell", "cassette", "chord", "city", "clap", "cloud", "desert", "drone", "drop",
    "echo", "engine", "fall", "field", "fire", "forest", "groove", "hat", "hook", "keys", "kick", "lead", "machine",
    "morning", "night", "ocean", "pad", "pluck", "pulse", "rain", "reverb", "riff", "river", "room", "snare", "stab",
    "street", "sub", "summer", "swell", "tape", "vinyl", "voice", "winter",
)  # fmt: skip
TAGS = tuple(f"{adjective}-{noun}" for adjective in _ADJECTIVES for noun in _NOUNS)
LOCALES = ("es", "en", "pt", "fr", "de")
COUNTRIES = ("VE", "MX", "ES", "US", "BR", "FR", "DE", "AR")
