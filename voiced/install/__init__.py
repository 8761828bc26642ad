"""Where voiced is to be installed flows in, a plan flows out, and is carried out as a whole or not at all.

`plan` knows what a step is and how to undo it, `files` and `commands` make steps, `seal` knows our
files again, `layout` says which steps there are.
"""
