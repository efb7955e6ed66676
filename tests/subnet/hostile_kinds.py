"""What a bad miner may do when it is asked: one function a kind. Each gets the Exchange and sends what it likes."""

from hostile_bodies import BODIES
from hostile_wire import WIRE


def honest(exchange):
    exchange.answer(exchange.miner.body())


KINDS = {**WIRE, **BODIES}
# Answers that are whole, and cost points by the rules of docs/validation.md alone.
JUDGED = {"scores of one half"}

# What a neuron may have registered that is asked under no option, besides a port that is closed.
PLACES = {
    "a name": ("localhost", 80),
    "any address": ("0.0.0.0", 80),
    "multicast": ("224.0.0.1", 80),
    "broadcast": ("255.255.255.255", 80),
    "the metadata service": ("169.254.169.254", 80),
    "the metadata service in IPv6": ("::ffff:169.254.169.254", 80),
    "loopback in other digits": ("2130706433", 80),
    "an address with a port": ("127.0.0.1:80", 80),
    "link-local with a zone": ("fe80::1%lo", 80),
    "NAT64": ("64:ff9b::7f00:1", 80),
    "a command": ("127.0.0.1; rm -rf /", 80),
}
