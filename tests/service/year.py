"""A year of `aml-miner run` in an hour: what may happen to its days, from a seed, and what must hold whatever happens.

The wall clock is libfaketime's, of the service and all that it starts; waits keep real time. SeaweedFS runs without keys,
since it would refuse the signatures of another year. bench/year drives it for as long as one likes.
"""

import dataclasses
import datetime
import hashlib
import json
import pathlib
import random
import resource
import shutil
import signal
import statistics
import subprocess
import time

from year_service import OUTPUT_DAYS, PATIENCE, WINDOW, Proxy, Service

FIRST = datetime.date(2031, 3, 1)
HOUR, DAY = 3600, 86_400
SCALE = "0.002"
LONGEST_PAUSE = HOUR  # after failures that pass by themselves
STEP = 120  # seconds that the clock goes on by where the service waits
DEADLINE = DAY + 18 * HOUR  # after a day began: what stands on the chain by then counts
SMALL_FILE = 4096  # bytes, of the largest file on a disk that is full


def midnight(day):
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc).timestamp())


@dataclasses.dataclass(order=True)
class Event:
    time: int  # seconds since 1970, by the clock of the service
    what: str  # publish, spoil, correct, away, back, chain_away, chain_back, full, free, kill, upgrade, hang_up
    day: datetime.date = None


def plan(seed, days):
    """What happens, in order. Most days are good; others are late, missing, corrupt or corrected, and the world fails beside."""
    dice = random.Random(seed)
    events = []
    for number in range(days):
        day = FIRST + datetime.timedelta(number)
        comes = midnight(day) + DAY + dice.randrange(2, 20) * HOUR + dice.randrange(HOUR)
        # Each kind comes within the first days, so that a short run sees them all.
        kind = {2: "corrupt", 3: "corrected", 4: "missing", 5: "late"}.get(number) or dice.choices(
            ["good", "late", "missing", "corrupt", "corrected"], [75, 8, 4, 6, 7])[0]
        if kind == "missing":
            continue
        if kind == "late":
            comes += dice.randrange(DAY, 3 * DAY)
        events.append(Event(comes, "spoil" if kind == "corrupt" else "publish", day))
        if kind in ("corrupt", "corrected"):
            events.append(Event(comes + dice.randrange(6 * HOUR, 30 * HOUR), "correct", day))
        trouble = {1: "kill", 3: "away", 5: "full"}.get(number) or dice.choices(
            ["", "away", "full", "kill", "hang_up"], [64, 10, 6, 12, 8])[0]
        if trouble in ("away", "full"):
            begins = comes - dice.randrange(4 * HOUR)
            end = {"away": "back", "full": "free"}[trouble]
            events += [Event(begins, trouble), Event(comes + dice.randrange(HOUR, 14 * HOUR), end)]
        elif trouble:
            events.append(Event(comes + 1, trouble))
        if dice.random() < 0.1 or number == 1:
            events += [Event(comes - dice.randrange(4 * HOUR), "chain_away"), Event(comes + dice.randrange(HOUR, 14 * HOUR), "chain_back")]
    for part in (2, 4):
        events.append(Event(midnight(FIRST + datetime.timedelta(days * part // 5 + 1)), "upgrade"))
    return sorted(events)


class Year:
    """Drives a service through a plan, and asserts after each event that all good days are served."""

    def __init__(self, aml_miner, seaweedfs, folder, seed, days, say=lambda line: None):
        self.aml_miner, self.folder, self.seed, self.days, self.say = aml_miner, pathlib.Path(folder), seed, days, say
        self.environment = seaweedfs.environment(seaweedfs.bucket())
        self.proxy = Proxy(seaweedfs.ports["s3"])
        self.service = Service(aml_miner, self.environment, self.folder, self.proxy)
        self.dice = random.Random(seed + 1)  # of the moments of kills
        self.good = {}  # the META.json that should be served, by day
        self.corrections = 0
        self.is_full = self.is_chain_away = False
        self.committed = set()  # days that were by their deadline
        self.counts, self.waits, self.memories, self.disks = {}, [], [], []

    def run(self):
        events = plan(self.seed, self.days)
        self.service.set_clock(events[0].time - HOUR)
        self.service.start()
        try:
            for event in events:
                made = self.made(event.day) if event.day else None
                self.wait_for_commitments()
                self.service.set_clock(max(event.time, self.service.now()))
                self.perform(event, made)
                self.counts[event.what] = self.counts.get(event.what, 0) + 1
            self.wait_for_commitments()
            self.wait_for_retention()
            self.look_as_a_validator()
            self.service.stop(PATIENCE)
        finally:
            if self.service.process.poll() is None:
                self.service.kill()
            self.proxy.stop()
        self.look_at_the_end()

    def perform(self, event, made):
        self.say(f"{datetime.datetime.fromtimestamp(event.time, datetime.timezone.utc):%Y-%m-%d %H:%M} {event.what} {event.day or ''}")
        {"publish": self.publish, "spoil": self.publish_spoilt, "correct": self.correct}.get(event.what, lambda *_: None)(event.day, made)
        if event.what == "away":
            self.proxy.go_away()
        elif event.what == "back":
            self.proxy.is_away = False
        elif event.what in ("chain_away", "chain_back"):
            self.is_chain_away = event.what == "chain_away"
            self.service.chain.change(away=self.is_chain_away)
        elif event.what == "full":
            self.is_full = True
            self.service.bound_files(SMALL_FILE)
        elif event.what == "free":
            self.is_full = False
            self.service.bound_files(resource.RLIM_INFINITY)
        elif event.what == "kill":
            time.sleep(self.dice.uniform(0, 1.5))
            self.service.kill()
            self.start_again()
        elif event.what == "upgrade":
            self.upgrade()
        elif event.what == "hang_up":
            self.service.process.send_signal(signal.SIGHUP)
        if self.proxy.is_away or self.is_full:
            self.look_while_it_fails()
        else:
            self.settle()

    def start_again(self):
        self.service.start()
        if self.is_full:
            self.service.bound_files(SMALL_FILE)

    def upgrade(self):
        """Another file in the program's place while it runs, and only then a start anew, as a package does it."""
        aside = self.service.program.with_suffix(".new")
        shutil.copy(self.service.original, aside)
        aside.rename(self.service.program)
        self.service.stop(PATIENCE)
        self.start_again()

    def made(self, day):
        folder = self.folder / "made" / str(day)
        subprocess.run([self.aml_miner, "simulate", "--network", "bitcoin", "--processing-date", str(day), "--days", str(WINDOW), "--scale", SCALE,
                        "--seed", str(self.seed), "--output-dir", folder], check=True, capture_output=True)
        return folder

    def send(self, folder):
        subprocess.run([self.aml_miner, "publish", "--input-dir", folder], env=self.environment, check=True, capture_output=True)
        meta = (folder / "META.json").read_bytes()
        shutil.rmtree(folder.parent)
        return meta

    def publish(self, day, folder):
        self.good[day] = self.send(folder)

    def correct(self, day, folder):
        self.corrections += 1
        meta = json.loads((folder / "META.json").read_text())
        (folder / "META.json").write_text(json.dumps({**meta, "corrected": self.corrections}))
        self.good[day] = self.send(folder)

    def publish_spoilt(self, _, folder):
        """No Parquet, with a META.json that vouches for it."""
        content = b"no Parquet at all" * 100
        (folder / "alerts.parquet").write_bytes(content)
        meta = json.loads((folder / "META.json").read_text())
        meta["files"]["alerts.parquet"] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(),
                                           "md5": hashlib.md5(content).hexdigest()}
        meta.get("sha256", {}).pop("alerts.parquet", None)
        (folder / "META.json").write_text(json.dumps(meta))
        self.send(folder)

    def wanted(self):
        """The days that must be served: all good ones that are not too old."""
        oldest = max(self.good) - datetime.timedelta(OUTPUT_DAYS)
        return {day: meta for day, meta in self.good.items() if day >= oldest}

    def is_served(self, day, meta):
        batch = self.service.folder / "output" / str(day)
        try:
            return (batch / "META.json").read_bytes() == meta and (batch / "metadata.json").exists()
        except OSError:
            return False

    def settle(self):
        """Waits until all is served that should be; the clock goes on while the service pauses, an hour at most.

        It goes on only once the service has looked at the SOT since: on a slow machine a look takes longer than a pause.
        """
        if not self.good:
            return
        jumped, begin, looks = 0, time.monotonic(), self.proxy.accepted
        while not all(self.is_served(*item) for item in self.wanted().items()) or self.service.latest() != str(max(self.good)):
            assert self.service.process.poll() is None, self.complain(f"it ended with {self.service.process.returncode}")
            assert time.monotonic() - begin < PATIENCE, self.complain("it takes too long")
            if self.proxy.accepted > looks and self.service.is_idle():
                jumped, looks = jumped + STEP, self.proxy.accepted
                assert jumped <= LONGEST_PAUSE + 2 * STEP, self.complain("a day is not served by its hour")
                self.service.set_clock(self.service.now() + STEP)
            time.sleep(0.05)
        self.waits.append((jumped, time.monotonic() - begin))
        self.memories.append(self.service.memory())
        self.disks.append(self.service.disk())

    def wait_for_commitments(self):
        """All days that have more than an hour until their deadline are committed; the clock goes on, since what was sent may come late.

        Nothing is waited for while the world fails.
        """
        if self.proxy.is_away or self.is_full or self.is_chain_away:
            return
        now, begin = self.service.now(), time.monotonic()
        due = {str(day) for day in self.good if midnight(day) + DEADLINE > now + LONGEST_PAUSE + 2 * STEP}
        moved = begin
        while not due <= self.service.committed():
            assert self.service.process.poll() is None, self.complain(f"it ended with {self.service.process.returncode}")
            assert time.monotonic() - begin < PATIENCE, self.complain(f"of {due} not all are committed")
            if time.monotonic() > moved + 3 and self.service.now() < now + LONGEST_PAUSE:
                moved = time.monotonic()
                self.service.set_clock(self.service.now() + STEP)
            time.sleep(0.05)
        self.committed |= due

    def look_while_it_fails(self):
        """What was good is served all the same."""
        begin = time.monotonic()
        served = [day for day, meta in self.wanted().items() if self.is_served(day, meta)] if self.good else []
        while served and (self.service.latest() or "") < str(max(served)):
            assert time.monotonic() - begin < PATIENCE, self.complain("what was good is not served")
            time.sleep(0.1)

    def complain(self, what):
        lacking = [str(day) for day, meta in self.wanted().items() if not self.is_served(day, meta)]
        log = self.service.log_file.read_text().splitlines()[-30:]
        return "\n".join([f"{what}; seed {self.seed}; not served: {lacking}; latest {self.service.latest()}", *log])

    def wait_for_retention(self):
        """Exactly the days that should be are kept."""
        begin, wanted = time.monotonic(), {str(day) for day in self.wanted()}
        while {path.name for path in (self.service.folder / "output").iterdir() if not path.name.startswith(".")} != wanted:
            assert time.monotonic() - begin < PATIENCE, self.complain("other days are kept than should be")
            time.sleep(0.1)

    def look_as_a_validator(self):
        """What was committed is given to validators once it may be."""
        self.service.set_clock(max(self.service.now(), midnight(max(self.good)) + DEADLINE + HOUR))
        begin, day = time.monotonic(), max(self.committed)
        while (asked := self.service.ask(day)).returncode != 0:
            assert time.monotonic() - begin < PATIENCE, self.complain(f"a validator is not given {day}: {asked.stderr}")
            time.sleep(0.2)

    def look_at_the_end(self):
        assert "another commitment stands" not in self.service.log_file.read_text(), "what was committed can be opened"
        output, inputs = self.service.folder / "output", self.service.folder / "input"
        lost = [str(day) for day in self.good if not (inputs / str(day)).is_dir() and not (inputs / "kept" / f"{day}.parquet").exists()]
        assert not lost, f"of {lost} nothing stayed"
        left = [path for root in (output, inputs) for path in root.rglob(".*") if path.name.endswith((".expired", ".staging"))]
        assert not left, "no work is left half done"
        if self.days < 4 * OUTPUT_DAYS:
            return
        middle = len(self.disks) // 2
        assert max(self.disks[middle:]) < 1.25 * max(self.disks[:middle]), "the disk is flat"
        quarter = len(self.memories) // 4
        early, late = (statistics.median(part) for part in (self.memories[quarter:2 * quarter], self.memories[-quarter:]))
        assert late < 1.1 * early + 8, f"memory is flat: {early:.0f} MB, later {late:.0f} MB"

    def figures(self):
        """For people."""
        jumps, seconds = zip(*self.waits)
        quarter = max(1, len(self.memories) // 4)
        return {"days": self.days, "seed": self.seed, "good": len(self.good), "events": self.counts,
                "longest pause, minutes by the clock": max(jumps) / 60, "longest wait, real seconds": round(max(seconds), 1),
                "median wait, real seconds": round(statistics.median(seconds), 1),
                "days committed by their deadline": len(self.committed),
                "memory of service, server and miner, MB, by quarters": [round(statistics.median(self.memories[at:at + quarter]), 1)
                                                                  for at in range(0, len(self.memories), quarter)][:4],
                "inputs, batches and commitments on disk, MB, at most by quarters": [round(max(self.disks[at:at + quarter]), 1)
                                                                        for at in range(0, len(self.disks), quarter)][:4]}
