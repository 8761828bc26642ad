"""Grammars and tables of facts flow in, a small language model that talks about itself and a few things flows out."""
