#pragma once

#include <cstddef>
#include <cstdint>

// The C interface of the static library that scripts/bootstrap builds from lib.rs and the
// schnorrkel crate. Only keypair.cpp calls it. Each function returns 1, or 0 where the bytes are no
// key or no signature; lengths in brackets are required.
extern "C" {

// The secret key [64] of a seed [32], expanded as substrate does (ed25519 mode).
int aml_sr25519_expand(const std::uint8_t* seed, std::uint8_t* secret);
// The same secret key from the form [64] that key files hold: the scalar times eight, and the
// nonce.
int aml_sr25519_from_ed25519(const std::uint8_t* bytes, std::uint8_t* secret);
// The public key [32] of a secret key [64].
int aml_sr25519_public(const std::uint8_t* secret, std::uint8_t* public_key);
// The seed [32] that hard derivation ("//Alice") makes of a seed [32] and a chain code [32].
int aml_sr25519_derive(const std::uint8_t* seed, const std::uint8_t* junction,
                       std::uint8_t* derived);
// Signs in the context "substrate"; signatures [64] differ from call to call.
int aml_sr25519_sign(const std::uint8_t* secret, const std::uint8_t* public_key,
                     const std::uint8_t* message, std::size_t length, std::uint8_t* signature);
int aml_sr25519_verify(const std::uint8_t* public_key, const std::uint8_t* message,
                       std::size_t length, const std::uint8_t* signature);
}
