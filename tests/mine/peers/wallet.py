"""bittensor-wallet, 4.0.1 or 4.1, as a peer."""

import bittensor_wallet
from line_service import serve


def wallet(path, name, hotkey):
    return bittensor_wallet.Wallet(name=name, hotkey=hotkey, path=path)


def create_hotkey(path, name, hotkey, uri=None):
    made = wallet(path, name, hotkey)
    if uri:
        made.set_hotkey(keypair=bittensor_wallet.Keypair.create_from_uri(uri), encrypt=False, overwrite=True)
    else:
        made.create_new_hotkey(use_password=False, overwrite=True, suppress=True)
    return wallet(path, name, hotkey).hotkey.ss58_address


def create_coldkey(path, name):
    wallet(path, name, "default").create_new_coldkey(use_password=False, overwrite=True, suppress=True)


def encrypt_hotkey(path, name, hotkey, password):
    wallet(path, name, hotkey).set_hotkey(keypair=bittensor_wallet.Keypair.create_from_uri("//Alice"), encrypt=True,
                                          overwrite=True, hotkey_password=password)


def sign(path, name, hotkey, message):
    return "0x" + wallet(path, name, hotkey).hotkey.sign(message.encode()).hex()


def verify(ss58, message, signature):
    return bittensor_wallet.Keypair(ss58_address=ss58).verify(message.encode(), signature)


serve({function.__name__: function for function in
       (create_hotkey, create_coldkey, encrypt_hotkey, sign, verify)})
