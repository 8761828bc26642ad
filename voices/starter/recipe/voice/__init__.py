"""Sentences flow in, a Piper voice flows out: festival says them, a small network learns how, ONNX speaks.

The order of things: `sentences` (what is said), `festival` (who says it), `align` (which of Piper's phonemes sounds
when), `features` (pitch and colour), `model` (phonemes to features), `vocoder` (features to sound), `train`, `export`,
`measure`.
"""
