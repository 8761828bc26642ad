"""Words flow in, an answer flows out as it is written.

- `prompt`: what was said → the messages for a model (pure)
- `template`: messages → the text that a model was trained to see (pure)
- `reuse`: a prompt → the same prompt in tokens that are already read (pure)
- `native`: tokens → the next token, llama.cpp's functions and nothing else
- `llama`: the language model of the chain, made of these
"""
