"""Bittensor's SDK 11 as a peer: http_auth, and wallets of bittensor_core."""

import base64
import functools
import inspect

import bittensor
from bittensor import http_auth
from bittensor.sp_core import Keypair
from line_service import serve

SR25519 = 1


def wallet(path, name, hotkey):
    return bittensor.Wallet(name=name, hotkey=hotkey, path=path)


def sign_request(uri, method, path, body, receiver=None, nonce_ns=None):
    return http_auth.sign(keypair(uri), method=method, path=path, body=base64.b64decode(body),
                          receiver_ss58=receiver, nonce_ns=nonce_ns)


def verify_request(headers, method, path, body, receiver):
    # From SDK 11.3.2 on the receiver says which scheme it expects.
    wants_type = "expected_crypto_type" in inspect.signature(http_auth.verify).parameters
    expected = {"expected_crypto_type": SR25519} if wants_type else {}
    caller = http_auth.verify(headers, base64.b64decode(body), method=method, path=path, self_hotkey_ss58=receiver, **expected)
    return caller.hotkey_ss58


def create_hotkey(path, name, hotkey, uri=None):
    made = wallet(path, name, hotkey)
    if uri:
        made._hotkey_file.set_keypair(Keypair.create_from_uri(uri), encrypt=False, overwrite=True)
    else:
        made.create_new_hotkey(use_password=False, overwrite=True)
    return wallet(path, name, hotkey).hotkey.ss58_address


def encrypt_hotkey(path, name, hotkey, password):
    wallet(path, name, hotkey).create_new_hotkey(hotkey_password=password, overwrite=True)


def sign(path, name, hotkey, message):
    return "0x" + bytes(wallet(path, name, hotkey).hotkey.sign(message.encode())).hex()


@functools.cache
def keypair(uri):
    return Keypair.create_from_uri(uri)


def sign_as(uri, message):
    return "0x" + bytes(keypair(uri).sign(message.encode())).hex()


def verify(ss58, message, signature):
    return Keypair(ss58_address=ss58).verify(message.encode(), bytes.fromhex(signature.removeprefix("0x")))


serve({function.__name__: function for function in
       (sign_request, verify_request, create_hotkey, encrypt_hotkey, sign, sign_as, verify)})
