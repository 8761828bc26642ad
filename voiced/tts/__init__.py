"""Text that can be spoken flows in, pieces of `Sound` flow out.

`piper.py` speaks with a Piper voice, an `.onnx` file with its `.onnx.json`, which `halves.py` cuts in two so that
`windows.py` can make a sentence piece by piece; `espeak.py` speaks with espeak-ng, which needs no download and takes
over when no voice can be loaded; `silence.py` bounds the silence at both ends of what either of them says.
"""
