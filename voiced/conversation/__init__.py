"""The conversation: frames and requests flow in, events and speech flow out.

`assistant` is the shell and its thread, `floor` knows whose turn it is (the table's state, the present turn, the
generation), `listening` follows the person, `answering` follows the answer.
"""
