"""Runs a program that asks its terminal: type_to.py TEXT PROGRAM...

Whenever the program has asked (its output ends with a colon), TEXT is typed. Exits as the program does."""
import os
import pty
import re
import select
import sys
import time

DEADLINE_S = 60

text, program = sys.argv[1].encode(), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(program[0], program)
heard = b""
deadline = time.monotonic() + DEADLINE_S
while time.monotonic() < deadline:
    if not select.select([terminal], [], [], 0.5)[0]:
        continue
    try:
        piece = os.read(terminal, 4096)
    except OSError:  # the program has closed its terminal
        break
    if not piece:
        break
    heard += piece
    if re.search(rb":\s*(\x1b\[[0-9;]*[A-Za-z])*$", heard):
        os.write(terminal, text + b"\n")
        heard = b""
else:
    os.kill(pid, 9)
sys.stderr.buffer.write(heard)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF)
