"""A person's own tries flow in, a wake word that suits them flows out: how sure it must be, and in whose voice.

hearing.py    frames → tries, and a stretch of talk, each with the wake word's scores
threshold.py  scores → the threshold that parts them, or why there is none
voices.py     the wake word → how others would say it
training.py   tries, talk and other voices → a verifier, and what it does to misses and false wakes
"""
