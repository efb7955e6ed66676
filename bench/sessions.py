"""Processor time and memory of sessions of processes (setsid), by what they were doing: looked at five times a second in /proc.

A process that ends is counted by the parent that waited for it. What lives for less than a look, or ends unwaited, may be
missed: figures of a cluster's processes, not of a program that one starts oneself (project.Finished).
"""

import os
import pathlib
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / (1 << 20)
PAUSE = 0.2


def look():
    """By session: processor seconds of its processes and of those that they waited for, and resident MB (shared pages count in each)."""
    found = {}
    for path in pathlib.Path("/proc").iterdir():
        if not path.name.isdigit():
            continue
        try:
            fields = (path / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        cpu, memory = found.get(int(fields[3]), (0.0, 0.0))
        found[int(fields[3])] = (cpu + sum(map(int, fields[11:15])) / TICKS, memory + int(fields[21]) * PAGE_MB)
    return found


def has_program(session, name):
    """Whether a process of that name runs in the session."""
    for path in pathlib.Path("/proc").iterdir():
        try:
            text = (path / "stat").read_text() if path.name.isdigit() else ""
        except OSError:
            continue
        if f"({name})" in text and int(text.rsplit(")", 1)[1].split()[3]) == session:
            return True
    return False


class Watch:
    """Looks at sessions, by name, while a body runs; stage() names what goes on. Afterwards: cpu and peak_mb by (stage, name), wall by stage."""

    def __init__(self, sessions, stage):
        self.sessions, self.stage, self.cpu, self.peak_mb, self.wall = sessions, stage, {}, {}, {}
        self.thread, self.ended = threading.Thread(target=self.run), threading.Event()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def run(self):
        before, then = look(), time.monotonic()
        most = {session: before.get(session, (0.0, 0.0))[0] for session in self.sessions.values()}
        while not self.ended.wait(PAUSE):
            now, time_now, stage = look(), time.monotonic(), self.stage()
            self.wall[stage] = self.wall.get(stage, 0.0) + time_now - then
            then = time_now
            for name, session in self.sessions.items():
                cpu, memory = now.get(session, (0.0, 0.0))
                key = stage, name
                self.cpu[key] = self.cpu.get(key, 0.0) + max(0.0, cpu - most[session])
                most[session] = max(most[session], cpu)
                self.peak_mb[key] = max(self.peak_mb.get(key, 0.0), memory)
